package main

import (
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/seccomp/syscalls"
)

// fact is something about the system that decides what callgate can do.
type fact struct {
	Name   string `json:"name"`
	Value  string `json:"value"`
	Advice string `json:"advice,omitempty"`
}

// sysctls are the kernel settings that matter, each with the values that cost
// something and what can be done about it. proc(5), kernel docs: Yama, sysctl.
var sysctls = []struct {
	path    string
	hurts   func(string) bool
	without string
}{
	{"kernel/yama/ptrace_scope", is("2", "3"), "callgate needs CAP_SYS_PTRACE to read the memory of what it supervises (with 3 nobody can)"},
	{"kernel/unprivileged_userns_clone", is("0"), "no user namespaces without root: a guardian process ends the descendants of a killed callgate"},
	{"kernel/apparmor_restrict_unprivileged_userns", is("1"), "no user namespaces without an AppArmor profile: a guardian process ends the descendants of a killed callgate"},
	{"user/max_user_namespaces", is("0"), "no user namespaces: a guardian process ends the descendants of a killed callgate"},
	{"kernel/io_uring_disabled", is(), ""},
	{"kernel/seccomp/actions_avail", lacks("user_notif"), "this kernel was built without seccomp user notification: callgate run can not work"},
}

func is(values ...string) func(string) bool {
	return func(s string) bool {
		for _, v := range values {
			if s == v {
				return true
			}
		}
		return false
	}
}

func lacks(word string) func(string) bool {
	return func(s string) bool { return !strings.Contains(s, word) }
}

// systemFacts reads them from the file system root.
func systemFacts(root fs.FS) []fact {
	facts := []fact{kernelFact(), userFact(), abiFact()}
	facts = append(facts, statusFacts(root)...)
	facts = append(facts, cgroupFact(root))
	for _, s := range sysctls {
		b, err := fs.ReadFile(root, "proc/sys/"+s.path)
		if err != nil {
			continue // this kernel does not know the setting
		}
		f := fact{Name: strings.ReplaceAll(s.path, "/", "."), Value: strings.TrimSpace(string(b))}
		if s.hurts(f.Value) {
			f.Advice = s.without
		}
		facts = append(facts, f)
	}
	return facts
}

func kernelFact() fact {
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		return fact{Name: "kernel", Value: err.Error()}
	}
	return fact{Name: "kernel", Value: fmt.Sprintf("%s %s %s",
		unix.ByteSliceToString(u.Sysname[:]), unix.ByteSliceToString(u.Release[:]), unix.ByteSliceToString(u.Machine[:]))}
}

func userFact() fact {
	id := strconv.Itoa(os.Geteuid())
	f := fact{Name: "user", Value: "uid " + id}
	if u, err := user.LookupId(id); err == nil {
		f.Value = u.Username + " (uid " + id + ")"
	}
	if id != "0" {
		f.Advice = "without root the command gets no_new_privs: setuid programs such as sudo do not raise its rights"
	}
	return f
}

func abiFact() fact {
	var names []string
	for _, abi := range syscalls.Native() {
		names = append(names, abi.String())
	}
	f := fact{Name: "system calls", Value: strings.Join(names, ", ")}
	if len(names) == 0 {
		f.Value, f.Advice = "none", "callgate decodes no system calls of this architecture"
	}
	return f
}

// statusFacts are the lines of /proc/self/status that limit callgate.
func statusFacts(root fs.FS) (facts []fact) {
	b, err := fs.ReadFile(root, "proc/self/status")
	if err != nil {
		return []fact{{Name: "/proc", Value: err.Error(), Advice: "callgate reads about processes there: mount it"}}
	}
	for line := range strings.Lines(string(b)) {
		key, value, _ := strings.Cut(line, ":")
		value = strings.TrimSpace(value)
		switch key {
		case "CapEff":
			facts = append(facts, fact{Name: "capabilities", Value: value})
		case "NoNewPrivs":
			facts = append(facts, fact{Name: "no_new_privs", Value: value})
		case "Seccomp_filters":
			f := fact{Name: "seccomp filters", Value: value}
			if value != "0" {
				f.Advice = "a sandbox around callgate may refuse what it needs, or hide calls that its own filter refuses"
			}
			facts = append(facts, f)
		}
	}
	return facts
}

// cgroupFact tells whether callgate may make a cgroup for the command, so that
// the kernel ends it as a whole.
func cgroupFact(root fs.FS) fact {
	f := fact{Name: "cgroup", Value: "no cgroup v2"}
	b, err := fs.ReadFile(root, "proc/self/cgroup")
	if err != nil {
		return f
	}
	for line := range strings.Lines(string(b)) {
		if path, ok := strings.CutPrefix(strings.TrimSpace(line), "0::"); ok {
			f.Value = "v2 " + path
		}
	}
	return f
}
