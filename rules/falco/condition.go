package falco

import (
	"strconv"

	"github.com/callgate/callgate/rules/condition"
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
		if meant == "false" {
			r.lacks = append(r.lacks, field+" asks for calls that have failed")
		}
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
