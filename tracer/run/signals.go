package run

import (
	"os"
	"os/signal"
	"unsafe"

	"golang.org/x/sys/unix"
)

// catchAll keeps signals that are meant for the command from ending the
// guardian. Handlers, not SIG_IGN: those the command would inherit. What was
// ignored when callgate started (nohup) stays so, and the command inherits it.
func catchAll() {
	var catch []os.Signal
	for s := unix.Signal(1); s < 65; s++ {
		if s != unix.SIGCHLD && s != unix.SIGURG && s != unix.SIGKILL && s != unix.SIGSTOP && !signal.Ignored(s) {
			catch = append(catch, s)
		}
	}
	signal.Notify(make(chan os.Signal, 1), catch...)
}

// ignoreLibcSignals ignores the two signals that Go leaves to the C library and
// can't be made to catch (32 and 34, runtime/sigtab_linux_generic.go): they would
// end this process, and any of the same user may send them. It must come after
// the last exec of this process and its children: those would inherit it.
func ignoreLibcSignals() {
	for _, s := range []uintptr{32, 34} {
		// struct sigaction begins with the handler on every architecture.
		ignore := [8]uintptr{1} // SIG_IGN
		_, _, _ = unix.RawSyscall6(unix.SYS_RT_SIGACTION, s, uintptr(unsafe.Pointer(&ignore)), 0, 8, 0, 0)
	}
}
