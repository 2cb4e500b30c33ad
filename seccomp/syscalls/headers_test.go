package syscalls_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"testing"

	"github.com/callgate/callgate/seccomp/syscalls"
)

// headers are the kernel's own lists of numbers, as Debian installs them
// (linux-libc-dev). An installed header may be older than the tables, never
// contradict them.
var headers = []struct {
	abi  syscalls.ABI
	file string
}{
	{syscalls.AMD64, "/usr/include/x86_64-linux-gnu/asm/unistd_64.h"},
	{syscalls.I386, "/usr/include/x86_64-linux-gnu/asm/unistd_32.h"},
	{syscalls.X32, "/usr/include/x86_64-linux-gnu/asm/unistd_x32.h"},
	{syscalls.ARM64, "/usr/include/asm-generic/unistd.h"},
}

var define = regexp.MustCompile(`^#define __NR(3264)?_(\w+) (?:\(__X32_SYSCALL_BIT \+ )?(\d+)\)?$`)

// generic64 are the calls whose names in asm-generic/unistd.h depend on the
// width of a long; everywhere else __NR3264_NAME is NAME.
var generic64 = map[string]string{"fstatat": "newfstatat"}

// notArm64 reports lines of asm-generic/unistd.h that arm64 does not take: the
// number of numbers, the place for calls of one architecture, the calls with
// 64-bit times of 32-bit architectures, and an alternative order of arguments.
func notArm64(name string, nr int) bool {
	return name == "syscalls" || name == "arch_specific_syscall" || name == "sync_file_range2" || nr >= 403 && nr <= 423
}

func TestTablesAgreeWithInstalledHeaders(t *testing.T) {
	for _, h := range headers {
		t.Run(h.abi.String(), func(t *testing.T) {
			f, err := os.Open(h.file)
			if errors.Is(err, fs.ErrNotExist) {
				skipOrFail(t, "no kernel headers: "+err.Error())
			}
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := f.Close(); err != nil {
					t.Error(err)
				}
			})
			if n := compareHeader(t, f, h.abi); n < 250 {
				t.Errorf("only %d numbers found in %s", n, h.file)
			}
		})
	}
}

func compareHeader(t *testing.T, f *os.File, abi syscalls.ABI) (n int) {
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		m := define.FindStringSubmatch(lines.Text())
		if m == nil {
			continue
		}
		name := m[2]
		if other, ok := generic64[name]; ok && m[1] != "" {
			name = other
		}
		nr, err := strconv.Atoi(m[3])
		if err != nil {
			t.Fatal(err)
		}
		if abi == syscalls.ARM64 && notArm64(m[2], nr) {
			continue
		}
		n++
		if got, ok := syscalls.Number(abi, name); !ok || got != nr {
			t.Errorf("%s: the header says %d, the table %d (%v)", name, nr, got, ok)
		}
	}
	return n
}

func TestTablesAreGenerated(t *testing.T) {
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "golang.org/x/sys").Output()
	if err != nil || len(bytes.TrimSpace(dir)) == 0 {
		skipOrFail(t, fmt.Sprintf("the source of the numbers is out of reach (go list: %v)", err))
	}
	out, err := exec.Command("go", "run", "./internal/gen", "-check").CombinedOutput()
	if err != nil {
		t.Errorf("go run ./internal/gen -check: %v\n%s", err, out)
	}
}

func skipOrFail(t *testing.T, reason string) {
	t.Helper()
	if os.Getenv("CALLGATE_REQUIRE") == "1" {
		t.Fatal(reason)
	}
	t.Skip(reason)
}
