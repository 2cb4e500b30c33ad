package daemon

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/fsnotify/fsnotify"

	"github.com/callgate/callgate/alert"
	"github.com/callgate/callgate/rules"
)

// tellNotes logs what of Falco's rules was not carried over as it stands.
func (d *Daemon) tellNotes() {
	for _, n := range d.book.Notes() {
		d.log.Info("a rule in Falco's language differs here", "note", n.String())
	}
}

// Reload loads the rules again and judges all containers by them from their next
// call on. Rules with mistakes change nothing; the error, and an alert, tells
// them.
func (d *Daemon) Reload() error {
	d.reloading.Lock()
	defer d.reloading.Unlock()
	d.tellManager(d.manager.Reloading())
	defer d.ready()
	if err := d.book.Reload(); err != nil {
		// An editor that saves a file in steps would make an alert of each.
		if text := err.Error(); text != d.lastFailure {
			d.lastFailure = text
			d.log.Error("rules are not reloaded; those before stay in force", "error", err)
			d.alerts.tell(ruleReload, rules.Error, nil, "the rules were changed and have mistakes, so those before stay in force | cause="+firstLine(text),
				alert.Field{Name: "callgate.mistakes", Value: alert.String(text)})
		}
		return fmt.Errorf("reload rules: %w", err)
	}
	d.lastFailure = ""
	d.tellNotes()
	for _, c := range d.registry.all() {
		known := c.known()
		c.sandbox.SetPolicy(d.judgedBy(&known, &c.policy))
		if unseen := d.compare(c); len(unseen) > 0 {
			calls := strings.Join(unseen, ",")
			d.log.Warn("a container was started before these rules: its filter lets through calls that they are about", "container", c.key.id, "calls", calls)
			d.alerts.tell(ruleUnseen, rules.Notice, &known, "the rules are about calls that the filter of a running container lets through: they are judged once it is started anew | calls="+calls,
				alert.Field{Name: "callgate.unseen", Value: alert.String(calls)})
		}
	}
	d.log.Info("rules reloaded", "rules", d.book.Count())
	return nil
}

// Hangup is what SIGHUP asks for: the rules are loaded again, and alert files
// opened again after a rotation.
func (d *Daemon) Hangup() error {
	err := d.alerts.reopen()
	if err != nil {
		d.log.Error("reopen alert files", "error", err)
	}
	return errors.Join(err, d.Reload())
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}

// settleTime is how long rule files must rest before they are loaded: whoever
// writes several, or one in steps, is not done yet.
const settleTime = 300 * time.Millisecond

// watchRules reloads the rules when their files change, until ctx ends.
func (d *Daemon) watchRules(ctx context.Context) error {
	paths := d.book.Paths()
	if len(paths) == 0 {
		return nil
	}
	w, err := fsnotify.NewWatcher()
	if err != nil {
		// As with too many inotify instances: SIGHUP still reloads.
		d.log.Error("changes of rule files are not noticed; SIGHUP reloads them", "error", err)
		return nil
	}
	defer w.Close() //nolint:errcheck // only watched
	for _, dir := range watched(paths) {
		if err := w.Add(dir); err != nil {
			d.log.Error("changes of rule files are not noticed; SIGHUP reloads them", "directory", dir, "error", err)
		}
	}
	var settled <-chan time.Time
	for {
		select {
		case <-ctx.Done():
			return nil
		case e := <-w.Events:
			if e.Op != fsnotify.Chmod && concerns(e.Name, paths) {
				settled = time.After(settleTime)
			}
		case err := <-w.Errors:
			// An overflow: what has changed is not known.
			d.log.Warn("watch rule files", "error", err)
			settled = time.After(settleTime)
		case <-settled:
			settled = nil
			_ = d.Reload() // it has told its errors
			for _, dir := range watched(paths) {
				_ = w.Add(dir) // those that were replaced, such as a link's target
			}
		}
	}
}

// concerns reports whether a change at a name can be one of the rules at some
// paths: an alert file in the same directory changes all the time.
func concerns(name string, paths []string) bool {
	// Kubernetes' name of the link that a ConfigMap's files lead through.
	if filepath.Base(name) == "..data" {
		return true
	}
	for _, p := range paths {
		target, err := filepath.EvalSymlinks(p)
		if err != nil {
			target = p
		}
		for _, p := range []string{p, target} {
			if name == p || filepath.Dir(name) == p {
				return true
			}
		}
	}
	return false
}

// watched are the directories in which changes of rule files show: a file is
// often replaced by another of its name, and a mounted ConfigMap by the switch
// of a symbolic link beside it.
func watched(paths []string) (dirs []string) {
	for _, p := range paths {
		dirs = append(dirs, p, filepath.Dir(p))
		if target, err := filepath.EvalSymlinks(p); err == nil {
			dirs = append(dirs, target, filepath.Dir(target))
		}
	}
	slices.Sort(dirs)
	return slices.Compact(dirs)
}
