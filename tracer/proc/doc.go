// Package proc is what /proc and the kernel know about a thread that makes an
// intercepted system call: its name, parents, credentials, program, working
// directory, descriptors, and what a path or an execve of it would reach.
//
// Nothing that can change is cached: a process may rename itself or exec
// without being intercepted, so every answer is read when it is asked for. What
// is kept per thread are open files under /proc. Such a file is bound to the
// kernel's struct pid, not to the number, so a read of it costs about a tenth of
// an open and fails with ESRCH once the thread is gone, even when its number is
// in use again. Only the thread group id is remembered: it can't change while
// that handle is valid.
//
// All that is read here is written, named or numbered by the supervised
// process: every length is bounded and every parser is strict.
package proc
