package rules

import "fmt"

// Position is a place in a rule file; lines and columns count from 1, columns
// in characters.
type Position struct {
	File         string
	Line, Column int
}

func (p Position) String() string { return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column) }
