package daemon_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

// What a daemon may take of memory for its containers, in KiB.
const (
	crowd           = 200
	memoryBase      = 60 << 10
	memoryContainer = 100
)

// A daemon with many containers keeps within its bounds of memory, and does
// nothing while they are idle.
func TestCrowd(t *testing.T) {
	if raceDetector {
		t.Skip("runs without the race detector, whose memory it would measure")
	}
	p := newPlace(t)
	r := p.start()
	alone, open := memory(t, r), descriptors(t, r)
	v := newVictims(t, crowd)
	keepers := make([]*testKeeper, crowd)
	for i := range crowd {
		k := p.keep(podContainer(fmt.Sprintf("c%03d", i), nil))
		k.add(v, i)
		keepers[i] = k
		v.unshare(i, 0)
	}
	if n := len(p.ps()); n != crowd {
		t.Fatalf("%d containers", n)
	}
	// Memory that the work has left is given back within minutes; here it counts.
	used := memory(t, r)
	threads := status(t, r, "Threads:")
	t.Logf("resident: %d KiB alone, %d KiB with %d containers (%d KiB each); %d threads", alone, used, crowd, (used-alone)/crowd, threads)
	if limit := memoryBase + crowd*memoryContainer; used > limit {
		t.Errorf("%d KiB are more than %d", used, limit)
	}

	const rest = 3 * time.Second
	before := ticks(t, r)
	time.Sleep(rest)
	busy := ticks(t, r) - before
	t.Logf("idle: %d ms of CPU in %v", busy*10, rest)
	// A tick is 10 ms. A collection of garbage may fall into the time; a loop that
	// polls for each container would take more.
	if busy > 30 {
		t.Errorf("%d ms of CPU in %v of idleness", busy*10, rest)
	}

	// All of it is given back, but for a few handles of processes that live.
	for i, k := range keepers {
		v.quit(i)
		k.conn.Close()
	}
	eventually(t, "all containers to go", func() bool { return len(p.ps()) == 0 })
	eventually(t, "the descriptors to be closed", func() bool { return descriptors(t, r) <= open+crowd/10 })
}

// memory is a daemon's resident memory in KiB, shared memory included.
func memory(t *testing.T, r *running) int { return status(t, r, "VmRSS:") }

func status(t *testing.T, r *running, key string) (n int) {
	t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", r.cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(b), key)
	if _, err := fmt.Sscan(after, &n); err != nil {
		t.Fatalf("read %s: %v", key, err)
	}
	return n
}

// ticks is the CPU time of a process in clock ticks (proc(5), utime and stime).
func ticks(t *testing.T, r *running) int {
	t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", r.cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(b), ") ")
	fields := strings.Fields(after)
	var user, system int
	if _, err := fmt.Sscan(fields[11]+" "+fields[12], &user, &system); err != nil {
		t.Fatal(err)
	}
	return user + system
}
