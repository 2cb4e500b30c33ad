package event

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/callgate/callgate/rules/suggest"
	"github.com/callgate/callgate/seccomp/syscalls"
)

// Type is the type of a field's values.
type Type uint8

// The three types there are.
const (
	String Type = iota
	Int
	Bool
)

func (t Type) String() string { return [...]string{"string", "number", "boolean"}[t] }

// IndexKind says what a field wants in brackets, or after a further dot.
type IndexKind uint8

// Kinds of index.
const (
	NoIndex   IndexKind = iota
	IntIndex            // proc.aname[2]
	KeyIndex            // proc.env["HOME"]
	NameIndex           // evt.arg.flags
)

// Stability says whether a field's value can change between the decision and
// the kernel's use of it.
type Stability uint8

// Stabilities; the zero value is the careful one.
const (
	Unstable Stability = iota
	Stable
	StableFlags // stable where the flags are a register: not with openat2
)

var stabilities = map[string]Stability{"": Unstable, "yes": Stable, "flags": StableFlags}

// Field is one field of events, as the struct tags of Event define it.
type Field struct {
	Name   string
	Type   Type
	Need   Need
	Stable Stability
	Index  IndexKind
	Doc    string
	// Instead is what a condition uses in place of a result, which is not known
	// before the call; "" for all other fields.
	Instead string

	slot    Slot
	canMiss bool   // a boolean with a companion
	known   Slot   // of the companion
	ends    []Slot // of a field that stands for several values
	alias   bool   // another name of one value
	arg     string // of an alias: the argument whose value it is
	find    finder // of a field whose elements are looked up
	hollow  bool   // nothing lies at slot
}

var (
	fields = collect(reflect.TypeFor[Event](), "", 0)
	byName = indexFields()
)

// Fields are all fields, in the order of Event. The slice is shared: read only.
func Fields() []*Field { return fields }

// CanBeMissing reports whether a boolean can be missing: then another one says
// whether it is known.
func (f *Field) CanBeMissing() bool { return f.canMiss }

// UnknownFieldError is the error for a name that no field has.
type UnknownFieldError struct {
	Name       string
	Suggestion string // the nearest name, "" if none is near
}

func (e *UnknownFieldError) Error() string {
	msg := fmt.Sprintf("unknown field %s", e.Name)
	if e.Suggestion != "" {
		msg += fmt.Sprintf("; did you mean %s?", e.Suggestion)
	}
	return msg
}

// Ref is a field together with the index at which it is read.
type Ref struct {
	*Field
	// Index is the number of IntIndex, the argument's id of NameIndex, or -1.
	Index int
	// Key is the key of KeyIndex, the argument's name of NameIndex, or "".
	Key string
}

// Whole reports whether several values are meant: an indexed field without an
// index, or a field that is both ends of something (Ends).
func (r Ref) Whole() bool {
	return r.Field.Index != NoIndex && r.Index < 0 && r.Key == "" || r.ends != nil
}

// Ends are where the values lie of a field that stands for several, at most
// MaxEnds; none for all other fields.
func (f *Field) Ends() []Slot { return f.ends }

// MaxEnds is the most values that a field stands for.
const MaxEnds = 2

// Comparable is an error for a reference that no condition can use: a result, or
// a field that lacks its index.
func (r Ref) Comparable() error {
	if r.Instead != "" {
		return fmt.Errorf("%s is not known before the call; %s", r.Name, r.Instead)
	}
	if r.Whole() && r.hollow && r.ends == nil {
		return fmt.Errorf("%s needs an index: %s[\"PATH\"]", r.Name, r.Name)
	}
	if r.Whole() && r.Field.Index == NameIndex {
		return fmt.Errorf("%s needs the name of an argument: %s.NAME", r.Name, r.Name)
	}
	return nil
}

// Printable is an error for a reference without one single value.
func (r Ref) Printable() error {
	switch {
	case !r.Whole() || r.Field.Index == KeyIndex && !r.hollow:
		return nil
	case r.ends != nil:
		return fmt.Errorf("%%%s stands for two values and is for conditions only; name one of them", r.Name)
	}
	return fmt.Errorf("%%%s needs an index: %%%s", r.Name, map[IndexKind]string{
		IntIndex: r.Name + "[1]", NameIndex: r.Name + ".NAME", KeyIndex: r.Name + "[PATH]",
	}[r.Field.Index])
}

// String is the reference as rules write it.
func (r Ref) String() string {
	switch {
	case r.Field.Index == NameIndex && r.Key != "":
		return r.Name + "." + r.Key
	case r.Field.Index == KeyIndex && r.Key != "":
		return fmt.Sprintf("%s[%q]", r.Name, r.Key)
	case r.Field.Index == IntIndex && r.Index >= 0:
		return fmt.Sprintf("%s[%d]", r.Name, r.Index)
	}
	return r.Name
}

