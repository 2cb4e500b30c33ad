package proc

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/rules/event"
)

// TestResolveWhileNamesChange lets names be exchanged during the walks: every
// answer must be one that was true.
func TestResolveWhileNamesChange(t *testing.T) {
	d := t.TempDir()
	writeFile(t, d+"/a/x/f", "", 0o644)
	writeFile(t, d+"/other", "", 0o644)
	if err := os.Symlink("a/x", d+"/ln"); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("..", d+"/ln2"); err != nil {
		t.Fatal(err)
	}
	c := start(t, "wait", "", func(c *exec.Cmd) { c.Dir = d })
	th, _ := look(t, c.pid())
	stop := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				_ = unix.Renameat2(unix.AT_FDCWD, d+"/ln", unix.AT_FDCWD, d+"/ln2", unix.RENAME_EXCHANGE)
				_ = os.Rename(d+"/a", d+"/b")
				_ = os.Rename(d+"/b", d+"/a")
			}
		}
	})
	up := filepath.Dir(d)
	valid := map[string]bool{d + "/a/x/f": true, d + "/ln/f": true, up + "/f": true, d + "/b/x/f": true}
	var a event.Arena
	for range 3000 {
		a.Reset()
		name, _, err := th.Resolve(&a, unix.AT_FDCWD, []byte("ln/f"), true)
		if err != nil || !valid[name] {
			t.Fatalf("Resolve = %q, %v", name, err)
		}
	}
	close(stop)
	wg.Wait()
}

func FuzzResolve(f *testing.F) {
	for _, k := range pathCases {
		f.Add([]byte(k.path), !k.nofollow)
	}
	f.Add([]byte("/proc/self/fd/../../self/cwd//"), true)
	f.Add([]byte("/dev/fd/0/x"), false)
	tb := newTable(f, Options{})
	f.Fuzz(func(t *testing.T, path []byte, follow bool) {
		if strings.ContainsRune(string(path), 0) {
			t.Skip("a path ends at its NUL")
		}
		th, err := tb.Thread(os.Getpid())
		if err != nil {
			t.Fatal(err)
		}
		defer th.Release()
		var a event.Arena
		name, exact, err := th.Resolve(&a, unix.AT_FDCWD, path, follow)
		if err != nil || (exact && name[0] == '/' && name != filepath.Clean(name)) {
			t.Errorf("Resolve(%q) = %q, %v, %v", path, name, exact, err)
		}
	})
}
