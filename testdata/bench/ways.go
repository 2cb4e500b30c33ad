package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/seccomp"
	"github.com/callgate/callgate/seccomp/bpf"
	"github.com/callgate/callgate/seccomp/syscalls"
	"github.com/callgate/callgate/tracer/run"
)

// way is one way to run the load.
type way struct {
	name string
	run  func(b *bench, w *workload, callers int) (int, error)
}

var ways = []way{
	{"plain", func(b *bench, w *workload, callers int) (int, error) { return b.measure(b.load(w, callers)) }},
	{"filter, no match", func(b *bench, w *workload, callers int) (int, error) {
		// A filter of the default rules' size, on a call that it lets through.
		return b.underFilter(w, callers, b.filterWithout(w), false)
	}},
	{"floor", func(b *bench, w *workload, callers int) (int, error) {
		return b.underFilter(w, callers, only(w.trace), true)
	}},
	{"callgate", func(b *bench, w *workload, callers int) (int, error) {
		args := append([]string{"run", "--host", "--sink", "file:" + os.DevNull, "--"}, b.load(w, callers)...)
		return b.measure(append([]string{b.callgate}, args...))
	}},
	{"strace", func(b *bench, w *workload, callers int) (int, error) {
		return b.measure(append([]string{"strace", "-f", "--seccomp-bpf", "-o", os.DevNull, "-e", "trace=" + w.trace}, b.load(w, callers)...))
	}},
}

// load is the command line of the measured process.
func (b *bench) load(w *workload, callers int) []string {
	return []string{b.self, "load", w.name, strconv.Itoa(callers)}
}

// measure runs a command and reads the figure that the load prints.
func (b *bench) measure(argv []string) (int, error) {
	out, err := exec.Command(argv[0], argv[1:]...).Output()
	if err != nil {
		var failed *exec.ExitError
		if errors.As(err, &failed) {
			err = fmt.Errorf("%w: %s", err, failed.Stderr)
		}
		return 0, fmt.Errorf("%s: %w", argv[0], err)
	}
	return strconv.Atoi(string(bytes.TrimSpace(out)))
}

// only is a filter that intercepts one call.
func only(name string) *seccomp.Filter {
	var f seccomp.Filter
	if nr, ok := syscalls.Number(syscalls.Native()[0], name); ok {
		f.Add(seccomp.Key{ABI: syscalls.Native()[0], NR: nr}, nil, seccomp.Notify)
	}
	return &f
}

// filterWithout is the default rules' filter, less the measured call.
func (b *bench) filterWithout(w *workload) *seccomp.Filter {
	f := seccomp.Filter{Calls: map[seccomp.Key][]seccomp.Rule{}}
	for k, v := range b.defaults.Calls {
		if name, _ := syscalls.Name(k.ABI, k.NR); name != w.trace && name != "execve" {
			f.Calls[k] = v
		}
	}
	return &f
}

// underFilter runs the load under a filter, answered by the least that can
// answer: a loop of RECV and CONTINUE, with the wake-up that callgate uses.
func (b *bench) underFilter(w *workload, callers int, f *seccomp.Filter, syncWakeUp bool) (_ int, err error) {
	prog, err := bpf.Compile(f)
	if err != nil {
		return 0, err
	}
	r, out, err := os.Pipe()
	if err != nil {
		return 0, err
	}
	defer r.Close()
	stdout, err := unix.Dup(1)
	if err != nil {
		return 0, err
	}
	defer unix.Close(stdout)
	// run gives the command this process's own standard output.
	if err := errors.Join(unix.Dup3(int(out.Fd()), 1, 0), out.Close()); err != nil {
		return 0, err
	}
	p, err := run.Start(&run.Config{Argv: b.load(w, callers), Filter: prog, Flags: seccomp.BestFlags(), Name: "bench"})
	if rerr := unix.Dup3(stdout, 1, 0); err == nil && rerr != nil {
		err = rerr
	}
	if err != nil {
		return 0, err
	}
	if syncWakeUp {
		_ = p.Listener.SetSyncWakeUp(true)
	}
	go answerAll(p.Listener)
	if err := p.Release(); err != nil {
		return 0, err
	}
	text, err := io.ReadAll(io.LimitReader(r, 64))
	if err != nil {
		return 0, err
	}
	if _, err := p.Wait(); err != nil {
		return 0, err
	}
	return strconv.Atoi(string(bytes.TrimSpace(text)))
}

// answerAll is the floor.
func answerAll(l *seccomp.Listener) {
	defer func() { _ = l.Close() }()
	var n seccomp.Notification
	for {
		switch err := l.Recv(&n); {
		case err == nil:
			_ = l.Continue(n.ID)
		case !errors.Is(err, seccomp.ErrInterrupted):
			return
		}
	}
}
