package syscalls

import (
	"strings"
	"testing"
)

// TestSocketCall holds the table to the kernel's: net/socket.c, nargs.
func TestSocketCall(t *testing.T) {
	words := [...]int{1: 3, 3, 3, 2, 3, 3, 3, 4, 4, 4, 6, 6, 2, 5, 5, 3, 3, 4, 5, 4}
	for n := 1; n < len(words); n++ {
		c, got, ok := SocketCall(n)
		if !ok || got != words[n] {
			t.Errorf("SocketCall(%d) takes %d words, %v; want %d", n, got, ok, words[n])
			continue
		}
		if want := "SYS_" + strings.ToUpper(c.Type); socketCallNames.Render(uint64(n)) != want {
			t.Errorf("SocketCall(%d) is %s, its name is %s", n, c.Type, socketCallNames.Render(uint64(n)))
		}
		entries := Entries(I386, c.Type)
		if len(entries) == 0 || entries[len(entries)-1].Name != "socketcall" {
			t.Errorf("entries of %s on i386 lack socketcall: %+v", c.Type, entries)
		}
	}
	for _, n := range []int{-1, 0, len(words), 1 << 30} {
		if _, _, ok := SocketCall(n); ok {
			t.Errorf("SocketCall(%d) is a call", n)
		}
	}
	if _, ok := SocketCallOf("openat"); ok {
		t.Error("socketcall opens files")
	}
}

// TestVariants: numbers of the same evt.type whose registers are read differently.
func TestVariants(t *testing.T) {
	for _, tt := range []struct {
		abi  ABI
		name string
		typ  string
		args string
	}{
		{AMD64, "clone", "clone", "flags newsp parent_tid child_tid tls"},
		{I386, "clone", "clone", "flags newsp parent_tid tls child_tid"},
		{ARM64, "clone", "clone", "flags newsp parent_tid tls child_tid"},
		{I386, "umount", "umount", "name"},
		{I386, "umount2", "umount2", "name flags"},
		{AMD64, "umount2", "umount2", "name flags"},
		{I386, "truncate64", "truncate", "path length_low length_high"},
		{I386, "truncate", "truncate", "path length"},
		{AMD64, "truncate", "truncate", "path length"},
		{AMD64, "prlimit64", "prlimit", "pid resource new_limit old_limit"},
		{I386, "clock_settime64", "clock_settime", "clockid tp"},
	} {
		c := lookupName(t, tt.abi, tt.name)
		var names []string
		for _, a := range c.Args {
			names = append(names, a.Name)
		}
		if got := strings.Join(names, " "); c.Type != tt.typ || got != tt.args {
			t.Errorf("%v %s: %s(%s), want %s(%s)", tt.abi, tt.name, c.Type, got, tt.typ, tt.args)
		}
	}
}

func lookupName(t *testing.T, a ABI, name string) *Call {
	t.Helper()
	nr, ok := Number(a, name)
	c, found := Lookup(a, nr)
	if !ok || !found {
		t.Fatalf("%v has no call %s", a, name)
	}
	return c
}

// TestWidths: what the kernel drops of a register must not count.
func TestWidths(t *testing.T) {
	const junk = 0xdeadbeef00000000
	for _, tt := range []struct {
		abi  ABI
		name string
		arg  string
		reg  uint64
		want int
	}{
		{AMD64, "socket", "domain", junk | 17, 17},
		{AMD64, "openat", "dirfd", junk | 0xffffff9c, -100},
		{AMD64, "openat", "mode", 0xffff_ffff_ffff_01a4, 0o644},
		{AMD64, "setuid", "uid", junk | 0xffffffff, 0xffffffff},
		{I386, "setuid", "uid", 0xffff_0001, 1},
		{I386, "setuid", "uid", 0x1234_ffff, 0xffffffff},
		{I386, "setuid32", "uid", junk | 0x10001, 0x10001},
		{AMD64, "unshare", "flags", 0x1_0000_0000, 0x1_0000_0000},
		{I386, "unshare", "flags", 0x1_0000_0000, 0},
		{AMD64, "clone", "flags", junk | 0x20000, 0x20000},
		{AMD64, "ptrace", "request", 1<<32 | 16, 1<<32 | 16},
		{AMD64, "ptrace", "pid", junk | 1, 1},
		{AMD64, "mount", "flags", junk | 0x1000, 0x1000},
		{I386, "truncate", "length", 0xffffffff, -1},
	} {
		c := lookupName(t, tt.abi, tt.name)
		i, ok := c.Register(tt.arg)
		if !ok {
			t.Errorf("%s has no register %s", tt.name, tt.arg)
		} else if got := c.Args[i].Kind.Value(tt.abi, tt.reg); got != tt.want {
			t.Errorf("%v %s: %s of %#x is %d, want %d", tt.abi, tt.name, tt.arg, tt.reg, got, tt.want)
		}
	}
}

