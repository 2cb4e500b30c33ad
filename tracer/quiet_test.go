package tracer_test

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/alert"
	"github.com/callgate/callgate/internal/victim"
	"github.com/callgate/callgate/rules"
	"github.com/callgate/callgate/seccomp"
	"github.com/callgate/callgate/tracer"
	"github.com/callgate/callgate/tracer/notify"
	"github.com/callgate/callgate/tracer/source"
	"github.com/callgate/callgate/tracer/stats"
)

const quietListeners = 100

func init() {
	// Threads under a filter each, that make some calls and then are quiet.
	roles["quiet"] = func([]string) {
		var wg sync.WaitGroup
		quiet := make(chan struct{})
		for range quietListeners {
			wg.Go(func() {
				runtime.LockOSThread()
				victim.BeWatchedToo(opens(), seccomp.BestFlags())
				path := []byte("/secret\x00")
				for range 5 {
					_, _, _ = unix.Syscall6(unix.SYS_OPENAT, ^uintptr(0), uintptr(unsafe.Pointer(&path[0])), unix.O_RDONLY|opensMark, 0, 0, 0)
				}
				<-quiet
			})
		}
		_, _ = io.Copy(io.Discard, os.Stdin)
		close(quiet)
		wg.Wait()
	}
}

// resident is the memory of this process that is its own or shared with a
// keeper, in KiB.
func resident(t *testing.T) (kib int) {
	t.Helper()
	debug.FreeOSMemory()
	b, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(b)) {
		var n int
		if _, err := fmt.Sscanf(line, "RssAnon: %d kB", &n); err == nil {
			kib += n
		} else if _, err := fmt.Sscanf(line, "RssShmem: %d kB", &n); err == nil {
			kib += n
		}
	}
	return kib
}

// A container that is quiet costs little: no thread, no judge's buffers.
func TestQuietContainersAreSmall(t *testing.T) {
	v := victim.Start(t, false, "quiet")
	var alerts atomic.Int64
	st := stats.New()
	sup, err := tracer.New(tracer.Config{Stats: st, Alerts: func(*alert.Alert) { alerts.Add(1) }})
	if err != nil {
		t.Fatal(err)
	}
	defer sup.Close()
	policy := tracer.NewPolicy(load(t, denySecret), rules.Enforce)
	before := resident(t)
	served := make(chan error, quietListeners)
	for range quietListeners {
		l := v.Listen()
		slots, err := notify.NewSlots()
		if err != nil {
			t.Fatal(err)
		}
		defer slots.Close()
		entry := tracer.NewSandbox(&tracer.Facts{}, policy).Enter(tracer.Entering{PID: v.Cmd.Process.Pid})
		go func() {
			served <- notify.Serve(l, notify.Options{NewHandler: func() source.Handler { return sup.NewHandler(entry) }, Stats: st, Slots: slots, Waiting: notify.Parked})
		}()
	}
	for end := time.Now().Add(victim.Limit); alerts.Load() < 5*quietListeners; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d alerts", alerts.Load())
		}
	}
	each := (resident(t) - before) / quietListeners
	t.Logf("%d KiB a container", each)
	if each > 100 && !raceDetector {
		t.Errorf("%d KiB a container", each)
	}
	v.CloseInput()
	_ = v.End()
	for range quietListeners {
		if err := <-served; err != nil {
			t.Error(err)
		}
	}
}
