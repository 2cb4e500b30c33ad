package shim

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The path of an agent socket fits into an address, however long the bundle's is.
func TestSocketPath(t *testing.T) {
	bundle := "/run/containerd/io.containerd.runtime.v2.task/k8s.io/" + strings.Repeat("0", 64)
	path := socketPath(socketDir, bundle)
	if len(path) > 107 || path != socketPath(socketDir, bundle+"/") || path == socketPath(socketDir, bundle[:len(bundle)-1]+"1") {
		t.Errorf("%d bytes: %s", len(path), path)
	}
}

// Delete finds the socket also where containerd's state directory lies behind a
// link.
func TestSocketPathBehindLink(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "run/bundle"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("run", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	if a, b := socketPath("/s", filepath.Join(dir, "run/bundle")), socketPath("/s", filepath.Join(dir, "link/bundle")); a != b {
		t.Errorf("%s and %s", a, b)
	}
}
