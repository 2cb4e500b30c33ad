package reduce_test

import (
	"slices"
	"testing"

	"github.com/callgate/callgate/rules/condition"
	"github.com/callgate/callgate/rules/reduce"
	"github.com/callgate/callgate/seccomp/syscalls"
)

// scope has no macros and no lists.
type scope struct{}

func (scope) Macro(string) (condition.Expr, error) { return nil, condition.ErrUndefined }
func (scope) List(string) (*condition.List, error) { return nil, condition.ErrUndefined }
func (scope) MacroNames() []string                 { return nil }
func (scope) ListNames() []string                  { return nil }

func parse(t testing.TB, source string) condition.Expr {
	t.Helper()
	x, err := condition.Parse(source, scope{})
	if err != nil {
		t.Fatalf("Parse(%q): %v", source, err)
	}
	return x
}

func entry(t testing.TB, abi syscalls.ABI, name string) syscalls.Entry {
	t.Helper()
	nr, ok := syscalls.Number(abi, name)
	call, known := syscalls.Lookup(abi, nr)
	if !ok || !known {
		t.Fatalf("%s is not decoded on %v", name, abi)
	}
	return syscalls.Entry{ABI: abi, NR: nr, Name: name, Call: call}
}

// What is intercepted is no larger than it has to be.
func TestCalls(t *testing.T) {
	const amd64, i386, arm64 = syscalls.AMD64, syscalls.I386, syscalls.ARM64
	tests := []struct {
		abi    syscalls.ABI
		call   string
		source string
		want   []string // "always" alone; none: never
	}{
		{amd64, "execve", `evt.type in ["execve", "execveat"] and proc.name == "a"`, []string{"always"}},
		{amd64, "execve", `evt.type == "connect" or proc.name == "a" and evt.type != "execve"`, nil},
		{amd64, "execve", `not (evt.type matches "^exec" or proc.tty == 0)`, nil},
		{amd64, "socket", `evt.arg.domain == "AF_PACKET"`, []string{"domain is AF_PACKET"}},
		{amd64, "socket", `not (evt.arg.domain != "AF_PACKET")`, []string{"domain is AF_PACKET"}},
		{amd64, "socket", `evt.rawarg.domain == 17 and has(proc.name)`, []string{"domain is AF_PACKET"}},
		{amd64, "socket", `evt.rawarg.domain in [16, 17]`, []string{"domain is AF_NETLINK or AF_PACKET"}},
		{amd64, "socket", `evt.rawarg.domain == 4294967313`, nil}, // no int has this value
		{amd64, "socket", `evt.arg.request == "PTRACE_ATTACH"`, nil},
		{amd64, "socket", `evt.arg.request != "PTRACE_ATTACH"`, nil},
		{amd64, "socket", `not (evt.arg.request == "PTRACE_ATTACH")`, []string{"always"}},
		{amd64, "dup2", `evt.rawarg.newfd <= 2`, []string{"newfd is at most 2"}},
		{amd64, "dup2", `evt.rawarg.newfd <= 2 and evt.rawarg.newfd >= 0`, []string{"newfd is 0 to 2"}},
		{amd64, "dup2", `evt.rawarg.newfd < 0`, []string{"newfd is negative"}},
		{amd64, "dup2", `evt.rawarg.newfd > 2147483647`, nil},
		{amd64, "dup2", `evt.rawarg.newfd >= -2147483648`, []string{"always"}},
		{amd64, "dup2", `evt.rawarg.newfd == proc.pid`, []string{"always"}},
		{amd64, "setuid", `evt.rawarg.uid == 4294967295`, []string{"uid is 4294967295"}},
		{i386, "setuid", `evt.rawarg.uid == 4294967295`, []string{"uid is 4294967295"}},
		{i386, "setuid", `evt.rawarg.uid == 65535`, nil},                               // it is read as -1
		{i386, "setuid", `evt.rawarg.uid >= 65534`, []string{"uid is at least 65534"}}, // two numbers in 16 bits
		{amd64, "unshare", `hasFlag(evt.arg.flags, "CLONE_NEWUSER")`, []string{"flags has CLONE_NEWUSER"}},
		{amd64, "unshare", `not hasFlag(evt.arg.flags, "CLONE_NEWUSER")`, []string{"flags lacks CLONE_NEWUSER"}},
		{amd64, "unshare", `evt.arg.flags == "CLONE_NEWNS|CLONE_NEWUTS"`, []string{"flags is CLONE_NEWNS|CLONE_NEWUTS"}},
		{amd64, "unshare", `evt.arg.flags == "CLONE_NEWUTS|CLONE_NEWNS"`, nil}, // not the order in which they are shown
		{amd64, "unshare", `evt.arg.flags contains "0x"`, []string{"always"}},
		{amd64, "socket", `evt.arg.domain == anyOf("AF_PACKET", "AF_INET")`, []string{"domain is AF_INET or AF_PACKET"}},
		{amd64, "socket", `evt.arg.domain == oneOf("AF_PACKET", "AF_PACKET")`, nil},
		{amd64, "socket", `evt.arg.domain == allOf("AF_PACKET", "AF_INET")`, nil},
		{amd64, "socket", `not (evt.arg.domain != allOf("AF_PACKET"))`, []string{"domain is AF_PACKET"}},
		{amd64, "socket", `evt.arg.domain != anyOf("AF_PACKET", "AF_INET")`, []string{"always"}},
		{amd64, "dup2", `evt.rawarg.newfd == anyOf(0, 1, 2)`, []string{"newfd is 0 to 2"}},
		{amd64, "dup2", `evt.rawarg.newfd == allOf(1, 2)`, nil},
		{amd64, "dup2", `evt.rawarg.newfd == oneOf(1, 2, 2)`, []string{"newfd is 1"}},
		{amd64, "dup2", `evt.rawarg.newfd != allOf(1, 2) and evt.rawarg.newfd in [0, 1, 2]`, []string{"newfd is 0"}},
		{amd64, "dup2", `evt.rawarg.newfd != oneOf(1, 2)`, []string{"newfd is 1 to 2"}},
		{amd64, "dup2", `intersects(evt.rawarg.newfd, [1])`, []string{"newfd is 1"}},
		{amd64, "unshare", `hasFlag(evt.arg.flags, allOf("CLONE_NEWNS", "CLONE_NEWPID"))`, []string{"flags has CLONE_NEWNS and flags has CLONE_NEWPID"}},
		{amd64, "unshare", `evt.arg.flags contains oneOf("CLONE_NEWNS", "CLONE_NEWPID")`, []string{
			"flags has CLONE_NEWNS and flags lacks CLONE_NEWPID", "flags lacks CLONE_NEWNS and flags has CLONE_NEWPID"}},
		{amd64, "socket", `evt.arg.domain == "47"`, []string{"domain is 47"}},
		{amd64, "socket", `tolower(evt.arg.domain) == "af_packet"`, []string{"domain is AF_PACKET"}},
		{amd64, "socket", `tolower(evt.arg.domain) == "AF_PACKET"`, nil}, // no letter is great
		{amd64, "socket", `iequals(evt.arg.domain, "af_PACKET")`, []string{"domain is AF_PACKET"}},
		{amd64, "socket", `toupper(evt.arg.domain) in ["AF_INET", "AF_INET6"]`, []string{"domain is AF_INET or AF_INET6"}},
		{amd64, "unshare", `tolower(evt.arg.flags) contains "newpid"`, []string{"flags has CLONE_NEWPID"}},
		{amd64, "unshare", `icontains(evt.arg.flags, allOf("newpid", "NEWNS"))`, []string{"flags has CLONE_NEWNS and flags has CLONE_NEWPID"}},
		{amd64, "unshare", `len(evt.arg.flags) > 30`, []string{"always"}},
		{amd64, "unshare", `concat(evt.arg.flags, "x") == "CLONE_NEWUSERx"`, []string{"always"}},
		{amd64, "unshare", `concat(evt.arg.domain, proc.name) != "x"`, nil}, // it has no domain
		{amd64, "unshare", `proc.name == tolower(evt.arg.domain)`, nil},
		{amd64, "unshare", `proc.pid != evt.rawarg.domain`, nil},
		{amd64, "unshare", `toupper(evt.type) == "UNSHARE" and proc.name == "a"`, []string{"always"}},
		{amd64, "unshare", `concat(evt.type, ":") != "unshare:"`, nil},
		{amd64, "openat", `evt.is_open_write`, []string{"flags has O_WRONLY, O_RDWR, O_TRUNC or O_APPEND"}},
		{arm64, "openat", `hasFlag(evt.arg.flags, "O_DIRECTORY")`, []string{"flags has O_DIRECTORY"}},
		{amd64, "openat", `evt.is_open_write and evt.is_open_create and evt.arg.flags contains "O_WRONLY"`, []string{
			"flags has O_WRONLY and flags has O_CREAT or bit 22"}},
		{amd64, "creat", `evt.is_open_write`, []string{"always"}},
		{amd64, "creat", `evt.is_open_read`, nil},
		{amd64, "connect", `evt.is_open_read`, nil},
		{amd64, "openat", `fd.type == "directory"`, []string{"flags has O_DIRECTORY and flags lacks bit 22"}},
		{arm64, "openat", `not (fd.typechar != "d")`, []string{"flags has O_DIRECTORY and flags lacks bit 22"}},
		{amd64, "openat", `fd.typechar == "f" and evt.is_open_write`, []string{
			"flags has O_WRONLY, O_RDWR, O_TRUNC or O_APPEND and flags has bit 22",
			"flags has O_WRONLY, O_RDWR, O_TRUNC or O_APPEND and flags lacks O_DIRECTORY"}},
		{amd64, "openat", `fd.type in ["file", "directory"]`, []string{"always"}},
		{amd64, "openat", `fd.type == "ipv4" or not has(fd.typechar)`, nil},
		{amd64, "creat", `fd.type == "file"`, []string{"always"}},
		{amd64, "creat", `fd.type != "file"`, nil},
		{amd64, "openat2", `fd.type == "directory"`, []string{"always"}},
		{amd64, "connect", `fd.type == "ipv4"`, []string{"always"}},
		{amd64, "openat", `evt.is_open_exec`, []string{
			"flags has O_CREAT and mode has bit 0, bit 3 or bit 6", "flags has bit 22 and mode has bit 0, bit 3 or bit 6"}},
		{amd64, "creat", `evt.is_open_exec`, []string{"mode has bit 6, bit 3 or bit 0"}},
		{amd64, "creat", `not evt.is_open_exec`, []string{"mode & 0x49 is 0x0"}},
		{amd64, "openat2", `evt.is_open_exec`, []string{"always"}},
		{amd64, "mkdir", `evt.is_open_exec`, nil},
		{amd64, "setuid", `evt.arg.uid == "nobody"`, []string{"always"}},
		{amd64, "setgid", `evt.arg.uid != "nobody"`, nil},
		{amd64, "openat2", `hasFlag(evt.arg.flags, "O_TRUNC")`, []string{"always"}},
		{amd64, "clone3", `evt.arg.flags contains "CLONE_NEW"`, []string{"always"}},
		{amd64, "ptrace", `evt.arg.request in ["PTRACE_TRACEME", "PTRACE_ATTACH"]`, []string{"request is PTRACE_TRACEME or PTRACE_ATTACH"}},
		{amd64, "chmod", `evt.rawarg.mode == 65536`, nil}, // umode_t has 16 bits
		{amd64, "chmod", `evt.rawarg.mode == 0o4755`, []string{"mode is S_ISUID|S_IRUSR|S_IWUSR|S_IXUSR|S_IRGRP|S_IXGRP|S_IROTH|S_IXOTH"}},
	}
	for _, tt := range tests {
		e := entry(t, tt.abi, tt.call)
		cubes := reduce.Calls(parse(t, tt.source), e.Call.Type, e)
		got := reduce.Words(cubes, e)
		if reduce.Always(cubes) {
			got = []string{"always"}
		}
		slices.Sort(got)
		slices.Sort(tt.want)
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s %v: %s\n got %q\nwant %q", tt.call, tt.abi, tt.source, got, tt.want)
		}
	}
}

