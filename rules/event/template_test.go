package event_test

import (
	"strings"
	"testing"
	"unicode"

	"github.com/callgate/callgate/rules/event"
)

func TestRender(t *testing.T) {
	var e event.Event
	e.Reset()
	e.Proc.Name, e.Proc.CmdLine, e.Proc.TTY = "ba\nsh", "x \x1b[31m\u202e\xff\\", 34816
	e.Proc.AName[2] = "ünï"
	for source, want := range map[string]string{
		"":                                "",
		"100%% of %proc.name.":            `100% of ba\nsh.`,
		"%proc.tty/%proc.aname[2]!":       "34816/ünï!",
		"%proc.aname[1] %fd.name %fd.num": "<NA> <NA> <NA>",
		"%proc.cmdline":                   `x \x1b[31m\u202e\xff\`,
		"%evt.is_open_read":               "false",
		"%%proc.name":                     "%proc.name",
		"a\tb":                            `a\tb`,
		"%proc.name%proc.tty":             `ba\nsh34816`,
		"(%proc.name)[1]":                 `(ba\nsh)[1]`,
		"%container.image.repository:tag": "<NA>:tag",
	} {
		tpl, err := event.ParseTemplate(source)
		if err != nil {
			t.Errorf("ParseTemplate(%q): %v", source, err)
			continue
		}
		if got := tpl.Render(&e); got != want {
			t.Errorf("%q: got %q, want %q", source, got, want)
		}
	}
}

func TestTemplateFields(t *testing.T) {
	tpl, err := event.ParseTemplate("%proc.name %user.name %proc.name %proc.aname[2] %proc.aname[3]")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range tpl.Fields() {
		names = append(names, f.String())
	}
	if got := strings.Join(names, " "); got != "proc.name user.name proc.aname[2] proc.aname[3]" {
		t.Errorf("fields: %s", got)
	}
	if want := event.NeedName | event.NeedUser | event.NeedAncestors; tpl.Needs() != want {
		t.Errorf("needs %b, want %b", tpl.Needs(), want)
	}
}

// No template makes the compiler panic, and no rendered text breaks a line or
// hides a part of itself.
func FuzzTemplate(f *testing.F) {
	f.Add("%proc.name[1] %proc.aname[2]%% %", "value\n")
	f.Add("%evt.arg.flags %proc.env[A]] %é", "\u202e\xff")
	f.Fuzz(func(t *testing.T, source, value string) {
		tpl, err := event.ParseTemplate(source)
		if err != nil {
			for _, e := range err.(event.TemplateErrors) { //nolint:errorlint // the type is part of the contract
				if e.Offset < 0 || e.Offset > len([]rune(source)) {
					t.Fatalf("mistake at %d: %v", e.Offset, e)
				}
			}
			return
		}
		var e event.Event
		e.Reset()
		e.Proc.Name, e.Proc.AName[2], e.Proc.EnvBlk = value, value, "A="+value
		for _, r := range tpl.Render(&e) {
			if !unicode.IsPrint(r) {
				t.Fatalf("%q renders as %q", source, tpl.Render(&e))
			}
		}
	})
}
