package daemon_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/runtime/control"
)

// connectAs connects to a socket from a process of its own and returns what
// became of the request.
func connectAs(t *testing.T, socket string, uid int, request, container string) (string, error) {
	t.Helper()
	cmd := exec.Command("/proc/self/exe")
	cmd.Args = []string{connectName, socket}
	cmd.Env = append(os.Environ(), "CONNECT_REQUEST="+request, "CONNECT_CONTAINER="+container)
	if uid != os.Geteuid() {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(uid)}}
	}
	out, err := cmd.CombinedOutput()
	return strings.TrimSpace(string(out)), err
}

func connectMain(socket string) int {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, err := control.Dial(ctx, socket)
	if err != nil {
		fmt.Println(err)
		return 0
	}
	var m control.Message
	want := control.KindContainers
	if os.Getenv("CONNECT_REQUEST") == "keep" {
		want = control.KindKept
		m, err = control.NewMessage(control.KindKeep, control.Keep{
			Version: control.Version, Container: podContainer(os.Getenv("CONNECT_CONTAINER"), nil),
			Policy: control.Policy{Mode: control.Monitor, OnSupervisorLoss: control.Hold},
		})
	} else {
		m, err = control.NewMessage(control.KindPs, nil)
	}
	if err == nil {
		err = conn.Ask(ctx, m, want, nil)
	}
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, unix.EPIPE), errors.Is(err, unix.ECONNRESET):
		fmt.Println("closed")
	case err != nil:
		fmt.Println(err)
	default:
		fmt.Println("answered")
	}
	return 0
}
