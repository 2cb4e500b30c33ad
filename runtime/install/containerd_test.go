package install

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/callgate/callgate/runtime/internal/rig"
)

// Each containerd accepts what was made of its own default configuration, of a
// short one and of none, and has the handler beside all that it had before.
func TestRealContainerd(t *testing.T) {
	for _, part := range rig.Parts() {
		if part.Name != "containerd" || part.Whence == "long" && !rig.Long() {
			continue
		}
		t.Run(part.Version, func(t *testing.T) {
			dir, err := part.Dir()
			rig.Need(t, err)
			program := filepath.Join(dir, "containerd")
			defaults, err := (&Containerd{Root: "/", Program: program}).run(t.Context(), "config", "default")
			if err != nil {
				t.Fatal(err)
			}
			systemd := strings.ReplaceAll(string(defaults), "SystemdCgroup = false", "SystemdCgroup = true")
			for name, config := range map[string]string{
				"default": systemd,
				"short":   "version = 2\n[plugins.\"io.containerd.grpc.v1.cri\"]\n  disable_apparmor = true\n",
				"empty":   "version = 2",
			} {
				t.Run(name, func(t *testing.T) { tryReal(t, program, config) })
			}
		})
	}
}

func tryReal(t *testing.T, program, config string) {
	o := newNode(t, nil)
	// The containerd is not the node's, so it reads drop-ins only where it is told.
	file := o.path(DefaultConfig)
	confd := o.path(filepath.Dir(dropIn))
	config = strings.Replace(config, filepath.Dir(confD), confd, 1)
	write(t, file, config)
	asked, err := Ask(t.Context(), "/", program, file)
	if err != nil {
		t.Fatal(err)
	}
	asked.DropIns = asked.DropIns && strings.Contains(config, confd)
	o.Containerd = asked
	do(t, Install, o)

	after, err := Ask(t.Context(), "/", program, file)
	if err != nil {
		t.Fatal(err)
	}
	before, err := parseConfig("before", string(asked.Effective))
	if err != nil {
		t.Fatal(err)
	}
	now, err := parseConfig("after", string(after.Effective))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := slices.Sorted(maps.Keys(now.handlers())), append([]string{Handler}, slices.Sorted(maps.Keys(before.handlers()))...); !slices.Equal(got, want) {
		t.Errorf("handlers %v, want %v", got, want)
	}
	if h := table(now.handlers(), Handler); h["runtime_type"] != runtimeType || table(h, "options")["ConfigPath"] != optionsFile {
		t.Errorf("handler %v", h)
	}
	for name, plugin := range before.Plugins {
		if name != criPlugin(before.Version) && len(plugin) != len(now.Plugins[name]) {
			t.Errorf("plugin %s: %v became %v", name, plugin, now.Plugins[name])
		}
	}
	options, err := os.ReadFile(o.path(optionsFile))
	if err != nil || strings.Contains(string(options), "SystemdCgroup = true") != strings.Contains(config, "SystemdCgroup = true") {
		t.Errorf("options %s, %v", options, err)
	}
	do(t, Uninstall, o)
	restored, err := os.ReadFile(file)
	if err != nil || string(restored) != config {
		t.Errorf("restored %q, %v", restored, err)
	}
}
