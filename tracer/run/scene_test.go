package run_test

import (
	"bytes"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/rules/event"
)

// family is the command of a scene: its child "parent" has a child "child", which
// plays it.
func family(args []string) error {
	name, dir := args[0], args[1]
	cmd := &exec.Cmd{Path: filepath.Join(dir, "parent"), Args: []string{roleVictim, "family", name, dir, "again"}, Stdout: os.Stdout, Stderr: os.Stderr, Stdin: os.Stdin}
	if len(args) > 2 {
		cmd.Path, cmd.Args = filepath.Join(dir, "child"), []string{roleVictim, "scene", name, dir}
		cmd.Dir = filepath.Join(dir, "sub")
	}
	return cmd.Run()
}

// playScene tells what an alert can be compared with, and makes the call.
func playScene(args []string) error {
	name, dir := args[0], args[1]
	runtime.LockOSThread()
	if err := identity(); err != nil {
		return err
	}
	var fs unix.Statfs_t
	if err := unix.Statfs(dir, &fs); err != nil {
		return err
	}
	fmt.Printf("UPPER=%t\nHOST=%s\n", fs.Type == unix.OVERLAYFS_SUPER_MAGIC, hostOf("127.0.0.1"))
	if name != "exec" {
		if err := inode("/proc/self/exe"); err != nil {
			return err
		}
	}
	return plays[name](dir)
}

var plays = map[string]func(dir string) error{
	"open":     playOpen,
	"terminal": playOpen,
	"rename": func(string) error {
		if err := os.WriteFile("one", nil, 0o600); err != nil {
			return err
		}
		return unix.Renameat(unix.AT_FDCWD, "one", unix.AT_FDCWD, "../two")
	},
	"group": func(dir string) error {
		if err := unix.Setpgid(0, 0); err != nil {
			return err
		}
		return playOpen(dir)
	},
	"create": func(string) error {
		fd, err := unix.Openat(unix.AT_FDCWD, "made", unix.O_WRONLY|unix.O_CREAT|unix.O_CLOEXEC, 0o710)
		if err != nil {
			return err
		}
		return unix.Close(fd)
	},
	"list": func(string) error {
		fd, err := unix.Openat(unix.AT_FDCWD, "../sub", unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
		if err != nil {
			return err
		}
		return unix.Close(fd)
	},
	"setuid": func(string) error {
		// Of this thread alone; it is who it was.
		if _, _, errno := unix.RawSyscall(unix.SYS_SETUID, uintptr(os.Getuid()), 0, 0); errno != 0 {
			return errno
		}
		return nil
	},
	"listen": func(string) error {
		fd, err := boundSocket(unix.SOCK_STREAM)
		if err != nil {
			return err
		}
		if _, err := localAddress("S", fd); err != nil {
			return err
		}
		return unix.Listen(fd, 1)
	},
	"send":    playSend,
	"connect": playConnect,
	"exec": func(dir string) error {
		sh, err := filepath.EvalSymlinks("/bin/sh")
		if err != nil {
			return err
		}
		fmt.Printf("SH=%s\n", sh)
		if err := inode(sh); err != nil {
			return err
		}
		return unix.Exec(filepath.Join(dir, "program"), []string{"zero", "first", "second"}, []string{"CALLGATE_TEST=new"})
	},
}

func playOpen(string) error {
	fd, err := unix.Openat(unix.AT_FDCWD, "../link", unix.O_RDWR|unix.O_CREAT|unix.O_CLOEXEC, 0o640)
	if err != nil {
		return err
	}
	return unix.Close(fd)
}

// boundClient makes a bound socket and tells its address and the server's, which
// is returned.
func boundClient(kind, server int) (client int, to unix.Sockaddr, err error) {
	if client, err = boundSocket(kind); err != nil {
		return 0, nil, err
	}
	if to, err = localAddress("S", server); err != nil {
		return 0, nil, err
	}
	_, err = localAddress("C", client)
	return client, to, err
}

// playConnect connects a socket that is bound to a port which it has chosen.
func playConnect(string) error {
	server, err := boundSocket(unix.SOCK_STREAM)
	if err != nil {
		return err
	}
	if err := unix.Listen(server, 1); err != nil {
		return err
	}
	client, to, err := boundClient(unix.SOCK_STREAM, server)
	if err != nil {
		return err
	}
	fmt.Printf("FD=%d\n", client)
	return unix.Connect(client, to)
}

// playSend sends a datagram to where its socket is connected to.
func playSend(string) error {
	server, err := boundSocket(unix.SOCK_DGRAM)
	if err != nil {
		return err
	}
	client, to, err := boundClient(unix.SOCK_DGRAM, server)
	if err != nil {
		return err
	}
	if err := unix.Connect(client, to); err != nil {
		return err
	}
	return unix.Sendto(client, []byte("x"), 0, to)
}

// group tells who leads this process group.
func group() error {
	dir := fmt.Sprintf("/proc/%d/", unix.Getpgrp())
	name, err := os.ReadFile(dir + "comm")
	if err != nil {
		return err
	}
	argv, err := os.ReadFile(dir + "cmdline")
	exe, _, _ := bytes.Cut(argv, []byte{0})
	fmt.Printf("GNAME=%s\nGEXE=%s\n", bytes.TrimSpace(name), exe)
	return err
}

// inode tells the times of a file's inode.
func inode(path string) error {
	var st unix.Stat_t
	err := unix.Stat(path, &st)
	fmt.Printf("CTIME=%d\nMTIME=%d\n", st.Ctim.Nano(), st.Mtim.Nano())
	return err
}

// hostOf is the first name of an address in /etc/hosts.
func hostOf(ip string) string {
	b, _ := os.ReadFile("/etc/hosts") // without it no address has a name
	for line := range strings.Lines(string(b)) {
		if words := strings.Fields(line); len(words) > 1 && words[0] == ip {
			return words[1]
		}
	}
	return event.NA
}

func boundSocket(typ int) (int, error) {
	fd, err := unix.Socket(unix.AF_INET, typ|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return -1, err
	}
	return fd, unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}})
}

