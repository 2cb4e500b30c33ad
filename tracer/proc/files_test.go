package proc

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/callgate/callgate/rules/event"
)

// copySelf puts a copy of the test binary somewhere.
func copySelf(t testing.TB, to string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(self)
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, to, string(b), 0o755)
}

func writeFile(t testing.TB, path, text string, mode os.FileMode) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}

// unprivileged is a child without any right.
func unprivileged(t *testing.T) (*Thread, *event.Arena) {
	t.Helper()
	self := filepath.Join(t.TempDir(), "child")
	copySelf(t, self)
	openUp(t, filepath.Dir(self))
	c := start(t, "wait", "", func(c *exec.Cmd) {
		c.Path = self
		c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	})
	return look(t, c.pid())
}

// openUp lets everybody into a test's temporary directory.
func openUp(t testing.TB, dir string) {
	t.Helper()
	for ; dir != os.TempDir() && dir != "/"; dir = filepath.Dir(dir) {
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
}
