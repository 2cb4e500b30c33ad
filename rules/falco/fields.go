package falco

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/callgate/callgate/rules/event"
)

// renamed are fields that callgate has under another name. Falco shows paths
// among the arguments resolved; there evt.arg is what the caller gave.
var renamed = map[string]string{
	"evt.arg.path":     "fs.path.name",
	"evt.arg.name":     "fs.path.name",
	"evt.arg.filename": "fs.path.name",
	"evt.arg.oldpath":  "fs.path.source",
	"evt.arg.newpath":  "fs.path.target",
	"evt.arg.linkpath": "fs.path.target",

	"evt.time.iso8601": "evt.time",
	"evt.rawtime":      "evt.time",
}

// networks are fields whose comparison asks whether an address lies in a network.
var networks = map[string]bool{"fd.net": true, "fd.cnet": true, "fd.snet": true, "fd.lnet": true, "fd.rnet": true}

// lookup finds callgate's field for one of Falco's. Its error says why there is
// none.
func lookup(name, index string, indexed bool) (event.Ref, error) {
	if indexed && (name == "evt.arg" || name == "evt.rawarg") {
		if isNumber(index) {
			return event.Ref{}, fmt.Errorf("callgate knows arguments by their names, not by their places: %s[%s]", name, index)
		}
		name, indexed = name+"."+index, false
	}
	if native, ok := renamed[name]; ok && !indexed {
		name = native
	}
	ref, err := event.Lookup(name)
	switch {
	case err != nil:
		return ref, fmt.Errorf("callgate has no field %s", name)
	case ref.Instead != "":
		return ref, fmt.Errorf("%s is not known before the call", name)
	case !indexed:
		return ref, nil
	}
	if ref.Field.Index == event.IntIndex && isNumber(index) {
		n, err := strconv.Atoi(index)
		if err != nil {
			return ref, err
		}
		return ref.At(n, "")
	}
	return ref.At(-1, index)
}

// spell is how a condition writes a field.
func spell(ref event.Ref) string { return strings.TrimSpace(ref.String()) }
