package proc

import (
	"fmt"
	"os"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"
)

func init() { roles["scarce"] = scarceRole }

// scarceRole looks at more threads than it has descriptors for.
func scarceRole() error {
	const threads = 20
	tids := make(chan int)
	for range threads {
		go func() {
			runtime.LockOSThread()
			tids <- unix.Gettid()
			select {}
		}()
	}
	tb, err := NewTable(Options{})
	if err != nil {
		return err
	}
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return err
	}
	few := uint64(len(list) + 12)
	if err := unix.Prlimit(0, unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: few, Max: few}, nil); err != nil {
		return err
	}
	for range threads {
		tid := <-tids
		th, err := tb.Thread(tid)
		if err != nil {
			return err
		}
		if _, err := th.Status(); err != nil {
			return err
		}
		th.Release()
	}
	return ready(fmt.Sprint(tb.Len()))
}

func TestFewDescriptors(t *testing.T) {
	c := start(t, "scarce", "", nil)
	if c.say == "" || c.say == "0" {
		t.Errorf("%q threads are kept", c.say)
	}
}
