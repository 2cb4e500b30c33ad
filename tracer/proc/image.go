package proc

import (
	"bytes"
	"errors"
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/rules/event"
	"github.com/callgate/callgate/seccomp"
)

// Image is what an execve would run.
type Image struct {
	// ExePath is the file that is mapped, the interpreter for a script, in the
	// thread's root; memfd:NAME for an anonymous file.
	ExePath string
	// Comm is the name that the process would have, at most 15 bytes.
	Comm string
	// Script is the first script's name, as the interpreter is told it; "" for
	// a binary.
	Script string
	// Argv are the arguments as the kernel would pass them. The slice is valid
	// until the next Image or Cmdline of this Thread.
	Argv []string
	// Memfd: the file is an anonymous one. Layer and Times are about the same file.
	Memfd bool
	Layer
	Times // zero unless Reached
	// Err is why this exec can't succeed, as the kernel would say it (ENOENT,
	// EACCES, ENOEXEC, ENOTDIR, ELOOP); nil when it can, or when callgate can't
	// tell.
	Err error
	// Reached is false when ExePath is only what the path says: nothing is there,
	// or Blocked tells why callgate could not look.
	Reached bool
	Blocked error
	// Exact is false when callgate could not see all of it: the script's first
	// line, or the way to the file.
	Exact bool
}

// maxScripts is how many interpreters may be scripts themselves: exec_binprm
// goes round six times (Linux 5.8 and later; tried on 6.18).
const maxScripts = 5

// commLen is TASK_COMM_LEN without its NUL.
const commLen = 15

// Image finds what execveat(dirfd, path, argv, flags) would run; for execve dirfd
// is AT_FDCWD and flags 0. An error is about callgate's look at the thread; an
// exec that can't succeed has an Image with Err.
func (t *Thread) Image(a *event.Arena, dirfd int, path []byte, flags int, argv []string) (Image, error) {
	if err := t.prove(); err != nil {
		return Image{}, err
	}
	x := execution{t: t, a: a, w: t.tb.walker(), dirfd: dirfd, path: path, flags: flags}
	defer t.tb.putWalker(x.w)
	t.setArgv(argv)
	err := x.run()
	x.im.Argv = t.argv
	if x.im.Blocked == nil {
		x.im.Blocked = err
	}
	if errors.Is(err, ErrGone) {
		return Image{}, err
	}
	return x.im, nil
}

// execution follows one exec through its interpreters.
type execution struct {
	t     *Thread
	a     *event.Arena
	w     *walker
	dirfd int
	path  []byte
	flags int
	im    Image
}

func (x *execution) run() error {
	x.im.Exact = true
	x.im.Comm = x.a.String(truncate(x.path[bytes.LastIndexByte(x.path, '/')+1:], commLen))
	if len(x.path) == 0 && x.flags&unix.AT_EMPTY_PATH == 0 {
		x.im.Err = unix.ENOENT
		return nil
	}
	err := x.t.walk(x.w, x.dirfd, x.path, x.flags&unix.AT_SYMLINK_NOFOLLOW == 0)
	interp := x.bprmName()
	for depth := 0; ; depth++ {
		var head []byte
		if head, err = x.look(err); err != nil || x.im.Err != nil {
			return err
		}
		line, script := parseShebang(head)
		if !script {
			x.settle(head)
			return nil
		}
		if len(line.interp) == 0 {
			x.im.Err = unix.ENOEXEC
			return nil
		}
		if depth == maxScripts {
			x.im.Err = unix.ELOOP
			return nil
		}
		if depth == 0 {
			x.im.Script = interp
			if x.inaccessible() {
				x.im.Err = unix.ENOENT
				return nil
			}
		}
		interp = x.rewrite(line, interp)
		x.w.reset()
		err = x.t.walkAgain(x.w, line.interp)
	}
}

// bprmName is the name that the kernel gives to what it executes, and to the
// interpreter as the script's: the path, or one through /dev/fd.
func (x *execution) bprmName() string {
	if x.dirfd == unix.AT_FDCWD || (len(x.path) > 0 && x.path[0] == '/') {
		return x.a.String(x.path)
	}
	mark := x.a.Mark()
	var b [32]byte
	x.a.AppendBytes(strconv.AppendInt(append(b[:0], "/dev/fd/"...), int64(x.dirfd), 10))
	if len(x.path) > 0 {
		x.a.Append("/")
		x.a.AppendBytes(x.path)
	}
	return x.a.Since(mark)
}

// rewrite does to the arguments what binfmt_script does: argv[0] makes room for
// the interpreter, its one argument and the script.
func (x *execution) rewrite(line shebang, script string) (interp string) {
	argv := x.t.argv
	interp = x.a.String(line.interp)
	if line.hasArg {
		argv = append(argv, "", "")
		copy(argv[3:], argv[1:len(argv)-2])
		argv[0], argv[1], argv[2] = interp, x.a.String(line.arg), script
	} else {
		argv = append(argv, "")
		copy(argv[2:], argv[1:len(argv)-1])
		argv[0], argv[1] = interp, script
	}
	x.t.argv = argv
	return interp
}

// settle fills in what is known of the file that is mapped in the end.
func (x *execution) settle(head []byte) {
	if len(head) > 0 && !isELF(head) && !x.t.otherFormats() {
		x.im.Err = unix.ENOEXEC
		return
	}
	if len(x.path) == 0 {
		x.im.Comm = x.emptyPathComm()
	}
	if x.im.Exact && !x.im.Memfd {
		x.im.Layer = x.t.layerOf(x.w.cur, x.im.ExePath)
	}
}

// emptyPathComm is the name after execveat(fd, ""): the descriptor's number, or
// where the kernel has it so the file's name in its directory, of the
// interpreter's file even if a script was named (tried on 6.18).
func (x *execution) emptyPathComm() string {
	if seccomp.Require(seccomp.ExecNameOfFile) != nil {
		var b [16]byte
		return x.a.String(strconv.AppendInt(b[:0], int64(x.dirfd), 10))
	}
	name := x.im.ExePath
	for i := len(name) - 1; i >= 0; i-- {
		if name[i] == '/' {
			name = name[i+1:]
			break
		}
	}
	return name[:min(len(name), commLen)]
}

// setArgv copies the arguments; without any the kernel passes one empty one
// (Linux 5.18).
func (t *Thread) setArgv(argv []string) {
	if len(argv) == 0 {
		t.argv = append(t.argv[:0], "")
		return
	}
	t.argv = append(t.argv[:0], argv...)
}

func truncate(b []byte, n int) []byte { return b[:min(len(b), n)] }
