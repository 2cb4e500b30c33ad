package condition_test

import (
	"testing"

	"github.com/callgate/callgate/rules/condition"
	"github.com/callgate/callgate/rules/event"
)

// No source makes the parser panic, and what it accepts can be compiled and
// judged on every event; what has been decided about the call, or left open,
// never makes a condition narrower.
func FuzzParse(f *testing.F) {
	for _, source := range []string{
		`evt.type in ["execve", "execveat"] and container and proc.name in shells and proc.tty != 0`,
		`not proc.name in [shells, "x"] or !(evt.rawarg.domain < -1) and proc.aname[2] matches "^a"`,
		`glob(proc.env["X"], "*[a-z]\\*") || cidr(fd.sip, nets) && basename(proc.exe) != fd.filename`,
		`tolower(b64(proc.args)) != anyOf("x", shells) or concat(proc.name, ":", fd.sport) == join("/", proc.aname) and len(proc.arg) > 1`,
		`getopt(proc.args, "il:")["l"] startsWith basename(proc.exe) or getopt(["-a", fd.name], "a:") in ["a"] or bcontains(proc.env["X"], "00ff")`,
		"proc.name == `raw` // comment\n and proc.arg == 'x' /* y */", `proc.name ?. x`, `let a = 1; a`, `all([1], # > 0)`,
		`{a: 1}`, `b"x" == proc.name`, `1..2`, `proc[1:2]`, `$env`, `a ? b : c`, `proc.name | has()`, `'\u{110000}'`, `0x`, `1e9`,
	} {
		f.Add(source)
	}
	f.Fuzz(func(t *testing.T, source string) {
		x, err := condition.Parse(source, names)
		if err != nil {
			if errs, ok := err.(condition.Errors); ok { //nolint:errorlint // the type is part of the contract
				for _, e := range errs {
					if n := len([]rune(source)); e.Offset < 0 || e.Offset > n {
						t.Fatalf("mistake at character %d of %d: %v", e.Offset, n, e)
					}
				}
			}
			return
		}
		for _, fill := range []func(*event.Event){(*event.Event).Reset, shell} {
			held := judge(t, x, fill)
			if call := judge(t, condition.ForCall(x, "execve"), shell); call != judge(t, x, shell) {
				t.Fatalf("for execve it is %t", call)
			}
			for _, have := range []event.Need{0, event.NeedCall, event.NeedArgs | event.NeedSelf} {
				if held && !judge(t, condition.Relax(x, have), fill) {
					t.Fatalf("relaxed to %b it does not hold", have)
				}
			}
		}
	})
}
