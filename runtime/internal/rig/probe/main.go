// Probe is the program that runs in the containers of tests: it makes one system
// call and says what came of it.
//
//	probe CALL [ARGUMENT]...
//
// prints "CALL: ok" or "CALL: ERRNO", and ends with 0 in both cases: what a call
// gives is the test's to judge. `probe load` makes calls until it is told to end,
// `probe clock` prints the time (package report). Called pause, or with no argument, it sleeps and
// reaps orphans, as a pod's first process does.
package main

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/runtime/internal/rig/probe/report"
)

// calls are what the probe can do, by name.
var calls = map[string]func(args []string) error{
	"connect": connect, // IPv4:PORT
	"setns":   setns,   // enters the namespace it is in
	"keyctl":  keyctl,  // reads its session keyring's id, which RuntimeDefault denies
	"traceme": traceme, // asks to be traced, which RuntimeDefault allows
	"exec":    execute, // PROGRAM [ARGUMENT]...
	"memory":  memory,  // allocates until something ends it
}

func main() {
	switch {
	case len(os.Args) == 1 || filepath.Base(os.Args[0]) == "pause":
		pause()
	case os.Args[1] == "load":
		load(os.Args[2:])
	case os.Args[1] == "clock":
		fmt.Println(report.Now().Nanoseconds())
	case calls[os.Args[1]] == nil:
		fmt.Fprintln(os.Stderr, "probe: no such call:", os.Args[1])
		os.Exit(2)
	default:
		result := "ok"
		if err := calls[os.Args[1]](os.Args[2:]); err != nil {
			result = name(err)
		}
		fmt.Printf("%s: %s\n", os.Args[1], result)
	}
}

// name is an errno's symbol, or another error's text.
func name(err error) string {
	var errno unix.Errno
	if errors.As(err, &errno) {
		return unix.ErrnoName(errno)
	}
	return err.Error()
}

// pause sleeps until it is told to end, and takes the status of orphans.
func pause() {
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, unix.SIGTERM, unix.SIGINT, unix.SIGCHLD)
	for s := range signals {
		if s != unix.SIGCHLD {
			return
		}
		for {
			if pid, err := unix.Wait4(-1, nil, unix.WNOHANG, nil); pid <= 0 && err != unix.EINTR {
				break
			}
		}
	}
}

func address(s string) (*unix.SockaddrInet4, error) {
	var a unix.SockaddrInet4
	b := &a.Addr
	if _, err := fmt.Sscanf(strings.TrimSpace(s), "%d.%d.%d.%d:%d", &b[0], &b[1], &b[2], &b[3], &a.Port); err != nil {
		return nil, err
	}
	return &a, nil
}

func connect(args []string) error {
	to, err := address(strings.Join(args, ""))
	if err != nil {
		return err
	}
	return connectTo(unix.SOCK_STREAM, to)
}

// connectTo does without package net, whose poller makes calls of its own.
func connectTo(kind int, to unix.Sockaddr) error {
	fd, err := unix.Socket(unix.AF_INET, kind|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	return unix.Connect(fd, to)
}

func setns([]string) error {
	fd, err := unix.Open("/proc/self/ns/uts", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	return unix.Setns(fd, unix.CLONE_NEWUTS)
}

func keyctl([]string) error {
	_, err := unix.KeyctlGetKeyringID(unix.KEY_SPEC_SESSION_KEYRING, true)
	return err
}

func traceme([]string) error {
	// The tracer is the runtime's or the shim's process, which lets no signal pass:
	// one of Go's scheduler would stop this thread for ever.
	withoutSignals()
	if _, _, errno := unix.RawSyscall(unix.SYS_PTRACE, unix.PTRACE_TRACEME, 0, 0); errno != 0 {
		return errno
	}
	return nil
}

func execute(args []string) error {
	if len(args) == 0 {
		return unix.EINVAL
	}
	return unix.Exec(args[0], args, os.Environ())
}

func memory([]string) error {
	for {
		b := make([]byte, 1<<20)
		for i := range b {
			b[i] = byte(i)
		}
		kept = append(kept, b)
	}
}

// kept is what memory must not let go.
var kept [][]byte
