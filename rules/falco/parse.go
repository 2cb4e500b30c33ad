package falco

import (
	"slices"
	"strings"

	"github.com/callgate/callgate/rules/condition"
)

// Limits of a condition, callgate's own: what is translated must fit in them.
const (
	maxSource = condition.MaxSource // characters
	maxDepth  = condition.MaxDepth  // nested brackets and negations
)

// Parse reads a condition. Its error is an *Error.
//
// The grammar, after Falco's:
//
//	or        = and { "or" and }
//	and       = not { "and" not }
//	not       = "not" not | "(" or ")" | check | macro
//	check     = operand ( "exists" | op [ modifier ] right )
//	operand   = ( field | transformer "(" argument { "," argument } ")" ) [ "[" index "]" ]
//	argument  = operand | value | list
//	right     = value | list | operand that is a transformer | "val" "(" field ")"
//	list      = "(" [ value { "," value } ] ")" | identifier
func Parse(text string) (Node, error) { return parse(text, false) }

// parse reads a condition, or the rest of one: what is appended to another may
// begin with an operator.
func parse(text string, rest bool) (Node, error) {
	p := parser{scanner{text: []rune(strings.TrimRightFunc(text, isBlank))}}
	if len(p.text) > maxSource {
		return nil, p.fail(0, "condition is longer than %d characters", maxSource)
	}
	p.blanks()
	if rest && !p.operator("and") {
		p.operator("or")
	}
	x, err := p.or()
	if err != nil {
		return nil, err
	}
	if p.at < len(p.text) {
		return nil, p.fail(p.at, `%s where "and" or "or" is expected`, p.here())
	}
	return x, nil
}

type parser struct{ scanner }

func (p *parser) or() (Node, error) { return p.chain("or", p.and) }

func (p *parser) and() (Node, error) { return p.chain("and", p.not) }

// chain reads operands of one operator.
func (p *parser) chain(operator string, operand func() (Node, error)) (Node, error) {
	p.blanks()
	from := p.at
	x, err := operand()
	if err != nil {
		return nil, err
	}
	parts := []Node{x}
	for p.blanks(); p.operator(operator); p.blanks() {
		if x, err = operand(); err != nil {
			return nil, err
		}
		parts = append(parts, x)
	}
	if len(parts) == 1 {
		return x, nil
	}
	return &Logic{operator == "or", parts, Span{from, parts[len(parts)-1].span().To}}, nil
}

// operator takes and, or, not: a blank or a bracket follows.
func (p *parser) operator(word string) bool {
	at := p.at
	if p.keyword(word) && (isBlank(p.peek()) || p.peek() == '(') {
		return true
	}
	p.at = at
	return false
}

func (p *parser) not() (Node, error) {
	if p.depth++; p.depth > maxDepth {
		return nil, p.fail(p.at, "condition is nested deeper than %d", maxDepth)
	}
	defer func() { p.depth-- }()
	p.blanks()
	from := p.at
	if p.operator("not") {
		x, err := p.not()
		if err != nil {
			return nil, err
		}
		return &Not{x, Span{from, p.at}}, nil
	}
	if p.char('(') {
		x, err := p.or()
		if err != nil {
			return nil, err
		}
		if p.blanks(); !p.char(')') {
			return nil, p.fail(p.at, `%s where ")" is expected`, p.here())
		}
		return x, nil
	}
	return p.check()
}

// check reads a comparison, or the name of a macro.
func (p *parser) check() (Node, error) {
	from := p.at
	left, err := p.operand()
	if err != nil {
		return nil, err
	}
	if left.Field != "" && !isField(left.Field) {
		if left.Field == "and" || left.Field == "or" || left.Field == "not" {
			return nil, p.fail(from, `%q stands where "(", a field or a macro is expected`, left.Field)
		}
		return &Macro{left.Field, left.Span}, nil
	}
	c := &Check{Left: *left, Open: -1}
	p.blanks()
	c.OpSpan.From = p.at
	if c.Op = p.comparison(); c.Op == "" {
		return nil, p.fail(p.at, "%s where a comparison is expected: one of %s", p.here(), operatorNames)
	}
	c.OpSpan.To = p.at
	if c.Op != "exists" {
		if err := p.right(c); err != nil {
			return nil, err
		}
	}
	c.Span = Span{from, p.at}
	return c, nil
}

// comparison takes an operator. Words end at a blank or, where a list follows,
// at its bracket.
func (p *parser) comparison() string {
	for _, symbol := range symbols {
		if end := p.at + len(symbol); end <= len(p.text) && string(p.text[p.at:end]) == symbol {
			p.at = end
			return symbol
		}
	}
	at := p.at
	if word := p.run(isWord); operators[word] != (operator{}) {
		return word
	}
	p.at = at
	return ""
}

// operand reads a field or a transformer; a macro's name looks like a field
// without a dot.
func (p *parser) operand() (*Operand, error) {
	from := p.at
	name := p.name()
	if name == "" {
		return nil, p.fail(p.at, `%s where "(", a field or a macro is expected`, p.here())
	}
	if p.peek() == '(' && slices.Contains(transformers, name) {
		args, err := p.arguments()
		if err != nil {
			return nil, err
		}
		return p.indexed(&Operand{Transformer: name, Args: args, Span: Span{from, p.at}})
	}
	return p.indexed(&Operand{Field: name, Span: Span{from, p.at}})
}

// indexed reads the index of an operand, if there is one.
func (p *parser) indexed(o *Operand) (*Operand, error) {
	if o.Field != "" && !isField(o.Field) || !p.char('[') {
		return o, nil
	}
	index, err := p.index()
	o.Index, o.Indexed, o.To = index, true, p.at
	return o, err
}

// isField reports whether a name is that of a field; a macro's has no dot.
func isField(name string) bool { return strings.ContainsRune(name, '.') }

// index reads what stands in brackets after a field.
func (p *parser) index() (string, error) {
	from := p.at
	v := Value{}
	var err error
	if p.peek() == '"' || p.peek() == '\'' {
		v, err = p.quoted()
	} else {
		v.Text = p.run(func(r rune) bool { return !isBlank(r) && r != '[' && r != ']' && r != '"' && r != '\'' })
	}
	switch {
	case err != nil:
		return "", err
	case v.Text == "":
		return "", p.fail(from, "%s where a field's index is expected", p.here())
	case !p.char(']'):
		return "", p.fail(p.at, `%s where "]" is expected`, p.here())
	}
	return v.Text, nil
}
