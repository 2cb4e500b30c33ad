package seccomp_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/seccomp"
	"github.com/callgate/callgate/seccomp/syscalls"
)

func init() {
	victims["call on"] = func() {
		n, err := strconv.Atoi(os.Args[1])
		check(err)
		beWatched(seccomp.BestFlags())
		for i := range n {
			if r, errno := getppid(uintptr(i)); errno != 0 || int(r) != i {
				fmt.Println("call", i, "returned", r, errno)
				return
			}
		}
		fmt.Println("done")
	}
	victims["call into the void"] = func() {
		beWatched(seccomp.FlagNewListener)
		for range 3 {
			_, errno := getppid()
			fmt.Print(int(errno), " ")
		}
	}
	victims["many threads"] = func() {
		beWatched(seccomp.BestFlags())
		becomeVictim("many threads, watched")
	}
	victims["many threads, watched"] = func() {
		var wrong atomic.Int32
		var wg sync.WaitGroup
		for thread := range uintptr(manyThreads) {
			wg.Go(func() {
				for i := range uintptr(callsPerThread) {
					want := thread<<8 | i
					if r, errno := getppid(want); r != want || errno != 0 {
						wrong.Add(1)
					}
				}
			})
		}
		wg.Wait()
		fmt.Println("wrong:", wrong.Load())
	}
}

const manyThreads, callsPerThread = 8, 100

// modes are the ways in which a listener receives.
var modes = map[string][]seccomp.ListenerOption{"direct": nil, "stoppable": {seccomp.Stoppable}}

// echo answers every call with its first argument, until there are no more.
func echo(l *seccomp.Listener) error {
	var n seccomp.Notification
	for {
		err := l.Recv(&n)
		if err == nil {
			err = l.ReturnValue(n.ID, int64(n.Data.Args[0]&0xffff))
		}
		if err != nil && !errors.Is(err, seccomp.ErrInterrupted) && !errors.Is(err, seccomp.ErrNotFound) {
			return err
		}
	}
}

func TestHangup(t *testing.T) {
	for name, opts := range modes {
		t.Run(name, func(t *testing.T) {
			v := start(t, "call on", "5")
			l := v.listen(opts...)
			if err := echo(l); !errors.Is(err, seccomp.ErrHangup) {
				t.Errorf("got %v", err)
			}
			if got := v.end(); got != "done" {
				t.Errorf("the victim said %q", got)
			}
			if err := l.Recv(new(seccomp.Notification)); !errors.Is(err, seccomp.ErrHangup) {
				t.Errorf("again: %v", err)
			}
		})
	}
}

// When nobody is left to judge, calls fail: waiting ones and later ones.
func TestCloseLeavesENOSYS(t *testing.T) {
	v := start(t, "call into the void")
	l := v.listen()
	n := v.receive(l)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if want := strings.TrimSpace(strings.Repeat(fmt.Sprint(int(unix.ENOSYS), " "), 3)); v.end() != want {
		t.Errorf("got %q, want %q", v.out.String(), want)
	}
	for what, err := range map[string]error{
		"Recv": l.Recv(n), "Continue": l.Continue(n.ID), "SetSyncWakeUp": l.SetSyncWakeUp(true),
	} {
		if !errors.Is(err, seccomp.ErrClosed) {
			t.Errorf("%s after Close: %v", what, err)
		}
	}
	if l.Valid(n.ID) {
		t.Error("valid after Close")
	}
	if err := l.Close(); err != nil {
		t.Errorf("second Close: %v", err)
	}
}

