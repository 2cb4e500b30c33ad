package keeper

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/runtime/control"
	"github.com/callgate/callgate/seccomp"
	"github.com/callgate/callgate/tracer/notify"
	"github.com/callgate/callgate/tracer/source"
)

// listener is one that is kept, with the slots of whoever serves it.
type listener struct {
	id    uint64
	file  *os.File
	slots *os.File
	state json.RawMessage

	given    bool      // a daemon had it at some time
	asked    time.Time // when it was given to the session's daemon, which has not answered yet
	serving  bool      // the daemon has said that it serves it
	refused  bool      // the daemon has said that it does not
	fallback *fallback
	retry    time.Time // when to try the fallback again
}

// fallback answers the calls of a listener by a policy.
type fallback struct {
	source   *notify.Source
	listener *seccomp.Listener
	slots    *notify.Slots
	answers  notify.Fallback
	over     chan struct{}
	err      error
}

// replies are what the policies answer. Hold answers nothing.
var replies = map[control.Loss]source.Reply{
	control.Allow: {Verb: source.Continue},
	control.Deny:  {Verb: source.Fail, Errno: unix.EPERM},
	control.Kill:  {Verb: source.Kill},
}

// fallBack begins to answer the listener's calls, those in its slots first.
// Nobody else may be using these.
func (l *listener) fallBack(policy control.Loss) error {
	f := &fallback{answers: notify.Fallback{Reply: replies[policy]}, over: make(chan struct{})}
	if err := f.open(l); err != nil {
		f.close()
		return err
	}
	f.source = notify.New(f.listener, notify.Options{NewHandler: f.answers.NewHandler, Slots: f.slots, Waiting: notify.Stoppable})
	go func() {
		defer close(f.over)
		f.err = f.source.Serve()
	}()
	l.fallback = f
	return nil
}

func (f *fallback) open(l *listener) error {
	slots, err := duplicate(l.slots)
	if err != nil {
		return err
	}
	if f.slots, err = notify.OpenSlots(slots); err != nil {
		_ = slots.Close()
		return err
	}
	fd, err := unix.FcntlInt(l.file.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("duplicate listener: %w", err)
	}
	if f.listener, err = seccomp.NewListener(fd); err != nil {
		_ = unix.Close(fd)
	}
	return err
}

// stopTime is far more than constant answers take.
const stopTime = 10 * time.Second

// stop ends the answers of the listener's fallback; nothing is received any more
// when it returns. It tells how many calls were answered.
func (l *listener) stop() (calls uint64, err error) {
	f := l.fallback
	if f == nil {
		return 0, nil
	}
	l.fallback = nil
	ctx, cancel := context.WithTimeout(context.Background(), stopTime)
	defer cancel()
	err = f.source.Stop(ctx)
	<-f.over
	f.close()
	if !errors.Is(f.err, notify.ErrStopped) {
		err = errors.Join(err, f.err)
	}
	return f.answers.Calls(), err
}

func (f *fallback) close() {
	if f.listener != nil {
		_ = f.listener.Close()
	}
	if f.slots != nil {
		_ = f.slots.Close()
	}
}

func (l *listener) close() {
	_ = l.file.Close()
	_ = l.slots.Close()
}

func duplicate(f *os.File) (*os.File, error) {
	fd, err := unix.FcntlInt(f.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("duplicate %s: %w", f.Name(), err)
	}
	return os.NewFile(uintptr(fd), f.Name()), nil
}
