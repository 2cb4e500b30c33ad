package install

import (
	"bytes"
	"errors"
	"flag"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
)

var update = flag.Bool("update", false, "rewrite what testdata, here and in deploy, expects")

// newNode is a node's root directory with some files, and the programs that are to
// be installed there.
func newNode(t *testing.T, files map[string]string) Options {
	t.Helper()
	o := Options{Root: t.TempDir(), Programs: t.TempDir()}
	for path, content := range files {
		write(t, o.path(path), content)
	}
	for _, name := range Programs {
		write(t, filepath.Join(o.Programs, name), "\x7fELF\x00"+name)
	}
	return o
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// tree is every file below a directory.
func tree(t *testing.T, root string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		files[strings.TrimPrefix(path, root)] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// do plans and applies.
func do(t *testing.T, plan func(Options) (*Plan, error), o Options) *Plan {
	t.Helper()
	p, err := plan(o)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Apply(t.Context()); err != nil {
		t.Fatal(err)
	}
	return p
}

// configDiff is what a plan changes below /etc/containerd and in the options.
func configDiff(p *Plan) string {
	var b bytes.Buffer
	for _, c := range p.Changes {
		if strings.HasPrefix(c.Path, "/etc/containerd/") || c.Path == optionsFile {
			b.Write(c.diff())
		}
	}
	for _, note := range p.Notes {
		b.WriteString("note: " + strings.ReplaceAll(note, p.o.Root, "") + "\n")
	}
	return b.String()
}

// Each case is a node: its files, what its containerd says (effective.toml, when it
// was asked), and the diff. A second installation changes nothing, and uninstall
// restores every byte.
func TestNodes(t *testing.T) {
	cases, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(cases) == 0 {
		t.Fatal(err, "no cases")
	}
	for _, path := range cases {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			files, want := map[string]string{}, ""
			var asked *Containerd
			for _, f := range archive.Files {
				switch f.Name {
				case "diff":
					want = string(f.Data)
				case "effective.toml":
					asked = &Containerd{Root: "/", Program: "/bin/true", DropIns: strings.Contains(string(f.Data), "conf.d"), Effective: f.Data}
				default:
					files[f.Name] = string(f.Data)
				}
			}
			o := newNode(t, files)
			o.Containerd = asked
			before := tree(t, o.Root)
			got := configDiff(do(t, Install, o))
			if *update {
				archive.Files = slices.DeleteFunc(archive.Files, func(f txtar.File) bool { return f.Name == "diff" })
				archive.Files = append(archive.Files, txtar.File{Name: "diff", Data: []byte(got)})
				if err := os.WriteFile(path, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
			} else if d := cmp.Diff(want, got); d != "" {
				t.Error(d)
			}
			if again := do(t, Install, o); len(again.Changes) != 0 {
				t.Errorf("a second installation changes %v", again.Changes)
			}
			do(t, Uninstall, o)
			if d := cmp.Diff(before, tree(t, o.Root)); d != "" {
				t.Error("uninstall does not restore:", d)
			}
			if _, err := os.Stat(filepath.Dir(o.path(recordFile))); !errors.Is(err, fs.ErrNotExist) {
				t.Error("uninstall leaves its directory:", err)
			}
			if again := do(t, Uninstall, o); len(again.Changes) != 0 {
				t.Errorf("a second uninstall changes %v", again.Changes)
			}
		})
	}
}

func TestWhatIsInstalled(t *testing.T) {
	o := newNode(t, nil)
	do(t, Install, o)
	files := tree(t, o.Root)
	want := []string{
		"/etc/callgate/installed", "/etc/callgate/runtime.toml", "/etc/callgate/runtimeclass.yaml", "/etc/containerd/config.toml",
		"/etc/systemd/system/callgate-agent.socket", "/etc/systemd/system/callgate.service", "/etc/systemd/system/callgate.socket",
		"/usr/local/bin/callgate", "/usr/local/bin/callgate-runc", "/usr/local/bin/containerd-shim-callgate-v1",
	}
	if d := cmp.Diff(want, slices.Sorted(maps.Keys(files))); d != "" {
		t.Error(d)
	}
	if unit := files["/etc/systemd/system/callgate.service"]; !strings.Contains(unit, "ExecStart=/usr/local/bin/callgate daemon\n") {
		t.Error(unit)
	}
	if info, err := os.Stat(o.path("/usr/local/bin/callgate")); err != nil || info.Mode().Perm() != 0o755 {
		t.Error(info, err)
	}
}

// A package's programs and units are where they belong.
func TestPackaged(t *testing.T) {
	o := newNode(t, map[string]string{packagedUnit: "unit", "/usr/bin/callgate": "program"})
	o.Programs = o.path("/usr/bin")
	for _, c := range do(t, Install, o).Changes {
		if strings.HasPrefix(c.Path, "/usr") || strings.HasPrefix(c.Path, unitDir) {
			t.Error("changes", c.Path)
		}
	}
}

// What was changed after the installation is not lost by the removal.
func TestChangedSince(t *testing.T) {
	o := newNode(t, map[string]string{DefaultConfig: "version = 2\n"})
	do(t, Install, o)
	edited := tree(t, o.Root)[DefaultConfig] + "[debug]\n  level = \"debug\"\n"
	write(t, o.path(DefaultConfig), edited)
	write(t, o.path(optionsFile), "when_unavailable = \"hold\"\n")
	if p := do(t, Install, o); len(p.Changes) != 1 || p.Changes[0].Path != DefaultConfig { // the block moves to the end
		t.Errorf("an upgrade changes %v", p.Changes)
	}
	p := do(t, Uninstall, o)
	files := tree(t, o.Root)
	if got := files[DefaultConfig]; got != "version = 2\n[debug]\n  level = \"debug\"\n" {
		t.Errorf("configuration: %q", got)
	}
	if len(files) != 3 || files[DefaultConfig+backupSuffix] == "" || !strings.Contains(files[optionsFile], "hold") || len(p.Notes) != 2 {
		t.Error(slices.Sorted(maps.Keys(files)), p.Notes)
	}
}

// When a file can't be written, nothing is changed.
func TestFailureChangesNothing(t *testing.T) {
	o := newNode(t, map[string]string{"/etc/systemd/system": "no directory"})
	before := tree(t, o.Root)
	p, err := Install(o)
	if err == nil {
		err = p.Apply(t.Context())
	}
	if err == nil || !strings.Contains(err.Error(), "not a directory") {
		t.Error(err)
	}
	if d := cmp.Diff(before, tree(t, o.Root)); d != "" {
		t.Error(d)
	}
}

// A configuration that containerd does not accept is not put in place.
func TestContainerdRefuses(t *testing.T) {
	o := newNode(t, map[string]string{DefaultConfig: "version = 2\n"})
	o.Containerd = &Containerd{Root: "/", Program: "/bin/false", Effective: []byte("version = 2\n")}
	before := tree(t, o.Root)
	p, err := Install(o)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Apply(t.Context()); err == nil || !strings.Contains(err.Error(), "try /etc/containerd/config.toml with the handler") {
		t.Error(err)
	}
	if d := cmp.Diff(before, tree(t, o.Root)); d != "" {
		t.Error(d)
	}
}
