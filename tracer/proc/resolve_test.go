package proc

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// tree makes what the paths of the tests lead through.
func tree(t *testing.T, d string) {
	t.Helper()
	writeFile(t, d+"/dir/file", "x", 0o644)
	writeFile(t, d+"/dir/sub/deep", "x", 0o644)
	for name, text := range map[string]string{
		"link": "dir/file", "abs": "/etc/target", "dirlink": "dir/sub", "slashed": "dir/sub/", "up": "../../../../..",
		"loop": "loop", "loopa": "loopb", "loopb": "loopa", "dangling": "dir/none", "dot": ".", "self": "dir",
		"c0": "dir/file", "devfd": "/dev/fd/0", "null": "/dev/null",
	} {
		if err := os.Symlink(text, filepath.Join(d, name)); err != nil {
			t.Fatal(err)
		}
	}
	for i := 1; i <= 41; i++ {
		if err := os.Symlink(fmt.Sprint("c", i-1), filepath.Join(d, fmt.Sprint("c", i))); err != nil {
			t.Fatal(err)
		}
	}
	if err := unix.Mkfifo(d+"/fifo", 0o644); err != nil {
		t.Fatal(err)
	}
}

// pathCases are paths from the tree, with the name that they lead to below it.
var pathCases = []struct {
	path, want string
	nofollow   bool
}{
	{path: "dir/file", want: "/dir/file"},
	{path: "./dir//./file", want: "/dir/file"},
	{path: "dir/sub/..", want: "/dir"},
	{path: "dir/../dir/sub/../file", want: "/dir/file"},
	{path: "link", want: "/dir/file"},
	{path: "link", want: "/link", nofollow: true},
	{path: "dirlink/deep", want: "/dir/sub/deep", nofollow: true},
	{path: "dirlink/..", want: "/dir"},
	{path: "dirlink", want: "/dirlink", nofollow: true},
	{path: "dirlink/", want: "/dir/sub", nofollow: true},
	{path: "slashed", want: "/dir/sub"},
	{path: "slashed/deep", want: "/dir/sub/deep"},
	{path: "dot/dot/dot/link", want: "/dir/file"},
	{path: "self/file", want: "/dir/file"}, // a link of that name outside of /proc
	{path: "dangling", want: "/dir/none"},
	{path: "dangling", want: "/dangling", nofollow: true},
	{path: "new", want: "/new"},
	{path: "dir/new", want: "/dir/new"},
	{path: "none/of/../it", want: "/none/it"},
	{path: "dirlink/new/", want: "/dir/sub/new"},
	{path: "fifo", want: "/fifo"},
	{path: "dir/file/", want: "/dir/file"},
	{path: "dir/file/x", want: "/dir/file/x"},
	{path: "dir/file/../x", want: "/dir/x"},
	{path: "loop", want: "/loop"},
	{path: "loop/x", want: "/loop/x"},
	{path: "c39", want: "/dir/file"}, // 40 links
	{path: "...", want: "/..."},
	{path: "dir/..file", want: "/dir/..file"},
	{path: strings.Repeat("n", 255), want: "/" + strings.Repeat("n", 255)},
	{path: "dir/" + strings.Repeat("n", 256) + "/..", want: "/dir"},
	{path: strings.Repeat("dot/", 40) + "link", want: "/link"},
}

func TestResolve(t *testing.T) {
	d := t.TempDir()
	tree(t, d)
	c := start(t, "wait", "", func(c *exec.Cmd) {
		c.Dir = d
		dir, err := os.Open(d)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = dir.Close() })
		c.ExtraFiles = []*os.File{dir}
	})
	th, a := look(t, c.pid())
	for _, k := range pathCases {
		for how, q := range map[string]struct {
			dirfd int
			path  string
		}{
			"cwd":      {unix.AT_FDCWD, k.path},
			"dirfd":    {3, k.path},
			"absolute": {-1, d + "/" + k.path},
			"self cwd": {-1, "/proc/self/cwd/" + k.path},
			"proc pid": {-1, fmt.Sprintf("/proc/%d/fd/3/%s", c.pid(), k.path)},
			"dev fd":   {-1, "/dev/fd/3/" + k.path},
			"root":     {-1, "/../../proc/thread-self/root" + d + "/" + k.path},
		} {
			name, exact, err := th.Resolve(a, q.dirfd, []byte(q.path), !k.nofollow)
			want := d + k.want
			if how != "cwd" && how != "dirfd" && how != "absolute" && (k.path == "c39" || strings.HasPrefix(k.path, "dot/dot/dot/dot")) {
				continue // the links on the way to it count too
			}
			if err != nil || !exact || name != want {
				t.Errorf("%s: Resolve(%.60q, follow %v) = %.80q, %v, %v; want %.80q", how, q.path, !k.nofollow, name, exact, err, want)
			}
		}
	}
}

