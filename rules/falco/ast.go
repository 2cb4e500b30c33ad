package falco

// Span is a part of a condition, in characters from its start.
type Span struct{ From, To int }

// Node is a parsed condition: *Logic, *Not, *Macro or *Check.
type Node interface{ span() Span }

// Logic is a chain of one operator.
type Logic struct {
	Or    bool // else and
	Parts []Node
	Span
}

// Not is a negation.
type Not struct {
	X Node
	Span
}

// Macro is the name of a macro.
type Macro struct {
	Name string
	Span
}

// Check compares a field, or asks whether it is there.
type Check struct {
	Left     Operand
	Op       string   // as Falco writes it, "exists" included
	Modifier string   // oneof, anyof or allof, "" without one
	Values   []Value  // literals and, where List, names of lists
	Right    *Operand // instead of Values: a field or a transformer
	List     bool     // the values stand in brackets

	OpSpan Span // of the operator and its modifier
	Open   int  // where the bracket before the values stands
	Span
}

// Operand is a field or a transformer of operands.
type Operand struct {
	Field   string // "" for a transformer
	Index   string // what stands in brackets after the field
	Indexed bool

	Transformer string
	Args        []Argument
	Span
}

// Argument is an argument of a transformer: an operand, or literals.
type Argument struct {
	Operand *Operand
	Values  []Value
	List    bool
	Span
}

// Value is one literal.
type Value struct {
	Text   string
	Quoted bool
	Span
}

func (s Span) span() Span { return s }
