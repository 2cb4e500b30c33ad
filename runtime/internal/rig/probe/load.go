package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/signal"
	"runtime"
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

// load makes calls on three threads until SIGTERM. Two of them never pause: one
// executes programs, the other connects to the port after the named one, where
// nobody listens. The third connects to the named port by UDP now and then, to
// another loopback address each time, so that each of its calls can be told from
// all others and is made once: nothing makes the kernel restart it.
func load(args []string) {
	port, err := strconv.Atoi(strings.Join(args, " "))
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
		func() { r.connect(&r.Others, unix.SOCK_STREAM, port+1, "ECONNREFUSED") },
		func() {
			withoutSignals()
			r.connect(&r.Connects, unix.SOCK_DGRAM, port, "ok")
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

// withoutSignals gives the goroutine a thread of its own that no signal interrupts.
func withoutSignals() {
	runtime.LockOSThread()
	var all unix.Sigset_t
	for i := range all.Val {
		all.Val[i] = ^all.Val[i]
	}
	_ = unix.PthreadSigmask(unix.SIG_BLOCK, &all, nil) // fails for no set that is one
}

type recorder struct {
	sync.Mutex
	report.Load
}

// connect makes a call and counts it: the nth goes to 127.0.0.0 + n.
func (r *recorder) connect(count *int, kind, port int, want string) {
	n := *count + 1 // no other goroutine has this count
	to := &unix.SockaddrInet4{Port: port, Addr: [4]byte{127, byte(n >> 16), byte(n >> 8), byte(n)}}
	got := "ok"
	begin := report.Now()
	if err := connectTo(kind, to); err != nil {
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
