// Command vm runs the tests that touch the kernel on a kernel of Debian's, in a
// virtual machine, with 32-bit programs and x32 switched on: what holds on the
// kernel at hand must hold on an older one too.
//
// It is three programs: on the host it makes the machine and reads what comes out
// of its serial console; in the machine it is init, and what init starts.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"time"
)

func main() {
	switch {
	case os.Getpid() == 1:
		initMain()
	case filepath.Base(os.Args[0]) == runnerName:
		os.Exit(runnerMain())
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	err := host(ctx)
	var lacking *lackingError
	if errors.As(err, &lacking) && os.Getenv("CALLGATE_REQUIRE") != "1" {
		fmt.Fprintln(os.Stderr, "test-vm: skipped:", err)
		return
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "test-vm:", err)
		os.Exit(1) //nolint:gocritic // nothing is left to stop
	}
}

// lackingError is why the machine can't be made here.
type lackingError struct{ error }

func (e *lackingError) Unwrap() error { return e.error }

func lacking(what string, err error) error {
	return &lackingError{fmt.Errorf("%s: %w", what, err)}
}

// host makes the machine, runs it and tells what came of it.
func host(ctx context.Context) error {
	if runtime.GOARCH != "amd64" {
		return lacking("choose a kernel", errors.New("its tools are this machine's, which is no amd64"))
	}
	if _, err := exec.LookPath(emulator); err != nil {
		return lacking("find the emulator", err)
	}
	dir, err := os.MkdirTemp("", "callgate-vm.")
	if err != nil {
		return fmt.Errorf("make a directory: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	kernel, modules, err := fetchKernel(ctx, dir)
	if err != nil {
		return lacking("fetch a kernel", err)
	}
	root := filepath.Join(dir, "root")
	if err := makeRoot(ctx, root, modules); err != nil {
		return fmt.Errorf("make the machine's root: %w", err)
	}
	image := filepath.Join(dir, "initrd")
	if err := writeArchive(image, root); err != nil {
		return fmt.Errorf("pack the machine's root: %w", err)
	}
	start := time.Now()
	if err := boot(ctx, kernel, image); err != nil {
		return err
	}
	fmt.Printf("test-vm: all passed, %v in the machine\n", time.Since(start).Round(time.Second))
	return nil
}
