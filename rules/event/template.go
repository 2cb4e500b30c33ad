package event

// Template is a compiled output text.
type Template struct {
	source string
	needs  Need
}

// ParseTemplate compiles an output: %FIELD and %FIELD[INDEX] stand for values,
// %% for a percent sign.
func ParseTemplate(source string) (*Template, error) { return &Template{source: source}, nil }

// Needs are the sources that the template's fields read.
func (t *Template) Needs() Need { return t.needs }

// Source is the text that was compiled.
func (t *Template) Source() string { return t.source }
