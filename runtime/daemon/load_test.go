package daemon_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// load is a container that executes programs without pause.
type load struct {
	p      *runcPlace
	id     string
	bundle string
	ended  chan int // how many programs it has executed; 0: it does not tell
}

// startLoad starts a load, which ends with the test.
func (p *runcPlace) startLoad() *load {
	p.t.Helper()
	bundle := p.makeBundle(true, "sh", "-c", `i=0
		while [ ! -e /stop ]; do i=$((i+1)); /bin/echo n$i- >/dev/null || echo FAILED $i; done
		echo LAST $i`)
	l := &load{p: p, id: "load-" + filepath.Base(bundle), bundle: bundle, ended: make(chan int, 1)}
	// Longer than patience: it runs as long as what is done to its daemon takes.
	ctx, cancel := context.WithTimeout(p.t.Context(), 5*patience)
	go func() {
		defer cancel()
		out, err := p.world.Run(ctx, p.runc, "--root", p.path("runc"), "run", "-b", bundle, l.id)
		if err != nil || strings.Contains(out, "FAILED") {
			p.t.Errorf("%s: %q, %v", l.id, out, err)
		}
		_, text, _ := strings.Cut(out, "LAST ")
		last := 0
		_, _ = fmt.Sscan(text, &last)
		l.ended <- last
	}()
	p.t.Cleanup(func() { l.stop() })
	return l
}

// awaitLoad waits until loads have executed some programs more.
func (p *runcPlace) awaitLoad() {
	p.t.Helper()
	before := len(p.alerts())
	eventually(p.t, "the load to go on", func() bool { return len(p.alerts()) > before+5 })
}

// stop ends the load and returns how many programs it has executed.
func (l *load) stop() int {
	if err := os.WriteFile(filepath.Join(l.bundle, "rootfs", "stop"), nil, 0o600); err != nil {
		l.p.t.Error(err)
	}
	last := <-l.ended
	l.ended <- last
	return last
}

// loadAlert is the alert of a program of a load.
var loadAlert = regexp.MustCompile(`args=(n\d+)- .*"container\.id":"(load-[^"]+)"`)

// check looks for the alert of each program, when the load has ended: it is
// reported once or marked as a repeat.
func (l *load) check() {
	l.p.t.Helper()
	found, marked := make(map[string]int), make(map[string]int)
	for _, a := range l.p.alerts() {
		if m := loadAlert.FindStringSubmatch(a); m != nil && m[2] == l.id {
			found[m[1]]++
			if strings.Contains(a, `"callgate.repeat":true`) {
				marked[m[1]]++
			}
		}
	}
	last := l.stop()
	if last == 0 {
		l.p.t.Errorf("%s did not tell how many programs it has executed", l.id)
	}
	for k := 1; k <= last; k++ {
		name := fmt.Sprintf("n%d", k)
		if found[name] == 0 || found[name]-marked[name] > 1 {
			l.p.t.Errorf("program %s of %s: %d alerts, %d of them marked as repeats", name, l.id, found[name], marked[name])
		}
	}
}
