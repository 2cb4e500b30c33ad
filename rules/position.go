package rules

import "github.com/callgate/callgate/rules/source"

// Position is a place in a rule file; lines and columns count from 1, columns
// in characters.
type Position = source.Position

// Mistake is one error in a rule file: its text is file:line:column: message,
// the line, and a caret below the place.
type Mistake = source.Mistake

// Mistakes are all errors of all files that were to be loaded.
type Mistakes = source.Mistakes
