package install

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/callgate/callgate/runtime/internal/rig"
)

// Packages hold the programs, the units and the manual, and nothing else beside
// them is changed on a machine.
func TestPackages(t *testing.T) {
	nfpm := partProgram(t, "nfpm")
	programs, target := t.TempDir(), t.TempDir()
	for _, name := range Programs {
		if err := os.WriteFile(filepath.Join(programs, name), []byte(name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for packager, want := range map[string]string{
		"deb": "callgate_0.0.0~abc.dirty_arm64.deb",
		"rpm": "callgate-0.0.0~abc.dirty-1.aarch64.rpm",
	} {
		c := exec.Command("../../.ci/package", "arm64", packager, programs, target, "abc-dirty")
		c.Env = append(os.Environ(), "NFPM="+nfpm)
		out, err := c.CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		if _, err := os.Stat(filepath.Join(target, want)); err != nil {
			left, _ := os.ReadDir(target)
			t.Errorf("%v; there is %v", err, left)
		}
	}
	list(t, filepath.Join(target, "callgate_0.0.0~abc.dirty_arm64.deb"))
}

// list checks what is in a package of Debian's form.
func list(t *testing.T, path string) {
	t.Helper()
	out, err := exec.Command("dpkg-deb", "--contents", path).Output()
	if err != nil {
		rig.Need(t, &rig.MissingError{What: "dpkg-deb: " + err.Error()})
	}
	modes := map[string]string{}
	for line := range strings.Lines(string(out)) {
		f := strings.Fields(line)
		if !strings.HasSuffix(f[5], "/") && !strings.Contains(f[5], "/man1/") {
			modes[strings.TrimPrefix(f[5], ".")] = f[0]
		}
	}
	if !strings.Contains(string(out), "/usr/share/man/man1/callgate-run.1") {
		t.Error("the manual is missing")
	}
	const program, file = "-rwxr-xr-x", "-rw-r--r--"
	want := map[string]string{
		"/usr/bin/callgate": program, "/usr/bin/callgate-runc": program, "/usr/bin/containerd-shim-callgate-v1": program,
		"/usr/lib/systemd/system/callgate.service": file, "/usr/lib/systemd/system/callgate.socket": file,
		"/usr/lib/systemd/system/callgate-agent.socket": file,
		"/usr/share/doc/callgate/runtimeclass.yaml":     file, "/usr/share/doc/callgate/copyright": file,
	}
	for path, mode := range want {
		if modes[path] != mode {
			t.Errorf("%s has mode %q, want %q", path, modes[path], mode)
		}
	}
	if len(modes) != len(want) {
		t.Errorf("files %v", slices.Sorted(maps.Keys(modes)))
	}
	scripts, err := exec.Command("dpkg-deb", "--info", path, "postinst").Output()
	if err != nil || regexp.MustCompile(`systemctl (re)?(start|enable)`).Match(scripts) {
		t.Errorf("%v: %s", err, scripts)
	}
}
