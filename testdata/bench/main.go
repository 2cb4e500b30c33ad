// Command bench measures what an interception costs, all ways in one run,
// interleaved, and writes the table of docs/benchmarks.md. These are figures of
// one machine: compare within a run only.
package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"slices"

	"github.com/callgate/callgate/rules"
	"github.com/callgate/callgate/seccomp"
	"github.com/callgate/callgate/seccomp/syscalls"
	"github.com/callgate/callgate/tracer/run"
)

type bench struct {
	self, callgate string
	rounds         int
	defaults       *seccomp.Filter // of the default rules
	figures        map[figure][]int
}

// figure is one cell: nanoseconds per call, one a round.
type figure struct {
	workload, way string
	callers       int
}

func main() {
	run.Dispatch()
	if len(os.Args) > 1 && os.Args[1] == "load" {
		if err := load(os.Args[2:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	if len(os.Args) > 2 && os.Args[1] == "loadrules" {
		if err := loadRules(os.Args[2]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	out := flag.String("o", "", "file to write; empty: standard output")
	callgate := flag.String("callgate", "bin/callgate", "the binary to measure")
	only := flag.String("only", "", "measure this call alone")
	rounds := flag.Int("rounds", 7, "interleaved rounds (medians are reported)")
	flag.Parse()
	if err := measureAll(*callgate, *rounds, *only, *out); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func measureAll(callgate string, rounds int, only, out string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	if _, err := exec.LookPath("strace"); err != nil {
		return fmt.Errorf("strace is measured too: %w", err)
	}
	if only != "" {
		workloads = slices.DeleteFunc(workloads, func(w workload) bool { return w.name != only && w.name != "getppid" })
	}
	set, err := rules.Load(rules.Options{})
	if err != nil {
		return err
	}
	b := &bench{self: self, callgate: callgate, rounds: rounds, defaults: set.Filter(rules.Monitor, syscalls.Native()), figures: map[figure][]int{}}
	for round := range rounds {
		fmt.Fprintf(os.Stderr, "round %d of %d\n", round+1, rounds)
		if err := b.round(); err != nil {
			return err
		}
	}
	w := os.Stdout
	if out != "" {
		if w, err = os.Create(out); err != nil {
			return err
		}
		defer w.Close()
	}
	return b.write(w)
}

var callerCounts = []int{1, 2, 8}

func (b *bench) round() error {
	for i := range workloads {
		w := &workloads[i]
		for _, callers := range callerCounts {
			for _, way := range ways {
				ns, err := way.run(b, w, callers)
				if err != nil {
					return fmt.Errorf("%s, %s, %d callers: %w", w.name, way.name, callers, err)
				}
				f := figure{w.name, way.name, callers}
				b.figures[f] = append(b.figures[f], ns)
			}
		}
	}
	return nil
}

// median of all rounds, in nanoseconds.
func (b *bench) median(w *workload, way string, callers int) int {
	list := slices.Sorted(slices.Values(b.figures[figure{w.name, way, callers}]))
	return list[len(list)/2]
}