// socketcall passes all arguments in memory: it is taken whole.
func TestSocketCall(t *testing.T) {
	e := entry(t, syscalls.I386, "socketcall")
	for _, source := range []string{`evt.arg.domain == "AF_PACKET"`, `evt.rawarg.domain < 5`, `not has(evt.arg.domain)`} {
		if cubes := reduce.Calls(parse(t, source), "socket", e); !reduce.Always(cubes) {
			t.Errorf("%s: %v", source, cubes)
		}
	}
}

// Conditions that would take too many comparisons take the whole call.
func TestTooManyCubes(t *testing.T) {
	e := entry(t, syscalls.AMD64, "ptrace")
	source := `evt.rawarg.pid == 1`
	for i := range 200 {
		source += " or evt.rawarg.pid == " + string(rune('1'+i%9)) + "00" + string(rune('1'+i%7)) + string(rune('0'+i%10))
	}
	cubes := reduce.Calls(parse(t, source), "ptrace", e)
	if len(cubes) > reduce.MaxCubes {
		t.Errorf("%d cubes", len(cubes))
	}
	both := reduce.Calls(parse(t, `evt.rawarg.pid != 5 and evt.rawarg.request != 7 and evt.rawarg.pid != 9`), "ptrace", e)
	if len(both) == 0 || len(both) > reduce.MaxCubes {
		t.Errorf("%d cubes", len(both))
	}
}
