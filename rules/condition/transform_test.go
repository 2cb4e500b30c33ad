package condition_test

import (
	"strings"
	"testing"

	"github.com/callgate/callgate/rules/condition"
	"github.com/callgate/callgate/rules/event"
)

// command is a program with these arguments.
func command(e *event.Event, args ...string) {
	copy(e.Proc.Arg[:], args)
	e.Proc.Args = strings.Join(args, " ")
}

// What transformers make, as libsinsp makes it (sinsp_filter_transformer.cpp and
// sinsp_filtercheck_multivalue_transformer.cpp of falcosecurity/libs).
func TestTransformers(t *testing.T) {
	long := strings.Repeat("Ab", 40000)
	for _, tt := range []struct{ made, text, want string }{
		{"tolower", "Bash", "bash"},
		{"tolower", "ÄÖ-X", "ÄÖ-x"}, // ASCII letters alone
		{"tolower", "\xff\xc3A", "\xff\xc3a"},
		{"tolower", "[\\]^_`{|}@", "[\\]^_`{|}@"}, // what stands beside the letters
		{"tolower", long, strings.Repeat("ab", 40000)},
		{"toupper", "bash", "BASH"},
		{"toupper", "straße", "STRAßE"},
		{"basename", "/usr/bin/bash", "bash"},
		{"basename", "bash", "bash"},
		{"basename", "/usr/bin/", ""}, // unlike basename(1)
		{"basename", "/", ""},
		{"b64", "YmFzaA==", "bash"},
		{"b64", "YmFzaA", "bash"},
		{"b64", "YmFzaA=", "bash"}, // of the padding as much as is there
		{"b64", "YWI=", "ab"},
		{"b64", "YWJj", "abc"},
		{"b64", "+/+/", "\xfb\xff\xbf"},
		{"b64", "=", ""},
	} {
		e := new(event.Event)
		e.Proc.CmdLine, e.Proc.Name = tt.text, tt.want
		made := tt.made + "(proc.cmdline)"
		is := made + " == proc.name and proc.name == " + made + " and not (" + made + " != proc.name)"
		if tt.want == "" {
			is = made + ` == ""`
		}
		if !condition.Compile(parse(t, is))(e) {
			t.Errorf("%s(%.40q) is not %.40q", tt.made, tt.text, tt.want)
		}
	}
	for _, text := range []string{"YmFzaA===", "Y", "YmFz aA", "YmFz\naA", "YmFzaB", "YmFz_A", "a-b_", "\xff\xff\xff\xff"} {
		e := new(event.Event)
		e.Proc.CmdLine = text
		if condition.Compile(parse(t, `b64(proc.cmdline) != "x" or b64(proc.cmdline) == ""`))(e) {
			t.Errorf("%q is decoded", text)
		}
	}
}

