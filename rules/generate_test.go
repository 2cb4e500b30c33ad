package rules

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
	"pgregory.net/rapid"

	"github.com/callgate/callgate/rules/event"
	"github.com/callgate/callgate/seccomp/syscalls"
)

// generator draws conditions about one number of a call, and events of it: the
// registers as the kernel would see them, and the event as it is decoded.
type generator struct {
	*rapid.T
	entry syscalls.Entry
	typ   string         // evt.type
	call  *syscalls.Call // of which the arguments are; not entry.Call for socketcall
}

func newGenerator(t *rapid.T) *generator {
	typ := rapid.SampledFrom(syscalls.Types()).Draw(t, "type")
	var entries []syscalls.Entry
	for _, abi := range decoded {
		entries = append(entries, syscalls.Entries(abi, typ)...)
	}
	g := &generator{T: t, typ: typ, entry: rapid.SampledFrom(entries).Draw(t, "entry")}
	g.call = g.entry.Call
	if c, ok := syscalls.SocketCallOf(typ); ok && g.call.Type != typ {
		g.call = c
	}
	return g
}

func (g *generator) pick(what string, from ...string) string {
	return rapid.SampledFrom(from).Draw(g.T, what)
}

// condition draws a condition of at most some depth.
func (g *generator) condition(depth int) string {
	if depth > 0 {
		switch rapid.IntRange(0, 4).Draw(g.T, "node") {
		case 0:
			return "(" + g.condition(depth-1) + " and " + g.condition(depth-1) + ")"
		case 1:
			return "(" + g.condition(depth-1) + " or " + g.condition(depth-1) + ")"
		case 2:
			return "not (" + g.condition(depth-1) + ")"
		}
	}
	if args := slices.Concat(g.call.Args, g.call.Fields); len(args) > 0 && rapid.IntRange(0, 4).Draw(g.T, "leaf") > 0 {
		return g.argument(rapid.SampledFrom(args).Draw(g.T, "arg"))
	}
	return g.pick("leaf", `evt.is_open_read`, `evt.is_open_write`, `evt.is_open_create`, `evt.is_open_exec`,
		`fd.type == "file"`, `fd.typechar != "f"`, `fd.typechar in ["d", "x"]`, `has(fd.type)`, `evt.arg.uid == "a"`, `has(evt.arg.uid)`, `proc.name == "a"`, `has(proc.name)`,
		`proc.tty < 5`, `evt.arg.flags contains "O_"`, `evt.rawarg.flags != 0`, `evt.type == "`+g.typ+`"`, `evt.type != "openat"`,
		`evt.type in ["open", "dup2"]`, `true`, `false`, `getopt(proc.args, "ab:") in ["a", "b", "x"]`, `has(getopt(proc.args, "b:")["b"])`,
		`len(proc.arg) > 1`, `toupper(proc.name) == "A"`, `tolower(evt.type) in ["open", "dup2"]`)
}

func (g *generator) argument(a syscalls.Arg) string {
	raw, text := "evt.rawarg."+a.Name, "evt.arg."+a.Name
	number := func() string { return strconv.FormatInt(g.number(a), 10) }
	quoted := func() string { return strconv.Quote(g.text(a)) }
	some := func(value func() string) string {
		return g.pick("quantifier", "anyOf(", "allOf(", "oneOf(") + strings.Join(g.list(value), ", ") + ")"
	}
	switch g.pick("form", "raw", "raw", "in", "text", "flag", "has", "numbers", "texts", "flags", "made", "pair") {
	case "raw":
		return raw + g.pick("op", " == ", " != ", " < ", " <= ", " > ", " >= ") + number()
	case "in":
		return raw + g.pick("op", " in ", " not in ") + "[" + number() + ", " + number() + "]"
	case "text":
		return text + g.pick("op", " == ", " != ", " contains ", " startsWith ", " not contains ", " matches ") + quoted()
	case "made":
		made := g.pick("function", "tolower(%s)", "toupper(%s)", "basename(%s)", "b64(%s)", "concat(%s, \"\")", "concat(evt.type, %s)",
			"join(\"|\", [%s, proc.name])", "tolower(toupper(%s))")
		word := g.text(a)
		switch g.pick("case", "lower", "upper", "as it is") {
		case "lower":
			word = strings.ToLower(word)
		case "upper":
			word = strings.ToUpper(word)
		}
		return fmt.Sprintf(made, text) + g.pick("op", " == ", " != ", " contains ", " not contains ") + strconv.Quote(word)
	case "pair":
		return g.pick("pair", raw+" == len("+text+")", text+" != concat("+text+", proc.name)", "len("+text+") "+g.pick("op", "<", "!=")+" 5",
			"proc.name == tolower("+text+")", "tolower(evt.type) == "+strconv.Quote(g.typ))
	case "numbers":
		return raw + g.pick("op", " == ", " != ") + some(number)
	case "texts":
		return text + g.pick("op", " == ", " != ", " contains ", " startsWith ", " not contains ", " matches ") + some(quoted)
	case "flags":
		return g.pick("function", "hasFlag", "icontains", "iequals", "glob") + "(" + text + ", " + some(quoted) + ")"
	case "flag":
		return "hasFlag(" + text + ", " + quoted() + ")"
	}
	return "has(" + g.pick("field", raw, text) + ")"
}

