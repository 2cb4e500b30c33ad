package falco

import (
	"strconv"
	"strings"

	"github.com/callgate/callgate/rules/event"
)

// operand is how callgate writes an operand, and its type; of a field also what
// it is.
func (r *rewriter) operand(o *Operand) (string, event.Type, event.Ref, error) {
	if o.Transformer == "" {
		ref, err := lookup(o.Field, o.Index, o.Indexed)
		if err != nil {
			return "", 0, ref, err
		}
		return spell(ref), ref.Type, ref, nil
	}
	args := make([]string, len(o.Args))
	for i, a := range o.Args {
		text, err := r.argument(a)
		if err != nil {
			return "", 0, event.Ref{}, err
		}
		args[i] = text
	}
	if o.Transformer == "val" {
		return args[0], event.String, event.Ref{}, nil
	}
	typ := event.String
	if o.Transformer == "len" {
		typ = event.Int
	}
	text := o.Transformer + "(" + strings.Join(args, ", ") + ")"
	if o.Indexed {
		text += "[" + strconv.Quote(o.Index) + "]"
	}
	return text, typ, event.Ref{}, nil
}

func (r *rewriter) argument(a Argument) (string, error) {
	if a.Operand != nil {
		text, _, _, err := r.operand(a.Operand)
		return text, err
	}
	texts := make([]string, len(a.Values))
	for i, v := range a.Values {
		texts[i] = r.literal(v, event.String, a.List)
	}
	if a.List {
		return "[" + strings.Join(texts, ", ") + "]", nil
	}
	return texts[0], nil
}

// literal is how callgate writes a value of a field of some type.
func (r *rewriter) literal(v Value, typ event.Type, inList bool) string {
	switch {
	case inList && r.names.isList(v):
		return r.names.native(v.Text)
	case typ == event.Bool && (v.Text == "true" || v.Text == "false"):
		return v.Text
	case typ == event.Int:
		if n, err := strconv.ParseInt(v.Text, 0, 64); err == nil {
			return strconv.FormatInt(n, 10)
		}
	}
	return strconv.Quote(v.Text)
}
