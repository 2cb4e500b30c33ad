package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"time"
)

const emulator = "qemu-system-x86_64"

// limit ends a machine that hangs. On two cores it takes a fifth of it.
const limit = 15 * time.Minute

// verdict is what the runner prints last.
const (
	passed = "callgate-vm: passed" //nolint:gosec // it opens nothing
	failed = "callgate-vm: failed"
)

// boot runs the machine until it ends and shows what it prints on its console.
//
// It is emulated even where there is KVM. A test must do the same everywhere, and
// KVM in a virtual machine does not (tried: one stopped with an emulation failure
// at its first cmpxchg16b).
func boot(ctx context.Context, kernel, image string) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, emulator, "-accel", "tcg,thread=multi", "-cpu", "max", "-smp", "2", "-m", "2048",
		"-nodefaults", "-no-user-config", "-display", "none", "-serial", "stdio", "-no-reboot",
		"-kernel", kernel, "-initrd", image,
		"-append", "console=ttyS0 loglevel=4 panic=-1 mitigations=off syscall.x32=y ia32_emulation=1")
	cmd.Stderr = os.Stderr
	runtime.LockOSThread() // the signal comes with the end of the thread that starts it
	defer runtime.UnlockOSThread()
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return fmt.Errorf("boot: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return lacking("boot", err)
	}
	last := show(out)
	if err := cmd.Wait(); err != nil {
		return fmt.Errorf("boot: %w", err)
	}
	switch last {
	case passed:
		return nil
	case failed:
		return errors.New("tests failed in the machine")
	}
	return errors.New("the machine ended without a result")
}

// show copies the console and returns the verdict on it.
func show(console io.Reader) (last string) {
	lines := bufio.NewScanner(console)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		line := strings.TrimRight(lines.Text(), "\r")
		fmt.Println(line)
		if line == passed || line == failed {
			last = line
		}
	}
	_, _ = io.Copy(io.Discard, console) // a line that is too long
	return last
}
