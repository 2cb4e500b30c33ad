// Command bench measures what supervision costs containers: their start, commands
// executed in them, and the memory and time of shims and daemon. It writes a
// section of docs/benchmarks.md; `make bench` runs it after testdata/bench. Like
// everything that talks to containerd it lies below runtime.
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/callgate/callgate/runtime/internal/rig"
)

// sectionHead begins the section; all that follows it in the file is the section.
const sectionHead = "\n## Containers\n"

type options struct {
	programs   string // directory of callgate and its shim
	containers int    // of the crowd
	starts     int
	idle       time.Duration
}

func main() {
	rig.Dispatch()
	var o options
	out := flag.String("o", "", "file whose section on containers is written anew; empty: standard output")
	flag.StringVar(&o.programs, "programs", "bin", "`directory` of the programs to measure")
	flag.IntVar(&o.containers, "containers", 200, "containers on one daemon")
	flag.IntVar(&o.starts, "starts", 200, "starts and execs of each kind, interleaved")
	flag.DurationVar(&o.idle, "idle", 30*time.Second, "how long the daemon is watched doing nothing")
	flag.Parse()
	err := run(o, *out)
	rig.Cleanup()
	var missing *rig.MissingError
	if errors.As(err, &missing) {
		fmt.Fprintln(os.Stderr, "bench: containers are not measured:", missing)
		return
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(o options, out string) error {
	if os.Geteuid() != 0 {
		return &rig.MissingError{What: "root"}
	}
	programs, err := filepath.Abs(o.programs)
	if err != nil {
		return err
	}
	o.programs = programs
	section, err := measure(o)
	if err != nil {
		return err
	}
	if out == "" {
		_, err := os.Stdout.WriteString(section)
		return err
	}
	page, err := os.ReadFile(out)
	if err != nil {
		return err
	}
	page, _, _ = bytes.Cut(page, []byte(sectionHead))
	return os.WriteFile(out, append(page, section...), 0o644)
}

// measure makes the section.
func measure(o options) (_ string, err error) {
	containerd, err := rig.Find("containerd", "2.4.2")
	if err != nil {
		return "", err
	}
	runc, err := rig.Find("runc", "1.5.2")
	if err != nil {
		return "", err
	}
	n, err := rig.NewNode(rig.NodeConfig{Containerd: containerd, Runtime: runc, Shim: filepath.Join(o.programs, "containerd-shim-callgate-v1")})
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, n.Close()) }()
	daemon, err := n.StartDaemon(filepath.Join(o.programs, "callgate"), "")
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Minute)
	defer cancel()
	var section bytes.Buffer
	fmt.Fprintf(&section, "%s\n%s with %s, the default rules; stock is containerd's own shim without callgate. %d interleaved rounds.\n\n",
		sectionHead, containerd, runc, o.starts)
	fmt.Fprintf(os.Stderr, "containers: starts and execs\n")
	if err := latencies(ctx, &section, n, o.starts); err != nil {
		return "", err
	}
	fmt.Fprintf(os.Stderr, "containers: %d on one daemon\n", o.containers)
	if err := crowd(ctx, &section, n, daemon, o); err != nil {
		return "", err
	}
	return section.String(), nil
}
