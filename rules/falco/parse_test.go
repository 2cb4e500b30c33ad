package falco

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// show writes a tree in a form that tells what binds to what.
func show(x Node) string {
	switch x := x.(type) {
	case *Logic:
		parts := make([]string, len(x.Parts))
		for i, p := range x.Parts {
			parts[i] = show(p)
		}
		return "(" + strings.Join(parts, map[bool]string{true: " | ", false: " & "}[x.Or]) + ")"
	case *Not:
		return "!" + show(x.X)
	case *Macro:
		return x.Name
	}
	c := x.(*Check)
	text := showOperand(&c.Left) + " " + c.Op
	if c.Modifier != "" {
		text += "/" + c.Modifier
	}
	if c.Right != nil {
		return text + " " + showOperand(c.Right)
	}
	return text + showValues(c.Values, c.List)
}

func showOperand(o *Operand) string {
	text := o.Field
	if o.Transformer != "" {
		args := make([]string, len(o.Args))
		for i, a := range o.Args {
			if a.Operand != nil {
				args[i] = showOperand(a.Operand)
			} else {
				args[i] = strings.TrimSpace(showValues(a.Values, a.List))
			}
		}
		text = o.Transformer + "(" + strings.Join(args, "; ") + ")"
	}
	if o.Indexed {
		text += "[" + o.Index + "]"
	}
	return text
}

func showValues(values []Value, list bool) string {
	text := ""
	for _, v := range values {
		text += fmt.Sprintf(" %q", v.Text)
	}
	if list {
		return " [" + strings.TrimSpace(text) + "]"
	}
	return text
}

func TestParse(t *testing.T) {
	for text, want := range map[string]string{
		`a`:                                       `a`,
		` a and b or not c `:                      `((a & b) | !c)`,
		`a or b and c or d`:                       `(a | (b & c) | d)`,
		`not (a or b) and not(c)`:                 `(!(a | b) & !c)`,
		`not not a`:                               `!!a`,
		`a and(b or(c))`:                          `(a & (b | c))`,
		`and_more or notable`:                     `(and_more | notable)`,
		`proc.name=bash`:                          `proc.name = "bash"`,
		`proc.name = bash and x`:                  `(proc.name = "bash" & x)`,
		`proc.name!="a b"`:                        `proc.name != "a b"`,
		`evt.rawres>=0`:                           `evt.rawres >= "0"`,
		`fd.num>=-1`:                              `fd.num >= "-1"`,
		"proc.cmdline=\n\t'sh -c \"x\"'":          `proc.cmdline = "sh -c \"x\""`,
		`proc.args contains "\ "`:                 `proc.args contains "\\"`,
		`proc.args endswith \`:                    `proc.args endswith "\\"`,
		`proc.args contains "a\"b\n"`:             `proc.args contains "a\"b\n"`,
		`proc.name in (a, "b c",d )`:              `proc.name in ["a" "b c" "d"]`,
		`proc.name in ()`:                         `proc.name in []`,
		`proc.name in shells`:                     `proc.name in "shells"`,
		`proc.aname[2]=x`:                         `proc.aname[2] = "x"`,
		`not container.mount.dest[/proc*] exists`: `!container.mount.dest[/proc*] exists`,
		`proc.env["A B"] exists and a`:            `(proc.env[A B] exists & a)`,
		`proc.pname in (runc:[0:PARENT], exe)`:    `proc.pname in ["runc:[0:PARENT]" "exe"]`,
		`fd.name glob /proc/*/environ`:            `fd.name glob "/proc/*/environ"`,
		`fd.name pmatch (a, b)`:                   `fd.name pmatch ["a" "b"]`,
		`evt.buffer bcontains cafebabe`:           `evt.buffer bcontains "cafebabe"`,
		`proc.name contains oneof (a, b)`:         `proc.name contains/oneof ["a" "b"]`,
		`proc.name = oneofus`:                     `proc.name = "oneofus"`,
		`tolower(proc.name) = x`:                  `tolower(proc.name) = "x"`,
		`len(basename( proc.exe )) > 3`:           `len(basename(proc.exe)) > "3"`,
		`proc.name = val(proc.pname)`:             `proc.name = val(proc.pname)`,
		`proc.name=tolower(val.x)`:                `proc.name = tolower(val.x)`,
		`join(",", (a, b)) = concat(proc.name,c)`: `join(","; ["a" "b"]) = concat(proc.name; "c")`,
		`getopt(proc.args, "nt:")[t] exists`:      `getopt(proc.args; "nt:")[t] exists`,
	} {
		x, err := Parse(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
		} else if got := show(x); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

func TestParseMistakes(t *testing.T) {
	for text, want := range map[string]string{
		``:                            `character 1: the condition ends where "(", a field or a macro is expected`,
		`a and`:                       `character 3: "and" stands where "and" or "or" is expected`,
		`a and or b`:                  `character 7: "or" stands where "(", a field or a macro is expected`,
		`a b`:                         `character 3: "b" stands where "and" or "or" is expected`,
		`(a`:                          `character 3: the condition ends where ")" is expected`,
		`a)`:                          `character 2: ")" stands where "and" or "or" is expected`,
		`proc.name`:                   `character 10: the condition ends where a comparison is expected`,
		`proc.name like x`:            `character 11: "like" stands where a comparison is expected`,
		`proc.name =`:                 `character 12: the condition ends where a value is expected`,
		`proc.name = "x`:              `character 13: the quote that begins here has no end`,
		`proc.name = "\y"`:            `character 14: \y is no escape in a text in "`,
		`proc.name in (a b)`:          `character 17: "b" stands where "," or ")" is expected`,
		`proc.name in "x"`:            `character 14: the right side of in is a list: (A, B)`,
		`proc.aname[ = x`:             `character 12: " " stands where a field's index is expected`,
		`proc.pid < x`:                `character 12: < compares numbers; "x" is none`,
		`proc.pid < oneof (1)`:        `character 11: < takes no oneof`,
		`tolower(proc.name = x`:       `character 19: "=" stands where "," or ")" is expected`,
		`a and é`:                     `character 7: "é" stands where "(", a field or a macro is expected`,
		strings.Repeat("(", 99) + "a": `character 65: condition is nested deeper than 64`,
		strings.Repeat("not ", 99):    `character 256: condition is nested deeper than 64`,
		"proc.name = " + strings.Repeat("len(", 99): `nested deeper than 64`,
	} {
		_, err := Parse(text)
		var mistake *Error
		if !errors.As(err, &mistake) || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40s: %v, want %s", text, err, want)
		}
	}
}
