package condition_test

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/callgate/callgate/rules/condition"
	"github.com/callgate/callgate/rules/event"
)

// A quantified comparison is its expansion, as Falco defines it: the comparison
// with each value by itself, of which one, some or all hold.
func TestQuantifiersAreExpansions(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.StringMatching(`[ab*?]{1,3}`)
		values := rapid.SliceOfN(word, 1, 4).Draw(t, "values")
		form := rapid.SampledFrom([]string{
			"proc.name == %s", "proc.name != %s", "proc.name contains %s", "proc.name startsWith %s", "proc.name endsWith %s",
			"glob(proc.name, %s)", "iglob(proc.name, %s)", "icontains(proc.name, %s)", "toupper(proc.name) != %s", "basename(proc.exe) == %s",
		}).Draw(t, "form")
		e := new(event.Event)
		e.Reset()
		e.Proc.Name = rapid.StringMatching(`[abA]{0,3}`).Draw(t, "name")
		e.Proc.Exe = rapid.StringMatching(`[ab/]{0,4}`).Draw(t, "exe")
		quoted := make([]string, len(values))
		hold := 0
		for i, v := range values {
			quoted[i] = fmt.Sprintf("%q", v)
			if condition.Compile(parse(t, fmt.Sprintf(form, quoted[i])))(e) {
				hold++
			}
		}
		for quantifier, want := range map[string]bool{"anyOf": hold > 0, "allOf": hold == len(values), "oneOf": hold == 1} {
			source := fmt.Sprintf(form, quantifier+"("+strings.Join(quoted, ", ")+")")
			if got := condition.Compile(parse(t, source))(e); got != want {
				t.Fatalf("%s of %q and %q is %t, and %d of it hold", source, e.Proc.Name, e.Proc.Exe, got, hold)
			}
		}
	})
}

// b64 decodes what encoding/base64 does in its strict way, and nothing else.
func TestBase64(t *testing.T) {
	decodes := condition.Compile(parse(t, `b64(proc.args) == proc.cmdline`))
	known := condition.Compile(parse(t, `b64(proc.args) != "no such text"`))
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.StringMatching(`[A-Za-z0-9+/]{1,9}={0,3}`), rapid.StringMatching(`[AZaz09+/=_ -]{1,9}`)).Draw(t, "text")
		unpadded := strings.TrimSuffix(strings.TrimSuffix(text, "="), "=")
		want, err := base64.RawStdEncoding.Strict().DecodeString(unpadded)
		e := new(event.Event)
		e.Proc.Args, e.Proc.CmdLine = text, string(want)
		if got := known(e); got != (err == nil) {
			t.Fatalf("%q is decoded: %t, %v", text, got, err)
		}
		if err == nil && len(want) > 0 && !decodes(e) {
			t.Fatalf("%q is not %q", text, want)
		}
	})
}

// Whatever a process is given as arguments, getopt reads them to an end.
func TestGetoptEnds(t *testing.T) {
	program := condition.Compile(parse(t, `len(getopt(proc.args, "ab:")) > 100 or getopt(proc.args, "ab:")["b"] == "no" or join(" ", proc.arg) != proc.args`))
	rapid.Check(t, func(t *rapid.T) {
		args := rapid.SliceOfN(rapid.StringMatching(`-{0,2}[abx ]{0,3}`), 0, 20).Draw(t, "args")
		e := new(event.Event)
		e.Reset()
		command(e, args...)
		if program(e) {
			t.Fatalf("%q", args)
		}
	})
}
