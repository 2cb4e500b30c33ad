package proc

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/rules/event"
)

func openFDs(t testing.TB) int {
	t.Helper()
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(list)
}

func spawn(t testing.TB) *exec.Cmd {
	t.Helper()
	c := exec.Command("/bin/true")
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestDescriptorsComeBackAfterManyProcesses(t *testing.T) {
	tb := newTable(t, Options{})
	var a event.Arena
	// os/exec opens descriptors of its own the first time.
	_ = spawn(t).Wait()
	before := openFDs(t)
	for i := range 10_000 {
		c := spawn(t)
		a.Reset()
		// A zombie is still looked at; it can't be gone before it is waited for.
		th, err := tb.Thread(c.Process.Pid)
		if err != nil {
			t.Fatal(err)
		}
		if st, err := th.Stat(&a); err != nil || st.PPID != os.Getpid() {
			t.Fatalf("Stat = %+v, %v", st, err)
		}
		th.Release()
		_ = c.Wait()
		if i%1000 == 0 {
			if n := openFDs(t) - before; n > handlesPerThread*DefaultThreads {
				t.Fatalf("%d descriptors after %d processes", n, i)
			}
		}
	}
	tb.Sweep()
	if n, left := openFDs(t)-before, tb.Len(); n != 0 || left != 0 {
		t.Errorf("%d descriptors and %d threads are left", n, left)
	}
}

// Who sweeps is told once of use, so that an idle table costs nothing.
func TestTableTellsOfUse(t *testing.T) {
	tb := newTable(t, Options{})
	used := func() bool {
		select {
		case <-tb.Used():
			return true
		default:
			return false
		}
	}
	if used() {
		t.Error("a new table was used")
	}
	for range 2 {
		for range 3 {
			th, err := tb.Thread(os.Getpid())
			if err != nil {
				t.Fatal(err)
			}
			th.Release()
		}
		if !used() || used() {
			t.Error("not told once")
		}
		if tb.Sweep(); used() {
			t.Error("a sweep is no use")
		}
	}
}

func TestTableIsBounded(t *testing.T) {
	tb := newTable(t, Options{Threads: 3})
	var a event.Arena
	held, err := tb.Thread(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	defer held.Release()
	for range 6 {
		c := start(t, "wait", "", nil)
		th, err := tb.Thread(c.pid())
		if err != nil {
			t.Fatal(err)
		}
		th.Release()
		if tb.Len() > 3 {
			t.Fatalf("%d threads are kept", tb.Len())
		}
	}
	// The one in use was the least recently used one, and still works.
	if _, err := held.Name(&a); err != nil {
		t.Error(err)
	}
}

func TestCloseWaitsForUsers(t *testing.T) {
	before := openFDs(t)
	tb, err := NewTable(Options{})
	if err != nil {
		t.Fatal(err)
	}
	th, err := tb.Thread(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	tb.Close()
	tb.Close()
	if _, err := tb.Thread(os.Getpid()); !errors.Is(err, os.ErrClosed) {
		t.Errorf("Thread of a closed table: %v", err)
	}
	th.Release()
	th.Release() // does nothing
	if n := openFDs(t) - before; n != 0 {
		t.Errorf("%d descriptors are left", n)
	}
}

func TestGone(t *testing.T) {
	tb := newTable(t, Options{})
	c := spawn(t)
	th, err := tb.Thread(c.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	defer th.Release()
	_ = c.Wait()
	var a event.Arena
	var mem [8]byte
	for what, err := range map[string]error{
		"Name":    second(th.Name(&a)),
		"Stat":    second(th.Stat(&a)),
		"Status":  second(th.Status()),
		"Cmdline": second(th.Cmdline(&a)),
		"Environ": second(th.Environ(&a)),
		"Exe":     second(th.Exe(&a)),
		"CWD":     second(th.CWD(&a)),
		"Login":   second(th.LoginUID()),
		"FD":      second(th.FD(&a, 0)),
		"Socket":  second(th.Socket(&a, 0)),
		"User":    second(th.UserName(0)),
		"ReadMem": second(th.ReadMem(4096, mem[:])),
		"Image":   second(th.Image(&a, unix.AT_FDCWD, []byte("/bin/sh"), 0, nil)),
	} {
		if !errors.Is(err, ErrGone) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, _, err := th.Resolve(&a, unix.AT_FDCWD, []byte("/x"), true); !errors.Is(err, ErrGone) {
		t.Errorf("Resolve: %v", err)
	}
	if _, err := tb.Thread(c.Process.Pid); err == nil {
		t.Error("a kept handle of a dead thread was dropped by no use of it")
	}
}

func second[T any](_ T, err error) error { return err }

// TestReuseOfANumber makes a process with the number of one that is gone.
func TestReuseOfANumber(t *testing.T) {
	needRoot(t)
	const last = "/proc/sys/kernel/ns_last_pid"
	f, err := os.OpenFile(last, os.O_WRONLY, 0)
	need(t, err == nil, last)
	_ = f.Close()
	tb := newTable(t, Options{})
	var a event.Arena
	old := spawn(t)
	kept, err := tb.Thread(old.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	defer kept.Release()
	if _, err := kept.Name(&a); err != nil {
		t.Fatal(err)
	}
	other := newTable(t, Options{}) // keeps a handle that nobody holds
	unheld, err := other.Thread(old.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	unheld.Release()
	_ = old.Wait()
	for range 200 {
		if err := os.WriteFile(last, []byte(strconv.Itoa(old.Process.Pid-1)), 0); err != nil {
			t.Fatal(err)
		}
		c := start(t, "rename", "reused", nil)
		if c.pid() != old.Process.Pid {
			c.stop()
			continue
		}
		if _, err := kept.Name(&a); !errors.Is(err, ErrGone) {
			t.Errorf("the hold on the old process: %v", err)
		}
		th, err := tb.Thread(c.pid())
		if err != nil {
			t.Fatal(err)
		}
		defer th.Release()
		if name, err := th.Name(&a); err != nil || name != "reused" {
			t.Errorf("Name = %q, %v", name, err)
		}
		st, err := th.Stat(&a)
		if err != nil || st.Name != "reused" {
			t.Errorf("Stat = %+v, %v", st, err)
		}
		renewed, err := other.Thread(c.pid())
		if err != nil {
			t.Fatal(err)
		}
		defer renewed.Release()
		if name, exact, err := renewed.Resolve(&a, unix.AT_FDCWD, []byte("/proc/self/cwd"), false); err != nil || !exact || name != fmt.Sprintf("/proc/%d/cwd", c.pid()) {
			t.Errorf("Resolve = %q, %t, %v", name, exact, err)
		}
		if name, err := renewed.Name(&a); err != nil || name != "reused" {
			t.Errorf("Name after Resolve = %q, %v", name, err)
		}
		return
	}
	t.Fatal("the number was never given out again")
}

func TestTableIsSafeForGoroutines(t *testing.T) {
	tb := newTable(t, Options{Threads: 4})
	children := make([]int, 8)
	for i := range children {
		children[i] = start(t, "rename", fmt.Sprint("child", i), nil).pid()
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			var a event.Arena
			for i := range 2000 {
				a.Reset()
				want := fmt.Sprint("child", i%len(children))
				th, err := tb.Thread(children[i%len(children)])
				if err != nil {
					t.Error(err)
					return
				}
				st, err := th.Stat(&a)
				if err != nil || st.Name != want {
					t.Errorf("Stat = %+v, %v; want %s", st, err, want)
				}
				if p, _, err := th.Parent(&a, st); err != nil || p.TGID() != os.Getpid() {
					t.Errorf("Parent: %v", err)
				} else {
					p.Release()
				}
				th.Release()
				if i%100 == 0 {
					tb.Sweep()
				}
			}
		})
	}
	wg.Wait()
}

func TestNewTableRefusesWhatIsNoProcfs(t *testing.T) {
	for _, dir := range []string{t.TempDir(), "/nonexistent"} {
		if _, err := NewTable(Options{Proc: dir}); err == nil {
			t.Errorf("NewTable accepts %s", dir)
		}
	}
}
