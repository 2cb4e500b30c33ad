// Package bpf compiles a filter to classic BPF, the program that the kernel
// runs at the entry of each system call.
//
// The program first looks at the architecture and refuses (ENOSYS) those that
// the filter does not list, then searches the number by halving, and reads
// arguments only for calls that depend on them: a call that is always allowed
// is found without reading more than architecture and number, and from Linux
// 5.11 the kernel then does not run the program for it at all.
package bpf

import (
	"fmt"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/seccomp"
	"github.com/callgate/callgate/seccomp/syscalls"
)

// MaxInstructions is the longest program that the kernel takes (BPF_MAXINSNS).
const MaxInstructions = unix.BPF_MAXINSNS

// TooLongError says that a filter does not fit into a program.
type TooLongError struct{ Instructions int }

func (e *TooLongError) Error() string {
	return fmt.Sprintf("compile filter: %d instructions, the kernel takes %d: intercept some calls whole instead of "+
		"by their arguments, or drop rules", e.Instructions, MaxInstructions)
}

// Compile is the program of a filter. It fails when the filter is not valid,
// and with a TooLongError when the program is too long for the kernel.
func Compile(f *seccomp.Filter) ([]unix.SockFilter, error) {
	if err := f.Validate(); err != nil {
		return nil, fmt.Errorf("compile filter: %w", err)
	}
	a := newAssembler()
	// Architectures are compared in the order of the list, so the last is
	// assembled first, before what happens when none is equal.
	next := a.ret(seccomp.Errno(unix.ENOSYS))
	abis := f.UsedABIs()
	for i := len(abis) - 1; i >= 0; i-- {
		tree := search(a, ranges(f, abis[i]))
		tree = a.load(offNR, tree)
		next = a.branch(unix.BPF_JEQ, abis[i].AuditArch(), tree, next)
	}
	a.load(offArch, next)
	if n := len(a.code); n > MaxInstructions {
		return nil, &TooLongError{n}
	}
	return a.program(), nil
}

// Offsets in struct seccomp_data.
const (
	offNR   = 0
	offArch = 4
	offArgs = 16
)

// span is a run of numbers, from first to the next span's first, that have the
// same rules.
type span struct {
	first uint32
	rules []seccomp.Rule
}

// ranges are the spans of all numbers on an ABI, from 0 to the largest.
func ranges(f *seccomp.Filter, abi syscalls.ABI) []span {
	spans := []span{{0, nil}}
	put := func(first, end uint32, rules []seccomp.Rule) {
		if last := len(spans) - 1; spans[last].first == first {
			spans = spans[:last]
		}
		if last := len(spans) - 1; last < 0 || !seccomp.SameRules(spans[last].rules, rules) {
			spans = append(spans, span{first, rules})
		}
		if end != 0 {
			spans = append(spans, span{end, nil})
		}
	}
	for _, k := range f.Keys() {
		if rules := seccomp.Reduce(f.Calls[k]); k.ABI == abi && len(rules) > 0 {
			nr := uint32(k.NR)
			put(nr, nr+1, rules)
		}
	}
	if abi == syscalls.AMD64 {
		// x32 has the architecture word of amd64, and numbers from X32Bit on.
		skip := seccomp.Skip
		put(syscalls.X32Bit, uint32(skip), always(seccomp.Errno(unix.ENOSYS)))
	}
	return spans
}

func always(a seccomp.Action) []seccomp.Rule { return []seccomp.Rule{{Action: a}} }
