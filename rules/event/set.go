package event

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"strings"
)

// The fields whose elements have no places of their own, by name.
const (
	env    = "proc.env"
	mounts = "container.mount.dest"
)

// Set gives the field a value in an event: a string, a number or a bool, to a
// whole indexed field a slice of them, to proc.env one of NAME=value, to
// container.mount.dest one of slices of source and destination.
func (r Ref) Set(e *Event, value any) error {
	list, isList := value.([]any)
	switch {
	case r.Instead != "":
		return fmt.Errorf("set %s: it is a result, which no event has", r)
	case r.ends != nil:
		return fmt.Errorf("set %s: it stands for two values; set one of them", r)
	case r.Name == env && r.Key == "" && isList:
		return e.setEnv(r, list)
	case r.Name == mounts && r.Key == "" && isList:
		return e.setMounts(r, list)
	case r.Name == env:
		return fmt.Errorf("set %s: it takes a list of NAME=value", r)
	case r.Field.Index == KeyIndex:
		return fmt.Errorf("set %s: %s takes a list of [SOURCE, DESTINATION]", r, mounts)
	case r.Whole() && r.Field.Index == IntIndex && isList:
		return r.setElements(e, list)
	case r.Whole():
		return fmt.Errorf("set %s: it takes a list of values", r)
	}
	return r.setOne(e, value)
}

func (r Ref) setOne(e *Event, value any) error {
	slot := r.Slot()
	switch r.Type {
	case String:
		if s, ok := textOf(value); ok {
			*(*string)(slot.in(e)) = s
			return nil
		}
	case Int:
		if n, ok := numberOf(value); ok {
			*(*int)(slot.in(e)) = n
			return nil
		}
	case Bool:
		if b, ok := value.(bool); ok {
			*(*bool)(slot.in(e)) = b
			if r.CanBeMissing() {
				*(*bool)(r.KnownSlot().in(e)) = true
			}
			return nil
		}
	}
	return fmt.Errorf("set %s: it is a %s, not %s", r, r.Type, excerpt(value))
}

func (r Ref) setElements(e *Event, list []any) error {
	if len(list) > Depth {
		return fmt.Errorf("set %s: %d values are more than %d", r, len(list), Depth)
	}
	for i, v := range list {
		r.Index = i
		if v == nil {
			continue
		}
		if err := r.setOne(e, v); err != nil {
			return err
		}
	}
	return nil
}

// setEnv sets both forms of the environment: the one that is searched and the one
// that is shown.
func (e *Event) setEnv(r Ref, list []any) error {
	var shown, block strings.Builder
	for i, v := range list {
		s, ok := textOf(v)
		if !ok || strings.ContainsRune(s, 0) {
			return fmt.Errorf("set %s: it takes a list of NAME=value, not %s", r, excerpt(v))
		}
		if i > 0 {
			shown.WriteByte(' ')
		}
		shown.WriteString(s)
		block.WriteString(s + "\x00")
	}
	e.Proc.Env, e.Proc.EnvBlk = shown.String(), block.String()
	return nil
}

func (e *Event) setMounts(r Ref, list []any) error {
	var block strings.Builder
	for _, v := range list {
		pair, _ := v.([]any)
		if len(pair) != 2 {
			return fmt.Errorf("set %s: it takes a list of [SOURCE, DESTINATION], not %s", r, excerpt(v))
		}
		for _, path := range pair {
			s, ok := textOf(path)
			if !ok || strings.ContainsRune(s, 0) {
				return fmt.Errorf("set %s: it takes a list of [SOURCE, DESTINATION], not %s", r, excerpt(v))
			}
			block.WriteString(s + "\x00")
		}
	}
	e.Container.MountBlk = block.String()
	return nil
}

// maxExcerpt bounds how much of a value a message shows, in bytes.
const maxExcerpt = 100

func excerpt(v any) string {
	s := fmt.Sprint(v)
	if len(s) > maxExcerpt {
		s = strings.ToValidUTF8(s[:maxExcerpt], "") + "…"
	}
	return s
}

// textOf is a text, also one that is given by its bytes.
func textOf(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case map[string]any:
		coded, ok := v["base64"].(string)
		b, err := base64.StdEncoding.DecodeString(coded)
		return string(b), ok && err == nil && len(v) == 1
	}
	return "", false
}

func numberOf(v any) (int, bool) {
	switch v := v.(type) {
	case int:
		return v, true
	case int64:
		return int(v), true
	case uint64:
		return int(v), v <= math.MaxInt
	case json.Number:
		n, err := v.Int64()
		return int(n), err == nil
	}
	return 0, false
}
