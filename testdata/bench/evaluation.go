package main

import (
	"fmt"
	"io"
	"testing"

	"github.com/callgate/callgate/rules"
)

// evaluation measures the judging of one execve by the full default set, which
// matches nothing.
func evaluation(w io.Writer) error {
	set, err := rules.Load(rules.Options{})
	if err != nil {
		return err
	}
	eval := set.NewEvaluator()
	ev := eval.Event()
	ev.Reset()
	ev.Evt.Type, ev.Container.ID, ev.Container.Name, ev.Container.Type = "execve", "0123456789ab", "app", "process"
	ev.Proc.Name, ev.Proc.PName, ev.Proc.Exe, ev.Proc.ExePath = "true", "make", "true", "/usr/bin/true"
	ev.Proc.CmdLine, ev.Proc.TTY, ev.User.Name, ev.User.UID = "true", 0, "app", 1000
	var matched []*rules.Rule
	r := testing.Benchmark(func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			matched = eval.Match(matched[:0])
		}
	})
	if len(matched) > 0 {
		return fmt.Errorf("the event that should match nothing matches %s", matched[0].Name)
	}
	_, err = fmt.Fprintf(w, "Judging an execve that matches nothing by the default rules: %d ns, %d allocations.\n", r.NsPerOp(), r.AllocsPerOp())
	return err
}
