package schema_test

import "strings"

// rule is a rule with further lines.
func rule(lines ...string) string {
	return "- rule: R\n  condition: evt.type == \"bind\"\n  output: x\n  priority: notice\n" + indented(lines)
}

func indented(lines []string) (text string) {
	for _, line := range lines {
		text += "  " + line + "\n"
	}
	return text
}

// changed is a rule, and an item of the same name with these lines.
func changed(lines ...string) string { return rule() + "- rule: R\n" + indented(lines) }

// excepted is a rule with an exception.
func excepted(keys string) string { return rule("exceptions: [{" + keys + "}]") }

var ruleMistakes = []string{
	"rule: A\n", "just a text\n", "- 5\n", "- []\n", "- {}\n", "- foo: bar\n",
	"- rule: [A]\n", "- rule: \"\"\n", "- rule: R\n", "- rule: R\n  condition: evt.type == \"bind\"\n  output: x\n",
	rule("prority: notice"), rule("desc: [a]"), rule("desc:"),
	strings.Replace(rule(), "notice", "urgent", 1), strings.Replace(rule(), "notice", "[notice]", 1), strings.Replace(rule(), "output: x", "output: {a: b}", 1),
	rule("action: block"), rule("action: Deny"), rule("errno: EPERM"), rule("action: deny", "errno: EPREM"), rule("action: kill", "errno: EPERM"),
	rule("action: deny", "errno: 1"), rule("source: k8s_audit"), rule("enabled: maybe"), rule("enabled: [true]"), rule("tags: container"), rule("tags: [[a]]"), rule("tags: [\"\"]"),
	rule("items: [a]"), rule("append: perhaps"),
	changed("output: y", "override: {condition: append}"), changed("priority: error", "override: {priority: append}"),
	changed("output: y", "desc: d", "override: {output: replace}"), changed("output: y", "override: {output: remove}"),
	changed("output: y", "override: output"), changed("condition: and true", "append: true", "override: {condition: append}"),
	changed("priority: error", "append: true"), changed("output: y", "override: {rule: replace, output: replace}"),
	rule("exceptions: none"), rule("exceptions: [a]"), excepted("fields: proc.name"), excepted("name: a"), excepted("name: a, fields: []"),
	excepted("name: a, fields: proc.name, vals: []"), excepted("name: a, fields: proc.name, comps: like"),
	excepted("name: a, fields: proc.name, comps: in anyof"), excepted("name: a, fields: [proc.name], comps: [= someof]"),
	excepted("name: a, fields: proc.name, values: vi"), excepted("name: a, fields: proc.name, values: [{a: b}]"), excepted("name: a, fields: proc.name, values: [null]"),
	"- macro: m\n", "- macro: m\n  condition:\n", "- macro: m\n  condition: {a: b}\n", "- macro: m\n  condition: true\n  desc: none\n",
	"- list: l\n", "- list: l\n  items: a, b\n", "- list: l\n  items: [null]\n", "- list: l\n  items: [[a]]\n", "- list: l\n  items: [{b: c}]\n",
	"- list: l\n  items: [a]\n- list: l\n  override: {items: append}\n",
}

var ruleForms = []string{
	"", "# nothing\n", rule(), rule("desc: 5", "source: syscall", "enabled: false", "tags: [a, 5, true]", "append: false"),
	strings.Replace(rule(), "notice", "INFO", 1), strings.Replace(rule(), "notice", "Critical", 1),
	rule("action: deny", "errno: EWOULDBLOCK"), rule("action: deny"), rule("action: kill"),
	excepted("name: a, fields: proc.name"), excepted("name: a, fields: tolower(proc.name), comps: startswith AnyOf, values: [a, b]"),
	excepted(`name: a, fields: [proc.name, fd.name], comps: ["==", pmatch], values: [[a, [/b, /c]]]`),
	// In one file an item can't define a name twice, but change it.
	changed("condition: and true", "append: true"), changed("enabled: false"), changed("enabled: true", "override: {enabled: replace}"),
	changed("condition: and true", "priority: error", "override: {condition: append, priority: replace}"),
	excepted("name: a, fields: proc.name") + "- rule: R\n  exceptions: [{name: a, values: [b]}]\n  override: {exceptions: append}\n",
	"- macro: m\n  condition: true\n- macro: m\n  condition: or false\n  override: {condition: append}\n",
	"- list: l\n  items: []\n- list: l\n  items: [a, 5, l]\n  append: true\n",
}

// test is a file with one test.
func test(keys string) string { return "tests: [{test: t, " + keys + "}]\n" }

var testMistakes = []string{
	"- a\n", "{}\n", "tests: []\n", "tests: {}\n", "rule: a\n" + test("fires: [], run: [a]"), "mode: kill\n" + test("fires: [], run: [a]"),
	"rules: a\n" + test("fires: [], run: [a]"), "sets: reads\n" + test("fires: [], run: [a]"),
	"tests: [{fires: [], run: [a]}]\n", test("run: [a]"), test("fires: []"), test("fires: [], run: [a], recording: b"), test("fires: [], run: []"),
	test("fires: [], run: a"), test("fires: a, run: [a]"), test("silent: a, run: [a]"), test("fires: [], run: [a], expect: b"), test("fires: [], recording: [a]"),
	test("fires: [{verdict: deny}], run: [a]"), test("fires: [{rule: a, verdict: allow}], run: [a]"), test("fires: [{rule: a, field: {}}], run: [a]"),
	test("fires: [{rule: a, fields: [a]}], run: [a]"),
	test("fires: [], event: {proc.name: a}"), test("fires: [], event: [a]"), test("fires: [], event: {evt.type: exceve}"),
	test("fires: [], event: {evt.type: bind, proc.nmae: a}"), test("fires: [], event: {evt.type: bind, proc.pid: a}"),
	test("fires: [], event: {evt.type: bind, proc.name: 5}"), test("fires: [], event: {evt.type: openat, evt.is_open_write: 1}"),
	test("fires: [], event: {evt.type: bind, evt.arg.nothing: a}"), test("fires: [], event: {evt.type: bind, evt.res: a}"),
	test("fires: [], event: {evt.type: bind, proc.aname: a}"), test(`fires: [], event: {evt.type: bind, "proc.aname[2]": 5}`), test("fires: [], event: {evt.type: bind, proc.env: HOME=/}"),
}

var testForms = []string{
	"rules: [builtin, a.yaml]\nsets: [reads]\nmode: enforce\n" + test("silent: [a], run: [sh, -c, 5]"),
	test("fires: [], recording: a"),
	test("fires: [a, {rule: b, verdict: deny, fields: {proc.name: c, proc.tty: null}}], run: [a]"),
	test(`fires: [], event: {evt.type: openat, evt.arg.flags: O_RDONLY, evt.rawarg.mode: 0, evt.is_open_write: true, proc.tty: null, proc.name: {base64: /w==}}`),
	test(`fires: [], event: {evt.type: bind, proc.aname: [a, null, b], "proc.aname[2]": c, proc.env: [HOME=/], container.mount.dest: [[/a, /b]]}`),
}
