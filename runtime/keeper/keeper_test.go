package keeper_test

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/callgate/callgate/internal/victim"
	"github.com/callgate/callgate/runtime/agent"
	"github.com/callgate/callgate/runtime/control"
	"github.com/callgate/callgate/runtime/keeper"
	"github.com/callgate/callgate/runtime/meta"
	"github.com/callgate/callgate/seccomp"
)

func TestMain(m *testing.M) {
	victim.Dispatch(map[string]func([]string){
		"daemon":            daemonMain,
		"one call":          watched("one call, watched", seccomp.BestFlags()),
		"one call, watched": oneCall,
		"load":              watched("load, watched", seccomp.BestFlags()),
		"load, watched":     load,

		"load without WAIT_KILLABLE": watched("load, watched", seccomp.FlagNewListener),
	})
	os.Exit(m.Run())
}

// watched puts a victim under a filter and makes it go on as another.
func watched(role string, flags seccomp.Flags) func([]string) {
	return func(args []string) {
		victim.BeWatched(victim.Marked(), flags)
		victim.Become(role, args...)
	}
}

// oneCall makes a call and says what has become of it.
func oneCall([]string) {
	r, errno := victim.Call(0, call)
	if errno == 0 && int(r) == os.Getppid() {
		fmt.Print("went through")
	} else {
		fmt.Print(int(errno))
	}
}

// call is the argument of the one call: the stand-in lets it fail.
const call = 1

// load makes calls on several threads until its standard input ends, and checks
// what becomes of each. With the argument "policy" they may go through, too.
func load(args []string) {
	var over atomic.Bool
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		over.Store(true)
	}()
	parent, lenient := os.Getppid(), args[0] == "policy"
	var calls, wrong atomic.Int64
	var wg sync.WaitGroup
	for thread := range uint32(4) {
		wg.Go(func() {
			for i := uint32(0); !over.Load(); i++ {
				n := thread<<24 | i&0xffffff
				r, errno := victim.Call(0, uintptr(n))
				calls.Add(1)
				passed := errno == 0 && int(r) == parent
				if want := verdict(n); errno == want && (want != 0 || passed) || lenient && passed {
					continue
				}
				if wrong.Add(1) < 10 {
					fmt.Fprintf(os.Stderr, "call %d returned %d, %v\n", n, r, errno)
				}
			}
		})
	}
	wg.Wait()
	fmt.Printf("%t %d", calls.Load() > 0, wrong.Load())
}

const loadWell = "true 0"

// bench is a keeper under test.
type bench struct {
	*keeper.Keeper
	t      *testing.T
	socket string
	log    *log
}

// log collects what a keeper says.
type log struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// keep runs a keeper with a policy. When the test ends nothing of it must be left.
func keep(t *testing.T, loss control.Loss, timeout time.Duration, change ...func(*keeper.Config)) *bench {
	t.Helper()
	mine := goleak.IgnoreCurrent()
	t.Cleanup(func() {
		eventually(t, "goroutines are left", func() bool { return goleak.Find(mine) == nil })
	})
	before := descriptors(t, all)
	b := &bench{t: t, socket: filepath.Join(t.TempDir(), "s"), log: &log{}}
	cfg := keeper.Config{
		Container: meta.Container{ID: "it"}, Socket: b.socket, WaitKillable: seccomp.Require(seccomp.WaitKillableRecv) == nil,
		Policy: control.Policy{Mode: control.Enforce, OnSupervisorLoss: loss, SupervisorTimeout: timeout},
		Log:    slog.New(slog.NewTextHandler(b.log, nil)),
		// Only tests of daemons that do not answer want to know it soon.
		AnswerTimeout: victim.Limit,
	}
	for _, f := range change {
		f(&cfg)
	}
	k, err := keeper.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	b.Keeper = k
	go k.Run(t.Context())
	t.Cleanup(func() {
		k.Close()
		eventually(t, "descriptors are left", func() bool { return descriptors(t, all) <= before })
		if t.Failed() {
			t.Log(b.log)
		}
	})
	return b
}

// add hands a victim's listener to the keeper, as the agent does.
func (b *bench) add(v *victim.Victim) {
	b.t.Helper()
	l := os.NewFile(uintptr(v.Listener()), "listener")
	b.Add(agent.Received{Raw: json.RawMessage(`{"pid":1}`), Listener: l})
}

// logs waits until the keeper has said something.
func (b *bench) logs(text string) {
	b.t.Helper()
	eventually(b.t, "the log never says "+text, func() bool { return strings.Contains(b.log.String(), text) })
}

func eventually(t *testing.T, complaint string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(victim.Limit); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal(complaint)
		}
	}
}

// kept are what a keeper keeps of a listener, all what it can leave open.
var (
	kept = []string{"anon_inode:seccomp notify", "/memfd:callgate"}
	all  = append([]string{"anon_inode:[pidfd]", "pidfd:", "socket:", "anon_inode:[eventpoll]"}, kept...)
)

// descriptors counts this process's descriptors of some kinds.
func descriptors(t *testing.T, kinds []string) (n int) {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		to, err := os.Readlink("/proc/self/fd/" + e.Name())
		if err != nil {
			continue // it was the directory's own
		}
		for _, kind := range kinds {
			if strings.HasPrefix(to, kind) {
				n++
			}
		}
	}
	return n
}
