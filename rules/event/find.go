package event

import (
	"strings"

	"github.com/callgate/callgate/rules/glob"
)

// finder reads one element of a field whose elements have no places of their
// own: a variable of the environment, a mount. "" when there is none.
type finder func(e *Event, key string) string

// finders by the tag find.
var finders = map[string]finder{
	"env":          func(e *Event, name string) string { return lookupEnv(e.Proc.EnvBlk, name) },
	"mount.dest":   func(e *Event, source string) string { return lookupMount(e.Container.MountBlk, source, false) },
	"mount.source": func(e *Event, dest string) string { return lookupMount(e.Container.MountBlk, dest, true) },
}

// Sought reports whether the reference is to an element that has no place of its
// own in the event: proc.env["HOME"].
func (r Ref) Sought() bool { return r.Field.Index == KeyIndex && r.Key != "" }

// Find reads the element of a reference that is Sought; "" when it is missing.
func (r Ref) Find(e *Event) string { return r.find(e, r.Key) }

// lookupEnv finds a variable in a NUL-separated environment. An empty one is
// missing.
func lookupEnv(block, name string) string {
	for block != "" {
		entry, rest, _ := strings.Cut(block, "\x00")
		if len(entry) > len(name) && entry[len(name)] == '=' && entry[:len(name)] == name {
			return entry[len(name)+1:]
		}
		block = rest
	}
	return ""
}

// lookupMount finds the first mount whose source, or destination, matches the
// pattern, and gives the other of the two. The block holds both of each mount,
// each with a NUL behind it.
func lookupMount(block, pattern string, byDest bool) string {
	for block != "" {
		source, rest, _ := strings.Cut(block, "\x00")
		dest, rest, _ := strings.Cut(rest, "\x00")
		if byDest {
			source, dest = dest, source
		}
		if glob.Match(pattern, source, false) {
			return dest
		}
		block = rest
	}
	return ""
}
