package falco

import (
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/callgate/callgate/rules/condition"
	"github.com/callgate/callgate/rules/event"
	"github.com/callgate/callgate/rules/source"
	"github.com/callgate/callgate/seccomp/syscalls"
)

// rewriter rewrites one condition, token by token, so that its lines and columns
// stay where they are.
type rewriter struct {
	names *names
	text  []rune
	notes []offsetNote
	edits []edit
	lacks []string // what is not known of events
	uses  []string // macros
}

// edit replaces a part of a condition's text.
type edit struct {
	Span
	text string
}

// offsetNote is a note on a place in a condition.
type offsetNote struct {
	offset int
	msg    string
}

// rewriteCondition says how a condition's text becomes one of callgate's.
func (n *names) rewriteCondition(text string) (*rewriter, error) {
	x, err := parse(text, true)
	if err != nil {
		return nil, err
	}
	r := &rewriter{names: n, text: []rune(text)}
	r.node(x, nil)
	return r, nil
}

// replace writes a text in place of a part, and a blank where a word would
// otherwise grow together with the one behind it: Falco reads ""or as "" or.
func (r *rewriter) replace(s Span, text string) {
	if s.To < len(r.text) && isWord(r.text[s.To]) && text != "" && isWord(rune(text[len(text)-1])) {
		text += " "
	}
	r.edits = append(r.edits, edit{s, text})
}

func (r *rewriter) note(at int, msg string) { r.notes = append(r.notes, offsetNote{at, msg}) }

// node rewrites what is below a node; calls are those for which it is asked.
func (r *rewriter) node(x Node, calls []string) {
	switch x := x.(type) {
	case *Logic:
		if !x.Or {
			calls = r.names.narrow(calls, x.Parts, 0)
		}
		for _, part := range x.Parts {
			r.node(part, calls)
		}
	case *Not:
		r.node(x.X, calls)
	case *Macro:
		r.uses = append(r.uses, x.Name)
		name := r.names.native(x.Name)
		if !condition.IsName(name) {
			name += "_" // no file defines it, which is told when it is looked for
		}
		if name != x.Name {
			r.replace(x.Span, name)
		}
	case *Check:
		r.check(x, calls)
	}
}

// duplicated calls have no argument that says what they will return, dup alone.
var duplicating = []string{"dup", "dup2", "dup3"}

func (r *rewriter) check(c *Check, calls []string) {
	field := c.Left.Field
	if field == "evt.rawres" && only(calls, duplicating...) && len(c.Values) > 0 {
		r.note(c.From, "evt.rawres of dup is its result; compared is the descriptor that dup2 and dup3 are given, and dup alone can't match")
		c.Left.Field, field = "evt.rawarg.newfd", "evt.rawarg.newfd"
	}
	if isResult(field, calls) {
		meant := strconv.FormatBool(intent(c))
		r.note(c.From, field+" is a result, and there is none before the call: the comparison is "+meant+
			", as for a call that will succeed")
		r.replace(c.Span, meant)
		return
	}
	left, typ, ref, err := r.operand(&c.Left)
	if err != nil {
		r.unknown(c, err)
		return
	}
	if c.Right != nil {
		r.compareFields(c, left)
		return
	}
	r.compare(c, left, typ, ref)
}

// unknown rewrites a comparison with a field that callgate does not have.
func (r *rewriter) unknown(c *Check, err error) {
	r.lacks = append(r.lacks, err.Error())
	r.note(c.From, err.Error()+"; the comparison is false, as for a field that is missing")
	r.replace(c.Span, "false")
}

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
			r.replace(c.Span, "false")
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
	if numeric, ok := numericArgument(ref, values); ok && !c.List {
		left, typ = numeric, event.Int
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
				if a.Name == ref.Key && a.Symbols != nil {
					return "evt.rawarg." + ref.Key, true
				}
			}
		}
	}
	return "", false
}

// apply turns edits of a scalar's value into edits of its file. In flow style a
// text without quotes could not hold what callgate writes: it is quoted.
func apply(f *source.File, n *yaml.Node, edits []edit, flow bool) ([]source.Edit, bool) {
	if flow && n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) == 0 {
		e, ok := f.Whole(n, strconv.Quote(edited(n.Value, edits)))
		return []source.Edit{e}, ok
	}
	scalar, ok := f.Scalar(n)
	if !ok {
		return nil, false
	}
	all := make([]source.Edit, len(edits))
	for i, e := range edits {
		all[i] = scalar.Replace(e.From, e.To, e.text)
	}
	return all, true
}

// edited is a text after its edits.
func edited(text string, edits []edit) string {
	slices.SortStableFunc(edits, func(a, b edit) int { return a.From - b.From })
	var b strings.Builder
	runes, at := []rune(text), 0
	for _, e := range edits {
		b.WriteString(string(runes[at:e.From]))
		b.WriteString(e.text)
		at = e.To
	}
	b.WriteString(string(runes[at:]))
	return b.String()
}
