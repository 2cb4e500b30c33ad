package syscalls

import (
	"slices"
	"strings"
	"testing"
)

var decoded = []ABI{AMD64, I386, ARM64}

// wanted are the kernel's names of the calls that must be decoded on every ABI
// that has them.
var wanted = strings.Fields(`execve execveat open openat openat2 creat connect sendto sendmsg sendmmsg bind listen accept accept4
	socket socketpair setns unshare clone clone3 mount umount umount2 pivot_root move_mount open_tree fsopen fsconfig fsmount
	mount_setattr chroot chdir ptrace process_vm_writev process_vm_readv init_module finit_module delete_module kexec_load
	kexec_file_load bpf userfaultfd memfd_create symlink symlinkat link linkat rename renameat renameat2 unlink unlinkat rmdir
	mkdir mkdirat mknod mknodat chmod fchmod fchmodat fchmodat2 chown lchown fchown fchownat chown32 lchown32 fchown32 setuid
	setgid setreuid setregid setresuid setresgid setfsuid setfsgid setgroups setuid32 setgid32 setreuid32 setregid32
	setresuid32 setresgid32 setfsuid32 setfsgid32 setgroups32 capset prctl dup dup2 dup3 kill tkill tgkill rt_sigqueueinfo
	rt_tgsigqueueinfo pidfd_send_signal pidfd_open pidfd_getfd prlimit64 keyctl add_key request_key perf_event_open
	io_uring_setup io_uring_enter io_uring_register personality seccomp sethostname setdomainname settimeofday clock_settime
	clock_settime64 adjtimex reboot swapon swapoff truncate ftruncate truncate64 ftruncate64 open_by_handle_at
	name_to_handle_at acct syslog iopl ioperm setpgid setsid socketcall`)

func TestWantedCallsAreDecoded(t *testing.T) {
	seen := make(map[string]bool)
	for _, a := range decoded {
		for _, name := range wanted {
			nr, ok := Number(a, name)
			if !ok {
				continue
			}
			seen[name] = true
			if c, ok := Lookup(a, nr); !ok || c.Type == "" {
				t.Errorf("%v: %s (%d) is not decoded", a, name, nr)
			}
		}
	}
	for _, name := range wanted {
		if !seen[name] {
			t.Errorf("no ABI has %s", name)
		}
	}
}

func TestEntriesAgreeWithLookup(t *testing.T) {
	for _, a := range decoded {
		numbers := make(map[int]string)
		for _, typ := range Types() {
			for _, e := range Entries(a, typ) {
				if e.Name == "socketcall" && typ != "socketcall" {
					continue // stands for many
				}
				if other, twice := numbers[e.NR]; twice {
					t.Errorf("%v: %d is both %s and %s", a, e.NR, other, typ)
				}
				numbers[e.NR] = typ
				if c, ok := Lookup(a, e.NR); !ok || c != e.Call || c.Type != typ || e.ABI != a {
					t.Errorf("%v: entry %+v, Lookup gives %+v", a, e, c)
				}
				if name, _ := Name(a, e.NR); name != e.Name {
					t.Errorf("%v: entry %d is called %s, the kernel says %s", a, e.NR, e.Name, name)
				}
			}
		}
	}
	if c, ok := Lookup(X32, 59); ok {
		t.Errorf("x32 is refused, but %s is decoded", c.Type)
	}
}

// TestEveryRowIsReachable finds misspelt names: a row without a number.
func TestEveryRowIsReachable(t *testing.T) {
	for _, r := range tables() {
		_, multiplexed := SocketCallOf(r.Type)
		for name := range strings.FieldsSeq(r.names()) {
			found := multiplexed
			for _, a := range decoded {
				_, ok := Number(a, name)
				found = found || ok
			}
			if !found {
				t.Errorf("%s: no ABI has %s", r.Type, name)
			}
		}
	}
}