func TestCloseWakesReceivers(t *testing.T) {
	v := start(t, "call on", "1")
	l := v.listen(seccomp.Stoppable)
	n := v.receive(l) // the caller is held: nothing more to receive
	const receivers = 3
	errs := make(chan error, receivers)
	for range receivers {
		go func() { errs <- l.Recv(new(seccomp.Notification)) }()
	}
	waitForPoll(t)
	if !l.Valid(n.ID) {
		t.Error("the call is gone")
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	for range receivers {
		if err := <-errs; !errors.Is(err, seccomp.ErrClosed) {
			t.Errorf("got %v", err)
		}
	}
	// Now that no call on the listener runs its descriptor is gone.
	if got, want := v.end(), fmt.Sprintf("call 0 returned %d %v", ^uintptr(0), unix.ENOSYS); got != want {
		t.Errorf("the victim said %q, want %q", got, want)
	}
}

// waitForPoll returns when a thread of this process sleeps in poll(2) or
// ppoll(2); Go itself uses epoll.
func waitForPoll(t *testing.T) {
	t.Helper()
	names := []string{"poll", "ppoll"}
	deadline := time.Now().Add(10 * time.Second)
	for time.Now().Before(deadline) {
		tasks, err := filepath.Glob("/proc/self/task/*/syscall")
		if err != nil {
			t.Fatal(err)
		}
		for _, task := range tasks {
			line, _ := os.ReadFile(task)
			for _, name := range names {
				nr, ok := syscalls.Number(native(), name)
				if ok && strings.HasPrefix(string(line), strconv.Itoa(nr)+" ") {
					return
				}
			}
		}
		runtime.Gosched()
	}
	t.Fatal("no thread waits in poll")
}

func TestSeveralReceivers(t *testing.T) {
	for name, opts := range modes {
		t.Run(name, func(t *testing.T) {
			v := start(t, "many threads")
			l := v.listen(opts...)
			const receivers = 4
			errs := make(chan error, receivers)
			for range receivers {
				go func() { errs <- echo(l) }()
			}
			for range receivers {
				if err := <-errs; !errors.Is(err, seccomp.ErrHangup) {
					t.Errorf("got %v", err)
				}
			}
			if got := v.end(); got != "wrong: 0" {
				t.Errorf("the victim said %q", got)
			}
		})
	}
}

func TestNoAllocations(t *testing.T) {
	for name, opts := range modes {
		t.Run(name, func(t *testing.T) {
			const runs = 200
			v := start(t, "call on", strconv.Itoa(runs+1))
			l := v.listen(opts...)
			var n seccomp.Notification
			allocs := testing.AllocsPerRun(runs, func() {
				if err := receive(l, &n); err != nil || !l.Valid(n.ID) {
					t.Fatal(err)
				}
				if k, ok := n.Data.Call(); !ok || k.NR != unix.SYS_GETPPID {
					t.Fatal(k)
				}
				if !errors.Is(l.Continue(n.ID+1000), seccomp.ErrNotFound) {
					t.Fatal("answered what is not there")
				}
				if _, err := l.AddFD(n.ID+1000, l.FD(), seccomp.AddFDOptions{}); !errors.Is(err, seccomp.ErrNotFound) {
					t.Fatal(err)
				}
				if err := l.ReturnValue(n.ID, int64(n.Data.Args[0]&0xffff)); err != nil {
					t.Fatal(err)
				}
			})
			if allocs != 0 {
				t.Errorf("%v allocations a call", allocs)
			}
			if got := v.end(); got != "done" {
				t.Errorf("the victim said %q", got)
			}
		})
	}
}

func TestSyncWakeUp(t *testing.T) {
	need(t, seccomp.SyncWakeUp)
	v := start(t, "call on", "100")
	l := v.listen()
	for _, on := range []bool{true, false, true} {
		if err := l.SetSyncWakeUp(on); err != nil {
			t.Errorf("SetSyncWakeUp(%v): %v", on, err)
		}
	}
	if err := echo(l); !errors.Is(err, seccomp.ErrHangup) {
		t.Errorf("got %v", err)
	}
	if got := v.end(); got != "done" {
		t.Errorf("the victim said %q", got)
	}
}

func TestListenerOnWrongDescriptor(t *testing.T) {
	need(t, seccomp.NotifySizes)
	fd, err := unix.Eventfd(0, unix.EFD_CLOEXEC)
	if err != nil {
		t.Fatal(err)
	}
	l, err := seccomp.NewListener(fd)
	if err != nil {
		t.Fatal(err)
	}
	closeLater(t, l)
	if err := l.Recv(new(seccomp.Notification)); err == nil || errors.Is(err, seccomp.ErrHangup) {
		t.Errorf("receive from an eventfd: %v", err)
	}
	if err := l.SetSyncWakeUp(true); err == nil {
		t.Error("an eventfd has sync wake-up")
	}
}