// list draws one to three values.
func (g *generator) list(value func() string) []string {
	all := []string{value()}
	for g.pick("more", "no", "yes") == "yes" && len(all) < 3 {
		all = append(all, value())
	}
	return all
}

// number draws a value near where kinds and symbols have their edges.
func (g *generator) number(a syscalls.Arg) int64 {
	near := []int64{0, -1, 2, 0xffff, 1 << 15, 1 << 31, -1 << 31, 1 << 32, math.MaxInt64, -math.MaxInt64}
	if a.Symbols != nil {
		for _, s := range slices.Concat(a.Symbols.Enum, a.Symbols.Flags) {
			near = append(near, int64(s.Value))
		}
	}
	n := rapid.SampledFrom(near).Draw(g.T, "near")
	if d := rapid.Int64Range(-1, 1).Draw(g.T, "by"); n > math.MinInt64+2 && n < math.MaxInt64-1 {
		n += d
	}
	return max(n, -math.MaxInt64)
}

func (g *generator) text(a syscalls.Arg) string {
	if a.Symbols == nil {
		return g.pick("text", "0", "a", "5")
	}
	all := slices.Concat(a.Symbols.Enum, a.Symbols.Flags)
	names := []string{rapid.SampledFrom(all).Draw(g.T, "name").Name}
	if g.pick("names", "one", "one", "two") == "two" {
		names = append(names, rapid.SampledFrom(all).Draw(g.T, "name").Name)
	}
	return g.pick("text", strings.Join(names, "|"), strings.Join(names, "|"), names[0][:len(names[0])/2+1], "0", "0x")
}

// registers draws the registers of a call, junk in the bits that the kernel
// does not read included.
func (g *generator) registers() (regs [6]uint64) {
	for i := range regs {
		var a syscalls.Arg
		if i < len(g.entry.Call.Args) {
			a = g.entry.Call.Args[i]
		}
		v := uint64(g.number(a))
		if a.Symbols != nil && g.pick("more", "no", "yes") == "yes" {
			v |= uint64(g.number(a))
		}
		if i < len(g.entry.Call.Args) && g.pick("junk", "no", "yes") == "yes" && a.Kind.Width(g.entry.ABI) < 64 {
			v ^= rapid.Uint64().Draw(g.T, "bits") << a.Kind.Width(g.entry.ABI)
		}
		regs[i] = v
	}
	return regs
}

// fill makes the event of a call with these registers. What lies in memory is
// anything.
func (g *generator) fill(e *event.Event, regs [6]uint64) {
	e.Reset()
	e.Evt.Type = g.typ
	set := func(a *syscalls.Arg, abi syscalls.ABI, reg uint64) {
		id, _ := syscalls.ArgID(a.Name)
		v := a.Kind.Value(abi, reg)
		e.Evt.RawArg[id], e.Evt.Arg[id] = v, fmt.Sprint(v)
		if a.Symbols != nil {
			bits := uint64(v)
			if a.Kind.Signed() {
				bits &= ^uint64(0) >> (64 - a.Kind.Width(abi))
			}
			e.Evt.Arg[id] = a.Symbols.Render(bits)
		}
		if !a.Kind.Scalar() {
			e.Evt.Arg[id] = g.pick("memory", "", "a", "5")
		}
	}
	for i := range g.call.Args {
		reg := regs[i]
		if g.call != g.entry.Call {
			reg = rapid.Uint64().Draw(g.T, "word")
		}
		set(&g.call.Args[i], g.entry.ABI, reg)
	}
	for i := range g.call.Fields {
		set(&g.call.Fields[i], syscalls.AMD64, uint64(g.number(g.call.Fields[i])))
	}
	g.fillOpen(e)
	if _, ok := g.call.Register("uid"); ok {
		id, _ := syscalls.ArgID("uid")
		e.Evt.Arg[id] = g.pick("user", "a", "b")
	}
	e.Proc.Name = g.pick("proc.name", "", "a", "b")
	if g.pick("arguments", "some", "none") == "some" {
		e.Proc.Arg[0], e.Proc.Arg[1], e.Proc.Args = "-a", "-bx", "-a -bx"
	}
	e.Proc.TTY = rapid.SampledFrom([]int{event.Missing, 0, 7}).Draw(g.T, "proc.tty")
}

func (g *generator) fillOpen(e *event.Event) {
	id, _ := syscalls.ArgID("flags")
	mode, _ := syscalls.ArgID("mode")
	flags := uint64(0)
	switch g.typ {
	case "open", "openat", "openat2", "open_by_handle_at":
		flags = uint64(e.Evt.RawArg[id])
		e.Evt.IsOpenRead, e.Evt.IsOpenWrite, e.Evt.IsOpenCreate = event.OpenIntent(flags)
	case "creat":
		e.Evt.IsOpenWrite, e.Evt.IsOpenCreate = true, true
	default:
		return
	}
	directory := uint64(unix.O_DIRECTORY)
	if i, ok := g.call.Register("flags"); ok {
		directory, _ = g.call.Args[i].Symbols.Value("O_DIRECTORY")
	}
	e.Evt.IsOpenExec = e.Evt.IsOpenCreate && event.ExecMode(uint64(e.Evt.RawArg[mode]))
	e.FD.Type = event.OpenType(flags, directory)
	e.FD.TypeChar = event.TypeChar(e.FD.Type)
}
