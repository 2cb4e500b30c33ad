package daemon

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/callgate/callgate/alert"
	"github.com/callgate/callgate/runtime/control"
)

// events sends the alerts that are kept and wanted, then with Follow those to
// come.
func (d *Daemon) events(ctx context.Context, conn *control.Conn, e control.Events) error {
	if d.alerts.journal == nil {
		return refuse(ctx, conn, fmt.Errorf("the daemon could not open its journal in %s, so it keeps no alerts; its log says why", d.node.StateDir))
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		// Nothing more is asked on this connection: it can only end.
		_, _ = conn.Receive(ctx)
		cancel()
	}()
	err := d.alerts.journal.Read(ctx, e.Follow, func(line []byte) error {
		if line == nil {
			line = d.overtaken()
		} else if !wanted(line, &e) {
			return nil
		}
		return answer(ctx, conn, control.KindEvent, json.RawMessage(line))
	})
	switch {
	case errors.Is(err, context.Canceled):
		return nil
	case err != nil:
		return refuse(ctx, conn, err)
	}
	return answer(ctx, conn, control.KindEnd, nil)
}

// overtaken is the record that tells a slow reader of a gap.
func (d *Daemon) overtaken() []byte {
	return alert.Format{JSON: true}.Append(nil, &alert.Alert{
		Time: time.Now(), Rule: "callgate internal: alerts lost", Priority: "Critical", Source: alert.SourceInternal, Hostname: d.alerts.hostname,
		Output: "callgate internal: alerts came faster than they were read here; the sinks have all of them",
	})
}

// record is what a line is chosen by.
type record struct {
	Rule   string    `json:"rule"`
	Time   time.Time `json:"time"`
	Fields struct {
		ID     string `json:"container.id"`
		FullID string `json:"container.full_id"`
		Name   string `json:"container.name"`
	} `json:"output_fields"`
}

// wanted reports whether a line is one that was asked for. A part of a line,
// which a daemon that was killed left, is none.
func wanted(line []byte, e *control.Events) bool {
	var r record
	if json.Unmarshal(line, &r) != nil {
		return false
	}
	return (e.Since.IsZero() || !r.Time.Before(e.Since)) &&
		(e.Rule == "" || strings.EqualFold(r.Rule, e.Rule)) &&
		(e.Container == "" || isContainer(e.Container, r.Fields.ID, r.Fields.FullID, r.Fields.Name))
}

// isContainer reports whether a container is meant by what a user calls it: its
// name, its id, or the beginning of its id.
func isContainer(called, id, fullID, name string) bool {
	return called == name || fullID != "" && strings.HasPrefix(fullID, called) ||
		id != "" && (strings.HasPrefix(id, called) || strings.HasPrefix(called, id))
}
