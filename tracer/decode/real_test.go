package decode

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"

	"github.com/callgate/callgate/seccomp/syscalls"
)

func TestMain(m *testing.M) {
	if os.Getenv(victimEnv) != "" {
		runtime.LockOSThread()
		runVictim()
	}
	os.Exit(m.Run())
}

// unavailable skips a test that the machine can't run, or fails it where it must.
func unavailable(t *testing.T, why string, err error) {
	t.Helper()
	if os.Getenv("CALLGATE_REQUIRE") == "1" {
		t.Fatalf("%s: %v", why, err)
	}
	t.Skipf("%s: %v", why, err)
}

// TestDecodeRealCalls holds the decoders to the kernel: what a child really asks
// for, through both of the machine's ABIs, is what the events say.
func TestDecodeRealCalls(t *testing.T) {
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{
		os.WriteFile(filepath.Join(dir, "file"), nil, 0o600),
		os.Symlink("file", filepath.Join(dir, "link")),
		os.Mkdir(filepath.Join(dir, "sub"), 0o700),
		os.Mkdir(filepath.Join(dir, "run"), 0o700),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, abi := range syscalls.Native() {
		t.Run(abi.String(), func(t *testing.T) {
			if abi == syscalls.I386 {
				needI386(t)
			}
			c := startVictim(t, dir)
			for _, tt := range allCases() {
				nr, ok := syscalls.Number(abi, tt.name)
				if !ok || tt.abis != nil && !slices.Contains(tt.abis, abi) {
					continue
				}
				t.Run(tt.name, func(t *testing.T) {
					ev := c.decode(t, &tt, abi, nr)
					tt.check(t, &ev, dir)
				})
			}
		})
	}
}
