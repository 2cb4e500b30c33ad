package decode

import (
	"encoding/binary"
	"errors"
	"io"
	"os"
	"os/exec"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/rules/event"
	"github.com/callgate/callgate/seccomp"
	"github.com/callgate/callgate/seccomp/bpf"
	"github.com/callgate/callgate/seccomp/syscalls"
	"github.com/callgate/callgate/tracer/proc"
)

// child is the supervised process of a test, and what its supervisor needs.
type child struct {
	in      io.WriteCloser
	results chan int64
	caught  chan caught
	listen  *seccomp.Listener
	threads *proc.Table
}

type caught struct {
	seccomp.Notification
	err error
}

// startVictim starts a child in dir, in which the calls of all cases are
// intercepted.
func startVictim(t *testing.T, dir string) *child {
	t.Helper()
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), victimEnv+"=1", "GODEBUG=asyncpreemptoff=1")
	cmd.Dir, cmd.Stderr = dir, os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	c := &child{in: in, results: make(chan int64), caught: make(chan caught)}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if c.listen != nil {
			_ = c.listen.Close()
		}
		if c.threads != nil {
			c.threads.Close()
		}
	})
	go func() {
		defer close(c.results)
		for {
			var b [8]byte
			if _, err := io.ReadFull(out, b[:]); err != nil {
				return
			}
			c.results <- int64(binary.LittleEndian.Uint64(b[:]))
		}
	}()
	c.adopt(t, cmd.Process.Pid, c.result(t))
	return c
}

// adopt takes the listener over from the child, which sent its number.
func (c *child) adopt(t *testing.T, pid int, number int64) {
	t.Helper()
	if number < 0 {
		unavailable(t, "the child can't install a filter", unix.Errno(-number))
	}
	pidfd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(pidfd)
	fd, err := unix.PidfdGetfd(pidfd, int(number), 0)
	if err != nil {
		unavailable(t, "pidfd_getfd of the listener", err)
	}
	if c.listen, err = seccomp.NewListener(fd); err != nil {
		t.Fatal(err)
	}
	if c.threads, err = proc.NewTable(proc.Options{}); err != nil {
		t.Fatal(err)
	}
	go func() {
		for {
			var n caught
			n.err = c.listen.Recv(&n.Notification)
			if errors.Is(n.err, seccomp.ErrInterrupted) {
				continue
			}
			c.caught <- n
			if n.err != nil {
				return
			}
		}
	}()
}

func (c *child) result(t *testing.T) int64 {
	t.Helper()
	select {
	case r, ok := <-c.results:
		if !ok {
			t.Fatal("the child ended")
		}
		return r
	case <-time.After(time.Minute):
		t.Fatal("no answer from the child")
	}
	return 0
}

// order has the child make a call.
func (c *child) order(t *testing.T, abi syscalls.ABI, nr int, regs [6]uint64, mem []byte) {
	t.Helper()
	b := binary.LittleEndian.AppendUint64(nil, uint64(abi))
	b = binary.LittleEndian.AppendUint64(b, uint64(nr))
	for _, r := range regs {
		b = binary.LittleEndian.AppendUint64(b, r)
	}
	b = binary.LittleEndian.AppendUint64(b, uint64(len(mem)))
	if _, err := c.in.Write(append(b, mem...)); err != nil {
		t.Fatal(err)
	}
}

// decode has the child make the call of a case, decodes it while it waits, and
// has it fail with EPERM.
func (c *child) decode(t *testing.T, tt *testCase, abi syscalls.ABI, nr int) (ev event.Event) {
	t.Helper()
	regs, mem := tt.build(abi, nr)
	c.order(t, abi, nr, regs, mem)
	var n caught
	select {
	case n = <-c.caught:
	case r := <-c.results:
		t.Fatalf("the call was not intercepted: it returned %d", r)
	case <-time.After(time.Minute):
		t.Fatal("no notification")
	}
	if n.err != nil {
		t.Fatal(n.err)
	}
	defer func() {
		if err := c.listen.ReturnErrno(n.ID, unix.EPERM); err != nil {
			t.Error(err)
		} else if r := c.result(t); r != -int64(unix.EPERM) {
			t.Errorf("the call returned %d", r)
		}
	}()
	key, ok := n.Data.Call()
	if !ok || key != (seccomp.Key{ABI: abi, NR: nr}) {
		t.Fatalf("caught %+v, made %v %d", key, abi, nr)
	}
	th, err := c.threads.Thread(int(n.TID))
	if err != nil {
		t.Fatal(err)
	}
	defer th.Release()
	ev.Reset()
	d := NewDecoder(new(event.Arena))
	if err := d.Begin(New(key.ABI, key.NR, n.Data.Args), th); err != nil {
		t.Fatal(err)
	}
	if err := d.DecodeAt(tt.event, &ev, everything); err != nil {
		t.Error(err)
	}
	if !c.listen.Valid(n.ID) {
		t.Error("the call did not wait")
	}
	return ev
}

// needI386 skips a test of i386 calls where the kernel has none. They are tested
// on a kernel of our own then, so that a run without them is complete.
func needI386(t *testing.T) {
	t.Helper()
	err := seccomp.Require(seccomp.I386Calls)
	if err == nil {
		return
	}
	if os.Getenv("CALLGATE_VM") == "1" {
		t.Fatal(err)
	}
	t.Skipf("runs in make test-vm: %v", err)
}

// interceptAll is a filter that notifies every call that is decoded.
func interceptAll() ([]unix.SockFilter, error) {
	var f seccomp.Filter
	for _, abi := range syscalls.Native() {
		for _, typ := range syscalls.Types() {
			for _, e := range syscalls.Entries(abi, typ) {
				k := seccomp.Key{ABI: abi, NR: e.NR}
				if f.Calls[k] == nil {
					f.Add(k, nil, seccomp.Notify)
				}
			}
		}
	}
	return bpf.Compile(&f)
}
