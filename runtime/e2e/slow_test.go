package e2e

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/callgate/callgate/runtime/internal/rig"
)

// slowRules take a whole judgement for the probe's start.
const slowRules = `
- rule: Executes
  desc: A program that is executed.
  condition: evt.type == "execve" and proc.name == "probe"
  output: "%container.full_id"
  priority: notice
`

// TestSlowDecisions starts containers under a daemon that takes two seconds for
// each decision (build tag slowrules). Signals that runc sends itself meanwhile
// make the same call again and again; it must be answered all the same.
func TestSlowDecisions(t *testing.T) {
	rig.NeedRoot(t)
	const decision = 2 * time.Second
	t.Setenv("CALLGATE_SLOW_RULES", decision.String())
	starts := 3
	if rig.Long() {
		starts = 50
	}
	for _, runtime := range []string{"runc 1.1.5", "runc 1.5.2"} {
		t.Run(runtime, func(t *testing.T) {
			s := &site{Node: newNode(t, "containerd 1.6.20", runtime)}
			s.start(t, program(t, "callgate", "slowrules"), slowRules, "")
			ctx := bounded(t, 20*patience)
			const atOnce = 10
			turn := make(chan struct{}, atOnce)
			results := make(chan error)
			for i := range starts {
				go func() {
					turn <- struct{}{}
					defer func() { <-turn }()
					begin := time.Now()
					_, err := s.CtrRun(ctx, rig.Container{ID: "c" + strconv.Itoa(i), Handler: rig.Handler, Flags: []string{"--rm"}, Command: []string{rig.ProbePath, "traceme"}})
					if took := time.Since(begin); err == nil && took < decision {
						err = fmt.Errorf("a start took %v: no decision was slow", took)
					}
					results <- err
				}()
			}
			for range starts {
				if err := <-results; err != nil {
					t.Error(err)
				}
			}
		})
	}
}
