package daemon_test

import (
	"encoding/binary"
	"fmt"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/runtime/internal/rig"
	"github.com/callgate/callgate/seccomp"
	"github.com/callgate/callgate/seccomp/bpf"
	"github.com/callgate/callgate/seccomp/syscalls"
)

// victims are threads, each under a filter of its own that intercepts unshare.
type victims struct {
	t         *testing.T
	cmd       *exec.Cmd
	link      *net.UnixConn
	listeners []*os.File
	tids      []int
	mu        sync.Mutex
	results   map[uint64]chan unix.Errno
	calls     uint64
}

// order is what a victim is to do, and what it says when it has done it.
type order struct {
	Call   uint64 // names the order
	Victim uint64
	Flags  uint64 // of unshare; quit: the thread ends
	Errno  uint64
}

const quit = ^uint64(0)

// Go never ends the first thread of a process, which would keep a victim's
// filter alive, so that one stays with the main goroutine.
func init() {
	if os.Args[0] == victimsName {
		runtime.LockOSThread()
	}
}

// victimsMain makes victims on the socket that is descriptor 3: it sends the
// listener of each, then does what it is told.
func victimsMain(count string) int {
	n, err := strconv.Atoi(count)
	if err != nil {
		return 1
	}
	f := &seccomp.Filter{}
	nr, _ := syscalls.Number(syscalls.Native()[0], "unshare")
	f.Add(seccomp.Key{ABI: syscalls.Native()[0], NR: nr}, nil, seccomp.Notify)
	program, err := bpf.Compile(f)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	c, err := net.FileConn(os.NewFile(3, "link"))
	if err != nil {
		return 1
	}
	link := c.(*net.UnixConn)
	orders := make([]chan order, n)
	for i := range orders {
		orders[i] = make(chan order, 16)
		ready := make(chan error)
		go victim(link, program, orders[i], ready)
		if err := <-ready; err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
	}
	for {
		var o order
		if err := binary.Read(link, binary.LittleEndian, &o); err != nil {
			return 0 // the test is over
		}
		orders[o.Victim] <- o
	}
}

func victim(link *net.UnixConn, program []unix.SockFilter, orders chan order, ready chan error) {
	runtime.LockOSThread() // and never unlocked: the thread ends with the goroutine
	err := seccomp.SetNoNewPrivs()
	var fd int
	if err == nil {
		fd, err = seccomp.Install(program, seccomp.BestFlags())
	}
	if err == nil {
		_, _, err = link.WriteMsgUnix(binary.LittleEndian.AppendUint64(nil, uint64(unix.Gettid())), unix.UnixRights(fd), nil)
		unix.Close(fd)
	}
	ready <- err
	if err != nil {
		return
	}
	for o := range orders {
		if o.Flags == quit {
			return
		}
		_, _, errno := unix.Syscall(unix.SYS_UNSHARE, uintptr(o.Flags), 0, 0)
		o.Errno = uint64(errno)
		b, _ := binary.Append(nil, binary.LittleEndian, o)
		if _, err := link.Write(b); err != nil {
			return
		}
	}
}

func newVictims(t *testing.T, n int) *victims {
	t.Helper()
	for _, f := range seccomp.Probe() {
		if f.Needed && f.Err != nil {
			rig.Need(t, &rig.MissingError{What: f.Err.Error()})
		}
	}
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	ours, theirs := os.NewFile(uintptr(pair[0]), "link"), os.NewFile(uintptr(pair[1]), "link")
	c, err := net.FileConn(ours)
	if err != nil {
		t.Fatal(err)
	}
	ours.Close()
	v := &victims{t: t, link: c.(*net.UnixConn), results: make(map[uint64]chan unix.Errno)}
	v.cmd = exec.Command("/proc/self/exe")
	v.cmd.Args = []string{victimsName, strconv.Itoa(n)}
	v.cmd.Stderr = os.Stderr
	v.cmd.ExtraFiles = []*os.File{theirs}
	if err := v.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	theirs.Close()
	t.Cleanup(v.end)
	_ = v.link.SetReadDeadline(time.Now().Add(patience))
	for range n {
		b, oob := make([]byte, 8), make([]byte, unix.CmsgSpace(4))
		_, oobn, _, _, err := v.link.ReadMsgUnix(b, oob)
		if err != nil {
			t.Fatal(err)
		}
		messages, err := unix.ParseSocketControlMessage(oob[:oobn])
		if err != nil || len(messages) != 1 {
			t.Fatalf("no listener came: %v", err)
		}
		fds, err := unix.ParseUnixRights(&messages[0])
		if err != nil {
			t.Fatal(err)
		}
		v.listeners = append(v.listeners, os.NewFile(uintptr(fds[0]), "listener"))
		v.tids = append(v.tids, int(binary.LittleEndian.Uint64(b)))
	}
	_ = v.link.SetReadDeadline(time.Time{})
	go v.read()
	return v
}

func (v *victims) end() {
	_ = v.cmd.Process.Kill()
	_ = v.cmd.Wait()
	v.link.Close()
	for _, l := range v.listeners {
		l.Close()
	}
}

func (v *victims) read() {
	for {
		var o order
		if binary.Read(v.link, binary.LittleEndian, &o) != nil {
			return
		}
		v.mu.Lock()
		done := v.results[o.Call]
		delete(v.results, o.Call)
		v.mu.Unlock()
		done <- unix.Errno(o.Errno)
	}
}

// begin has a victim make a call; its errno comes on the channel.
func (v *victims) begin(victim int, flags uint64) chan unix.Errno {
	v.t.Helper()
	v.mu.Lock()
	defer v.mu.Unlock()
	v.calls++
	done := make(chan unix.Errno, 1)
	v.results[v.calls] = done
	b, _ := binary.Append(nil, binary.LittleEndian, order{Call: v.calls, Victim: uint64(victim), Flags: flags})
	if _, err := v.link.Write(b); err != nil {
		v.t.Fatal(err)
	}
	return done
}

// unshare has a victim call unshare and returns what it got.
func (v *victims) unshare(victim int, flags uint64) unix.Errno {
	v.t.Helper()
	return v.result(v.begin(victim, flags))
}

func (v *victims) result(done chan unix.Errno) unix.Errno {
	v.t.Helper()
	select {
	case errno := <-done:
		return errno
	case <-time.After(patience):
		v.t.Fatal("a victim's call did not return")
		return 0
	}
}

// quit ends a victim's thread, and with it its filter.
func (v *victims) quit(victim int) { v.begin(victim, quit) }
