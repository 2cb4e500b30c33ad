package bpf

import (
	"fmt"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/seccomp"
)

// assembler writes a program from its end to its beginning. BPF only jumps
// forward, so the distance of every jump is known when it is written.
type assembler struct {
	code []unix.SockFilter // backwards: the last instruction of the program first
	rets map[seccomp.Action]label
	// leaves are the rule lists that were assembled already: calls with the
	// same rules share their code.
	leaves map[string]label
}

// label is the place of an instruction: its index in code.
type label int

func newAssembler() *assembler {
	return &assembler{rets: make(map[seccomp.Action]label), leaves: make(map[string]label)}
}

// maxOffset is how far a conditional jump reaches: its offsets have 8 bits.
const maxOffset = 255

// distance is the offset that a jump written now needs to reach l.
func (a *assembler) distance(l label) int { return len(a.code) - int(l) - 1 }

func (a *assembler) push(i unix.SockFilter) label {
	a.code = append(a.code, i)
	return label(len(a.code) - 1)
}

// before makes sure that l is the next instruction, jumping there if needed.
func (a *assembler) before(l label) {
	if a.distance(l) != 0 {
		a.hop(l)
	}
}

// load assembles A = word at off, then l.
func (a *assembler) load(off uint32, l label) label {
	a.before(l)
	return a.push(unix.SockFilter{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: off})
}

// and assembles A &= mask, then l.
func (a *assembler) and(mask uint32, l label) label {
	a.before(l)
	return a.push(unix.SockFilter{Code: unix.BPF_ALU | unix.BPF_AND | unix.BPF_K, K: mask})
}

// ret is an instruction that ends with an action, one that is there already
// where it can be reached.
func (a *assembler) ret(act seccomp.Action) label {
	// Half of the reach, so that what is written until the jump does not undo it.
	if l, ok := a.rets[act]; ok && a.distance(l) <= maxOffset/2 {
		return l
	}
	l := a.push(unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: uint32(act)})
	a.rets[act] = l
	return l
}

// branch assembles: if A op k then yes else no.
func (a *assembler) branch(op uint16, k uint32, yes, no label) label {
	if yes == no {
		return yes
	}
	// One less than the reach, for the hop of the other.
	if a.distance(yes) >= maxOffset {
		yes = a.hop(yes)
	}
	if a.distance(no) > maxOffset {
		no = a.hop(no)
	}
	return a.push(unix.SockFilter{
		Code: unix.BPF_JMP | op | unix.BPF_K, K: k,
		Jt: uint8(a.distance(yes)), Jf: uint8(a.distance(no)),
	})
}

// hop assembles a stepping stone to l: a jump without limit, or where l ends
// the program anyway a copy of it.
func (a *assembler) hop(l label) label {
	target := a.code[l]
	if target.Code == unix.BPF_RET|unix.BPF_K {
		l = a.push(target)
		a.rets[seccomp.Action(target.K)] = l
		return l
	}
	return a.push(unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JA, K: uint32(a.distance(l))})
}

// known is the code of a rule list that was remembered.
func (a *assembler) known(rules []seccomp.Rule) (label, bool) {
	l, ok := a.leaves[signature(rules)]
	return l, ok
}

func (a *assembler) remember(rules []seccomp.Rule, l label) {
	if a.code[l].Code != unix.BPF_RET|unix.BPF_K { // ret knows better
		a.leaves[signature(rules)] = l
	}
}

func signature(rules []seccomp.Rule) string {
	var b strings.Builder
	for _, r := range rules {
		fmt.Fprintf(&b, "%v %v\n", r.Cube, r.Action)
	}
	return b.String()
}

// program is the code in the order in which it runs.
func (a *assembler) program() []unix.SockFilter {
	slices.Reverse(a.code)
	return a.code
}
