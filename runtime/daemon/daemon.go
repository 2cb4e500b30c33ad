// Package daemon supervises the containers of a machine: it admits them before
// they start, takes over their listeners, judges their calls, and tells what
// happened. It may be killed at any moment: whoever keeps the listeners (the
// shims, systemd) hands them to the next one.
package daemon

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/callgate/callgate/rules"
	"github.com/callgate/callgate/runtime/daemon/config"
	"github.com/callgate/callgate/runtime/daemon/profiles"
	"github.com/callgate/callgate/runtime/daemon/rulebook"
	"github.com/callgate/callgate/runtime/daemon/systemd"
	"github.com/callgate/callgate/seccomp"
	"github.com/callgate/callgate/tracer"
	"github.com/callgate/callgate/tracer/recording"
	"github.com/callgate/callgate/tracer/stats"
)

// Options are what a daemon goes by.
type Options struct {
	Config  *config.Config
	Version string
	Log     *slog.Logger
	// Manager is the service manager; nil: there is none.
	Manager *systemd.Manager
	// Descriptors are what the service manager has passed on, by name: the
	// sockets "control" and "agent", and listeners that it kept.
	Descriptors map[string][]*os.File
	// Record takes every event; see tracer.Config.
	Record func(*recording.Entry)
}

// Daemon is a running daemon.
type Daemon struct {
	node    *config.Config
	version string
	log     *slog.Logger
	manager *systemd.Manager

	lock     *os.File
	alerts   *alerts
	book     *rulebook.Book
	filters  *rulebook.Filters // nil: there is no place for them
	profiles profiles.Cache
	sup      *tracer.Supervisor
	stats    *stats.Stats // of all containers; each has its own beside it
	registry *registry
	syncWake bool

	control, agent *socket
	joining        sync.Mutex    // who decides that a container is new holds it
	asking         chan struct{} // holds one for each question to containerd that is open
	reloading      sync.Mutex
	lastFailure    string // of a reload
	serving        sync.WaitGroup
}

// New opens all that the daemon needs. Listeners that the service manager kept
// are served again when it returns.
func New(o Options) (_ *Daemon, err error) {
	d := &Daemon{
		node: o.Config, version: o.Version, log: o.Log, manager: o.Manager,
		registry: newRegistry(), stats: stats.New(), asking: make(chan struct{}, maxAsking),
	}
	defer func() {
		if err != nil {
			d.abandon()
		}
	}()
	if d.lock, err = lock(d.node.ControlSocket + ".lock"); err != nil {
		return nil, err
	}
	if d.book, err = rulebook.New(d.node); err != nil {
		return nil, err
	}
	if err := d.openState(); err != nil {
		return nil, err
	}
	if d.sup, err = tracer.New(tracer.Config{Alerts: d.alerts.put, Stats: d.stats, Own: []int{os.Getpid()}, Record: o.Record}); err != nil {
		return nil, err
	}
	// Only speed depends on it: without the feature, or a figure, it stays off.
	choice, _ := seccomp.ChooseSyncWakeUp(measureTime)
	d.syncWake = choice.Use
	if d.control, err = open(o.Descriptors, "control", d.node.ControlSocket); err != nil {
		return nil, err
	}
	if d.agent, err = open(o.Descriptors, "agent", d.node.AgentSocket); err != nil {
		return nil, err
	}
	d.restore(o.Descriptors)
	return d, nil
}

// measureTime is what finding out about sync wake-up may cost at start.
const measureTime = 20 * time.Millisecond

// openState opens the sinks and what lies in the state directory. Without the
// latter containers are supervised all the same.
func (d *Daemon) openState() error {
	a, noJournal, err := openAlerts(d.node)
	if err != nil {
		return err
	}
	d.alerts = a
	filters, noFilters := rulebook.OpenFilters(filepath.Join(d.node.StateDir, "filters"))
	if noFilters == nil {
		d.filters = filters
	}
	if err := errors.Join(noJournal, noFilters); err != nil {
		d.log.Error("no state directory: alerts are not kept for callgate events", "error", err)
		d.alerts.tell(ruleState, rules.Error, nil, "alerts are not kept for callgate events | cause="+err.Error())
	}
	return nil
}

