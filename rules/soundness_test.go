package rules

import (
	"testing"

	"golang.org/x/sys/unix"
	"pgregory.net/rapid"

	"github.com/callgate/callgate/rules/event"
	"github.com/callgate/callgate/rules/source"
	"github.com/callgate/callgate/seccomp"
	"github.com/callgate/callgate/seccomp/syscalls"
)

// loadText loads one rule file of the user's, beside core.
func loadText(text string) (*Set, error) {
	f, mistake := source.NewFile("test.yaml", "", []byte(text))
	if mistake != nil {
		return nil, Mistakes{mistake}
	}
	l := newLoader(nil, false)
	l.add(embedded(coreSet), f)
	if s := l.finish(); len(l.mistakes) == 0 {
		return s, nil
	}
	return nil, l.mistakes
}

func ruleText(name, condition string) string {
	return "- rule: " + name + "\n  priority: notice\n  output: it happened\n  condition: >\n    " + condition + "\n"
}

// sound: an event that matches is intercepted. Its rule is matched by the set
// as by its condition alone, and is undecided after the early sources.
func sound(t *rapid.T) {
	g := newGenerator(t)
	conditions := []string{g.condition(3), g.condition(2)}
	text := ""
	for i, c := range conditions {
		text += ruleText(string(rune('A'+i)), `evt.type == "`+g.typ+`" and (`+c+`)`)
	}
	set, err := loadText(text)
	if err != nil {
		// It can never match, or compares with a text that no value has.
		t.Skip(err)
	}
	filter := set.Filter(Enforce, []syscalls.ABI{g.entry.ABI})
	if err := filter.Validate(); err != nil {
		t.Fatal(err)
	}
	eval := set.NewEvaluator()
	for range 20 {
		regs := g.registers()
		g.fill(eval.Event(), regs)
		matched := eval.Match(nil)
		action := filter.Decide(g.entry.ABI, g.entry.NR, &regs)
		if len(matched) == 0 {
			continue
		}
		if action != seccomp.Notify && action != seccomp.Errno(unix.ENOSYS) {
			t.Fatalf("%s with %#x matches %s, but the filter says %v\n%s", g.entry.Name, regs, matched[0].Name, action, text)
		}
		for stage := range Stages {
			want := matched[0].ConditionNeeds()&set.CallNeeds(g.typ)&stages[stage] | event.NeedCall
			if eval.Needs(stage)&want != want {
				t.Fatalf("%s matches, but is decided before stage %d", matched[0].Name, stage)
			}
		}
	}
}

func TestFilterIsSound(t *testing.T) { rapid.Check(t, sound) }

func FuzzFilterIsSound(f *testing.F) { f.Fuzz(rapid.MakeFuzz(sound)) }

// A rule that is refused because it can never match really never does.
func TestNeverIsNever(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := newGenerator(t)
		c := g.condition(3)
		if _, err := loadText(ruleText("A", `evt.type == "`+g.typ+`" and (`+c+`)`)); err == nil {
			t.Skip("it can match")
		}
		// The same as an alternative to something that can match.
		set, err := loadText(ruleText("A", `evt.type == "`+g.typ+`" and (`+c+` or proc.name == "never")`))
		if err != nil {
			t.Skip(err)
		}
		eval := set.NewEvaluator()
		for range 20 {
			g.fill(eval.Event(), g.registers())
			for _, r := range eval.Match(nil) {
				if r.Name == "A" {
					t.Fatalf("%s matches", c)
				}
			}
		}
	})
}

// The kernel reads an int's low 32 bits; a filter that compares 64 lets a call
// with junk above them pass.
func TestJunkInHighBits(t *testing.T) {
	set, err := loadText(ruleText("Packet", `evt.type == "socket" and evt.arg.domain == "AF_PACKET"`) +
		ruleText("Stdio", `evt.type == "dup2" and evt.rawarg.newfd in [0, 1, 2]`) +
		ruleText("Setuid", `evt.type == "setuid" and evt.rawarg.uid == 0`) +
		ruleText("Mode", `evt.type == "chmod" and evt.rawarg.mode == 0xfff`))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		abi  syscalls.ABI
		call string
		args [6]uint64
		want seccomp.Action
	}{
		{syscalls.AMD64, "socket", [6]uint64{17}, seccomp.Notify},
		{syscalls.AMD64, "socket", [6]uint64{17 | 1<<32}, seccomp.Notify},
		{syscalls.AMD64, "socket", [6]uint64{17 | 0xffffffff<<32}, seccomp.Notify},
		{syscalls.AMD64, "socket", [6]uint64{16}, seccomp.Allow},
		{syscalls.AMD64, "socket", [6]uint64{17 | 1<<31}, seccomp.Allow},
		{syscalls.I386, "socket", [6]uint64{17 | 1<<40}, seccomp.Notify},
		{syscalls.AMD64, "dup2", [6]uint64{9, 2 | 1<<63}, seccomp.Notify},
		{syscalls.AMD64, "dup2", [6]uint64{9, 3}, seccomp.Allow},
		{syscalls.AMD64, "setuid", [6]uint64{1 << 32}, seccomp.Notify},
		{syscalls.AMD64, "setuid", [6]uint64{1 << 16}, seccomp.Allow},
		{syscalls.I386, "setuid", [6]uint64{1 << 16}, seccomp.Notify}, // 16 bits there
		{syscalls.I386, "setuid32", [6]uint64{1 << 16}, seccomp.Allow},
		{syscalls.AMD64, "chmod", [6]uint64{0, 0xfff | 1<<16}, seccomp.Notify},
		{syscalls.AMD64, "chmod", [6]uint64{0, 0xfff | 1<<15}, seccomp.Allow},
	} {
		nr, ok := syscalls.Number(tt.abi, tt.call)
		if !ok {
			t.Fatalf("%v has no %s", tt.abi, tt.call)
		}
		f := set.Filter(Monitor, []syscalls.ABI{tt.abi})
		if got := f.Decide(tt.abi, nr, &tt.args); got != tt.want {
			t.Errorf("%v %s(%#x): %v, not %v", tt.abi, tt.call, tt.args[:2], got, tt.want)
		}
	}
}
