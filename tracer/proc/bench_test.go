package proc

import (
	"os"
	"strconv"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/rules/event"
)

// asks are the questions of the hot path and their like, about a child.
func asks(t testing.TB, tb *Table) map[string]func(*Thread, *event.Arena) error {
	t.Helper()
	mem := make([]byte, 256)
	addr := uint64(uintptr(unsafe.Pointer(&mem[0])))
	self, err := tb.Thread(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(self.Release)
	resolve := func(path string, follow bool) func(*Thread, *event.Arena) error {
		raw := []byte(path)
		return func(th *Thread, a *event.Arena) error {
			_, _, err := th.Resolve(a, unix.AT_FDCWD, raw, follow)
			return err
		}
	}
	sh, argv := []byte("/bin/sh"), []string{"sh", "-c", "true"}
	return map[string]func(*Thread, *event.Arena) error{
		"Name":            func(th *Thread, a *event.Arena) error { return second(th.Name(a)) },
		"Stat":            func(th *Thread, a *event.Arena) error { return second(th.Stat(a)) },
		"Brief":           func(th *Thread, a *event.Arena) error { return second(th.Brief(a)) },
		"Status":          func(th *Thread, a *event.Arena) error { return second(th.Status()) },
		"Cmdline":         func(th *Thread, a *event.Arena) error { return second(th.Cmdline(a)) },
		"Environ":         func(th *Thread, a *event.Arena) error { return second(th.Environ(a)) },
		"Exe":             func(th *Thread, a *event.Arena) error { return second(th.Exe(a)) },
		"CWD":             func(th *Thread, a *event.Arena) error { return second(th.CWD(a)) },
		"Login":           func(th *Thread, a *event.Arena) error { return second(th.LoginUID()) },
		"FD":              func(th *Thread, a *event.Arena) error { return second(th.FD(a, 0)) },
		"ReadMem":         func(*Thread, *event.Arena) error { return second(self.ReadMem(addr, mem[:16])) },
		"Image":           func(th *Thread, a *event.Arena) error { return second(th.Image(a, unix.AT_FDCWD, sh, 0, argv)) },
		"StatAndParent":   withParent((*Thread).Stat),
		"BriefAndParent":  withParent((*Thread).Brief),
		"ResolveAbsolute": resolve("/usr/share/doc", true),
		"ResolveNew":      resolve("/usr/share/doc/new-file", true),
		"ResolveRelative": resolve("new-file", true),
		"ResolveLinks":    resolve("/bin/sh", true),
		"ResolveSelf":     resolve("/proc/self/fd/../comm", true),
	}
}

// withParent asks for the parent's name too.
func withParent(stat func(*Thread, *event.Arena) (Stat, error)) func(*Thread, *event.Arena) error {
	return func(th *Thread, a *event.Arena) error {
		st, err := stat(th, a)
		if err != nil {
			return err
		}
		p, _, err := th.Parent(a, st)
		p.Release()
		return err
	}
}

// TestNoAllocations: what is asked for events that match nothing costs no
// memory.
func TestNoAllocations(t *testing.T) {
	if raceDetector {
		t.Skip("the race detector allocates")
	}
	pid := spawnSleeper(t)
	tb := newTable(t, Options{})
	var a event.Arena
	for name, ask := range asks(t, tb) {
		n := testing.AllocsPerRun(200, func() {
			a.Reset()
			th, err := tb.Thread(pid)
			if err != nil {
				t.Fatal(err)
			}
			if err := ask(th, &a); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			th.Release()
		})
		if n != 0 {
			t.Errorf("%s allocates %v times", name, n)
		}
	}
}

func Benchmark(b *testing.B) {
	pid := spawnSleeper(b)
	tb := newTable(b, Options{})
	var a event.Arena
	for name, ask := range asks(b, tb) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				a.Reset()
				th, err := tb.Thread(pid)
				if err != nil {
					b.Fatal(err)
				}
				if err := ask(th, &a); err != nil {
					b.Fatal(err)
				}
				th.Release()
			}
		})
	}
	b.Run("NewThread", func(b *testing.B) {
		for b.Loop() {
			th, err := tb.open(pid)
			if err != nil {
				b.Fatal(err)
			}
			th.Release()
		}
	})
}

// spawnSleeper is a process of another program, so that it is small.
func spawnSleeper(t testing.TB) int {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	p, err := os.StartProcess("/bin/cat", []string{"cat"}, &os.ProcAttr{Env: []string{"A=1"}, Files: []*os.File{r, null, null}})
	if err != nil {
		t.Fatal(err)
	}
	_ = r.Close()
	t.Cleanup(func() {
		_ = w.Close()
		_, _ = p.Wait()
	})
	// The program has been executed once it is called so.
	for {
		b, err := os.ReadFile("/proc/" + strconv.Itoa(p.Pid) + "/comm")
		if err != nil {
			t.Fatal(err)
		}
		if string(b) == "cat\n" {
			return p.Pid
		}
	}
}
