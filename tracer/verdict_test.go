package tracer

import (
	"testing"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/rules"
	"github.com/callgate/callgate/tracer/source"
)

func TestStrictestActs(t *testing.T) {
	logs := &rules.Rule{Action: rules.Log}
	deny := &rules.Rule{Action: rules.Deny, Errno: unix.EACCES}
	deny2 := &rules.Rule{Action: rules.Deny, Errno: unix.EIO}
	kill := &rules.Rule{Action: rules.Kill}
	for _, c := range []struct {
		name  string
		rules []*rules.Rule
		want  source.Reply
	}{
		{"nothing", nil, source.Reply{}},
		{"log", []*rules.Rule{logs}, source.Reply{Verb: source.Continue}},
		{"first denial's errno", []*rules.Rule{logs, deny, deny2}, source.Reply{Verb: source.Fail, Errno: unix.EACCES}},
		{"kill", []*rules.Rule{deny, kill, logs}, source.Reply{Verb: source.Kill}},
	} {
		var v verdict
		v.reset(nil)
		for _, r := range c.rules {
			v.add(r)
		}
		got := v.reply()
		if got.Verb != c.want.Verb || c.want.Verb == source.Fail && got.Errno != c.want.Errno {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
}

func TestRestartedCallIsReportedOnce(t *testing.T) {
	var v verdict
	v.reset(nil)
	if !v.fresh("r", "open /a") {
		t.Fatal("a first alert is not fresh")
	}
	v.reset(v.said)
	if v.fresh("r", "open /a") {
		t.Error("the restart is reported again")
	}
	if !v.fresh("r", "open /b") {
		t.Error("bytes that were swapped before the restart are not reported")
	}
}
