package run

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/alert"
	"github.com/callgate/callgate/rules"
	"github.com/callgate/callgate/rules/event"
	"github.com/callgate/callgate/seccomp"
	"github.com/callgate/callgate/seccomp/bpf"
	"github.com/callgate/callgate/seccomp/syscalls"
	"github.com/callgate/callgate/tracer"
	"github.com/callgate/callgate/tracer/notify"
	"github.com/callgate/callgate/tracer/recording"
	"github.com/callgate/callgate/tracer/source"
	"github.com/callgate/callgate/tracer/stats"
)

// Options of a supervised command.
type Options struct {
	Argv  []string
	Rules *rules.Set
	Mode  rules.Mode
	// Host: the command's tree is no sandbox of its own, container.id is "host".
	Host bool
	// Alerts takes every alert; see tracer.Config.
	Alerts func(*alert.Alert)
	Stats  *stats.Stats
	// Record takes every event; see tracer.Config. With RecordAll also those of
	// calls that no rule is about.
	Record    func(*recording.Entry)
	RecordAll bool
	// KeepStdout and Hangup: see Config.
	KeepStdout bool
	Hangup     func()
}

// Run runs a command under the rules until it and all its descendants have
// ended, and returns run's exit status. An *Error is callgate's own failure.
func Run(o Options) (status int, err error) {
	id := tracer.NewID()
	cfg, features, err := prepare(o, id)
	if err != nil {
		return statusOwnError, err
	}
	p, err := Start(cfg)
	if err != nil {
		return statusOf(err), err
	}
	entry := newSandbox(o, id).Enter(tracer.Entering{PID: p.PID, ExecSeen: features.execSeen})
	sup, err := tracer.New(tracer.Config{Alerts: o.Alerts, Stats: o.Stats, Own: []int{os.Getpid(), p.Guardian}, Record: o.Record})
	if err != nil {
		return statusOwnError, errors.Join(err, p.Abandon())
	}
	defer sup.Close()
	if features.syncWakeUp {
		// Only speed depends on it; a kernel that refuses it serves as well.
		_ = p.Listener.SetSyncWakeUp(true)
	}
	served := make(chan error, 1)
	go func() {
		err := notify.Serve(p.Listener, notify.Options{
			NewHandler: func() source.Handler { return sup.NewHandler(entry) }, Stats: o.Stats, Restarts: !features.waitKillable,
		})
		if err != nil {
			_ = p.End() // nobody would answer the command's calls any more
		}
		served <- err
	}()
	if err := p.Release(); err != nil {
		return statusOwnError, errors.Join(err, p.Abandon())
	}
	status, err = p.Wait()
	// The last task under the filter is gone, so the source ends, unless an alert
	// of it waits for a sink that takes nothing.
	select {
	case serr := <-served:
		err = errors.Join(err, serr, p.Listener.Close())
	case <-time.After(drainTime):
		err = errors.Join(err, errors.New("alerts wait for a sink that does not take them"))
	}
	if err != nil {
		return statusOwnError, fmt.Errorf("supervise %s: %w", o.Argv[0], err)
	}
	return status, nil
}

// measureTime is what finding out about sync wake-up may cost at start.
const measureTime = 20 * time.Millisecond

// drainTime is how long alerts may wait for their sinks once the command has
// ended.
const drainTime = 10 * time.Second

// features are what of the kernel's newer abilities this run uses.
type features struct {
	waitKillable, syncWakeUp bool
	execSeen                 bool // every execve of the native ABI is intercepted
}

// prepare makes the filter of a command and chooses how to install it.
func prepare(o Options, id string) (*Config, features, error) {
	var f features
	abis := syscalls.Native()
	filter := o.Rules.Filter(o.Mode, abis)
	if o.RecordAll {
		rules.Widen(filter)
	}
	tracer.Protect(filter, abis)
	f.execSeen = interceptsExec(filter, abis[0])
	prog, err := bpf.Compile(filter)
	if err != nil {
		return nil, f, fmt.Errorf("compile the rules into a filter: %w", err)
	}
	flags := seccomp.BestFlags()
	f.waitKillable = flags&seccomp.FlagWaitKillable != 0
	// Only speed depends on it: without the feature, or a figure, it stays off.
	choice, _ := seccomp.ChooseSyncWakeUp(measureTime)
	f.syncWakeUp = choice.Use
	return &Config{Argv: o.Argv, Filter: prog, Flags: flags, NoNewPrivs: !privileged(), KeepStdout: o.KeepStdout, Name: id, Hangup: o.Hangup}, f, nil
}

// interceptsExec reports whether every execve is intercepted.
func interceptsExec(f *seccomp.Filter, abi syscalls.ABI) bool {
	nr, ok := syscalls.Number(abi, "execve")
	list := f.Calls[seccomp.Key{ABI: abi, NR: nr}]
	return ok && len(list) > 0 && len(list[0].Cube) == 0 && list[0].Action == seccomp.Notify
}

// privileged reports whether a filter may be installed without no_new_privs:
// CAP_SYS_ADMIN in the own user namespace (seccomp(2)).
func privileged() bool {
	var data [2]unix.CapUserData
	hdr := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	if err := unix.Capget(&hdr, &data[0]); err != nil {
		return false
	}
	return data[0].Effective&(1<<unix.CAP_SYS_ADMIN) != 0
}

func newSandbox(o Options, id string) *tracer.Sandbox {
	c := event.UnknownContainer()
	if o.Host {
		c.ID, c.Name, c.Type = "host", "host", "host"
	} else {
		c.ID, c.Name, c.Type, c.StartTS = id, filepath.Base(o.Argv[0]), "process", int(time.Now().UnixNano())
	}
	return tracer.NewSandbox(&tracer.Facts{Container: c}, tracer.NewPolicy(o.Rules, o.Mode))
}

func statusOf(err error) int {
	var e *Error
	if errors.As(err, &e) {
		return e.Status
	}
	return statusOwnError
}