func TestMadeValues(t *testing.T) {
	for source, want := range map[string]bool{
		`len(proc.name) == 4 and len(proc.name) > 3 and len(proc.name) in [4, 5]`:             true,
		`len(proc.name) != 4 or len(proc.name) == anyOf(1, 2)`:                                false,
		`len(proc.name) == len(basename(proc.exepath))`:                                       true,
		`len(proc.name) < proc.tty and proc.tty > len(proc.name)`:                             true,
		`len(proc.arg) == 2 and len(proc.args) == 10`:                                         true,
		`len(proc.aname) == 2`:                                                                true, // not itself
		`tolower(basename(proc.exepath)) == "bash" and toupper(proc.name) == "BASH"`:          true,
		`toupper(tolower(toupper(proc.name))) in ["SH", "BASH"]`:                              true,
		`tolower(proc.args) matches "^-il /tmp/x$"`:                                           true,
		`glob(toupper(proc.exepath), "/USR/*") and pathMatch(tolower(fd.name), "/etc")`:       true,
		`icontains(tolower(proc.args), "/TMP")`:                                               true,
		`bcontains(toupper(proc.name), "42415348")`:                                           true,
		`toupper(proc.name) == anyOf("SH", "BASH") and toupper(proc.name) != allOf("SH")`:     true,
		`tolower(proc.env["HOME"]) == "/root"`:                                                true,
		`proc.env["HOME"] == proc.env["HOME"]`:                                                true,
		`toupper(proc.aname) == "SSHD" and toupper(proc.aname) in ["SYSTEMD"]`:                true,
		`toupper(proc.aname) != "SSHD" or toupper(proc.aname) == "BASH"`:                      false,
		`toupper(proc.aname[1]) == "SSHD"`:                                                    true,
		`proc.name == basename(proc.exepath) and basename(proc.exepath) == proc.name`:         true,
		`proc.exepath endsWith tolower(proc.name)`:                                            true,
		`concat(proc.name, ":", proc.args) == "bash:-il /tmp/X"`:                              true,
		`concat(fd.sip, ":", fd.sport) in ["8.8.8.8:53", "10.96.0.1:443"]`:                    true,
		`concat(toupper(proc.name), tolower(proc.args)) == "BASH-il /tmp/x"`:                  true,
		`toupper(concat(proc.name, "-", concat("a", proc.name))) == "BASH-ABASH"`:             true,
		`proc.exepath == concat("/usr/bin/", proc.name)`:                                      true,
		`concat(proc.name, proc.pname) != "x"`:                                                false, // pname is missing
		`concat(user.uid, ":", group.gid) == "0:0"`:                                           true,
		`join("/", proc.arg) == "-il//tmp/X" and join(" ", proc.args) == proc.args`:           true,
		`join(" < ", proc.aname) == "sshd < systemd"`:                                         true,
		`join("", [proc.name, "x", toupper(proc.name)]) == "bashxBASH"`:                       true,
		`join(",", [proc.name, proc.pname]) != "x"`:                                           false,
		`join(",", toupper(proc.aname)) == "SSHD,SYSTEMD"`:                                    true,
		`getopt(proc.args, "il") in ["i", "l"] and getopt(proc.arg, "il") in ["i", "l", "x"]`: true,
		`getopt(proc.args, "il") in ["i"] or getopt(proc.args, "il") not in ["i", "l"]`:       false,
		`intersects(getopt(proc.args, "il"), ["x", "i"])`:                                     true,
		`has(getopt(proc.args, "il")["l"]) and getopt(proc.args, "il")["l"] == "l"`:           true,
		`has(getopt(proc.args, "ilx")["x"]) or getopt(proc.args, "ilx")["x"] != "y"`:          false,
		`not has(getopt(proc.args, "x"))`:                                                     false, // two that are not known
		`len(getopt(proc.args, "il")) == 2`:                                                   true,
		`join("", getopt(proc.args, "il:")) == "il/tmp/X"`:                                    true,
		`basename(getopt(proc.args, "il:")["l"]) == "X"`:                                      true,
		`getopt(["-x", proc.name], "x:")["x"] == proc.name`:                                   true,
		`concat(evt.type, "!") == "execve!" and toupper(evt.type) != "EXECVE"`:                false,
	} {
		if got := judge(t, parse(t, source), shell); got != want {
			t.Errorf("%s is %t", source, got)
		}
		// What is said of a call beforehand is what is said of it in the end.
		if got := judge(t, condition.ForCall(parse(t, source), "execve"), shell); got != want {
			t.Errorf("%s of execve is %t", source, got)
		}
	}
}

// Nothing is made of a missing field.
func TestMadeOfMissing(t *testing.T) {
	for _, source := range []string{
		`tolower(proc.name) != "a"`, `tolower(proc.name) == ""`, `basename(fd.name) not in ["a"]`, `b64(proc.args) not contains "a"`,
		`len(proc.name) < 5`, `len(proc.name) != 5`, `len(proc.arg) < 5`, `len(proc.aname) < 5`, `concat(proc.name, "x") != "a"`, `concat("x", proc.tty) != "a"`,
		`join(",", proc.aname) != "a"`, `join(",", ["x", proc.name]) != "a"`, `getopt(proc.args, "a") not in ["x"]`, `has(getopt(proc.args, "a"))`,
		`has(getopt(proc.args, "a")["a"])`, `tolower(proc.aname) != "a"`, `tolower(fd.ip) != "a"`, `proc.name != tolower(proc.pname)`, `len(proc.name) == len(proc.pname)`,
		`tolower(proc.env["X"]) != "a"`, `tolower(proc.name) != anyOf("a", "b")`,
	} {
		if judge(t, parse(t, source), (*event.Event).Reset) {
			t.Errorf("%s is true of a blank event", source)
		}
		if !judge(t, parse(t, "not ("+source+")"), (*event.Event).Reset) {
			t.Errorf("not (%s) is false of a blank event", source)
		}
	}
}

