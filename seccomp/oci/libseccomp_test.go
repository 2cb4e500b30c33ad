package oci

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
	"pgregory.net/rapid"

	"github.com/callgate/callgate/seccomp"
	"github.com/callgate/callgate/seccomp/internal/bpfvm"
	"github.com/callgate/callgate/seccomp/syscalls"
)

// library is the real libseccomp, behind the program testdata/compile.c.
type library struct {
	in  io.WriteCloser
	out *bufio.Reader
}

// buildCompiler builds the program, or skips the test where it can't be built.
func buildCompiler(t testing.TB) string {
	t.Helper()
	if runtime.GOARCH != "amd64" {
		t.Skip("the profiles are those of amd64")
	}
	bin := filepath.Join(t.TempDir(), "compile")
	out, err := exec.Command("gcc", "-Wall", "-Wextra", "-O1", "-o", bin, "testdata/compile.c", "-lseccomp").CombinedOutput()
	if errors.Is(err, exec.ErrNotFound) || strings.Contains(string(out), "seccomp.h: No such file") {
		skip(t, "gcc and libseccomp-dev are needed")
	}
	if err != nil || len(out) > 0 {
		t.Fatalf("build testdata/compile.c: %v\n%s", err, out)
	}
	return bin
}

func startLibrary(t testing.TB) *library {
	t.Helper()
	cmd := exec.Command(buildCompiler(t))
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		if err := cmd.Wait(); err != nil {
			t.Error(err)
		}
	})
	return &library{in, bufio.NewReader(out)}
}

// operators are libseccomp's numbers (seccomp.h, enum scmp_compare).
var operators = map[specs.LinuxSeccompOperator]int{
	specs.OpNotEqual: 1, specs.OpLessThan: 2, specs.OpLessEqual: 3, specs.OpEqualTo: 4, specs.OpGreaterEqual: 5,
	specs.OpGreaterThan: 6, specs.OpMaskedEqual: 7,
}

// compile makes a program of a profile as runc and crun do, written down here
// apart from readProfile.
func (l *library) compile(spec *specs.LinuxSeccomp) (*bpfvm.Program, error) {
	rest, err := wordOf(spec.DefaultAction, spec.DefaultErrnoRet)
	if err != nil {
		return nil, err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "default %x\n", uint32(rest))
	for _, a := range spec.Architectures {
		fmt.Fprintf(&b, "arch %s\n", strings.ToLower(strings.TrimPrefix(string(a), "SCMP_ARCH_")))
	}
	for _, s := range spec.Syscalls {
		action, err := wordOf(s.Action, s.ErrnoRet)
		if err != nil {
			return nil, err
		}
		if action == rest {
			continue
		}
		groups := [][]specs.LinuxSeccompArg{s.Args}
		used := make(map[uint]bool)
		for _, a := range s.Args {
			if used[a.Index] {
				groups = nil
				for _, one := range s.Args {
					groups = append(groups, []specs.LinuxSeccompArg{one})
				}
			}
			used[a.Index] = true
		}
		for _, name := range s.Names {
			for _, args := range groups {
				fmt.Fprintf(&b, "rule %x %s", uint32(action), name)
				for _, a := range args {
					fmt.Fprintf(&b, " %x %x %x %x", a.Index, operators[a.Op], a.Value, a.ValueTwo)
				}
				b.WriteByte('\n')
			}
		}
	}
	b.WriteString("end\n")
	return l.ask(b.String())
}

func (l *library) ask(text string) (*bpfvm.Program, error) {
	if _, err := io.WriteString(l.in, text); err != nil {
		return nil, err
	}
	line, err := l.out.ReadString('\n')
	if err != nil {
		return nil, err
	}
	n, err := strconv.Atoi(strings.TrimSpace(line))
	if err != nil {
		return nil, err
	}
	if n < 0 {
		return nil, &libraryError{unix.Errno(-n), text}
	}
	raw := make([]byte, n)
	if _, err := io.ReadFull(l.out, raw); err != nil {
		return nil, err
	}
	prog := make([]unix.SockFilter, n/8)
	for i := range prog {
		in := raw[8*i:]
		prog[i] = unix.SockFilter{Code: binary.NativeEndian.Uint16(in), Jt: in[2], Jf: in[3], K: binary.NativeEndian.Uint32(in[4:])}
	}
	return bpfvm.Load(prog)
}

// libraryError is libseccomp's refusal of a profile. ETIME: it did not end.
type libraryError struct {
	errno   unix.Errno
	profile string
}

func (e *libraryError) Error() string { return fmt.Sprintf("libseccomp: %v:\n%s", e.errno, e.profile) }

// decide is what a program says of a call on an ABI.
func decide(t rapid.TB, p *bpfvm.Program, abi syscalls.ABI, nr int, args [6]uint64) seccomp.Action {
	t.Helper()
	if abi == syscalls.X32 {
		nr |= syscalls.X32Bit
	}
	action, err := p.Run(bpfvm.Call{Arch: abi.AuditArch(), NR: uint32(nr), Args: args})
	if err != nil {
		t.Fatal(err)
	}
	return action
}

// skip skips the test, or fails it where every test must run.
func skip(t testing.TB, reason string) {
	t.Helper()
	if os.Getenv("CALLGATE_REQUIRE") == "1" {
		t.Fatal(reason)
	}
	t.Skip(reason)
}
