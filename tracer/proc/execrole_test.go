package proc

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"
)

// execPlan is an execveat that a child is to make.
type execPlan struct {
	Open    string // opened as descriptor FD first
	Memfd   string // or an anonymous file of this name, with the content of Open
	CloExec bool
	Dir     string // working directory
	UseFD   bool   // FD is the dirfd
	Path    string // %d is FD
	Flags   int
	Argv    []string
}

// execRole prints its descriptor, waits for a line, and execs "show".
func execRole() error {
	var p execPlan
	if err := json.Unmarshal([]byte(os.Getenv("ROLE_ARG")), &p); err != nil {
		return err
	}
	if p.Dir != "" {
		if err := os.Chdir(p.Dir); err != nil {
			return err
		}
	}
	fd, err := p.open()
	if err != nil {
		return err
	}
	fmt.Println("ready", fd)
	if _, err := bufio.NewReader(os.Stdin).ReadString('\n'); err != nil {
		return err
	}
	dirfd := unix.AT_FDCWD
	if p.UseFD {
		dirfd = fd
	}
	path, err := unix.BytePtrFromString(p.path(fd))
	if err != nil {
		return err
	}
	argv, envv := cArray(p.Argv), cArray([]string{roleVar + "=show"})
	_, _, errno := unix.Syscall6(unix.SYS_EXECVEAT, uintptr(dirfd), uintptr(unsafe.Pointer(path)),
		uintptr(unsafe.Pointer(&argv[0])), uintptr(unsafe.Pointer(&envv[0])), uintptr(p.Flags), 0)
	return errno
}

func (p *execPlan) path(fd int) string { return strings.ReplaceAll(p.Path, "%d", fmt.Sprint(fd)) }

func (p *execPlan) open() (int, error) {
	flags := unix.O_RDONLY
	if p.CloExec {
		flags |= unix.O_CLOEXEC
	}
	switch {
	case p.Memfd != "":
		b, err := os.ReadFile(p.Open)
		if err != nil {
			return -1, err
		}
		fd, err := unix.MemfdCreate(p.Memfd, 0)
		if err != nil {
			return -1, err
		}
		_, err = unix.Write(fd, b)
		return fd, err
	case p.Open != "":
		return unix.Open(p.Open, flags, 0)
	}
	return -1, nil
}

func cArray(list []string) []*byte {
	out := make([]*byte, 0, len(list)+1)
	for _, s := range list {
		b := append([]byte(s), 0)
		out = append(out, &b[0])
	}
	return append(out, nil)
}
