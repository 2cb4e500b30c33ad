package keeper_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/internal/victim"
	"github.com/callgate/callgate/runtime/control"
	"github.com/callgate/callgate/seccomp"
	"github.com/callgate/callgate/tracer/notify"
	"github.com/callgate/callgate/tracer/source"
)

// The stand-in for a daemon: a process of its own, so that it can be killed. It
// judges by the second argument of a call (judge), and says on its standard output
// what it is told.

// daemonMain is its program: SOCKET MODE.
func daemonMain(args []string) {
	l, err := control.Listen(args[0])
	victim.Check(err)
	for {
		c, err := l.AcceptUnix()
		if err != nil {
			select {} // it goes on to serve
		}
		d := &standIn{mode: args[1], conn: control.NewConn(c), socket: l}
		go d.talk()
	}
}

type standIn struct {
	mode   string // "", "refuse" listeners, or "drop" the connection once one is served
	conn   *control.Conn
	socket *net.UnixListener
}

func (d *standIn) talk() {
	for {
		m, err := d.conn.Receive(context.Background())
		if err != nil {
			return
		}
		fmt.Printf("%s %s\n", m.Kind, m.Body)
		switch m.Kind {
		case control.KindKeep:
			fd, err := unix.PidfdOpen(os.Getpid(), 0)
			victim.Check(err)
			pidfd := os.NewFile(uintptr(fd), "pidfd")
			d.answer(control.KindKept, control.Kept{PID: os.Getpid()}, pidfd)
			pidfd.Close()
		case control.KindListener:
			if d.mode == "refuse" {
				m.CloseFiles()
				d.answer(control.KindRefused, control.Refusal{Reason: "I take none"})
				continue
			}
			var l control.Listener
			victim.Check(m.Decode(&l))
			d.serve(&l, m.Files[0], m.Files[1])
			d.answer(control.KindServing, control.Serving{ID: l.ID})
			fmt.Println("serves")
			if d.mode == "drop" {
				d.socket.Close()
				d.conn.Close()
				return
			}
		case control.KindGap:
			d.answer(control.KindNoted, nil)
		}
	}
}

func (d *standIn) answer(kind control.Kind, body any, files ...*os.File) {
	m, err := control.NewMessage(kind, body, files...)
	victim.Check(err)
	_ = d.conn.Send(context.Background(), m) // the keeper may be gone
}

func (d *standIn) serve(l *control.Listener, listener, table *os.File) {
	slots, err := notify.OpenSlots(table)
	victim.Check(err)
	fmt.Printf("left %d\n", slots.Owned())
	fd, err := unix.FcntlInt(listener.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	victim.Check(err)
	listener.Close()
	sl, err := seccomp.NewListener(fd)
	victim.Check(err)
	go func() {
		err := notify.Serve(sl, notify.Options{NewHandler: func() source.Handler { return judge{} }, Restarts: !l.WaitKillable, Slots: slots})
		sl.Close()
		slots.Close()
		if err != nil {
			fmt.Println("failed", err)
		}
		d.answer(control.KindEnded, control.Ended{ID: l.ID})
	}()
}

// judge decides as verdict says, after some time, and sometimes with an effect.
type judge struct{}

func (judge) Handle(c *source.Call) source.Reply {
	n := uint32(c.Args[1])
	time.Sleep(time.Duration(rand.IntN(400)) * time.Microsecond)
	if n%2 == 0 {
		c.Act(func() { time.Sleep(50 * time.Microsecond) })
	}
	if errno := verdict(n); errno != 0 {
		return source.Reply{Verb: source.Fail, Errno: errno}
	}
	return source.Reply{Verb: source.Continue}
}

func (judge) Unread(*source.Call) (source.Reply, func()) {
	return source.Reply{Verb: source.Fail, Errno: unix.ENOMSG}, func() {}
}
func (judge) Remember() any { return nil }
func (judge) Rest()         {}

// verdict is what becomes of a call: every third goes through, the others fail
// with errnos that nothing else gives.
func verdict(n uint32) unix.Errno {
	if n%3 == 0 {
		return 0
	}
	return unix.Errno(64 + n%32)
}

// standInDaemon is a running stand-in, seen from its test.
type standInDaemon struct {
	t     *testing.T
	cmd   *exec.Cmd
	lines chan string
	said  []string
}

func startDaemon(t *testing.T, socket, mode string) *standInDaemon {
	t.Helper()
	d := &standInDaemon{t: t, cmd: victim.Command("daemon", socket, mode), lines: make(chan string, 1024)}
	out, err := d.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	d.cmd.Stderr = os.Stderr
	if err := d.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(d.lines)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			d.lines <- lines.Text()
		}
		_, _ = io.Copy(io.Discard, out)
	}()
	t.Cleanup(d.kill)
	return d
}

// kill ends the daemon at whatever it does, and collects what it has said.
func (d *standInDaemon) kill() {
	if d.cmd.ProcessState != nil {
		return
	}
	_ = d.cmd.Process.Kill()
	for line := range d.lines {
		d.said = append(d.said, line)
	}
	_ = d.cmd.Wait()
}

// await waits until the daemon says something that begins so, and returns the
// rest of that line.
func (d *standInDaemon) await(prefix string) string {
	d.t.Helper()
	timeout := time.After(victim.Limit)
	for {
		select {
		case line, ok := <-d.lines:
			if !ok {
				d.t.Fatalf("the daemon ended and never said %s, but %q", prefix, d.said)
			}
			d.said = append(d.said, line)
			if rest, found := strings.CutPrefix(line, prefix); found {
				return strings.TrimSpace(rest)
			}
		case <-timeout:
			d.t.Fatalf("the daemon never said %s, but %q", prefix, d.said)
		}
	}
}

// gap waits for the report of a gap.
func (d *standInDaemon) gap() (g control.Gap) {
	d.t.Helper()
	if err := json.Unmarshal([]byte(d.await("gap")), &g); err != nil {
		d.t.Fatal(err)
	}
	return g
}

// silentDaemon takes connections and never says anything.
func silentDaemon(t *testing.T, socket string) {
	t.Helper()
	l, err := control.Listen(socket)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.AcceptUnix()
			if err != nil {
				if !errors.Is(err, net.ErrClosed) {
					t.Error(err)
				}
				return
			}
			defer c.Close()
		}
	}()
}