// TestOpenFlagsPerArchitecture: the same name, another bit (asm/fcntl.h).
func TestOpenFlagsPerArchitecture(t *testing.T) {
	for _, tt := range []struct {
		abi  ABI
		bits uint64
		want string
	}{
		{AMD64, 0x30000, "O_RDONLY|O_DIRECTORY|O_NOFOLLOW"},
		{I386, 0x8001, "O_WRONLY|O_LARGEFILE"},
		{ARM64, 0x30000, "O_RDONLY|O_DIRECT|O_LARGEFILE"},
		{ARM64, 0xc002, "O_RDWR|O_DIRECTORY|O_NOFOLLOW"},
		{AMD64, 0x410002, "O_RDWR|O_TMPFILE"},
		{ARM64, 0x404002, "O_RDWR|O_TMPFILE"},
		{AMD64, 0x101241, "O_WRONLY|O_SYNC|O_CREAT|O_TRUNC"},
		{AMD64, 0x1041, "O_WRONLY|O_CREAT|O_DSYNC"},
		{AMD64, 0x10000001, "O_WRONLY|0x10000000"},
	} {
		c := lookupName(t, tt.abi, "openat")
		if got := c.Args[2].Symbols.Render(tt.bits); got != tt.want {
			t.Errorf("%v: %#x is %s, want %s", tt.abi, tt.bits, got, tt.want)
		}
	}
}

func TestRender(t *testing.T) {
	for _, tt := range []struct {
		abi       ABI
		name, arg string
		v         uint64
		want      string
	}{
		{AMD64, "socket", "domain", 17, "AF_PACKET"},
		{AMD64, "socket", "domain", 99, "99"},
		{AMD64, "socket", "type", 0x80801, "SOCK_STREAM|SOCK_NONBLOCK|SOCK_CLOEXEC"},
		{AMD64, "ptrace", "request", 12, "PTRACE_GETREGS"},
		{ARM64, "ptrace", "request", 12, "12"},
		{AMD64, "clone", "flags", 0x20000 | 17, "SIGCHLD|CLONE_NEWNS"},
		{AMD64, "clone", "flags", 0x80, "0x80"},
		{AMD64, "unshare", "flags", 0x80, "CLONE_NEWTIME"},
		{AMD64, "setns", "nstype", 0, "0"},
		{AMD64, "kill", "sig", 0, "0"},
		{AMD64, "kill", "sig", 34, "34"},
		{AMD64, "chmod", "mode", 0o4755, "S_ISUID|S_IRUSR|S_IWUSR|S_IXUSR|S_IRGRP|S_IXGRP|S_IROTH|S_IXOTH"},
		{AMD64, "mknod", "mode", 0o020600, "S_IFCHR|S_IRUSR|S_IWUSR"},
		{AMD64, "mount", "flags", 0xc0ed1001, "MS_MGC_VAL|MS_RDONLY|MS_BIND"},
		{AMD64, "bpf", "cmd", 5, "BPF_PROG_LOAD"},
		{AMD64, "prctl", "option", 15, "PR_SET_NAME"},
	} {
		c := lookupName(t, tt.abi, tt.name)
		i, _ := c.Register(tt.arg)
		if got := c.Args[i].Symbols.Render(tt.v); got != tt.want {
			t.Errorf("%v %s.%s: %#x is %s, want %s", tt.abi, tt.name, tt.arg, tt.v, got, tt.want)
		}
	}
}
