package install

import (
	"strings"
	"testing"
)

// Every mistake names the file and its line, and changes nothing.
func TestMistakes(t *testing.T) {
	const cri = `plugins."io.containerd.grpc.v1.cri"`
	for _, tt := range []struct {
		name, config, want string
	}{
		{"syntax", "version = 2\n[plugins\n", "/etc/containerd/config.toml:2: "},
		{"type", "version = 2\n\nimports = 3\n", "/etc/containerd/config.toml:3: "},
		{"no version", "# Docker's\ndisabled_plugins = []\n", "/etc/containerd/config.toml:1: it has no version"},
		{"old", "\nversion = 1\n", "/etc/containerd/config.toml:2: version 1 is not known"},
		{"new", "version = 9\n", "/etc/containerd/config.toml:1: version 9 is not known"},
		{"foreign handler", "version = 2\n[" + cri + ".containerd.runtimes.callgate]\n  runtime_type = \"io.containerd.runc.v2\"\n",
			"/etc/containerd/config.toml:2: a handler callgate is there already"},
		{"runtime_path", "version = 2\n[" + cri + ".containerd.runtimes.callgate]\n  runtime_type = \"io.containerd.callgate.v1\"\n  runtime_path = \"/x\"\n",
			"/etc/containerd/config.toml:2: handler callgate has a runtime_path"},
		{"import", "version = 2\nimports = [\"conf.d/*.toml\"]\n", "/etc/containerd/config.toml:2: containerd 1.x replaces"},
		{"inline", "version = 2\n[" + cri + ".containerd]\n  runtimes = {runc = {runtime_type = \"io.containerd.runc.v2\"}}\n", "add handler callgate: read containerd's configuration: "},
		{"no end", "version = 2\n" + blockBegin + "\n", "/etc/containerd/config.toml:2: \"# callgate install: begin\" without its end"},
		{"no begin", "version = 2\n" + blockEnd + "\n", "/etc/containerd/config.toml:2: \"# callgate install: end\" without its begin"},
		{"twice", blockBegin + "\n" + blockBegin + "\n", "/etc/containerd/config.toml:2: a second"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o := newNode(t, map[string]string{
				DefaultConfig:                     tt.config,
				"/etc/containerd/conf.d/cri.toml": "version = 2\n[" + cri + "]\n  disable_apparmor = true\n",
			})
			_, err := Install(o)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v\nwant %s", err, tt.want)
			}
		})
	}
	t.Run("record", func(t *testing.T) {
		o := newNode(t, map[string]string{recordFile: "# comment\nnonsense\n"})
		if _, err := Uninstall(o); err == nil || !strings.Contains(err.Error(), recordFile+":2: ") {
			t.Error(err)
		}
	})
}