// abandon gives back what New has opened.
func (d *Daemon) abandon() {
	for _, s := range []*socket{d.control, d.agent} {
		if s != nil {
			s.close()
		}
	}
	if d.sup != nil {
		d.sup.Close()
	}
	if d.alerts != nil {
		_ = d.alerts.close(context.Background())
	}
	if d.lock != nil {
		_ = d.lock.Close()
	}
}

// stopTime is how long the end of a daemon may take.
const stopTime = 10 * time.Second

// Run serves until ctx ends. Containers go on then, with their intercepted calls
// waiting for the next daemon.
func (d *Daemon) Run(ctx context.Context) error {
	failed := make(chan error, 2)
	work := func(f func(context.Context) error) {
		d.serving.Go(func() {
			if err := f(ctx); err != nil && ctx.Err() == nil {
				failed <- err
			}
		})
	}
	work(func(ctx context.Context) error { return d.serveControl(ctx, d.control.UnixListener) })
	work(func(ctx context.Context) error { return d.serveAgent(ctx, d.agent.UnixListener) })
	work(d.watchRules)
	work(d.feedWatchdog)
	d.tellNotes()
	d.log.Info("ready", "rules", d.book.Count(), "mode", d.node.Mode, "control", d.node.ControlSocket, "agent", d.node.AgentSocket)
	d.ready()
	var err error
	select {
	case <-ctx.Done():
	case err = <-failed:
	}
	return errors.Join(err, d.stop())
}

// stop ends the daemon within stopTime.
func (d *Daemon) stop() error {
	d.tellManager(d.manager.Stopping())
	d.control.close()
	d.agent.close()
	ctx, cancel := context.WithTimeout(context.Background(), stopTime)
	defer cancel()
	var wg sync.WaitGroup
	for _, c := range d.registry.all() {
		for _, l := range c.served() {
			wg.Go(func() {
				if err := l.stop(ctx); err != nil {
					d.log.Warn("the next daemon decides once more", "container", c.key.id, "error", err)
				}
			})
		}
	}
	wg.Wait()
	err := d.alerts.close(ctx)
	d.log.Info("stopped: intercepted calls wait for the next daemon")
	return errors.Join(err, d.lock.Close())
}

// status is a line for the service manager.
func (d *Daemon) status() string {
	containers, listeners := 0, 0
	for _, c := range d.registry.all() {
		containers++
		listeners += len(c.served())
	}
	return fmt.Sprintf("supervising %d containers by %d rules in mode %s (%d listeners)", containers, d.book.Count(), d.node.Mode, listeners)
}

func (d *Daemon) ready() { d.tellManager(d.manager.Ready(d.status())) }

func (d *Daemon) showStatus() { d.tellManager(d.manager.Status(d.status())) }

// tellManager logs that the manager could not be told something.
func (d *Daemon) tellManager(err error) {
	if err != nil {
		d.log.Warn("service manager", "error", err)
	}
}

// feedWatchdog tells the service manager that the daemon lives, twice within the
// time that it waits. To do so it takes the locks that every request takes, so
// that a daemon which hangs is restarted.
func (d *Daemon) feedWatchdog(ctx context.Context) error {
	if d.manager == nil || d.manager.Watchdog == 0 {
		return nil
	}
	tick := time.NewTicker(d.manager.Watchdog / 2)
	defer tick.Stop()
	for {
		d.registry.all()
		d.alerts.sinks.Stats()
		d.tellManager(d.manager.Alive())
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// socket is one that the daemon listens on.
type socket struct {
	*net.UnixListener
	manager bool // the service manager's, who keeps it
}
