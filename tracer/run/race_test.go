package run_test

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"golang.org/x/sys/unix"
)

// denyRegisters denies one value of a register a call, with an errno that the
// kernel gives for none of them.
const denyRegisters = `
- rule: setns
  desc: test
  condition: evt.type == "setns" and evt.arg.nstype == "CLONE_NEWUTS"
  output: setns
  priority: notice
  action: deny
  errno: EXDEV
- rule: unshare
  desc: test
  condition: evt.type == "unshare" and hasFlag(evt.arg.flags, "CLONE_FS")
  output: unshare
  priority: notice
  action: deny
  errno: EXDEV
- rule: clone
  desc: test
  condition: evt.type == "clone" and hasFlag(evt.arg.flags, "CLONE_NEWUSER")
  output: clone
  priority: notice
  action: deny
  errno: EXDEV
- rule: socket
  desc: test
  condition: evt.type == "socket" and evt.arg.domain == "AF_INET6"
  output: socket
  priority: notice
  action: deny
  errno: EXDEV
- rule: dup
  desc: test
  condition: evt.type == "dup3" and evt.rawarg.newfd == 51
  output: dup
  priority: notice
  action: deny
  errno: EXDEV
- rule: prctl
  desc: test
  condition: evt.type == "prctl" and evt.arg.option == "PR_SET_TIMERSLACK"
  output: prctl
  priority: notice
  action: deny
  errno: EXDEV
`

// raced is a call with a register that takes two values, of which one is denied.
type raced struct {
	name            string
	nr              uintptr
	args            [3]uintptr
	at              int // the register
	allowed, denied uintptr
	want            unix.Errno // what the kernel answers to the allowed one
	junk            uintptr    // what is added above the bits that the kernel reads
}

var races = []raced{
	{"setns", unix.SYS_SETNS, [3]uintptr{^uintptr(0)}, 1, unix.CLONE_NEWNET, unix.CLONE_NEWUTS, unix.EBADF, 1 << 32},
	{"unshare", unix.SYS_UNSHARE, [3]uintptr{}, 0, unix.CLONE_SYSVSEM, unix.CLONE_FS, 0, 0},
	// Both are contradictions, so that no process comes of it.
	{"clone", unix.SYS_CLONE, [3]uintptr{}, 0, unix.CLONE_SIGHAND, unix.CLONE_FS | unix.CLONE_NEWUSER, unix.EINVAL, 1 << 32},
	{"socket", unix.SYS_SOCKET, [3]uintptr{0, 77}, 0, unix.AF_UNIX, unix.AF_INET6, unix.EINVAL, 1 << 32},
	{"dup3", unix.SYS_DUP3, [3]uintptr{0}, 1, 50, 51, 0, 1 << 32},
	{"prctl", unix.SYS_PRCTL, [3]uintptr{0, 1 << 20}, 0, unix.PR_GET_SECUREBITS, unix.PR_SET_TIMERSLACK, 0, 1 << 32},
}

// raceRegisters makes every call with a register that other threads change all
// the time, the junk above what the kernel reads included, and prints every
// result that the register does not explain.
func raceRegisters([]string) error {
	if _, _, e := unix.RawSyscall(unix.SYS_CLONE3, 0, 0, 0); e != unix.ENOSYS {
		fmt.Println("clone3:", e)
	}
	runtime.GOMAXPROCS(2 * len(races)) // no thread waits for another's call
	var wg sync.WaitGroup
	for _, r := range races {
		wg.Go(func() { r.run() })
	}
	wg.Wait()
	fmt.Println("raced")
	return nil
}

func (r raced) run() {
	runtime.LockOSThread() // unshare must stay this thread's
	var reg atomic.Uintptr
	reg.Store(r.allowed)
	stop := make(chan struct{})
	defer close(stop)
	go func() {
		for v, junk := r.denied, uintptr(0); ; v, junk = r.allowed+r.denied-v, junk+r.junk {
			select {
			case <-stop:
				return
			default:
				reg.Store(v | junk)
			}
		}
	}()
	for denied := 0; denied < 500; {
		args := r.args
		args[r.at] = reg.Load()
		_, _, got := unix.RawSyscall(r.nr, args[0], args[1], args[2])
		want := r.want
		if uint32(args[r.at]) == uint32(r.denied) {
			want = unix.EXDEV
			denied++
		}
		if got != want {
			fmt.Printf("%s(%#x): %v\n", r.name, args, got)
		}
	}
}

// What is labelled enforce can't be beaten by threads that race for it.
func TestEnforcedRegistersStandRaces(t *testing.T) {
	j := job{rules: denyRegisters, enforce: true, argv: victim(t, "race")}
	if os.Getuid() == 0 {
		j.uid = 65534
	}
	o := j.run(t)
	if o.stdout != "raced\n" {
		t.Errorf("printed %s", o.stdout)
	}
	seen := map[string]bool{}
	for _, a := range o.alerts {
		seen[a.Rule] = true
		if a.Fields["callgate.guarantee"] != "enforce" {
			t.Fatalf("labelled %v: %v", a.Fields["callgate.guarantee"], a)
		}
	}
	for _, r := range races {
		if !seen[strings.TrimSuffix(r.name, "3")] {
			t.Errorf("no race for %s", r.name)
		}
	}
}
