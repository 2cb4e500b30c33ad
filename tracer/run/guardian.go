package run

import (
	"errors"
	"os"
	"runtime"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// The guardian is a small process between callgate and the command: parent of
// the command and subreaper of all its descendants, so that orphans come to it
// and none can leave. It ends them all when the command has ended or callgate
// is gone, even by SIGKILL. It is another process than callgate because
// callgate may be the one that dies, and because whoever traces must not be the
// one who waits (waitpid would take the tracer's stops).
//
// Its name differs from callgate's, so that "pkill callgate" does not hit both.
const guardianName = "cg-guardian"

// guardianArgs are what the guardian is told on its command line, in this order
// after its name; the command's path and arguments follow.
type guardianArgs struct {
	life   int // read end of a pipe that only callgate holds: end of file is its death
	report int // where statuses of the command are written
	ctl    int // the stage's end of the control socket, passed on
	// cgroup is the path of the cgroup that the guardian is to make for the
	// command, or empty.
	cgroup string
}

func (a guardianArgs) strings() []string {
	return []string{strconv.Itoa(a.life), strconv.Itoa(a.report), strconv.Itoa(a.ctl), a.cgroup}
}

func parseGuardianArgs(args []string) (a guardianArgs, command []string, err error) {
	for _, p := range []*int{&a.life, &a.report, &a.ctl} {
		if len(args) == 0 {
			return a, nil, errors.New("too few arguments")
		}
		if *p, err = strconv.Atoi(args[0]); err != nil {
			return a, nil, err
		}
		args = args[1:]
	}
	if len(args) == 0 {
		return a, nil, errors.New("too few arguments")
	}
	a.cgroup = args[0]
	return a, args[1:], nil
}

// guard is the guardian's main. It returns its exit status.
func guard(args []string) int {
	runtime.LockOSThread()
	a, command, err := parseGuardianArgs(args)
	if err != nil || len(command) < 2 {
		return statusOwnError
	}
	unix.CloseOnExec(a.life)
	unix.CloseOnExec(a.report)
	if err := errors.Join(
		unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0),
		// PR_SET_NAME names the calling thread, which need not be the main one, and
		// this file can be written only while the process is dumpable.
		os.WriteFile("/proc/self/comm", []byte(guardianName), 0),
		unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0),
	); err != nil {
		return statusOwnError
	}
	catchAll()
	// Made here and not by callgate: callgate can be killed before there is anybody
	// to remove it.
	if makeCgroup(a.cgroup) != nil {
		a.cgroup = "" // the walk has to do
	}
	pid, err := startStage(&a, command)
	if err != nil {
		return stageError(errors.Join(err, removeCgroup(a.cgroup)))
	}
	unix.Close(a.ctl)
	ignoreLibcSignals()
	// What kills callgate's whole process group (kill -9 %1, timeout -s KILL, a
	// process of the tree that slips into it) must not reach both of them: from
	// another session no process can come into this group (setpgid(2)).
	_, _ = unix.Setsid()
	silence()
	orphaned := make(chan struct{})
	go func() {
		for {
			if _, err := unix.Read(a.life, make([]byte, 1)); err == unix.EINTR {
				continue
			}
			close(orphaned)
			return
		}
	}()
	ended := make(chan struct{})
	go watchCommand(pid, a.report, ended)
	select {
	case <-ended:
	case <-orphaned:
	}
	endAll(a.cgroup)
	_ = removeCgroup(a.cgroup) // callgate may be gone, and does it otherwise
	return 0
}

// watchCommand reports every change of the command's state until it has ended.
func watchCommand(pid, report int, ended chan<- struct{}) {
	callgate := os.Getppid()
	_, _ = unix.Write(report, started(pid).bytes())
	for {
		var ws unix.WaitStatus
		got, err := unix.Wait4(-1, &ws, unix.WUNTRACED|unix.WCONTINUED, nil)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			break // ECHILD: endAll was quicker
		}
		if got != pid {
			continue // an orphan of the tree
		}
		if ws.Continued() {
			// By one of its own children: callgate, which stopped with it, must
			// answer their calls again.
			if isStopped(callgate) {
				_ = unix.Kill(callgate, unix.SIGCONT)
			}
			continue
		}
		_, _ = unix.Write(report, changed(ws).bytes())
		if ws.Exited() || ws.Signaled() {
			break
		}
	}
	close(ended)
}

// silence lets go of the command's standard streams: whoever reads or writes
// their other ends must not wait for the guardian.
func silence() {
	if null, err := unix.Open("/dev/null", unix.O_RDWR|unix.O_CLOEXEC, 0); err == nil {
		for fd := range 3 {
			_ = unix.Dup3(null, fd, 0)
		}
		unix.Close(null)
	}
}

// endAll kills all descendants until none is left.
func endAll(cgroup string) {
	for pause := time.Millisecond; ; pause = min(2*pause, 20*time.Millisecond) {
		killCgroup(cgroup)
		for _, sig := range []unix.Signal{unix.SIGSTOP, unix.SIGKILL} { // stopped first: a fork bomb must not outrun the walk
			walkTree(os.Getpid(), func(pid int) { _ = unix.Kill(pid, sig) })
		}
		if reapAll() {
			return
		}
		time.Sleep(pause)
	}
}

// reapAll collects dead children; true when no child, living or dead, is left.
// Orphans can only come to the subreaper, so then no descendant is left at all.
func reapAll() bool {
	for {
		switch pid, err := unix.Wait4(-1, nil, unix.WNOHANG, nil); {
		case err == unix.EINTR:
		case err == unix.ECHILD:
			return true
		case err != nil || pid == 0:
			return false
		}
	}
}
