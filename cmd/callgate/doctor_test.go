package main

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/callgate/callgate/seccomp"
)

// A machine on which little is allowed, as its files tell it.
var strictMachine = fstest.MapFS{
	"proc/self/status":                      {Data: []byte("Name:\tcallgate\nCapEff:\t0000000000000000\nNoNewPrivs:\t1\nSeccomp:\t2\nSeccomp_filters:\t1\n")},
	"proc/self/cgroup":                      {Data: []byte("1:name=systemd:/x\n0::/user.slice\n")},
	"proc/sys/kernel/yama/ptrace_scope":     {Data: []byte("3\n")},
	"proc/sys/kernel/seccomp/actions_avail": {Data: []byte("kill_process trap errno allow\n")},
	"proc/sys/kernel/io_uring_disabled":     {Data: []byte("2\n")},
}

func TestFactsOfAStrictMachine(t *testing.T) {
	facts := make(map[string]fact)
	for _, f := range systemFacts(strictMachine) {
		facts[f.Name] = f
	}
	for name, want := range map[string]fact{
		"capabilities":                 {Value: "none that callgate uses", Advice: "no_new_privs"},
		"no_new_privs":                 {Value: "1"},
		"seccomp filters":              {Value: "1", Advice: "a sandbox around callgate"},
		"cgroup":                       {Value: "v1, v2 /user.slice"},
		"kernel.yama.ptrace_scope":     {Value: "3", Advice: "CAP_SYS_PTRACE"},
		"kernel.seccomp.actions_avail": {Value: "kill_process trap errno allow", Advice: "can not work"},
		"kernel.io_uring_disabled":     {Value: "2"},
	} {
		got, ok := facts[name]
		if !ok || got.Value != want.Value || !strings.Contains(got.Advice, want.Advice) || (got.Advice == "") != (want.Advice == "") {
			t.Errorf("%s: got %+v, want %+v", name, got, want)
		}
	}
	without := maps.Clone(strictMachine)
	delete(without, "proc/sys/kernel/yama/ptrace_scope")
	if slices.ContainsFunc(systemFacts(without), func(f fact) bool { return f.Name == "kernel.yama.ptrace_scope" }) {
		t.Error("a setting that the kernel does not know is shown")
	}
}

func TestRootFacts(t *testing.T) {
	if f := capFact("000001ffffffffff"); f.Value != "CAP_SYS_ADMIN, CAP_SYS_PTRACE" || f.Advice != "" {
		t.Errorf("capabilities of root: %+v", f)
	}
	if f := capFact("nonsense"); f.Value != "nonsense" {
		t.Errorf("unreadable capabilities: %+v", f)
	}
	if facts := statusFacts(fstest.MapFS{}); len(facts) != 1 || !strings.Contains(facts[0].Advice, "mount it") {
		t.Errorf("without /proc: %+v", facts)
	}
}

// Doctor fails when something is missing that run can't do without, and says
// what to do about everything that is missing.
func TestDiagnosis(t *testing.T) {
	present := seccomp.FeatureResult{Name: "present", Gives: "joy"}
	optional := seccomp.FeatureResult{Name: "optional", Without: "live without", Err: errors.New("optional: not there")}
	needed := seccomp.FeatureResult{Name: "needed", Without: "get a kernel", Needed: true, Err: errors.New("needed: not there")}
	for _, tt := range []struct {
		name   string
		probed []seccomp.FeatureResult
		works  bool
		want   []string
	}{
		{"all", []seccomp.FeatureResult{present}, true, []string{"  ok  present  joy\n", "callgate run works here."}},
		{"some", []seccomp.FeatureResult{present, optional}, true, []string{"  missing  optional", "  optional: not there\n    live without\n", "callgate run works here."}},
		{"not enough", []seccomp.FeatureResult{optional, needed}, false, []string{"  MISSING  needed", "  needed: not there\n    get a kernel\n", "callgate run does not work here."}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := diagnose(nil, tt.probed)
			if d.Works != tt.works {
				t.Errorf("works: %v", d.Works)
			}
			var b strings.Builder
			if err := d.print(&b, false); err != nil {
				t.Fatal(err)
			}
			for _, want := range tt.want {
				if !strings.Contains(b.String(), want) {
					t.Errorf("%q is missing in\n%s", want, b.String())
				}
			}
		})
	}
}
