package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"

	"golang.org/x/sys/unix"
)

// write prints the medians and their ratios.
func (b *bench) write(w io.Writer) error {
	var t bytes.Buffer
	fmt.Fprintf(&t, "# Benchmarks\n\nMade by `make bench`; medians of %d interleaved rounds, microseconds per call as one caller sees it.\n"+
		"Such machines are noisy: compare within a row. What the columns mean stands below.\n\n%s\n\n", b.rounds, machine())
	fmt.Fprintln(&t, "| call | callers | plain | filter, no match | floor | callgate | strace | callgate / floor | strace / callgate |")
	fmt.Fprintln(&t, "|---|---|---|---|---|---|---|---|---|")
	for i := range workloads {
		wl := &workloads[i]
		for _, n := range callerCounts {
			m := func(way string) int { return b.median(wl, way, n) }
			fmt.Fprintf(&t, "| %s | %d | %s | %s | %s | %s | %s | %s | %s |\n", wl.name, n, us(m("plain")), us(m("filter, no match")), us(m("floor")),
				us(m("callgate")), us(m("strace")), ratio(m("callgate"), m("floor")), ratio(m("strace"), m("callgate")))
		}
	}
	idle := find("getppid")
	fmt.Fprintf(&t, "\nNo rule names getppid: under callgate it costs %d ns more than plain (one caller).\n", b.median(idle, "callgate", 1)-b.median(idle, "plain", 1))
	if err := evaluation(&t); err != nil {
		return err
	}
	fmt.Fprint(&t, legend)
	for _, section := range []func(io.Writer) error{b.rulesets, b.reading} {
		if err := section(&t); err != nil {
			return err
		}
	}
	_, err := w.Write(t.Bytes())
	return err
}

const legend = `
- plain: the call without a filter. execve is ForkExec and wait of /bin/true; openat is followed by close.
- filter, no match: the default rules' filter less the measured call (and execve), with a supervisor that has nothing to do.
- floor: a filter that intercepts just this call, answered by a minimal loop of RECV and CONTINUE in Go.
- callgate: ` + "`callgate run --host`" + ` with the default rules: read, decode, judge, answer. --host, so that nothing is reported.
- strace: ` + "`strace -f --seccomp-bpf -e trace=CALL`" + ` writing to /dev/null. For getppid, the floor and strace intercept it, callgate does not.
`

func us(ns int) string { return fmt.Sprintf("%.2f", float64(ns)/1000) }

func ratio(a, b int) string {
	if b == 0 {
		return "–"
	}
	return fmt.Sprintf("%.2f", float64(a)/float64(b))
}

// machine tells what was measured on.
func machine() string {
	var u unix.Utsname
	_ = unix.Uname(&u)
	strace := "strace"
	if out, err := exec.Command("strace", "--version").Output(); err == nil {
		strace, _, _ = strings.Cut(string(out), "\n")
	}
	return fmt.Sprintf("%d × %s, Linux %s, %s, %s.", runtime.NumCPU(), cpuModel(), unix.ByteSliceToString(u.Release[:]), runtime.Version(), strace)
}

func cpuModel() string {
	info, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(info)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return runtime.GOARCH
}
