package prepare

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/callgate/callgate/runtime/control"
)

const (
	// patience is how long a daemon may take to answer. One that systemd starts
	// for the connection loads its rules first.
	patience = 30 * time.Second

	// A container that waits for a daemon asks again after these times.
	firstRetry = 100 * time.Millisecond
	lastRetry  = time.Second
)

// UnavailableError reports that no daemon answers.
type UnavailableError struct {
	Socket string
	Err    error
}

func (e *UnavailableError) Error() string {
	return fmt.Sprintf("callgate's daemon does not answer on %s, so the container can't be supervised and is not started: %v; start the daemon (systemctl start callgate)",
		e.Socket, e.Err)
}

// Unwrap gives the cause.
func (e *UnavailableError) Unwrap() error { return e.Err }

// ask has the daemon decide. With hold it waits for one until ctx ends.
func ask(ctx context.Context, socket string, hold bool, question control.Admit) (a control.Admission, err error) {
	for wait := firstRetry; ; wait = min(2*wait, lastRetry) {
		a, err = askOnce(ctx, socket, question)
		var refused control.Refusal
		switch {
		case err == nil:
			return a, nil
		case errors.As(err, &refused):
			return a, fmt.Errorf("callgate's daemon refuses the container: %w", err)
		case !hold, ctx.Err() != nil:
			return a, &UnavailableError{socket, err}
		}
		select {
		case <-ctx.Done():
			return a, &UnavailableError{socket, err}
		case <-time.After(wait):
		}
	}
}

func askOnce(ctx context.Context, socket string, question control.Admit) (a control.Admission, err error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	c, err := control.Dial(ctx, socket)
	if err != nil {
		return a, err
	}
	defer c.Close() //nolint:errcheck // what was to be said has been said
	m, err := control.NewMessage(control.KindAdmit, question)
	if err != nil {
		return a, err
	}
	err = c.Ask(ctx, m, control.KindAdmitted, &a)
	return a, err
}
