package condition

import (
	"fmt"
	"slices"
	"strings"

	"github.com/callgate/callgate/rules/event"
	"github.com/callgate/callgate/rules/glob"
	"github.com/callgate/callgate/rules/suggest"
	"github.com/callgate/callgate/seccomp/syscalls"
)

// addLiteral takes one more literal, checked against the field's type. In YAML
// texts and numbers look alike: an item that has both may be either.
func (t *Test) addLiteral(item Item) error {
	switch {
	case t.Field.Type == event.Bool:
		return fmt.Errorf("%s is a boolean; compare it with true or false", t.Field)
	case t.Field.Type == event.Int && !item.IsNumber:
		return fmt.Errorf("%s is a number, %q is a text%s", t.Field, item.Text, t.otherKind())
	case t.isLength() && item.Number == 0 && t.Op == Equal:
		return fmt.Errorf("%s is never 0: a field that is not known is missing; write has(%s)", t.Field, t.left.refs[0])
	case t.Field.Type == event.Int:
		t.Numbers = append(t.Numbers, item.Number)
		return nil
	case item.IsNumber && item.Text == "":
		return fmt.Errorf("%s is a string, %d is a number%s", t.Field, item.Number, t.otherKind())
	case t.Op == Equal && item.Text == "" && t.left == nil:
		return fmt.Errorf("%s is never the empty text: a field that is not known is missing; write has(%s)", t.Field, t.Field)
	}
	t.Strings = append(t.Strings, item.Text)
	return t.checkText(item.Text)
}

// isLength reports whether the left side is len of something.
func (t *Test) isLength() bool { return t.left != nil && t.left.number != nil && len(t.left.refs) == 1 }

// otherKind points to the field that has an argument in the other form.
func (t *Test) otherKind() string {
	switch t.Field.Name {
	case "evt.arg":
		return "; evt.rawarg." + t.Field.Key + " is the number"
	case "evt.rawarg":
		return "; evt.arg." + t.Field.Key + " is the text"
	}
	return ""
}

// checkText refuses texts that the field can never have: mistyped calls and
// flags would make a rule that silently never matches.
func (t *Test) checkText(s string) error {
	exact := t.Op == Equal || t.Op == HasFlag
	switch {
	case t.Op == Glob || t.Op == IGlob:
		if err := glob.Check(s); err != nil {
			return fmt.Errorf("invalid pattern %q: %w", s, err)
		}
	case exact && t.Field.Name == "evt.type":
		if types := syscalls.Types(); !slices.Contains(types, s) {
			return unknownCall(s, types)
		}
	case exact && t.Field.Name == "evt.arg":
		return checkSymbols(t.Field.Key, s, t.Op)
	case t.Op == HasFlag:
		return fmt.Errorf("hasFlag looks into the flags of an argument, evt.arg.NAME; %s is not one", t.Field)
	}
	return nil
}

func unknownCall(name string, types []string) error {
	for _, abi := range []syscalls.ABI{syscalls.AMD64, syscalls.I386, syscalls.ARM64} {
		if _, ok := syscalls.Number(abi, name); ok {
			return fmt.Errorf("callgate does not intercept the system call %s", name)
		}
	}
	return fmt.Errorf("there is no system call %s%s", name, suggest.Hint(name, types))
}

// checkSymbols refuses names that no value of the argument has.
func checkSymbols(arg, text string, op Op) error {
	known, closed := symbolNames(arg)
	if len(known) == 0 && op == HasFlag {
		return fmt.Errorf("evt.arg.%s has no flags", arg)
	}
	if !closed && op != HasFlag {
		return nil
	}
	for name := range strings.SplitSeq(text, "|") {
		isName := name != "" && (name[0] < '0' || name[0] > '9')
		if isName && !slices.Contains(known, name) {
			return fmt.Errorf("evt.arg.%s is never %s%s", arg, name, suggest.Hint(name, known))
		}
	}
	return nil
}

// symbolNames are the names of an argument's values over all calls. Closed: it
// is shown by these names alone, in every call that has it.
func symbolNames(arg string) (names []string, closed bool) {
	closed = true
	for _, typ := range syscalls.Types() {
		for _, abi := range []syscalls.ABI{syscalls.AMD64, syscalls.I386, syscalls.ARM64} {
			for _, e := range syscalls.Entries(abi, typ) {
				for _, a := range slices.Concat(e.Call.Args, e.Call.Fields) {
					switch {
					case a.Name != arg:
					case a.Symbols == nil:
						closed = false
					default:
						names = appendNames(names, a.Symbols)
					}
				}
			}
		}
	}
	return names, closed
}

func appendNames(names []string, s *syscalls.Symbols) []string {
	for _, sym := range slices.Concat(s.Enum, s.Flags) {
		if !slices.Contains(names, sym.Name) {
			names = append(names, sym.Name)
		}
	}
	return names
}
