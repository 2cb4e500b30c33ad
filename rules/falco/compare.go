package falco

import (
	"slices"
	"strconv"
	"strings"

	"github.com/callgate/callgate/rules/event"
	"github.com/callgate/callgate/seccomp/syscalls"
)

// compareFields rewrites a comparison with a field or a transformer.
func (r *rewriter) compareFields(c *Check, left string) {
	right, _, _, err := r.operand(c.Right)
	if err != nil {
		r.unknown(c, err)
		return
	}
	op := operators[c.Op]
	if op.function {
		left, right = op.native+"("+left, right+")"
	}
	r.replace(c.Left.Span, left)
	r.operator(c, op)
	r.replace(c.Right.Span, right)
}

// compare rewrites a comparison with literals.
func (r *rewriter) compare(c *Check, left string, typ event.Type, ref event.Ref) {
	op := operators[c.Op]
	head, tail := "", ""
	values := c.Values
	isMissing := func(v Value) bool { return ref.Field != nil && c.Modifier == "" && r.isMissing(c, v, typ) }
	absent := slices.ContainsFunc(values, isMissing)
	values = slices.DeleteFunc(slices.Clone(values), isMissing)
	switch {
	case c.isEmptyLen():
		field, _, _, _ := r.operand(c.Left.Args[0].Operand) // it was found before
		r.replace(c.Span, "(not has("+field+"))")
		return
	case c.Op == "exists":
		r.replace(c.Span, "has("+left+")")
		return
	case absent && len(values) == 0 && c.Op == "!=":
		r.replace(c.Span, "has("+left+")")
		return
	case absent && len(values) == 0:
		r.replace(c.Span, "(not has("+left+"))")
		return
	case absent:
		head, tail = "(not has("+left+") or ", ")"
	}
	if left == "evt.type" {
		if values = r.knownCalls(values); len(values) == 0 && len(c.Values) > 0 {
			r.replace(c.Span, strconv.FormatBool(c.Op == "!="))
			return
		}
	}
	if networks[left] && (op.native == "==" || op.native == "!=" || op.native == "in") {
		if c.Op == "!=" {
			head, tail = "(has("+left+") and not ", ")"
		}
		op = operator{native: "cidr", function: true}
	}
	if c.Op == "intersects" && ref.Field == nil {
		op = operator{native: "intersects", function: true} // of a transformer's several values
	}
	if op.number || !c.List && (op.native == "==" || op.native == "!=") {
		if numeric, ok := numericArgument(ref, values); ok {
			left, typ = numeric, event.Int
		}
	}
	if op.function {
		head, tail = head+op.native+"(", ")"+tail
	}
	r.replace(c.Left.Span, head+left)
	r.operator(c, op)
	r.values(c, values, typ, tail)
}

// operator rewrites the operator, with the blanks that callgate's wants.
func (r *rewriter) operator(c *Check, op operator) {
	if op.function {
		r.replace(Span{c.Left.To, c.OpSpan.To}, ",")
		return
	}
	text := op.native
	if c.OpSpan.From == c.Left.To {
		text = " " + text
	}
	after := c.Open
	switch {
	case c.Right != nil:
		after = c.Right.From
	case after < 0:
		after = c.Values[0].From
	}
	if after == c.OpSpan.To {
		text += " "
	}
	r.replace(c.OpSpan, text)
}

// values rewrites the right side; tail closes what the left side opened.
func (r *rewriter) values(c *Check, values []Value, typ event.Type, tail string) {
	if !c.List {
		text := r.literal(values[0], typ, operators[c.Op].list)
		if operators[c.Op].native == "in" && !r.names.isList(values[0]) {
			text = "[" + text + "]"
		}
		r.replace(values[0].Span, text+tail)
		return
	}
	at := c.Open + 1
	open, end := "[", "]"
	if c.Modifier != "" {
		open, end = quantifiers[c.Modifier]+"(", ")"
	}
	r.replace(Span{c.Open, at}, open)
	for i, v := range values {
		r.suspect(v)
		switch {
		case i > 0 && slices.Index(c.Values, v) > slices.Index(c.Values, values[i-1])+1:
			r.replace(Span{at, v.From}, ", ")
		case i == 0 && v != c.Values[0]:
			r.replace(Span{at, v.From}, "")
		}
		if text := r.literal(v, typ, true); text != v.Text || v.Quoted {
			r.replace(v.Span, text)
		}
		at = v.To
	}
	if last := c.Values; len(last) > 0 && (len(values) == 0 || values[len(values)-1] != last[len(last)-1]) {
		r.replace(Span{at, last[len(last)-1].To}, "")
	}
	r.replace(Span{c.To - 1, c.To}, end+tail)
}

// suspect notes a text that looks like the name of a list: files that belong
// together may have been given apart.
func (r *rewriter) suspect(v Value) {
	isName := !strings.ContainsFunc(v.Text, func(c rune) bool { return !isWord(c) })
	if isName && !v.Quoted && !r.names.isList(v) && strings.Contains(strings.Trim(v.Text, "_"), "_") {
		r.note(v.From, v.Text+" is taken for a text: there is no list of this name")
	}
}

// quantifiers are callgate's words for how many of a list's texts must fit.
var quantifiers = map[string]string{"oneof": "oneOf", "anyof": "anyOf", "allof": "allOf"}

// isEmptyLen reports whether a check asks for a text of no characters. callgate
// knows none: the field is missing then.
func (c *Check) isEmptyLen() bool {
	return c.Left.Transformer == "len" && len(c.Left.Args) == 1 && c.Left.Args[0].Operand != nil &&
		c.Left.Args[0].Operand.Field != "" && operators[c.Op].native == "==" && len(c.Values) == 1 && c.Values[0].Text == "0"
}

// isMissing reports whether a value is what Falco shows for a field that is
// missing. callgate has no text for that.
func (r *rewriter) isMissing(c *Check, v Value, typ event.Type) bool {
	equality := operators[c.Op].native == "==" || operators[c.Op].native == "in" || c.Op == "!="
	return equality && typ == event.String && (v.Text == "<NA>" || v.Text == "N/A" || v.Text == "")
}

// knownCalls are the values of evt.type that callgate intercepts.
func (r *rewriter) knownCalls(values []Value) []Value {
	return slices.DeleteFunc(slices.Clone(values), func(v Value) bool {
		if r.names.isList(v) || slices.Contains(syscalls.Types(), v.Text) {
			return false
		}
		lack := "callgate does not intercept the system call " + v.Text
		r.lacks = append(r.lacks, lack)
		r.note(v.From, lack)
		return true
	})
}

// numericArgument is the number of an argument that is compared with one: Falco
// compares symbols by their numbers too.
func numericArgument(ref event.Ref, values []Value) (string, bool) {
	if ref.Field == nil || ref.Name != "evt.arg" || len(values) != 1 {
		return "", false
	}
	if _, err := strconv.ParseInt(values[0].Text, 0, 64); err != nil {
		return "", false
	}
	for _, typ := range syscalls.Types() {
		for _, e := range syscalls.Entries(syscalls.AMD64, typ) {
			for _, a := range e.Call.Args {
				if a.Name == ref.Key && (a.Symbols != nil || a.Kind.Scalar()) {
					return "evt.rawarg." + ref.Key, true
				}
			}
		}
	}
	return "", false
}
