package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/runtime/internal/rig/probe/report"
)

const (
	slow     = 100 * time.Millisecond
	maxNotes = 1000

	// What is reported is to be read and counted by a test: so not too much of it.
	reportPause = 5 * time.Millisecond
)

// load makes calls on three threads until SIGTERM: it executes programs, connects
// to the port after the named one, both without pause, and connects to the named
// port now and then. Each of the latter goes to another loopback address, by
// which it can be told from all others. Every connect must give the errno that is
// named.
func load(args []string) {
	if len(args) != 2 {
		fmt.Fprintln(os.Stderr, "probe: load wants a port and a result")
		os.Exit(2)
	}
	port, err := strconv.Atoi(args[0])
	if err != nil {
		fmt.Fprintln(os.Stderr, "probe:", err)
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
		func() { r.exec() },
		func() { r.connect(&r.Others, port+1, args[1]) },
		func() {
			r.connect(&r.Connects, port, args[1])
			time.Sleep(reportPause)
		},
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
	_ = json.NewEncoder(os.Stdout).Encode(r.Load)
}

type recorder struct {
	sync.Mutex
	report.Load
}

// connect makes a call and counts it: the nth goes to 127.0.0.0 + n.
func (r *recorder) connect(count *int, port int, want string) {
	n := *count + 1 // no other goroutine has this count
	got := "ok"
	begin := report.Now()
	if err := connect([]string{fmt.Sprintf("127.%d.%d.%d:%d", n>>16&0xff, n>>8&0xff, n&0xff, port)}); err != nil {
		got = name(err)
	}
	r.note(begin, count, "connect", got, want)
}

// exec starts a program and waits for its end.
func (r *recorder) exec() {
	begin := report.Now()
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
	end := report.Now()
	r.Lock()
	defer r.Unlock()
	*count++
	if got != want && len(r.Failures) < maxNotes {
		r.Failures = append(r.Failures, strings.Join([]string{what, got}, ": "))
	}
	if end-begin > slow && len(r.Slow) < maxNotes {
		r.Slow = append(r.Slow, report.Slow{Begin: begin, End: end})
	}
}
