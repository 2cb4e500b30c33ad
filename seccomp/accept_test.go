package seccomp_test

import (
	"fmt"
	"net"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/seccomp"
)

func init() {
	victims["one call"] = func() {
		beWatched(seccomp.FlagNewListener)
		_, errno := getppid()
		fmt.Print(errno)
	}
}

// A listener that lies in a connection which nobody has accepted keeps its calls:
// a daemon that is started by its socket loses none.
func TestListenerWaitsForAccept(t *testing.T) {
	v := start(t, "one call")
	server, err := net.ListenUnix("unix", &net.UnixAddr{Name: filepath.Join(t.TempDir(), "s"), Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	closeLater(t, server)
	client, err := net.DialUnix("unix", nil, server.Addr().(*net.UnixAddr))
	if err != nil {
		t.Fatal(err)
	}
	fd := v.take()
	if _, _, err := client.WriteMsgUnix([]byte{1}, unix.UnixRights(fd), nil); err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{unix.Close(fd), client.Close()} {
		if err != nil {
			t.Fatal(err)
		}
	}
	conn, err := server.AcceptUnix()
	if err != nil {
		t.Fatal(err)
	}
	closeLater(t, conn)
	oob := make([]byte, unix.CmsgSpace(4))
	_, n, _, _, err := conn.ReadMsgUnix(make([]byte, 1), oob)
	if err != nil {
		t.Fatal(err)
	}
	l := v.listenOn(onlyRight(t, oob[:n]))
	if err := l.ReturnErrno(v.receive(l).ID, unix.EXDEV); err != nil {
		t.Error(err)
	}
	if got := v.end(); got != unix.EXDEV.Error() {
		t.Errorf("the victim said %q", got)
	}
}
