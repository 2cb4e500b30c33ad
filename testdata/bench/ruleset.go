package main

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/callgate/callgate/alert"
	"github.com/callgate/callgate/rules"
	"github.com/callgate/callgate/rules/event"
	"github.com/callgate/callgate/seccomp/syscalls"
	"github.com/callgate/callgate/tracer"
	"github.com/callgate/callgate/tracer/recording"
)

// falcoRulesEnv names the directory of Falco's official rule files.
const falcoRulesEnv = "CALLGATE_FALCO_RULES"

// rulesets measures what sets of rules cost: their loading, in a process of its
// own, as every start of callgate pays it; an event; memory.
func (b *bench) rulesets(w io.Writer) error {
	fmt.Fprint(w, "\n## Rules\n\nLoading is a new process each time, from its start to the compiled set; medians.\n\n"+
		"| set | rules | loaded in, ms | kept in memory, KiB |\n|---|---|---|---|\n")
	sets := []struct{ name, path string }{{"the embedded rules", rules.Builtin}}
	if dir := os.Getenv(falcoRulesEnv); dir != "" {
		sets = append(sets, struct{ name, path string }{"Falco's official rules", dir})
	}
	for _, s := range sets {
		var took []time.Duration
		var out []byte
		for range 3 * b.rounds {
			begin := time.Now()
			var err error
			if out, err = exec.Command(b.self, "loadrules", s.path).Output(); err != nil {
				return fmt.Errorf("load %s: %w", s.name, err)
			}
			took = append(took, time.Since(begin))
		}
		slices.Sort(took)
		n, kept, _ := strings.Cut(strings.TrimSpace(string(out)), " ")
		fmt.Fprintf(w, "| %s | %s | %.0f | %s |\n", s.name, n, float64(took[len(took)/2].Microseconds())/1000, kept)
	}
	if len(sets) == 1 {
		fmt.Fprintf(w, "\nFalco's official rules were not measured: %s names no directory.\n", falcoRulesEnv)
	}
	return b.growth(w)
}