// Lookup finds a field by its name: "proc.name", "proc.aname" (without its
// index), "evt.arg.flags". Its error is an *UnknownFieldError.
func Lookup(name string) (Ref, error) {
	if f, ok := byName[name]; ok {
		return Ref{Field: f, Index: -1}, nil
	}
	if dot := strings.LastIndexByte(name, '.'); dot > 0 {
		if f, ok := byName[name[:dot]]; ok && f.Index == NameIndex {
			if id, ok := syscalls.ArgID(name[dot+1:]); ok {
				return Ref{Field: f, Index: id, Key: name[dot+1:]}, nil
			}
			e := &UnknownFieldError{Name: name}
			if near := suggest.Nearest(name[dot+1:], argNames()); near != "" {
				e.Suggestion = name[:dot+1] + near
			}
			return Ref{}, e
		}
	}
	names := make([]string, 0, len(fields))
	for _, f := range fields {
		names = append(names, f.Name)
	}
	return Ref{}, &UnknownFieldError{name, suggest.Nearest(name, names)}
}

// At is the reference to an element of an indexed field: a number for IntIndex
// or a key for KeyIndex.
func (r Ref) At(index int, key string) (Ref, error) {
	switch {
	case r.Field.Index == IntIndex && key == "":
		if index < 0 || index >= Depth {
			return r, fmt.Errorf("index %d of %s is not between 0 and %d", index, r.Name, Depth-1)
		}
	case r.Field.Index == KeyIndex && key != "":
		index = -1
	case r.Field.Index == IntIndex:
		return r, fmt.Errorf("%s takes a number in brackets", r.Name)
	case r.Field.Index == KeyIndex:
		return r, fmt.Errorf("%s takes a name in brackets", r.Name)
	case r.Field.Index == NameIndex:
		return r, fmt.Errorf("%s takes the name of an argument: %s.NAME (positions count Falco's results too)", r.Name, r.Name)
	default:
		return r, fmt.Errorf("%s takes no index", r.Name)
	}
	return Ref{Field: r.Field, Index: index, Key: key}, nil
}

func collect(t reflect.Type, prefix string, start Slot) (all []*Field) {
	for i := range t.NumField() {
		sf := t.Field(i)
		name, at := prefix+sf.Tag.Get("expr"), start+Slot(sf.Offset)
		if sf.Type.Kind() == reflect.Struct && sf.Type != reflect.TypeFor[none]() {
			all = append(all, collect(sf.Type, name+".", at)...)
			continue
		}
		if sf.Tag.Get("doc") == "" {
			continue // raw blocks and companions: not for rules
		}
		f := newField(sf, name, at)
		if of, ok := t.FieldByName(sf.Tag.Get("known")); ok {
			f.canMiss, f.known = true, start+Slot(of.Offset)
		}
		for of := range strings.FieldsSeq(sf.Tag.Get("of")) {
			end, _ := t.FieldByName(of)
			like := newField(end, name, start+Slot(end.Offset))
			f.Type, f.slot, f.Need, f.hollow = like.Type, like.slot, f.Need|like.Need, false
			f.ends = append(f.ends, like.slot)
		}
		if len(f.ends) == 1 {
			f.ends, f.alias, f.arg = nil, true, sf.Tag.Get("arg")
		}
		all = append(all, f)
	}
	return all
}

func newField(sf reflect.StructField, name string, slot Slot) *Field {
	f := &Field{
		Name: name, Doc: sf.Tag.Get("doc"), Instead: sf.Tag.Get("instead"), slot: slot, Stable: stabilities[sf.Tag.Get("stable")],
		Index: map[string]IndexKind{"int": IntIndex, "string": KeyIndex, "name": NameIndex}[sf.Tag.Get("index")],
		find:  finders[sf.Tag.Get("find")], hollow: sf.Type == reflect.TypeFor[none](),
	}
	for source := range strings.FieldsSeq(sf.Tag.Get("need")) {
		f.Need |= needNames[source]
	}
	if f.Instead != "" {
		f.Need = NeedCall // there is nothing to read
	}
	t := sf.Type
	if t.Kind() == reflect.Array {
		t = t.Elem()
	}
	f.Type = map[reflect.Kind]Type{reflect.String: String, reflect.Int: Int, reflect.Bool: Bool}[t.Kind()]
	if typ := sf.Tag.Get("type"); typ != "" {
		f.Type = map[string]Type{"string": String, "number": Int, "boolean": Bool}[typ]
	}
	return f
}

func indexFields() map[string]*Field {
	m := make(map[string]*Field, len(fields))
	for _, f := range fields {
		m[f.Name] = f
	}
	return m
}

func argNames() (names []string) {
	for id := range syscalls.NumArgs {
		if n := syscalls.ArgName(id); n != "" {
			names = append(names, n)
		}
	}
	return names
}