func TestResolveOutsideOfTheTree(t *testing.T) {
	d := t.TempDir()
	tree(t, d)
	c := start(t, "wait", "", func(c *exec.Cmd) { c.Dir = d })
	th, a := look(t, c.pid())
	self := fmt.Sprint("/proc/", c.pid())
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(d + "/c39"); err != nil {
		t.Errorf("the kernel doesn't follow 40 links: %v", err)
	}
	if _, err := os.Stat(d + "/c40"); !errors.Is(err, unix.ELOOP) {
		t.Errorf("the kernel follows 41 links: %v", err)
	}
	for path, want := range map[string]string{
		"abs":                        "/etc/target",
		"up":                         "/",
		"up/etc/passwd":              "/etc/passwd",
		"c40":                        d + "/c0", // one link too many: where the kernel gives up
		"null":                       "/dev/null",
		"/":                          "/",
		"//..//..":                   "/",
		"/proc/self":                 self,
		"/proc/self/status":          self + "/status",
		"/proc/self/../self/status":  self + "/status",
		"/proc/mounts":               self + "/mounts",
		"/proc/net/tcp":              self + "/net/tcp",
		"/proc/thread-self/comm":     self + "/task/" + fmt.Sprint(c.pid()) + "/comm",
		"/proc/self/exe":             exe,
		"/proc/self/root/etc/passwd": "/etc/passwd",
		"/proc/self/cwd":             d,
		"/proc/self/cwd/..":          filepath.Dir(d),
		"/proc/sys/kernel/hostname":  "/proc/sys/kernel/hostname",
		"/proc/1/comm":               "/proc/1/comm",
	} {
		name, exact, err := th.Resolve(a, unix.AT_FDCWD, []byte(path), true)
		if err != nil || !exact || name != want {
			t.Errorf("Resolve(%q) = %q, %v, %v; want %q", path, name, exact, err, want)
		}
	}
	for _, path := range []string{"/dev/stdin", "/dev/fd/0", "/proc/self/fd/0", "devfd"} {
		name, _, err := th.Resolve(a, unix.AT_FDCWD, []byte(path), true)
		if err != nil || !strings.HasPrefix(name, "pipe:[") {
			t.Errorf("Resolve(%q) = %q, %v", path, name, err)
		}
	}
	if name, _, err := th.Resolve(a, unix.AT_FDCWD, []byte("/proc/self/exe"), false); err != nil || name != self+"/exe" {
		t.Errorf("Resolve without following = %q, %v", name, err)
	}
}

func TestResolveDescriptors(t *testing.T) {
	d := t.TempDir()
	tree(t, d)
	file, err := os.Open(d + "/dir/file")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	c := start(t, "wait", "", func(c *exec.Cmd) { c.ExtraFiles = []*os.File{file} })
	th, a := look(t, c.pid())
	if name, exact, err := th.Resolve(a, 3, nil, true); name != d+"/dir/file" || !exact || err != nil {
		t.Errorf("empty path: %q, %v, %v", name, exact, err)
	}
	if name, _, err := th.Resolve(a, 3, []byte("below/it"), true); name != d+"/dir/file/below/it" || err != nil {
		t.Errorf("below a file: %q, %v", name, err)
	}
	if name, exact, err := th.Resolve(a, 99, []byte("a/../b"), true); name != "b" || exact || !errors.Is(err, unix.EBADF) {
		t.Errorf("closed descriptor: %q, %v, %v", name, exact, err)
	}
	if err := os.Remove(d + "/dir/file"); err != nil {
		t.Fatal(err)
	}
	if name, _, err := th.Resolve(a, 3, nil, true); name != d+"/dir/file" || err != nil {
		t.Errorf("removed file: %q, %v", name, err)
	}
}
