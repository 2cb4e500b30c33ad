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
	if u, err := user.LookupId(id); err == nil {
		return fact{Name: "user", Value: u.Username + " (uid " + id + ")"}
	}
	return fact{Name: "user", Value: "uid " + id}
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
			facts = append(facts, capFact(value))
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

// capFact tells which capabilities are there of those that callgate gains by.
// The set is a number in hexadecimal (proc_pid_status(5)).
func capFact(set string) fact {
	mask, err := strconv.ParseUint(set, 16, 64)
	if err != nil {
		return fact{Name: "capabilities", Value: set}
	}
	f := fact{Name: "capabilities", Value: "none that callgate uses"}
	var names []string
	if mask>>unix.CAP_SYS_ADMIN&1 != 0 {
		names = append(names, "CAP_SYS_ADMIN")
	} else {
		f.Advice = "without CAP_SYS_ADMIN the command gets no_new_privs: setuid programs such as sudo do not raise its rights"
	}
	if mask>>unix.CAP_SYS_PTRACE&1 != 0 {
		names = append(names, "CAP_SYS_PTRACE")
	}
	if len(names) > 0 {
		f.Value = strings.Join(names, ", ")
	}
	return f
}

// cgroupFact tells where callgate could make a cgroup for the command, so that
// the kernel ends it as a whole. It takes version 2 (cgroups(7)).
func cgroupFact(root fs.FS) fact {
	b, err := fs.ReadFile(root, "proc/self/cgroup")
	if err != nil {
		return fact{Name: "cgroup", Value: err.Error()}
	}
	var v1, v2 []string
	for line := range strings.Lines(string(b)) {
		if path, ok := strings.CutPrefix(strings.TrimSpace(line), "0::"); ok {
			v2 = []string{"v2 " + path}
		} else {
			v1 = []string{"v1"}
		}
	}
	return fact{Name: "cgroup", Value: strings.Join(append(v1, v2...), ", ")}
}
