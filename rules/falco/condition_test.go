package falco

import (
	"strings"
	"testing"
)

// vocabulary is what the conditions of the tests may use.
func vocabulary(t *testing.T) *names {
	t.Helper()
	n := newNames()
	n.lists["shells"], n.lists["nets"], n.lists["my-list"] = []string{"sh", "bash"}, nil, nil
	n.renamed["my-list"], n.renamed["let"] = "my_list", "let_2"
	for name, text := range map[string]string{
		"dups": "evt.type in (dup, dup2)", "opens": "(evt.type in (open, openat) or evt.type = openat2)", "let": "proc.name = x",
	} {
		x, err := Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		n.macros[name] = x
	}
	return n
}

func TestConditions(t *testing.T) {
	for text, want := range map[string]string{
		// operators
		`proc.name=bash or proc.name == bash`:     `proc.name == "bash" or proc.name == "bash"`,
		`proc.name!=bash and proc.pid<=0x10`:      `proc.name != "bash" and proc.pid <= 16`,
		`proc.name startswith a`:                  `proc.name startsWith "a"`,
		`proc.name endswith "a b"`:                `proc.name endsWith "a b"`,
		`proc.name regex '^a\\.b$'`:               `proc.name matches "^a\\.b$"`,
		`proc.args icontains Pass`:                `icontains(proc.args, "Pass")`,
		`fd.name glob '/home/*/.ssh/*'`:           `glob(fd.name, "/home/*/.ssh/*")`,
		`fd.name   pmatch (/a, shells)`:           `pathMatch(fd.name, ["/a", shells])`,
		`proc.name exists`:                        `has(proc.name)`,
		`proc.args intersects ("-V", "-l")`:       `proc.args in ["-V", "-l"]`,
		`evt.type=execve and proc.name iglob n*`:  `evt.type == "execve" and iglob(proc.name, "n*")`,
		`proc.name contains anyof (a, shells)`:    `proc.name contains anyOf("a", shells)`,
		`fd.name glob oneof (a*)`:                 `glob(fd.name, oneOf("a*"))`,
		`proc.name in (shells, "shells", ksh)`:    `proc.name in [shells, "shells", "ksh"]`,
		"proc.name in (a,\n   my-list)":           "proc.name in [\"a\",\n   my_list]",
		`proc.name in shells or proc.name in ksh`: `proc.name in shells or proc.name in ["ksh"]`,
		`proc.name in ()`:                         `proc.name in []`,
		`let and not let`:                         `let_2 and not let_2`,
		// fields
		`proc.aname[2]=a or proc.aname in (b)`:            `proc.aname[2] == "a" or proc.aname in ["b"]`,
		`proc.env[A_B]=c`:                                 `proc.env["A_B"] == "c"`,
		`evt.arg[flags] contains O_TRUNC`:                 `evt.arg.flags contains "O_TRUNC"`,
		`evt.arg.oldpath=/a or evt.arg.name = /b`:         `fs.path.source == "/a" or fs.path.name == "/b"`,
		`evt.arg.cmd=5 or evt.arg.cmd=BPF_LINK`:           `evt.rawarg.cmd == 5 or evt.arg.cmd == "BPF_LINK"`,
		`evt.arg.mode > 7 or evt.arg.cmd contains 5`:      `evt.rawarg.mode > 7 or evt.arg.cmd contains "5"`,
		`evt.type != nosuch and evt.type=bind`:            `true and evt.type == "bind"`,
		`fd.sport="443" and fd.sport in (1, 02)`:          `fd.sport == 443 and fd.sport in [1, 2]`,
		`evt.is_open_read=true`:                           `evt.is_open_read == true`,
		`proc.name = val(proc.pname)`:                     `proc.name == proc.pname`,
		`tolower(proc.name) = "a"`:                        `tolower(proc.name) == "a"`,
		`len( proc.args )>3`:                              `len(proc.args) > 3`,
		`len(proc.args) = 0`:                              `(not has(proc.args))`,
		`basename(proc.exe) icontains toupper(proc.name)`: `icontains(basename(proc.exe), toupper(proc.name))`,
		`join(",", (a, b)) = concat(proc.name, "x")`:      `join(",", ["a", "b"]) == concat(proc.name, "x")`,
		`getopt(proc.args, "nt:")[t] = x`:                 `getopt(proc.args, "nt:")["t"] == "x"`,
		`getopt(proc.args, nt) intersects (n)`:            `intersects(getopt(proc.args, "nt"), ["n"])`,
		// networks
		`fd.net in ("10.0.0.0/8", nets)`:  `cidr(fd.net, ["10.0.0.0/8", nets])`,
		`fd.snet = 10.0.0.0/8`:            `cidr(fd.snet, "10.0.0.0/8")`,
		`not fd.cnet != "10.0.0.0/8"`:     `not (has(fd.cnet) and not cidr(fd.cnet, "10.0.0.0/8"))`,
		`fd.net != "10.0.0.0/8" and dups`: `(has(fd.net) and not cidr(fd.net, "10.0.0.0/8")) and dups`,
		// what is missing
		`not proc.name in ("<NA>","N/A")`:                `not (not has(proc.name))`,
		`proc.name in (a, "<NA>", b, "")`:                `(not has(proc.name) or proc.name in ["a", "b"])`,
		`proc.name in ("", a)`:                           `(not has(proc.name) or proc.name in ["a"])`,
		`proc.args="" or proc.args != ''`:                `(not has(proc.args)) or has(proc.args)`,
		`not container.mount.dest[/etc] in ("<NA>", "")`: `not (not has(container.mount.dest["/etc"]))`,
		// results
		`evt.rawres >= 0 and evt.res = SUCCESS`:             `true and true`,
		`evt.res startswith E or evt.rawres < 0`:            `false or false`,
		`evt.res != EPERM and evt.res != SUCCESS`:           `true and false`,
		`evt.res in (EINPROGRESS, EPERM) and evt.res=EPERM`: `true and false`,
		`evt.failed=true or evt.failed != true`:             `false or true`,
		`evt.dir=< and evt.dir = ">"`:                       `true and true`,
		`evt.res exists`:                                    `true`,
		`opens and fd.num>=0`:                               `opens and true`,
		`opens and not (a and fd.num=-1)`:                   `opens and not (a and false)`,
		`evt.type=fchmod and fd.num>=0`:                     `evt.type == "fchmod" and fd.num >= 0`,
		`dups and evt.rawres in (0, 1)`:                     `dups and evt.rawarg.newfd in [0, 1]`,
		`(dups or opens) and evt.rawres in (0, 1)`:          `(dups or opens) and true`,
		// what callgate does not have
		`proc.nosuch=a and proc.name=b`:       `false and proc.name == "b"`,
		`evt.buffer contains x`:               `false`,
		`ka.verb in (a, b)`:                   `false`,
		`proc.name = val(proc.nosuch)`:        `false`,
		`evt.type in (open, nosuch, openat)`:  `evt.type in ["open", "openat"]`,
		`evt.type in (nosuch, open, nosuch2)`: `evt.type in ["open"]`,
		`evt.type in (nosuch)`:                `false`,
		`and evt.type=bind`:                   `and evt.type == "bind"`,
		`or(evt.type=bind)`:                   `or(evt.type == "bind")`,
	} {
		r, err := vocabulary(t).rewriteCondition(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		got := edited(text, r.edits)
		if got != want {
			t.Errorf("%s\n  became %s\n  want   %s", text, got, want)
		}
		told := strings.Contains(want, "false") || strings.HasPrefix(want, "true") || strings.HasSuffix(want, "true") || strings.Contains(text, "nosuch") ||
			strings.Contains(want, "newfd")
		if told != (len(r.notes) > 0) && !strings.Contains(text, "is_open") {
			t.Errorf("%s: notes %v", text, r.notes)
		}
	}
}

// Calls of a condition: what stands beside a comparison, and in its macros.
func TestCalls(t *testing.T) {
	n := vocabulary(t)
	for text, want := range map[string]string{
		`opens`:                                 "open openat openat2",
		`opens and evt.type in (openat, bind)`:  "openat",
		`opens or dups`:                         "open openat openat2 dup dup2",
		`opens or proc.name=a`:                  "any",
		`not opens`:                             "any",
		`evt.type != open`:                      "any",
		`proc.name = a and (opens and b)`:       "open openat openat2",
		`evt.type = open and evt.type = openat`: "",
	} {
		x, err := Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		got := "any"
		if calls := n.calls(x, 0); calls != nil {
			got = strings.Join(calls, " ")
		}
		if got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}
