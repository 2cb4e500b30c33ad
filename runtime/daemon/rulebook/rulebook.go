// Package rulebook holds the rules that containers are judged by: the node's and
// those that annotations choose, loaded once each and replaced together.
package rulebook

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/rules"
	"github.com/callgate/callgate/rules/falco"
	"github.com/callgate/callgate/runtime/admit"
	"github.com/callgate/callgate/runtime/control"
	"github.com/callgate/callgate/runtime/daemon/config"
	"github.com/callgate/callgate/seccomp"
	"github.com/callgate/callgate/seccomp/syscalls"
	"github.com/callgate/callgate/tracer"
)

// Book is all rules that are in use.
type Book struct {
	node *config.Config

	mu       sync.Mutex
	editions map[string]*edition // by the names that choose them
}

// edition is what one choice of rule sets amounts to.
type edition struct {
	names    []string
	set      *rules.Set
	policies map[rules.Mode]*tracer.Policy
	filters  map[want]*seccomp.Filter
}

// want is what a filter depends on beside the rules.
type want struct {
	mode          control.Mode
	reachesDaemon bool
}

// New loads the node's rules.
func New(node *config.Config) (*Book, error) {
	b := &Book{node: node, editions: make(map[string]*edition)}
	_, err := b.edition(nil)
	return b, err
}

// edition loads what some names choose, unless it is loaded; the caller holds mu
// or is alone.
func (b *Book) edition(names []string) (*edition, error) {
	key := strings.Join(names, ",")
	if e := b.editions[key]; e != nil {
		return e, nil
	}
	e, err := b.load(names)
	if err == nil {
		b.editions[key] = e
	}
	return e, err
}

func (b *Book) load(names []string) (*edition, error) {
	options, err := admit.Rules(b.node, names)
	if err != nil {
		return nil, err
	}
	set, err := rules.Load(options)
	if err != nil {
		return nil, err
	}
	return &edition{
		names: slices.Clone(names), set: set,
		policies: make(map[rules.Mode]*tracer.Policy), filters: make(map[want]*seccomp.Filter),
	}, nil
}

// Reload loads all rules again. When some of them have mistakes, all stay as
// they are.
func (b *Book) Reload() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	fresh := make(map[string]*edition)
	for key, old := range b.editions {
		e, err := b.load(old.names)
		if err != nil {
			if key != "" {
				err = fmt.Errorf("rules %s: %w", key, err)
			}
			return err
		}
		fresh[key] = e
	}
	b.editions = fresh
	return nil
}

// Paths are the files and directories that rules are loaded from.
func (b *Book) Paths() (paths []string) {
	add := func(s config.RuleSet) {
		for _, p := range s.Rules {
			if p != rules.Builtin && !slices.Contains(paths, p) {
				paths = append(paths, p)
			}
		}
	}
	add(b.node.RuleSet)
	for _, s := range b.node.RuleSets {
		add(s)
	}
	return paths
}

// Policy is what a container with this policy is judged by. Containers with the
// same rules and mode share it.
func (b *Book) Policy(p control.Policy) (*tracer.Policy, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	e, err := b.edition(p.Rules)
	if err != nil {
		return nil, err
	}
	mode := modeOf(p.Mode)
	if e.policies[mode] == nil {
		e.policies[mode] = tracer.NewPolicy(e.set, mode)
	}
	return e.policies[mode], nil
}

// Count is the number of the node's rules that are enabled.
func (b *Book) Count() (n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, r := range b.editions[""].set.Rules() {
		if r.Enabled {
			n++
		}
	}
	return n
}

// Notes tell what of the node's rules in Falco's language was not carried over as
// it stands.
func (b *Book) Notes() []falco.Note {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.editions[""].set.Notes()
}

// Filter is what is to be intercepted in a container. Containers with the same
// rules share it, so it must not be changed. One that shares the host's pid
// namespace can reach the daemon, so calls that could harm it are intercepted
// there too.
func (b *Book) Filter(p control.Policy, reachesDaemon bool) (*seccomp.Filter, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	e, err := b.edition(p.Rules)
	if err != nil {
		return nil, err
	}
	w := want{p.Mode, reachesDaemon}
	if e.filters[w] == nil {
		e.filters[w] = e.filter(w)
	}
	return e.filters[w], nil
}

// filter makes a filter. In mode enforce io_uring is refused by the filter itself,
// so that it stays refused while calls are let through for want of a daemon.
func (e *edition) filter(w want) *seccomp.Filter {
	abis := syscalls.Native()
	f := e.set.Filter(modeOf(w.mode), abis)
	if w.mode == control.Enforce && e.set.Enforces("io_uring_setup") {
		for _, abi := range abis {
			if nr, ok := syscalls.Number(abi, "io_uring_setup"); ok {
				f.Calls[seccomp.Key{ABI: abi, NR: nr}] = []seccomp.Rule{{Action: seccomp.Errno(unix.ENOSYS)}}
			}
		}
	}
	if w.reachesDaemon {
		tracer.Protect(f, abis)
	}
	return f
}

func modeOf(m control.Mode) rules.Mode {
	if m == control.Enforce {
		return rules.Enforce
	}
	return rules.Monitor
}

// LoadAll loads the rule sets that annotations can choose, too.
func (b *Book) LoadAll() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	for name := range b.node.RuleSets {
		if _, err := b.edition([]string{name}); err != nil {
			return fmt.Errorf("rule set %s: %w", name, err)
		}
	}
	return nil
}