func TestCallsAreWellFormed(t *testing.T) {
	for _, r := range tables() {
		c := r.call()
		if len(c.Args) > 6 {
			t.Errorf("%s has %d arguments", c.Type, len(c.Args))
		}
		names := make(map[string]bool)
		for i, a := range slices.Concat(c.Args, c.Fields) {
			if a.Name == "" || a.Kind == 0 || names[a.Name] {
				t.Errorf("%s: argument %d %+v is incomplete or there twice", c.Type, i, a)
			}
			names[a.Name] = true
		}
		for i, a := range c.Args {
			if needsLength(a.Kind) && (i+1 == len(c.Args) || !c.Args[i+1].Kind.Scalar()) {
				t.Errorf("%s: %s has no length in the next register", c.Type, a.Name)
			}
			if a.Symbols != nil && !a.Kind.Scalar() {
				t.Errorf("%s: %s is no scalar and has symbols", c.Type, a.Name)
			}
		}
		for _, p := range []struct{ path, dir int }{{c.Path, c.PathDir}, {c.Source, c.SourceDir}} {
			if p.path >= 0 && c.Args[p.path].Kind != Path || p.dir >= 0 && c.Args[p.dir].Kind != DirFD || p.path < 0 && p.dir >= 0 {
				t.Errorf("%s: path %d, directory %d", c.Type, p.path, p.dir)
			}
		}
		if c.FD >= 0 && c.Args[c.FD].Kind != FD {
			t.Errorf("%s: argument %d is no descriptor", c.Type, c.FD)
		}
	}
}

func needsLength(k Kind) bool {
	return k == Sockaddr || k == Mmsghdr || k == OpenHow || k == CloneArgs || k == Bytes
}

// TestSymbolsFit: a value outside the kernel's width could never be seen, one
// outside its mask never be rendered, and a name that stands for two values
// could not be found back.
func TestSymbolsFit(t *testing.T) {
	for _, r := range tables() {
		for i, a := range slices.Concat(r.Args, r.Fields) {
			for abi := range numABIs {
				if a.Symbols == nil || !r.on(abi) {
					continue
				}
				width := 64 // of a value in memory, the same on every ABI
				if i < len(r.Args) {
					width = a.Kind.Width(abi)
				}
				checkSymbols(t, r.Type+"."+a.Name, a.Symbols, width)
			}
		}
	}
}

func checkSymbols(t *testing.T, what string, s *Symbols, width int) {
	t.Helper()
	names := make(map[string]bool)
	for i, sym := range slices.Concat(s.Enum, s.Flags) {
		if width < 64 && sym.Value>>width != 0 {
			t.Errorf("%s: %s does not fit into %d bits", what, sym.Name, width)
		}
		if names[sym.Name] {
			t.Errorf("%s: %s twice", what, sym.Name)
		}
		names[sym.Name] = true
		switch enum := i < len(s.Enum); {
		case enum && sym.Value&^s.Mask != 0, !enum && sym.Value&s.Mask != 0 && s.Mask != 0:
			t.Errorf("%s: %s is on the wrong side of the mask", what, sym.Name)
		case !enum && sym.Value == 0:
			t.Errorf("%s: flag %s has no bit", what, sym.Name)
		case !slices.Contains(strings.Split(s.Render(sym.Value), "|"), sym.Name):
			t.Errorf("%s: %s is rendered as %s", what, sym.Name, s.Render(sym.Value))
		}
		if v, ok := s.Value(sym.Name); !ok || v != sym.Value {
			t.Errorf("%s: Value(%s) is %d, %v", what, sym.Name, v, ok)
		}
	}
}

func TestArgIDsAreDense(t *testing.T) {
	if len(known().args) != NumArgs {
		t.Fatalf("the tables have %d argument names: NumArgs must say so", len(known().args))
	}
	for id := range NumArgs {
		name := ArgName(id)
		if back, ok := ArgID(name); name == "" || !ok || back != id {
			t.Errorf("argument %d is %q, which is %d, %v", id, name, back, ok)
		}
	}
	for _, id := range []int{-1, NumArgs} {
		if ArgName(id) != "" {
			t.Errorf("argument %d has a name", id)
		}
	}
	if _, ok := ArgID("no such argument"); ok {
		t.Error("an unknown name has a number")
	}
	if !slices.IsSorted(Types()) {
		t.Error("Types are not sorted")
	}
}
