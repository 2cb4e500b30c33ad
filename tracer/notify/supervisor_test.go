package notify_test

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/internal/victim"
)

// supervisor is one that can be killed.
type supervisor struct {
	cmd *exec.Cmd
	out bytes.Buffer
	end chan error
}

func startSupervisor(t *testing.T, args []string, files ...*os.File) *supervisor {
	t.Helper()
	s := &supervisor{cmd: victim.Command("supervisor", args...), end: make(chan error, 1)}
	s.cmd.ExtraFiles, s.cmd.Stdout, s.cmd.Stderr = files, &s.out, &s.out
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { s.end <- s.cmd.Wait() }()
	t.Cleanup(func() { _ = s.cmd.Process.Kill() }) // unless it has ended
	return s
}

// endAfter signals a supervisor and waits for its end; false when it has ended
// before.
func (s *supervisor) endAfter(d time.Duration, sig unix.Signal) bool {
	select {
	case <-s.end:
		return false
	case <-time.After(d):
	}
	_ = s.cmd.Process.Signal(sig)
	<-s.end // every thread of it has left the kernel
	return true
}

func (s *supervisor) wait() error {
	select {
	case err := <-s.end:
		return err
	case <-time.After(victim.Limit):
		return errors.New("it goes on although no task is under the filter")
	}
}
