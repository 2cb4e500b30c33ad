package bundle

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// A full disk leaves the old file, and nothing else.
func TestFullDisk(t *testing.T) {
	if os.Geteuid() != 0 {
		if os.Getenv("CALLGATE_REQUIRE") == "1" {
			t.Fatal("needs root")
		}
		t.Skip("needs root, to mount a small file system")
	}
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=64k"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	text := `{"pad":"` + strings.Repeat("x", 20000) + `","linux":{}}`
	if err := os.WriteFile(filepath.Join(dir, configName), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	filler := filepath.Join(dir, "filler")
	// Room for the mark, not for another config.json.
	if err := os.WriteFile(filler, make([]byte, 28<<10), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := rewrite(dir, setns(t)); !errors.Is(err, unix.ENOSPC) || !strings.Contains(err.Error(), configName) {
		t.Fatalf("got %v", err)
	}
	if config(t, dir) != text {
		t.Error("config.json is not what it was")
	}
	for _, name := range files(t, dir) {
		if strings.HasPrefix(name, ".") {
			t.Errorf("left behind: %s", name)
		}
	}
	// With room again the next run does it.
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	if err := rewrite(dir, setns(t)); err != nil {
		t.Fatal(err)
	}
	if p := profileOf(t, dir); p == nil || len(p.Syscalls) == 0 {
		t.Errorf("%+v", p)
	}
}
