package tracer

import (
	"sync"

	"github.com/callgate/callgate/rules"
)

// Policy is what calls are judged by. Sandboxes with the same rules and mode
// should share one: the judges' buffers, some tens of kilobytes a worker, are
// then shared as well.
type Policy struct {
	rules *rules.Set
	mode  rules.Mode

	mu    sync.Mutex
	spare []*judge
}

// NewPolicy makes a policy.
func NewPolicy(set *rules.Set, mode rules.Mode) *Policy { return &Policy{rules: set, mode: mode} }

// maxSpare bounds the judges that are kept for the next one who needs one.
const maxSpare = 8

// borrow takes a judge for the calls of a listener.
func (p *Policy) borrow(s *Supervisor, e *Entry) *judge {
	p.mu.Lock()
	defer p.mu.Unlock()
	var j *judge
	if n := len(p.spare); n > 0 {
		j, p.spare = p.spare[n-1], p.spare[:n-1]
	} else {
		j = newJudge(p)
	}
	j.serve(s, e)
	return j
}

// giveBack takes a judge that has nothing to do.
func (p *Policy) giveBack(j *judge) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.spare) < maxSpare {
		p.spare = append(p.spare, j)
	}
}