// getopt as libsinsp's, which is getopt(3) under POSIXLY_CORRECT without long options.
func TestGetopt(t *testing.T) {
	for _, tt := range []struct {
		args    string // separated by commas
		options string
		list    string
		last    map[string]string // "<NA>": missing
	}{
		{"-n,-t,value", "nt:", "n t value", map[string]string{"n": "n", "t": "value"}},
		{"-ntvalue", "nt:", "n t value", map[string]string{"t": "value"}},
		{"-nt,value,rest,-n", "nt:", "n t value", nil},
		{"-x,-n", "nt:", "? n", map[string]string{"n": "n", "t": "<NA>"}},
		{"-t", "nt:", "", map[string]string{"t": "", "n": "<NA>"}},
		{"-n,-t", ":nt:", "n ", nil},
		{"-t,a,-t,b", "t:", "t a t b", map[string]string{"t": "b"}},
		{"-t,-n", "nt:", "t -n", map[string]string{"t": "-n", "n": "<NA>"}},
		{"--,-n", "n", "<NA>", map[string]string{"n": "<NA>"}},
		{"--exec,-n", "n", "n", nil},
		{"-,-n", "n", "<NA>", nil},
		{"rest,-n", "n", "<NA>", nil},
		{",-n", "n", "<NA>", nil},
		{"-n,,-t,x", "nt:", "n", map[string]string{"t": "<NA>"}},
		{"-t,,-n", "nt:", "t  n", map[string]string{"t": "", "n": "n"}},
		{"-é", "n", "? ?", nil}, // by bytes
		{"-n:", "n", "n ?", nil},
		{"-1,-1,-1,-1,-1,-1,-1,-1,-1,-1,-1,-1,-1,-1,-1,-1,-1,-t,x", "1t:", strings.Repeat("1 ", 17) + "t x", map[string]string{"t": "x"}},
	} {
		e := new(event.Event)
		e.Reset()
		command(e, strings.Split(tt.args, ",")...)
		list := `getopt(proc.args, "` + tt.options + `")`
		want := `join(" ", ` + list + `) == "` + tt.list + `"`
		if tt.list == "<NA>" {
			want = "not has(" + list + ")"
		}
		if !condition.Compile(parse(t, want))(e) {
			t.Errorf("%q: not %s", tt.args, want)
		}
		for key, value := range tt.last {
			want := list + `["` + key + `"] == "` + value + `"`
			if value == "<NA>" {
				want = "not has(" + list + `["` + key + `"])`
			}
			if !condition.Compile(parse(t, want))(e) {
				t.Errorf("%q: not %s", tt.args, want)
			}
		}
	}
}

// Judging allocates nothing once the event's scratch has its size. (Regular expressions
// take their memory from a pool, which the race detector empties.)
func TestTransformersAllocateNothing(t *testing.T) {
	e := new(event.Event)
	e.Reset()
	shell(e)
	e.Proc.CmdLine = strings.Repeat("Ab/", 20000)
	for _, source := range []string{
		`tolower(proc.cmdline) == "x"`, `b64(proc.cmdline) contains "x"`, `b64(proc.exepath) == "x"`, `basename(toupper(tolower(proc.cmdline))) == "x"`, `len(proc.arg) == 9`,
		`concat(proc.name, ":", proc.tty, toupper(proc.cmdline)) == "x"`, `join("/", toupper(proc.aname)) endsWith "^x"`, `toupper(proc.aname) in ["x"]`,
		`getopt(proc.args, "il:") in ["x"]`, `getopt(proc.args, "il:")["l"] == "x"`, `tolower(proc.args) == toupper(proc.args)`,
		`tolower(proc.name) == oneOf("x", "y", "z")`, `glob(tolower(proc.cmdline), "*x")`, `tolower(fd.ip) == "x"`, `proc.name endsWith anyOf("^x", "y$")`,
		`bcontains(proc.cmdline, ["00", "01"])`, `intersects(proc.aname, ["x"])`,
	} {
		program := condition.Compile(parse(t, source))
		program(e)
		if n := testing.AllocsPerRun(20, func() { program(e) }); n > 0 {
			t.Errorf("%s: %v allocations", source, n)
		}
	}
}
