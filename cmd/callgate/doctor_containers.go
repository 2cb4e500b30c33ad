package main

import (
	"context"
	"fmt"
	"os/exec"
	"regexp"
	"strconv"
	"time"

	"github.com/callgate/callgate/runtime/runc"
)

// engineTime bounds how long a program may take to tell its version.
const engineTime = 10 * time.Second

// containerFacts are the container engines and runtimes in PATH, and what they lack.
func containerFacts(ctx context.Context) []fact {
	facts := []fact{containerdFact(ctx)}
	for _, name := range []string{"runc", "crun"} {
		facts = append(facts, runtimeFact(ctx, name))
	}
	return append(facts, shimFact())
}

// containerdVersion is in what containerd --version prints.
var containerdVersion = regexp.MustCompile(` v?((\d+)\.(\d+)\.\S+)`)

func containerdFact(ctx context.Context) fact {
	f := fact{Name: "containerd", Value: "not found"}
	path, err := exec.LookPath("containerd")
	if err != nil {
		return f
	}
	ctx, cancel := context.WithTimeout(ctx, engineTime)
	defer cancel()
	out, err := exec.CommandContext(ctx, path, "--version").Output()
	m := containerdVersion.FindSubmatch(out)
	if err != nil || m == nil {
		f.Value, f.Advice = path, "it does not tell its version; docs/compatibility.md lists what was tried"
		return f
	}
	f.Value = string(m[1])
	major, _ := strconv.Atoi(string(m[2])) // digits
	minor, _ := strconv.Atoi(string(m[3]))
	if major < 1 || major == 1 && minor < 6 {
		f.Advice = "before 1.6 it was not tried with callgate"
	}
	return f
}

func runtimeFact(ctx context.Context, name string) fact {
	f := fact{Name: name, Value: "not found"}
	if _, err := exec.LookPath(name); err != nil {
		return f
	}
	able, err := new(runc.Cache).Features(ctx, name)
	if err != nil {
		f.Value, f.Advice = "not usable", err.Error()
		return f
	}
	if f.Value = able.Version; f.Value == "" {
		f.Value = "version not told"
	}
	if able.Libseccomp != "" {
		f.Value += fmt.Sprintf(" with libseccomp %s", able.Libseccomp)
	}
	switch err := able.Usable(); {
	case err != nil:
		f.Advice = err.Error()
	case !able.WaitKillable:
		f.Advice = "filters can't ask for WAIT_KILLABLE_RECV (runc needs libseccomp 2.6 for it, both need Linux 5.19): " +
			"a signal can interrupt an intercepted call, which is then made again; callgate knows it again and reports it once"
	}
	return f
}

// shimFact tells whether a containerd with this PATH finds callgate's shim.
func shimFact() fact {
	const name = "containerd-shim-callgate-v1"
	f := fact{Name: "shim", Value: name + " not found"}
	if path, err := exec.LookPath(name); err == nil {
		f.Value = path
	} else {
		f.Advice = "containerd looks for it in its own PATH: callgate install puts it there"
	}
	return f
}
