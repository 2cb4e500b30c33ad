package shim

import (
	"fmt"
	"os/exec"

	"github.com/containerd/containerd/v2/pkg/sys/reaper"
)

// run runs a command to its end. The shim's loop takes the status of every child
// (wait4(-1)), so that os/exec often comes too late for it.
func run(c *exec.Cmd) (status int, err error) {
	exits, err := reaper.Default.Start(c)
	if err != nil {
		return 0, err
	}
	if status, err = reaper.Default.Wait(c, exits); err != nil {
		return 0, fmt.Errorf("wait for %s: %w", c.Path, err)
	}
	return status, nil
}
