package bundle_test

import (
	"runtime"
	"testing"

	"github.com/callgate/callgate/rules"
	"github.com/callgate/callgate/seccomp/oci"
	"github.com/callgate/callgate/seccomp/syscalls"
	"github.com/callgate/callgate/tracer"
)

// What the embedded rules intercept can be merged into containerd's profile,
// and into none; with the interceptions that protect the supervisor too.
func TestEmbeddedRulesCanBeMerged(t *testing.T) {
	if runtime.GOARCH != "amd64" {
		t.Skip("the profile is that of amd64")
	}
	for _, set := range []string{"default", "reads", "strict"} {
		s, err := rules.Load(rules.Options{Sets: []string{set}})
		if err != nil {
			t.Fatal(err)
		}
		for _, mode := range []rules.Mode{rules.Monitor, rules.Enforce} {
			for _, protected := range []bool{false, true} {
				f := s.Filter(mode, syscalls.Native())
				if protected {
					tracer.Protect(f, syscalls.Native())
				}
				o := oci.Options{ListenerPath: "/run/callgate.sock", Refuse: mode == rules.Enforce}
				if _, err := oci.Merge(base(t), f, o); err != nil {
					t.Errorf("%s, containerd's profile: %v", set, err)
				}
				if _, err := oci.Merge(nil, f, o); err != nil {
					t.Errorf("%s, no profile: %v", set, err)
				}
			}
		}
	}
}

// libseccomp compiles the profile at each start of a container and each exec,
// and each rule with conditions costs some 0.1 ms.
func TestEmbeddedRulesAreCheap(t *testing.T) {
	if runtime.GOARCH != "amd64" {
		t.Skip("the profile is that of amd64")
	}
	set, err := rules.Load(rules.Options{})
	if err != nil {
		t.Fatal(err)
	}
	o := oci.Options{ListenerPath: "/run/callgate.sock", Refuse: true}
	for _, name := range []string{"containerd.json", "containerd-1.7.json"} {
		merged, err := oci.Merge(profile(t, name), set.Filter(rules.Enforce, syscalls.Native()), o)
		if err != nil {
			t.Fatal(err)
		}
		each, all := make(map[string]int), 0
		for _, s := range merged.Syscalls {
			for _, call := range s.Names {
				if len(s.Args) > 0 {
					each[call]++
					all++
				}
			}
		}
		for call, n := range each {
			if n > 8 {
				t.Errorf("%s: %d rules for %s", name, n, call)
			}
		}
		if all > 50 {
			t.Errorf("%s: %d rules with conditions: %v", name, all, each)
		}
	}
}
