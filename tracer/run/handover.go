package run

import (
	"errors"
	"fmt"
	"io"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/seccomp"
)

// install has the stage put the filter on itself and receives the listener.
func (p *Process) install(cfg *Config) error {
	msg := (&stageConfig{noNewPrivs: cfg.NoNewPrivs, flags: cfg.Flags, filter: cfg.Filter}).bytes()
	if _, err := retry(func() (int, error) { return len(msg), unix.Sendto(p.ctl, msg, unix.MSG_NOSIGNAL, nil) }); err != nil {
		return fmt.Errorf("send the filter: %w", err)
	}
	oob := make([]byte, unix.CmsgSpace(4))
	var oobn int
	n, err := retry(func() (n int, err error) {
		n, oobn, _, _, err = unix.Recvmsg(p.ctl, make([]byte, 1), oob, unix.MSG_CMSG_CLOEXEC)
		return n, err
	})
	if err != nil {
		return fmt.Errorf("receive the listener: %w", err)
	}
	if n == 0 {
		return &Error{statusOwnError, errStage} // the stage has said why on stderr
	}
	fds, err := parseRights(oob[:oobn])
	if err != nil || len(fds) != 1 {
		return fmt.Errorf("receive the listener: %d descriptors: %w", len(fds), err)
	}
	p.Listener, err = seccomp.NewListener(fds[0])
	return err
}

// errStage is the failure of the process that was to become the command.
var errStage = errors.New("run: the filter could not be installed")

func parseRights(oob []byte) ([]int, error) {
	msgs, err := unix.ParseSocketControlMessage(oob)
	if err != nil || len(msgs) == 0 {
		return nil, err
	}
	return unix.ParseUnixRights(&msgs[0])
}

// awaitStart reads the command's process id.
func (p *Process) awaitStart() error {
	r, err := p.next()
	if err != nil {
		return fmt.Errorf("start the command: %w", err)
	}
	p.PID = int(r.value)
	return nil
}

func (p *Process) next() (report, error) {
	var b [reportSize]byte
	if _, err := io.ReadFull(p.reports, b[:]); err != nil {
		return report{}, err
	}
	return parseReport(b[:]), nil
}

// Release lets the command go on to its first exec.
func (p *Process) Release() error {
	_, err := retry(func() (int, error) { return 1, unix.Sendto(p.ctl, []byte{1}, unix.MSG_NOSIGNAL, nil) })
	if err != nil {
		return fmt.Errorf("release the command: %w", err)
	}
	return nil
}

// letGo points one of callgate's standard streams to /dev/null, so that whoever
// is at its other end sees the command's use of it and not callgate's.
func letGo(fd int) {
	if null, err := unix.Open("/dev/null", unix.O_RDWR|unix.O_CLOEXEC, 0); err == nil {
		_ = unix.Dup3(null, fd, 0)
		unix.Close(null)
	}
}