// loadRules is the process that loads rules; it tells how many there are, and the
// KiB that they keep.
func loadRules(path string) error {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	set, err := rules.Load(rules.Options{Paths: []string{path}})
	if err != nil {
		return err
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	fmt.Println(len(set.Rules()), (int(after.HeapAlloc)-int(before.HeapAlloc))>>10)
	runtime.KeepAlive(set)
	return nil
}

// growth measures an openat by sets of which six rules are about it and all others
// about other calls.
func (b *bench) growth(w io.Writer) error {
	fmt.Fprint(w, "\nAn openat that matches nothing, by sets of which 6 rules are about openat:\n\n| rules | ns an event | to 60 rules |\n|---|---|---|\n")
	counts := []int{60, 93, 600}
	ns := make(map[int][]int)
	for range b.rounds {
		for _, n := range counts {
			set, err := manyRules(n)
			if err != nil {
				return err
			}
			eval := set.NewEvaluator()
			fillOpen(eval.Event())
			var matched []*rules.Rule
			r := testing.Benchmark(func(b *testing.B) {
				for b.Loop() {
					matched = eval.Match(matched[:0])
				}
			})
			if len(matched) > 0 {
				return fmt.Errorf("the event that should match nothing matches %s", matched[0].Name)
			}
			ns[n] = append(ns[n], int(r.NsPerOp()))
		}
	}
	median := func(n int) int { slices.Sort(ns[n]); return ns[n][len(ns[n])/2] }
	for _, n := range counts {
		fmt.Fprintf(w, "| %d | %d | %s |\n", n, median(n), ratio(median(n), median(counts[0])))
	}
	return b.replay(w)
}

func fillOpen(ev *event.Event) {
	ev.Reset()
	ev.Evt.Type, ev.Evt.IsOpenWrite, ev.FD.Name, ev.Proc.Name = "openat", true, "/srv/data", "postgres"
}

// manyRules makes a set of n rules.
func manyRules(n int) (*rules.Set, error) {
	dir, err := os.MkdirTemp("", "callgate-bench-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // a directory of its own
	types := slices.DeleteFunc(syscalls.Types(), func(t string) bool { return t == "openat" })
	var text strings.Builder
	for i := range n {
		condition := fmt.Sprintf("evt.type == %q", types[i%len(types)])
		if i < 6 {
			condition = `evt.type == "openat" and evt.is_open_write`
		}
		fmt.Fprintf(&text, "- rule: r%d\n  condition: %s and proc.name in [\"a%d\", \"b\"] and fd.name startsWith \"/etc/%d\"\n  output: x\n  priority: notice\n", i, condition, i, i)
	}
	path := filepath.Join(dir, "rules.yaml")
	if err := os.WriteFile(path, []byte(text.String()), 0o600); err != nil {
		return nil, err
	}
	return rules.Load(rules.Options{Paths: []string{path}})
}

// replay measures how fast a recording is judged again, its reading included.
func (b *bench) replay(w io.Writer) error {
	const events = 20_000
	dir, err := os.MkdirTemp("", "callgate-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // a directory of its own
	path := filepath.Join(dir, "r.cgr")
	if err := record(path, events); err != nil {
		return err
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	set, err := rules.Load(rules.Options{})
	if err != nil {
		return err
	}
	var rates []int
	for range b.rounds {
		begin := time.Now()
		r, err := recording.NewReader(bytes.NewReader(content))
		if err != nil {
			return err
		}
		replay := tracer.NewReplay(set, rules.Monitor, "bench", func(*alert.Alert) {})
		for range events {
			e, err := r.Next()
			if err != nil {
				return err
			}
			replay.Judge(e)
		}
		rates = append(rates, int(events/time.Since(begin).Seconds()))
	}
	slices.Sort(rates)
	z, err := gzip.NewReader(bytes.NewReader(content))
	if err != nil {
		return err
	}
	plain, err := io.Copy(io.Discard, z) //nolint:gosec // it was written above
	fmt.Fprintf(w, "\nReplay by the default rules: %s events a second; such an event takes %d bytes in a recording, %d before compression.\n",
		strconv.Itoa(rates[len(rates)/2]), len(content)/events, int(plain)/events)
	return err
}

// record writes a recording of events like those of a busy server.
func record(path string, events int) error {
	w, err := recording.Create(path, "bench", func(error) {})
	if err != nil {
		return err
	}
	ev := new(event.Event)
	for i := range events {
		fillOpen(ev)
		ev.Evt.Num, ev.Evt.Time, ev.Proc.PID, ev.Thread.TID = i, int(time.Now().UnixNano()), 100+i%50, 100+i%50
		ev.Proc.Exe, ev.Proc.ExePath, ev.Proc.CWD = "/usr/lib/postgresql/15/bin/postgres", "/usr/lib/postgresql/15/bin/postgres", "/var/lib/postgresql/15/main"
		ev.Proc.CmdLine, ev.FD.Name = "postgres: writer "+strconv.Itoa(i%50), "/var/lib/postgresql/15/main/base/5/"+strconv.Itoa(i)
		ev.Proc.AName = [event.Depth]string{"postgres", "postgres", "sh", "containerd-shim"}
		ev.Container.ID, ev.Container.Name, ev.K8s.Pod.Name, ev.K8s.NS.Name = "0123456789ab", "db", "db-0", "default"
		if err := ev.SetAll(map[string]any{"proc.env": []any{"PGDATA=/var/lib/postgresql/15/main", "LANG=C.UTF-8", "PATH=/usr/local/bin:/usr/bin:/bin"}}); err != nil {
			return err
		}
		w.Put(&recording.Entry{Call: i, ABI: syscalls.AMD64, Event: ev})
	}
	return w.Close()
}
