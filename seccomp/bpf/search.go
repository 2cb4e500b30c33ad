package bpf

import (
	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/seccomp"
)

// search assembles the decision between spans, by the number in A.
func search(a *assembler, spans []span) label {
	switch {
	case len(spans) == 1:
		return decide(a, spans[0].rules)
	case isolated(spans):
		other := decide(a, spans[0].rules)
		one := decide(a, spans[1].rules)
		return a.branch(unix.BPF_JEQ, spans[1].first, one, other)
	}
	mid := len(spans) / 2
	if odd := mid | 1; odd < len(spans) && seccomp.SameRules(spans[0].rules, spans[odd-1].rules) {
		// Ends on the rules it began with, so that its last test can be one for
		// equality instead of two for order.
		mid = odd
	}
	// What is assembled last stands nearest to the branch.
	above := search(a, spans[mid:])
	below := search(a, spans[:mid])
	return a.branch(unix.BPF_JGE, spans[mid].first, above, below)
}

// isolated reports whether the spans are one number amid others that are alike.
func isolated(spans []span) bool {
	return len(spans) == 3 && spans[2].first == spans[1].first+1 && seccomp.SameRules(spans[0].rules, spans[2].rules)
}
