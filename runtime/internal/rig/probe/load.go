package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// Report is what load prints when it is told to end.
type Report struct {
	Connects, Execs int
	Failures        []string // unexpected results, the first few
	Slow            []Slow   // calls that took longer than slow
}

// Slow is a call that was held for long. Times are those of CLOCK_BOOTTIME, which
// is one for all containers and their host.
type Slow struct{ Begin, End time.Duration }

const (
	slow     = 100 * time.Millisecond
	maxNotes = 1000
)

// load connects to an address and executes programs, from as many threads as
// there are kinds of load, until SIGTERM. Every connect must give the errno
// that is named.
func load(args []string) {
	if len(args) != 2 {
		fmt.Fprintln(os.Stderr, "probe: load wants an address and a result")
		os.Exit(2)
	}
	var r recorder
	var wg sync.WaitGroup
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, unix.SIGTERM)
	end := make(chan struct{})
	go func() {
		<-stop
		close(end)
	}()
	for _, work := range []func(){
		func() { r.connect(args[0], args[1]) },
		func() { r.exec() },
	} {
		wg.Go(func() {
			for {
				select {
				case <-end:
					return
				default:
					work()
				}
			}
		})
	}
	wg.Wait()
	_ = json.NewEncoder(os.Stdout).Encode(r.Report)
}

type recorder struct {
	sync.Mutex
	Report
}

func (r *recorder) connect(to, want string) {
	got := "ok"
	begin := now()
	if err := connect([]string{to}); err != nil {
		got = name(err)
	}
	r.note(begin, &r.Connects, "connect", got, want)
}

// exec starts a program and waits for its end.
func (r *recorder) exec() {
	begin := now()
	got := "status 0"
	p, err := os.StartProcess("/bin/true", []string{"true"}, &os.ProcAttr{Files: []*os.File{nil, nil, os.Stderr}})
	if err == nil {
		var s *os.ProcessState
		if s, err = p.Wait(); err == nil {
			got = fmt.Sprintf("status %d", s.ExitCode())
		}
	}
	if err != nil {
		got = err.Error()
	}
	r.note(begin, &r.Execs, "exec", got, "status 0")
}

func (r *recorder) note(begin time.Duration, count *int, what, got, want string) {
	end := now()
	r.Lock()
	defer r.Unlock()
	*count++
	if got != want && len(r.Failures) < maxNotes {
		r.Failures = append(r.Failures, strings.Join([]string{what, got}, ": "))
	}
	if end-begin > slow && len(r.Slow) < maxNotes {
		r.Slow = append(r.Slow, Slow{begin, end})
	}
}

func now() time.Duration {
	var t unix.Timespec
	_ = unix.ClockGettime(unix.CLOCK_BOOTTIME, &t) // fails for no clock that exists
	return time.Duration(t.Nano())
}