// localAddress tells where a socket is bound.
func localAddress(side string, fd int) (unix.Sockaddr, error) {
	sa, err := unix.Getsockname(fd)
	if err != nil {
		return nil, err
	}
	in := sa.(*unix.SockaddrInet4)
	at := netip.AddrPortFrom(netip.AddrFrom4(in.Addr), uint16(in.Port)) //nolint:gosec // a port
	fmt.Printf("%sPORT=%d\n%s=%v\n", side, in.Port, map[string]string{"S": "SERVER", "C": "CLIENT"}[side], at)
	return sa, nil
}

// identity tells who this thread is; as root it gives itself a login and few
// capabilities first.
func identity() error {
	sid, err := unix.Getsid(0)
	if err != nil {
		return err
	}
	leader, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", sid))
	if err != nil {
		return err
	}
	stat, err := os.ReadFile("/proc/thread-self/stat")
	if err != nil {
		return err
	}
	tty := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))[4]
	if err := group(); err != nil {
		return err
	}
	fmt.Printf("PID=%d\nPPID=%d\nTID=%d\nSID=%d\nSNAME=%s\nTTY=%s\n", os.Getpid(), os.Getppid(), unix.Gettid(), sid, bytes.TrimSpace(leader), tty)
	if os.Getuid() == 0 {
		_ = os.WriteFile("/proc/self/loginuid", []byte("0"), 0) // where the kernel and an earlier login let it
	}
	login, name := "-1", event.NA
	if b, err := os.ReadFile("/proc/self/loginuid"); err == nil && string(b) != "4294967295" {
		login = string(b)
		if login == "0" {
			name = "root"
		}
	} else if err != nil {
		login = event.NA
	}
	fmt.Printf("LOGINUID=%s\nLOGINNAME=%s\n", login, name)
	return capabilities()
}

func capabilities() error {
	sets := [3]string{event.NA, event.NA, event.NA}
	if os.Getuid() == 0 {
		const kill, raw, chown = 1 << unix.CAP_KILL, 1 << unix.CAP_NET_RAW, 1 << unix.CAP_CHOWN
		head := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
		data := [2]unix.CapUserData{{Effective: kill | raw, Permitted: kill | raw | chown, Inheritable: chown}}
		if err := unix.Capset(&head, &data[0]); err != nil {
			return err
		}
		sets = [3]string{"CAP_KILL CAP_NET_RAW", "CAP_CHOWN CAP_KILL CAP_NET_RAW", "CAP_CHOWN"}
	}
	fmt.Printf("EFFECTIVE=%s\nPERMITTED=%s\nINHERITABLE=%s\n", sets[0], sets[1], sets[2])
	return nil
}
