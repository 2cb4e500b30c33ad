package install

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"github.com/callgate/callgate/deploy"
	"github.com/callgate/callgate/runtime/control"
	"github.com/callgate/callgate/runtime/internal/rig"
)

// unit is the text of one of the units.
func unit(t *testing.T, name string) string {
	t.Helper()
	text, err := deploy.Units.ReadFile("systemd/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// The daemon finds its sockets by these names, shims and runtimes by these paths.
func TestSockets(t *testing.T) {
	for name, want := range map[string][]string{
		"callgate.socket":       {"ListenStream=" + control.DefaultSocket, "FileDescriptorName=control", "SocketMode=0600"},
		"callgate-agent.socket": {"ListenStream=" + control.DefaultAgentSocket, "FileDescriptorName=agent", "SocketMode=0600", "Service=callgate.service"},
		"callgate.service":      {"Type=notify", "Requires=callgate.socket callgate-agent.socket", "WatchdogSec=60s", "FileDescriptorStoreMax=8192"},
	} {
		for _, line := range want {
			if !strings.Contains(unit(t, name), "\n"+line+"\n") {
				t.Errorf("%s lacks %s", name, line)
			}
		}
	}
}

// systemd understands every line.
func TestVerifyUnits(t *testing.T) {
	verify, err := exec.LookPath("systemd-analyze")
	if err != nil {
		rig.Need(t, &rig.MissingError{What: "systemd-analyze, of Debian's package systemd"})
	}
	dir := t.TempDir()
	args := []string{"verify", "--man=no"}
	for _, name := range []string{"callgate.service", "callgate.socket", "callgate-agent.socket"} {
		path := filepath.Join(dir, name)
		text := strings.ReplaceAll(unit(t, name), "/usr/bin/callgate", "/bin/true") // it must be there
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, path)
	}
	c := exec.Command(verify, args...)
	c.Env = append(os.Environ(), "SYSTEMD_UNIT_PATH="+dir+":") // and systemd's own
	out, err := c.CombinedOutput()
	if err != nil || strings.Contains(string(out), dir) {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestRuntimeClass(t *testing.T) {
	var got struct {
		APIVersion string `yaml:"apiVersion"`
		Kind       string
		Metadata   struct{ Name string }
		Handler    string
	}
	if err := yaml.Unmarshal(deploy.RuntimeClass, &got); err != nil {
		t.Fatal(err)
	}
	if got.APIVersion != "node.k8s.io/v1" || got.Kind != "RuntimeClass" || got.Handler != rig.Handler || got.Metadata.Name == "" {
		t.Errorf("%+v", got)
	}
}
