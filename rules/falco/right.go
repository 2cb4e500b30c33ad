package falco

import "slices"

// right reads what a field is compared with.
func (p *parser) right(c *Check) error {
	p.blanks()
	if modifier := p.modifier(); modifier != "" {
		if !operators[c.Op].modifiable {
			return p.fail(c.OpSpan.To, "%s takes no %s", c.Op, modifier)
		}
		c.Modifier, c.OpSpan.To = modifier, p.at
		p.blanks()
	}
	list := operators[c.Op].list || c.Modifier != ""
	if p.peek() == '(' && list {
		c.Open, c.List = p.at, true
		values, err := p.list()
		c.Values = values
		return err
	}
	if o, err := p.transformed(); o != nil || err != nil {
		c.Right = o
		return err
	}
	v, err := p.value()
	c.Values = []Value{v}
	switch {
	case err == nil && list && v.Quoted:
		return p.fail(v.From, "the right side of %s is a list: (A, B)", c.Op)
	case err == nil && operators[c.Op].number && !isNumber(v.Text):
		return p.fail(v.From, "%s compares numbers; %q is none", c.Op, v.Text)
	}
	return err
}

var modifiers = []string{"oneof", "anyof", "allof"}

func (p *parser) modifier() string {
	for _, m := range modifiers {
		at := p.at
		if p.keyword(m) && (p.peek() == '(' || isBlank(p.peek())) {
			return m
		}
		p.at = at
	}
	return ""
}

// list reads values in brackets.
func (p *parser) list() ([]Value, error) {
	values := []Value{}
	p.at++
	for p.blanks(); p.peek() != ')'; p.blanks() {
		v, err := p.value()
		if err != nil {
			return nil, err
		}
		values = append(values, v)
		if p.blanks(); !p.char(',') {
			break
		}
	}
	if !p.char(')') {
		return nil, p.fail(p.at, `%s where "," or ")" is expected`, p.here())
	}
	return values, nil
}

// transformers give a value that is compared.
var transformers = []string{"tolower", "toupper", "b64", "basename", "len", "join", "concat", "getopt"}

// transformed reads a transformer or val(FIELD) on the right side; nil if
// neither stands here.
func (p *parser) transformed() (*Operand, error) {
	at := p.at
	name := p.run(isWord)
	isVal := name == "val"
	found := p.peek() == '(' && (isVal || slices.Contains(transformers, name))
	p.at = at
	if !found {
		return nil, nil //nolint:nilnil // nothing stands here
	}
	if !isVal {
		return p.operand()
	}
	p.at += len("val(")
	p.blanks()
	o, err := p.operand()
	if err != nil {
		return nil, err
	}
	if p.blanks(); !p.char(')') {
		return nil, p.fail(p.at, `%s where ")" is expected`, p.here())
	}
	return &Operand{Transformer: "val", Args: []Argument{{Operand: o, Span: o.Span}}, Span: Span{at, p.at}}, nil
}

// arguments reads the arguments of a transformer.
func (p *parser) arguments() (args []Argument, err error) {
	if p.depth++; p.depth > maxDepth {
		return nil, p.fail(p.at, "condition is nested deeper than %d", maxDepth)
	}
	defer func() { p.depth-- }()
	for p.at++; ; p.at++ {
		arg, err := p.argument()
		if err != nil {
			return nil, err
		}
		args = append(args, arg)
		if p.blanks(); p.peek() != ',' {
			break
		}
	}
	if !p.char(')') {
		return nil, p.fail(p.at, `%s where "," or ")" is expected`, p.here())
	}
	return args, nil
}

func (p *parser) argument() (Argument, error) {
	p.blanks()
	from := p.at
	if p.peek() == '(' {
		values, err := p.list()
		return Argument{Values: values, List: true, Span: Span{from, p.at}}, err
	}
	if isLetter(p.peek()) {
		if o, err := p.operand(); err != nil || o.Transformer != "" || isField(o.Field) {
			return Argument{Operand: o, Span: Span{from, p.at}}, err
		}
		p.at = from
	}
	v, err := p.value()
	return Argument{Values: []Value{v}, Span: Span{from, p.at}}, err
}

func isNumber(s string) bool {
	digits := s
	if len(digits) > 0 && (digits[0] == '-' || digits[0] == '+') {
		digits = digits[1:]
	}
	return digits != "" && '0' <= digits[0] && digits[0] <= '9'
}
