package rules

import (
	"maps"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/rules/source"
)

// ruleDef is a rule as the files define it.
type ruleDef struct {
	name       string
	pos        Position
	file       *source.File
	desc       source.Text
	condition  source.Text
	output     source.Text
	priority   Priority
	action     Action
	errno      unix.Errno
	tags       []string
	enabled    bool
	exceptions []*exceptionDef
}

// required keys of a new rule.
var required = []string{"condition", "output", "priority"}

func (l *loader) addRule(it *item) {
	old := l.rules[it.name]
	changes, ok := l.changes(it, old != nil)
	if !ok {
		return
	}
	if changes == nil && old != nil && isSwitch(it) {
		changes = map[string]change{"enabled": replaced}
	}
	if changes != nil {
		for _, key := range sortedKeys(it.at) {
			l.setKey(old, it, key, changes[key])
		}
		return
	}
	if old != nil && old.file == it.file {
		l.fail(it.file, it.keys["rule"], "rule %q is defined twice in this file", it.name)
		return
	}
	d := &ruleDef{name: it.name, pos: it.pos, file: it.file, errno: unix.EPERM, enabled: true}
	for _, key := range sortedKeys(it.at) {
		l.setKey(d, it, key, defined)
	}
	l.checkNew(d, it)
	if d.file.Set != "" && !l.selected[d.file.Set] {
		d.enabled = false
	}
	l.rules[it.name] = d
	if i := slices.Index(l.order, old); old != nil && i >= 0 {
		l.order[i] = d
		return
	}
	l.order = append(l.order, d)
}

// isSwitch reports whether an item only switches an earlier rule on or off.
func isSwitch(it *item) bool { return len(it.keys) == 2 && it.keys["enabled"] != nil }

func (l *loader) checkNew(d *ruleDef, it *item) {
	var missing []string
	for _, key := range required {
		if it.at[key] == nil {
			missing = append(missing, key)
		}
	}
	if len(missing) > 0 {
		l.fail(it.file, it.keys["rule"], "rule %q has no %s", it.name, strings.Join(missing, " and no "))
	}
	if d.action != Deny && it.keys["errno"] != nil {
		l.fail(it.file, it.at["errno"], "errno goes with action: deny only")
	}
}

// setKey takes the value of one key into a rule.
func (l *loader) setKey(d *ruleDef, it *item, key string, how change) {
	switch key {
	case "desc":
		l.setText(&d.desc, it, key, how)
	case "condition":
		l.setText(&d.condition, it, key, how)
	case "output":
		l.setText(&d.output, it, key, how)
	case "priority":
		setWord(l, &d.priority, it, key, ParsePriority, PriorityWords)
	case "action":
		setWord(l, &d.action, it, key, parseAction, "log, deny or kill")
	case "errno":
		setWord(l, &d.errno, it, key, parseErrno, "the name of an error, such as EPERM, EACCES or ENOSYS")
	case "source":
		if t, ok := l.text(it, key); ok && t.String() != "syscall" {
			l.fail(it.file, it.keys[key], "source %q is not supported; the only one is syscall", t)
		}
	case "enabled":
		if v, ok := l.boolean(it, key); ok {
			d.enabled = v
		}
	case "tags":
		l.setTags(d, it, how)
	case "exceptions":
		l.setExceptions(d, it, how)
	}
}

func (l *loader) setText(to *source.Text, it *item, key string, how change) {
	t, ok := l.text(it, key)
	switch {
	case !ok:
	case how == appended && !to.IsZero():
		*to = to.Append(t)
	default:
		*to = t
	}
}

// setWord takes a value that is one of some words.
func setWord[T any](l *loader, to *T, it *item, key string, parse func(string) (T, bool), words string) {
	t, ok := l.text(it, key)
	if !ok {
		return
	}
	v, ok := parse(t.String())
	if !ok {
		l.fail(it.file, it.keys[key], "%s %q is unknown; it is %s", key, t, words)
		return
	}
	*to = v
}

func parseAction(s string) (Action, bool) {
	i := slices.Index(actionNames, s)
	return Action(max(i, 0)), i >= 0 //nolint:gosec // three names
}

const lastErrno = unix.EHWPOISON

// otherErrnos are names that share their number with another one (EWOULDBLOCK is
// EAGAIN).
var otherErrnos = map[string]unix.Errno{
	"EWOULDBLOCK": unix.EWOULDBLOCK, "EDEADLOCK": unix.EDEADLOCK, "ENOTSUP": unix.ENOTSUP,
}

// parseErrno finds an errno by any of its names.
func parseErrno(s string) (unix.Errno, bool) {
	if e, ok := otherErrnos[s]; ok {
		return e, true
	}
	for e := unix.Errno(1); e <= lastErrno; e++ {
		if s != "" && unix.ErrnoName(e) == s {
			return e, true
		}
	}
	return 0, false
}

// errnoNames are the names that parseErrno knows, sorted.
func errnoNames() []string {
	names := slices.Collect(maps.Keys(otherErrnos))
	for e := unix.Errno(1); e <= lastErrno; e++ {
		if name := unix.ErrnoName(e); name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func (l *loader) setTags(d *ruleDef, it *item, how change) {
	nodes, ok := l.elements(it, "tags")
	if !ok {
		return
	}
	if how != appended {
		d.tags = nil
	}
	for _, n := range nodes {
		if tag, ok := l.literal(it.file, n); ok {
			d.tags = append(d.tags, tag.Text)
		}
	}
}
