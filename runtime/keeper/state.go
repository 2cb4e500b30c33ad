package keeper

import (
	"context"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/runtime/agent"
	"github.com/callgate/callgate/runtime/control"
	"github.com/callgate/callgate/tracer/notify"
)

// state is what Run alone knows and changes.
//
// A daemon that was given a listener has it until its process ends, whatever
// becomes of the connection: a daemon that lives judges on, and nobody else may
// touch the slots that it receives into.
type state struct {
	*Keeper
	ctx context.Context

	listeners map[uint64]*listener
	lastKey   uint64
	pid       int // the container's first process, once it is known

	session    *session // nil: none
	connected  chan connection
	connecting bool
	retry      time.Time // when to connect next, while there is no session
	pause      time.Duration
	said       string // the last error that was logged

	known   bool     // a daemon has kept the container before
	daemon  *process // that has the listeners; nil: none, or it has ended
	absence absence
}

// Pauses between attempts to connect. No call shall wait much longer than it
// takes the next daemon to start.
const (
	firstPause = 50 * time.Millisecond
	lastPause  = 400 * time.Millisecond
)

func (r *state) begin() {
	r.absence.begin(time.Now())
	r.connect()
}

// add keeps a listener and gives it to the daemon.
func (r *state) add(in agent.Received) {
	l, err := r.newListener(in)
	if err != nil {
		_ = in.Listener.Close()
		r.cfg.Log.Error("a listener can't be kept: its process's intercepted calls will fail", "error", err)
		return
	}
	r.listeners[l.id] = l
	if r.session != nil && r.session.active {
		r.give(l)
	}
}

func (r *state) newListener(in agent.Received) (*listener, error) {
	slots, err := notify.NewSlots()
	if err != nil {
		return nil, err
	}
	file, err := duplicate(slots.File())
	if cerr := slots.Close(); err == nil { // the mapping is not needed
		err = cerr
	}
	if err != nil {
		return nil, err
	}
	r.lastKey++
	if err := r.watcher.hangup(in.Listener, r.lastKey); err != nil {
		_ = file.Close()
		return nil, err
	}
	return &listener{id: r.lastKey, file: in.Listener, slots: file, state: in.Raw}, nil
}

// start notes the container's first process.
func (r *state) start(pid int) {
	r.pid = pid
	r.tell(control.KindStarted, control.Started{PID: pid})
}

// tell sends what needs no answer, if there is anyone to hear it. Where sending
// fails the connection ends, which is seen by who receives.
func (r *state) tell(kind control.Kind, body any) {
	if r.session != nil && r.session.active {
		_ = r.session.send(r.ctx, r.cfg.AnswerTimeout, kind, body)
	}
}

// happened deals with an end that was watched for.
func (r *state) happened(key uint64) {
	if key&isProcess != 0 {
		if r.daemon != nil && r.daemon.key == key {
			r.bereave()
		}
		return
	}
	if l := r.listeners[key]; l != nil {
		r.drop(l)
	}
}

// drop forgets a listener whose last task is gone.
func (r *state) drop(l *listener) {
	r.watcher.forget(l.file)
	r.halt(l)
	l.close()
	delete(r.listeners, l.id)
	r.settle()
}

// hungUp reports whether no task is under the listener's filter any more.
func hungUp(f *os.File) bool {
	fds := [1]unix.PollFd{{Fd: int32(f.Fd())}}
	_, err := unix.Poll(fds[:], 0)
	return err == nil && fds[0].Revents&unix.POLLHUP != 0
}

// end gives everything back.
func (r *state) end() {
	r.leave()
	if r.connecting {
		if c := <-r.connected; c.session != nil { // ctx has ended
			c.session.close()
			_ = c.session.pidfd.Close()
		}
	}
	for _, l := range r.listeners {
		r.watcher.forget(l.file)
		r.halt(l)
		l.close()
	}
	if r.daemon != nil {
		r.forgetDaemon()
	}
	r.watcher.close()
}

// gone tells that the container was deleted.
func (r *state) gone() { r.tell(control.KindGone, nil) }

// warn logs an error, but not the same one again and again.
func (r *state) warn(what string, err error) {
	if text := fmt.Sprint(what, err); text != r.said {
		r.said = text
		r.cfg.Log.Warn(what, "error", err)
	}
}
