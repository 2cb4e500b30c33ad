package condition_test

import (
	"testing"

	"github.com/callgate/callgate/rules/event"
)

// What the quantifiers mean, as Falco 0.44 defines them: FIELD OPERATOR
// QUANTIFIER(A, B) is FIELD OPERATOR A and FIELD OPERATOR B, of which one, some or
// all have to hold. The process is bash, its arguments -il /tmp/X.
func TestQuantifiers(t *testing.T) {
	for source, want := range map[string]bool{
		`proc.name == anyOf("sh", "bash")`:                                true,
		`proc.name == anyOf(shells)`:                                      true,
		`proc.name == anyOf("x", ["y", shells])`:                          true,
		`proc.name == allOf("bash")`:                                      true,
		`proc.name == allOf("bash", "sh")`:                                false,
		`proc.name == oneOf("bash", "sh")`:                                true,
		`proc.name == oneOf("bash", "bash")`:                              false, // both hold
		`proc.name != allOf("sh", "zsh")`:                                 true,  // it is none of them
		`proc.name != allOf("sh", "bash")`:                                false,
		`proc.name != anyOf("sh", "bash")`:                                true, // it differs from sh
		`proc.name != anyOf("bash")`:                                      false,
		`proc.name != oneOf("sh", "bash")`:                                true,
		`proc.name != oneOf("sh", "zsh")`:                                 false,
		`not (proc.name != oneOf("sh", "zsh"))`:                           true,
		`proc.args contains allOf("-il", "/tmp")`:                         true,
		`proc.args contains allOf("-il", "/etc")`:                         false,
		`proc.args contains oneOf("-il", "/etc")`:                         true,
		`proc.args contains oneOf("-il", "/tmp")`:                         false,
		`proc.args not contains allOf("-il", "/etc")`:                     true,
		`proc.args not contains anyOf("-il", "/etc")`:                     false,
		`proc.exepath startsWith anyOf("/bin/", "/usr/")`:                 true,
		`proc.exepath endsWith oneOf("sh", "bash")`:                       false,
		`proc.exepath matches anyOf("^/opt", "bash$")`:                    true,
		`proc.exepath matches allOf("^/usr", "bash$")`:                    true,
		`glob(proc.exepath, allOf("/usr/*", "*/bash"))`:                   true,
		`glob(proc.exepath, oneOf("/usr/*", "*/bash"))`:                   false,
		`iglob(proc.exepath, anyOf("/OPT/*", "*/BASH"))`:                  true,
		`icontains(proc.args, allOf("-IL", "/TMP"))`:                      true,
		`hasFlag(evt.arg.flags, allOf("O_CREAT", "O_TRUNC"))`:             true,
		`hasFlag(evt.arg.flags, allOf("O_CREAT", "O_EXCL"))`:              false,
		`hasFlag(evt.arg.flags, oneOf("O_CREAT", "O_EXCL"))`:              true,
		`pathMatch(fd.name, allOf("/etc", "/"))`:                          true,
		`cidr(fd.sip, oneOf("10.0.0.0/8", nets))`:                         false, // the list has that network too
		`cidr(fd.sip, allOf("10.0.0.0/8", "10.96.0.0/16"))`:               true,
		`proc.tty == anyOf(0, 34816)`:                                     true,
		`proc.tty != allOf(0, 1)`:                                         true,
		`fd.sport == oneOf(ports)`:                                        true,
		`proc.aname[1] == anyOf("sshd")`:                                  true,
		`proc.env["HOME"] startsWith allOf("/", "/root")`:                 true,
		`proc.name == anyOf(nothing) or proc.name == allOf(nothing)`:      false, // an empty list never holds
		`proc.name != anyOf(nothing) or proc.name != allOf(nothing)`:      false,
		`proc.name == oneOf(nothing)`:                                     false,
		`intersects(proc.name, ["sh", "bash"])`:                           true,
		`intersects(proc.name, shells) and intersects(fd.sport, ports)`:   true,
		`intersects(proc.aname, ["x", "sshd"])`:                           true,
		`intersects(proc.aname, ["bash"])`:                                false, // not an ancestor of its own
		`intersects(proc.name, [])`:                                       false,
		`bcontains(proc.args, "2f746d70")`:                                true, // /tmp
		`bcontains(proc.args, "2F746D70") and bcontains(proc.args, "20")`: true,
		`bcontains(proc.args, ["00", "2d69"])`:                            true,
		`bcontains(proc.args, allOf("00", "2d69"))`:                       false,
		`bstartsWith(proc.args, "2d696c")`:                                true,
		`bstartsWith(proc.args, "696c")`:                                  false,
		`bstartsWith(proc.pname, "00")`:                                   false, // missing
	} {
		if got := judge(t, parse(t, source), shell); got != want {
			t.Errorf("%s is %t", source, got)
		}
	}
}

// A missing field fits no quantified comparison, negated or not.
func TestQuantifiersOfMissing(t *testing.T) {
	for _, source := range []string{
		`proc.name == anyOf("a")`, `proc.name != anyOf("a", "b")`, `proc.name != allOf("a")`, `proc.name != oneOf("a")`,
		`proc.name not contains anyOf("a")`, `proc.tty == oneOf(0)`, `proc.tty != allOf(0)`, `intersects(proc.name, ["a"])`,
		`bcontains(proc.name, "00")`, `not (proc.name == anyOf("a")) and proc.name != allOf("a")`,
	} {
		if judge(t, parse(t, source), (*event.Event).Reset) {
			t.Errorf("%s is true of a blank event", source)
		}
	}
}
