package tracer_test

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/internal/victim"
	"github.com/callgate/callgate/seccomp"
	"github.com/callgate/callgate/tracer/source"
	"github.com/callgate/callgate/tracer/stats"
)

const restartedCalls = 5

// inARow are opened with the same registers.
var inARow = [][]byte{[]byte("/secret\x00"), []byte("/secret\x00"), []byte("/public\x00"), []byte("/secret\x00")}

func init() {
	roles["opens under signals"] = func(args []string) {
		victim.BeWatched(opens(), seccomp.FlagNewListener)
		self, stop := unix.Gettid(), make(chan struct{})
		go func() {
			runtime.LockOSThread()
			for {
				select {
				case <-stop:
					return
				case <-time.After(10 * time.Millisecond):
					_ = unix.Tgkill(os.Getpid(), self, unix.SIGURG)
				}
			}
		}()
		for i := range uintptr(restartedCalls) {
			fmt.Print(int(openAs([]byte(args[0]+"\x00"), i)), " ")
		}
		close(stop)
	}
	roles["opens in a row"] = func([]string) {
		victim.BeWatched(opens(), seccomp.FlagNewListener)
		var path [16]byte
		for _, p := range inARow {
			copy(path[:], p)
			fmt.Print(int(openAs(path[:], 0)), " ")
		}
	}
}

// openAs opens a path in a call that can be told from others: the kernel ignores
// the mode where no file is created.
func openAs(path []byte, mode uintptr) unix.Errno {
	_, _, errno := unix.Syscall6(unix.SYS_OPENAT, ^uintptr(0), uintptr(unsafe.Pointer(&path[0])), unix.O_RDONLY|opensMark, mode, 0, 0)
	return errno
}

// restarting makes the first judgement of every call one of a notification that
// a signal has ended, and lets the test do something then.
type restarting struct {
	source.Handler
	then func(*source.Call)
}

func (h restarting) Handle(c *source.Call) source.Reply {
	if c.Memo != nil {
		return h.Handler.Handle(c)
	}
	for end := time.Now().Add(victim.Limit); c.Valid() && time.Now().Before(end); {
		time.Sleep(time.Millisecond)
	}
	r := h.Handler.Handle(c)
	h.then(c)
	return r
}

func restartEach(t *testing.T, path string, then func(*source.Call)) (printed string, alerts []string) {
	t.Helper()
	s := supervise(t, victim.Start(t, false, "opens under signals", path), denySecret)
	judge := s.options.NewHandler
	s.options.NewHandler = func() source.Handler { return restarting{judge(), then} }
	s.options.Restarts, s.options.Stats = true, stats.New()
	printed = s.serve(t)
	if n := s.options.Stats.Report().Coalesced; n < restartedCalls {
		t.Errorf("%d restarts of %d calls", n, restartedCalls)
	}
	return printed, s.alerts
}

// once reports whether the alerts are one for each call, and repetitions that are
// marked as such: a signal can overtake an answer that was accepted.
func once(alerts []string) bool {
	n := 0
	for _, a := range alerts {
		if !strings.HasSuffix(a, marked) {
			n++
		}
	}
	return n == restartedCalls
}

func repeated(errno unix.Errno) (s string) {
	for i := range restartedCalls {
		if i > 0 {
			s += " "
		}
		s += fmt.Sprint(int(errno))
	}
	return s
}

func TestRestartedCallHasOneAlert(t *testing.T) {
	printed, alerts := restartEach(t, "/secret", func(*source.Call) {})
	if printed != repeated(unix.EXDEV) || !once(alerts) {
		t.Errorf("results %s, alerts %v", printed, alerts)
	}
}

// A program can make a thread restart its call when the bytes have been judged,
// and swap them: they are judged again.
func TestSwappedBytesAreJudgedAgain(t *testing.T) {
	swap := func(c *source.Call) {
		b := []byte("/secret")
		remote := []unix.RemoteIovec{{Base: uintptr(c.Args[1]), Len: len(b)}}
		local := []unix.Iovec{{Base: &b[0], Len: uint64(len(b))}}
		if _, err := unix.ProcessVMWritev(c.TID, local, remote, 0); err != nil {
			t.Errorf("swap bytes: %v", err)
		}
	}
	printed, alerts := restartEach(t, "/public", swap)
	if printed != repeated(unix.EXDEV) || !once(alerts) {
		t.Errorf("results %s, alerts %v", printed, alerts)
	}
}

// A call like the one before it may be that one: its alert says so, if it is the
// same. The time that an alert tells is not what makes it another one.
func TestSecondCallMayBeTheFirst(t *testing.T) {
	s := supervise(t, victim.Start(t, false, "opens in a row"), strings.ReplaceAll(denySecret, "open %", "%evt.time open %"))
	s.options.Restarts = true
	printed := s.serve(t)
	var repeats []bool
	for _, a := range s.alerts {
		repeats = append(repeats, strings.HasSuffix(a, marked))
	}
	if want := fmt.Sprintf("%[1]d %[1]d %[2]d %[1]d", int(unix.EXDEV), int(unix.ENOENT)); printed != want || !slices.Equal(repeats, []bool{false, true, false}) {
		t.Errorf("results %s, alerts %v", printed, s.alerts)
	}
}
