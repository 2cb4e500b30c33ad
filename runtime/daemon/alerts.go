package daemon

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/callgate/callgate/alert"
	"github.com/callgate/callgate/alert/sink"
	"github.com/callgate/callgate/rules"
	"github.com/callgate/callgate/runtime/daemon/config"
	"github.com/callgate/callgate/runtime/daemon/journal"
	"github.com/callgate/callgate/runtime/meta"
)

// Rules of the daemon's own alerts.
const (
	ruleAnnotation = "Annotation Refused"
	ruleGap        = "Calls Went Unjudged"
	ruleReload     = "Rules Not Reloaded"
	ruleUnseen     = "Container Started With Other Rules"
	ruleNoRules    = "Rules Not Found"
	ruleState      = "Alerts Not Kept"
	ruleListener   = "Container Not Supervised"
)

// alerts carries alerts to the configured sinks and into the journal. Both
// write an alert before the call that caused it is answered.
type alerts struct {
	hostname string
	sinks    *alert.Queue
	kept     *alert.Queue     // nil: there is no journal
	journal  *journal.Journal // the same
}

// openAlerts opens sinks and journal. Without a journal the daemon can do its
// work all the same; the second error tells why there is none.
func openAlerts(c *config.Config) (a *alerts, noJournal, err error) {
	a = &alerts{}
	if a.hostname, err = os.Hostname(); err != nil {
		return nil, nil, fmt.Errorf("find the host's name: %w", err)
	}
	format, err := alert.ParseFormat(c.Format)
	if err != nil {
		return nil, nil, err
	}
	var sinks []alert.Sink
	for _, spec := range c.Sinks {
		s, err := sink.Parse(spec)
		if err != nil {
			for _, open := range sinks {
				err = errors.Join(err, open.Close())
			}
			return nil, nil, err
		}
		sinks = append(sinks, s)
	}
	a.sinks = alert.NewQueue(alert.Config{Format: format, Sinks: sinks, Hostname: a.hostname, Report: sink.Stderr(), Sync: true})
	if a.journal, noJournal = journal.Open(c.StateDir, c.EventsSize); noJournal == nil {
		a.kept = alert.NewQueue(alert.Config{
			Format: alert.Format{JSON: true}, Sinks: []alert.Sink{a.journal}, Hostname: a.hostname, Report: sink.Stderr(), Sync: true,
		})
	}
	return a, noJournal, nil
}

// put hands on an alert, and returns when it is written.
func (a *alerts) put(r *alert.Alert) {
	a.sinks.Put(r)
	if a.kept != nil {
		a.kept.Put(r)
	}
}

// tell makes an alert about callgate's own work, for a container or, with nil,
// for all.
func (a *alerts) tell(rule string, p rules.Priority, c *meta.Container, output string, fields ...alert.Field) {
	if c != nil {
		ec, k8s := c.Event()
		for _, f := range []struct{ name, value string }{
			{"container.id", ec.ID}, {"container.name", ec.Name}, {"k8s.ns.name", k8s.NS.Name}, {"k8s.pod.name", k8s.Pod.Name},
		} {
			v := alert.Missing()
			if f.value != "" {
				v = alert.String(f.value)
			}
			fields = append(fields, alert.Field{Name: f.name, Value: v})
		}
	}
	a.put(&alert.Alert{
		Time: time.Now(), Rule: rule, Priority: p.String(), Source: alert.SourceInternal, Hostname: a.hostname,
		Output: output, Fields: fields,
	})
}

// reopen opens files again that were renamed (log rotation).
func (a *alerts) reopen() error { return a.sinks.Reopen() }

// close writes what waits.
func (a *alerts) close(ctx context.Context) error {
	err := a.sinks.Close(ctx)
	if a.kept != nil {
		err = errors.Join(err, a.kept.Close(ctx))
	}
	return err
}
