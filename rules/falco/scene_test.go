package falco_test

import (
	"reflect"
	"strconv"
	"strings"

	"github.com/callgate/callgate/rules/event"
	"github.com/callgate/callgate/seccomp/syscalls"
)

// scene is an event that is being made, by Falco's names of its fields.
type scene struct {
	event   *event.Event
	members map[string]reflect.Value // by the name of the field
	known   map[string]reflect.Value // whether a boolean is known
}

func newScene(e *event.Event) *scene {
	s := &scene{e, make(map[string]reflect.Value), make(map[string]reflect.Value)}
	s.collect(reflect.ValueOf(e).Elem(), "")
	return s
}

func (s *scene) collect(v reflect.Value, prefix string) {
	for i := range v.NumField() {
		tag := v.Type().Field(i).Tag
		name := prefix + tag.Get("expr")
		if v.Field(i).Kind() == reflect.Struct && v.Field(i).NumField() > 0 {
			s.collect(v.Field(i), name+".")
			if tag.Get("doc") == "" {
				continue
			}
		}
		s.members[name] = v.Field(i)
		if known := tag.Get("known"); known != "" {
			s.known[name] = v.FieldByName(known)
		}
	}
}

// members in which fields lie that callgate has under another name, or that are
// both ends of something.
var members = map[string][]string{
	"evt.arg.path": {"fs.path.name"}, "evt.arg.name": {"fs.path.name"}, "evt.arg.filename": {"fs.path.name"},
	"evt.arg.oldpath": {"fs.path.source"}, "evt.arg.newpath": {"fs.path.target"},
	"fd.cnet": {"fd.cip"}, "fd.snet": {"fd.sip"}, "fd.lnet": {"fd.lip"}, "fd.rnet": {"fd.rip"},
	"fd.ip": {"fd.sip", "fd.cip"}, "fd.net": {"fd.sip", "fd.cip"}, "fd.port": {"fd.sport", "fd.cport"},
}

// places are where the values of a field lie. The last one of a field without
// its index is never the process itself: ancestors are meant.
func (s *scene) places(field, index string) (all []reflect.Value) {
	names := members[field]
	if names == nil {
		names = []string{field}
	}
	for _, name := range names {
		v, ok := s.members[name]
		switch arg, isArg := strings.CutPrefix(name, "evt.arg."); {
		case ok && v.Kind() == reflect.Array && index != "":
			n, _ := strconv.Atoi(index)
			all = append(all, v.Index(n))
		case ok && v.Kind() == reflect.Array:
			for i := 1; i < v.Len(); i++ {
				all = append(all, v.Index(i))
			}
		case ok:
			all = append(all, v)
		case isArg:
			id, found := syscalls.ArgID(arg)
			if !found {
				panic("no argument " + arg)
			}
			all = append(all, s.members["evt.arg"].Index(id))
		}
	}
	return all
}

// has reports whether the call can have a field: creat has no flags, in Falco as
// little as in the kernel.
func (s *scene) has(field string) bool {
	arg, isArg := strings.CutPrefix(field, "evt.arg.")
	if !isArg || members[field] != nil || s.members[field].IsValid() {
		return true
	}
	for _, abi := range []syscalls.ABI{syscalls.AMD64, syscalls.I386, syscalls.ARM64} {
		for _, e := range syscalls.Entries(abi, s.event.Evt.Type) {
			if _, ok := e.Call.Register(arg); ok || e.Call.Field(arg) {
				return true
			}
		}
	}
	return false
}

// set gives a field a value, "" for none. At tells which of several places.
func (s *scene) set(field, index, value string, at int) {
	switch {
	case !s.has(field):
		return
	case strings.HasPrefix(field, "container.mount."):
		if value != "" {
			s.event.Container.MountBlk += strings.ReplaceAll(index, "*", "q") + "\x00" + value + "\x00"
		}
		return
	case field == "evt.rawres":
		if id, _ := syscalls.ArgID("newfd"); s.event.Evt.Type == "dup2" || s.event.Evt.Type == "dup3" {
			setNumber(&s.event.Evt.RawArg[id], value)
		}
		return
	case field == "evt.arg.cmd":
		id, _ := syscalls.ArgID("cmd")
		s.event.Evt.Arg[id] = value
		setNumber(&s.event.Evt.RawArg[id], value)
		return
	}
	places := s.places(field, index)
	if len(places) == 0 {
		return // a result, or what callgate does not know
	}
	switch v := places[at%len(places)]; v.Kind() {
	case reflect.String:
		v.SetString(value)
	case reflect.Int:
		n := 0
		setNumber(&n, value)
		v.SetInt(int64(n))
	case reflect.Bool:
		v.SetBool(value == "true")
		if known, ok := s.known[field]; ok {
			known.SetBool(value != "")
			v.SetBool(value == "true")
		}
	}
}

func setNumber(to *int, value string) {
	n, err := strconv.Atoi(value)
	if *to = n; err != nil {
		*to = event.Missing
	}
}

// values reads a field, as Falco has it after a call that has succeeded.
func (s *scene) values(field, index string) (all []string) {
	e := s.event
	isDup := e.Evt.Type == "dup2" || e.Evt.Type == "dup3"
	switch {
	case field == "evt.res":
		return []string{"SUCCESS"}
	case field == "evt.rawres" && e.Evt.Type == "dup":
		return nil // callgate can't tell
	case field == "evt.rawres" && isDup:
		id, _ := syscalls.ArgID("newfd")
		if e.Evt.RawArg[id] == event.Missing {
			return nil
		}
		return []string{strconv.Itoa(e.Evt.RawArg[id])}
	case field == "evt.rawres":
		return []string{"0"}
	case field == "fd.num" && strings.HasPrefix(e.Evt.Type, "open"):
		return []string{"3"}
	case strings.HasPrefix(field, "container.mount."):
		ref, err := event.ParseRef(field + "[" + index + "]")
		if err != nil {
			panic(err)
		}
		if v, ok := ref.Value(e); ok {
			all = append(all, v.(string)) //nolint:forcetypeassert // a string field
		}
		return all
	}
	for _, v := range s.places(field, index) {
		switch v.Kind() {
		case reflect.String:
			if v.String() != "" {
				all = append(all, v.String())
			}
		case reflect.Int:
			if v.Int() != event.Missing {
				all = append(all, strconv.FormatInt(v.Int(), 10))
			}
		case reflect.Bool:
			if known, ok := s.known[field]; !ok || known.Bool() {
				all = append(all, strconv.FormatBool(v.Bool()))
			}
		}
	}
	return all
}
