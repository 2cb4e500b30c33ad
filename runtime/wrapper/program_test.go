package wrapper

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// programs makes executable files; a name ending in / is a directory, and what
// follows -> the target of a link.
func programs(t *testing.T, files ...string) string {
	t.Helper()
	dir := t.TempDir()
	for _, f := range files {
		name, target, link := strings.Cut(f, "->")
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		var err error
		switch {
		case link:
			err = os.Symlink(filepath.Join(dir, target), path)
		case strings.HasSuffix(name, "/"):
			err = os.Mkdir(path, 0o755)
		default:
			// The content tells the programs apart.
			err = os.WriteFile(path, []byte(strings.TrimPrefix(filepath.Base(name), "copy-of-")), 0o755)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestFindRuntime(t *testing.T) {
	dir := programs(t, "own/callgate-runc", "own/runc->own/callgate-runc", "real/runc", "crun/crun", "odd/runc/", "odd/other", "copy/callgate-runc", "x/copy-of-callgate-runc")
	if err := os.Link(filepath.Join(dir, "own/callgate-runc"), filepath.Join(dir, "hard")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "odd/crun"), nil, 0o644); err != nil { // no program
		t.Fatal(err)
	}
	at := func(names ...string) string {
		for i, n := range names {
			names[i] = filepath.Join(dir, n)
		}
		return strings.Join(names, ":")
	}
	for name, k := range map[string]struct{ told, path, want, err string }{
		"runc in PATH":           {path: at("crun", "real"), want: at("real/runc")},
		"crun else":              {path: at("own", "odd", "crun"), want: at("crun/crun")},
		"itself is skipped":      {path: at("own", "real"), want: at("real/runc")},
		"none":                   {path: at("own", "odd"), err: "neither runc nor crun"},
		"relative directories":   {path: "real::.", err: "neither"},
		"by path":                {told: at("odd/other"), path: at("real"), want: at("odd/other")},
		"by name":                {told: "other", path: at("real", "odd"), want: at("odd/other")},
		"by a name that is not":  {told: "youki", path: at("real"), err: "CALLGATE_RUNC=youki: there is no such program"},
		"by a path that is not":  {told: at("nowhere"), err: "no such file"},
		"by a directory":         {told: at("odd/runc"), err: "is no program"},
		"itself by path":         {told: at("own/callgate-runc"), err: "callgate-runc itself"},
		"itself by link":         {told: at("own/runc"), err: "callgate-runc itself"},
		"itself by hard link":    {told: at("hard"), err: "callgate-runc itself"},
		"a copy":                 {told: at("copy/callgate-runc"), err: "callgate-runc itself"},
		"a copy of another name": {told: at("x/copy-of-callgate-runc"), err: "callgate-runc itself"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := findRuntime(filepath.Join(dir, "own/callgate-runc"), k.told, k.path)
			if k.err != "" {
				if err == nil || !strings.Contains(err.Error(), k.err) {
					t.Errorf("got %q, %v; want %q", got, err, k.err)
				}
			} else if err != nil || got != k.want {
				t.Errorf("got %q, %v; want %q", got, err, k.want)
			}
		})
	}
}

func TestSameContent(t *testing.T) {
	dir := t.TempDir()
	big := make([]byte, 200<<10)
	write := func(name string, last byte) string {
		path := filepath.Join(dir, name)
		b := append([]byte(nil), big...)
		b[len(b)-1] = last
		if err := os.WriteFile(path, b, 0o755); err != nil {
			t.Fatal(err)
		}
		return path
	}
	a, b, c := write("a", 1), write("b", 1), write("c", 2)
	for _, k := range []struct {
		b    string
		want bool
	}{{a, true}, {b, true}, {c, false}} {
		if got, err := sameProgram(a, k.b); err != nil || got != k.want {
			t.Errorf("%s and %s: %v, %v", a, k.b, got, err)
		}
	}
}
