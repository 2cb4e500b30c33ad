package proc

import (
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/rules/event"
)

func TestStatusOfCredentials(t *testing.T) {
	needRoot(t) // to start a child as another user
	th, _ := unprivileged(t)
	s, err := th.Status()
	if err != nil || s.UID != 65534 || s.RUID != 65534 || s.FSUID != 65534 || s.GID != 65534 || s.Caps != (Caps{}) {
		t.Errorf("Status = %+v, %v", s, err)
	}
	own, err := func() (Status, error) {
		th, _ := look(t, os.Getpid())
		return th.Status()
	}()
	if err != nil || own.UID != os.Geteuid() || own.VPID == 0 || own.TGID != os.Getpid() {
		t.Errorf("Status of itself = %+v, %v", own, err)
	}
	var caps [2]unix.CapUserData
	if err := unix.Capget(&unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}, &caps[0]); err != nil {
		t.Fatal(err)
	}
	want := Caps{
		Effective:   uint64(caps[1].Effective)<<32 | uint64(caps[0].Effective),
		Permitted:   uint64(caps[1].Permitted)<<32 | uint64(caps[0].Permitted),
		Inheritable: uint64(caps[1].Inheritable)<<32 | uint64(caps[0].Inheritable),
	}
	if own.Caps != want {
		t.Errorf("Caps = %x, want %x", own.Caps, want)
	}
}

func TestStatusWithManyGroups(t *testing.T) {
	needRoot(t)
	c := start(t, "groups", "", nil)
	th, _ := look(t, c.pid())
	if s, err := th.Status(); err != nil || s.VPID != c.pid() || s.UID != 0 || s.Caps.Effective == 0 {
		t.Errorf("Status = %+v, %v", s, err)
	}
}

func TestLoginUID(t *testing.T) {
	th, _ := look(t, os.Getpid())
	uid, err := th.LoginUID()
	want, readErr := os.ReadFile("/proc/self/loginuid")
	if readErr != nil {
		want = []byte("4294967295")
	}
	if got := string(want); err != nil || (got == "4294967295") != (uid == -1) {
		t.Errorf("LoginUID = %d, %v; /proc says %s", uid, err, got)
	}
}

func TestCapNames(t *testing.T) {
	var a event.Arena
	for set, want := range map[uint64]string{
		0:                                    "",
		1:                                    "CAP_CHOWN",
		1<<unix.CAP_SETUID | 1:               "CAP_CHOWN CAP_SETUID",
		1 << unix.CAP_CHECKPOINT_RESTORE:     "CAP_CHECKPOINT_RESTORE",
		1<<63 | 1<<unix.CAP_BPF:              "CAP_BPF CAP_63",
		1 << (unix.CAP_LAST_CAP + 1):         "CAP_41",
		1<<unix.CAP_SYS_ADMIN | 1<<14 | 1<<8: "CAP_SETPCAP CAP_IPC_LOCK CAP_SYS_ADMIN",
	} {
		if got := CapNames(set, &a); got != want {
			t.Errorf("CapNames(%x) = %q, want %q", set, got, want)
		}
	}
	if len(capNames) != unix.CAP_LAST_CAP+1 {
		t.Errorf("%d names for %d capabilities", len(capNames), unix.CAP_LAST_CAP+1)
	}
}

const someStatus = "Name:\tx\nTgid:\t5\nUid:\t1\t2\t3\t4\nGid:\t5\t6\t7\t8\nNStgid:\t5\t1\nNSpid:\t7\t3\n" +
	"CapInh:\t0000000000000000\nCapPrm:\t000001ffffffffff\nCapEff:\t0000000000000001\n"

func TestParseStatus(t *testing.T) {
	want := Status{TGID: 5, VPID: 1, VTID: 3, UID: 2, GID: 6, RUID: 1, FSUID: 4, FSGID: 8,
		Caps: Caps{Effective: 1, Permitted: 0x1ffffffffff}}
	if got, ok := parseStatus(linesOf(t, someStatus)); !ok || got != want {
		t.Errorf("parseStatus = %+v, %v; want %+v", got, ok, want)
	}
	for _, cut := range []string{"Tgid:\t5\n", "\t4\n", "NSpid:\t7\t3\n", "0000000000000001"} {
		if got, ok := parseStatus(linesOf(t, strings.Replace(someStatus, cut, "\n", 1))); ok {
			t.Errorf("without %q: %+v", cut, got)
		}
	}
}

func FuzzParseStatus(f *testing.F) {
	f.Add(someStatus)
	f.Fuzz(func(t *testing.T, text string) {
		_, _ = parseStatus(linesOf(t, text))
		fd := linesOf(t, text).fd
		if tgid, tid, ok := nestedIDs(fd); ok && (tgid.n != tid.n || tid.n == 0) {
			t.Errorf("nestedIDs(%q) = %v, %v", text, tgid, tid)
		}
	})
}

func TestNestedPIDNamespace(t *testing.T) {
	needRoot(t)
	c, err := tryStart(t, "wait", "", func(c *exec.Cmd) {
		c.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWPID}
	})
	need(t, err == nil, "pid namespaces")
	th, a := look(t, c.pid())
	if s, err := th.Status(); err != nil || s.VPID != 1 || s.VTID != 1 {
		t.Errorf("Status = %+v, %v", s, err)
	}
	// The procfs that it sees is still callgate's: there it has another number.
	name, _, err := th.Resolve(a, unix.AT_FDCWD, []byte("/proc/self/comm"), true)
	if want := "/proc/" + itoa(c.pid()) + "/comm"; err != nil || name != want {
		t.Errorf("Resolve = %q, %v; want %q", name, err, want)
	}
}
