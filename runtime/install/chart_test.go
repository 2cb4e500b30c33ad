package install

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v4"

	"github.com/callgate/callgate/rules"
	daemon "github.com/callgate/callgate/runtime/daemon/config"
	"github.com/callgate/callgate/runtime/internal/rig"
)

// deployed is the directory of package deploy.
const deployed = "../../deploy/"

// partProgram is the program of a part of which tests have one version.
func partProgram(t *testing.T, name string) string {
	t.Helper()
	parts := rig.Parts()
	i := slices.IndexFunc(parts, func(p rig.Part) bool { return p.Name == name })
	dir, err := parts[i].Dir()
	rig.Need(t, err)
	return filepath.Join(dir, name)
}

// helm runs helm, away from the user's own settings.
func helm(t *testing.T, args ...string) (string, error) {
	t.Helper()
	c := exec.Command(partProgram(t, "helm"), args...)
	home := t.TempDir()
	c.Env = []string{"HOME=" + home, "HELM_CACHE_HOME=" + home, "HELM_CONFIG_HOME=" + home, "HELM_DATA_HOME=" + home}
	var stderr strings.Builder
	c.Stderr = &stderr
	out, err := c.Output()
	if err != nil {
		return string(out), errors.New(stderr.String())
	}
	return string(out), nil
}

// Each case is a file of values and what the chart makes of it. The plain manifest
// for clusters without helm is the chart's with its own values.
var charts = []struct{ values, golden string }{
	{"", deployed + "daemonset.yaml"},
	{deployed + "testdata/full.values.yaml", deployed + "testdata/full.yaml"},
}

func TestChart(t *testing.T) {
	for _, tt := range charts {
		t.Run(filepath.Base(tt.golden), func(t *testing.T) {
			var values []string
			if tt.values != "" {
				values = []string{"--values", tt.values}
			}
			if out, err := helm(t, append([]string{"lint", "--strict", deployed + "chart"}, values...)...); err != nil {
				t.Fatal(out, err)
			}
			got, err := helm(t, append([]string{"template", "callgate", deployed + "chart", "--namespace", "callgate"}, values...)...)
			if err != nil {
				t.Fatal(err)
			}
			if *update {
				if err := os.WriteFile(tt.golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(tt.golden)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(string(want), got); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestChartMistakes(t *testing.T) {
	_, err := helm(t, "template", "callgate", deployed+"chart", "--set", "builtinRules=false")
	if err == nil || !strings.Contains(err.Error(), "there would be no rules") {
		t.Error(err)
	}
}

// manifest is what tests ask of an object of Kubernetes.
type manifest struct {
	APIVersion string `yaml:"apiVersion"`
	Kind       string
	Metadata   struct{ Name string }
	Handler    string
	Data       map[string]string
}

func manifests(t *testing.T, path string) (all []manifest) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	d := yaml.NewDecoder(f)
	for {
		var m manifest
		err := d.Decode(&m)
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, m)
	}
}

// What the charts configure is what the daemon reads, rules included.
func TestRenderedConfig(t *testing.T) {
	for _, tt := range charts {
		t.Run(filepath.Base(tt.golden), func(t *testing.T) {
			kinds := map[string]int{}
			for _, m := range manifests(t, tt.golden) {
				kinds[m.Kind]++
				if text, ok := m.Data["config.yaml"]; ok {
					c, err := daemon.Parse("config.yaml", []byte(text))
					if err != nil {
						t.Fatal(err)
					}
					if full := tt.values != ""; full != (c.Mode == "enforce") {
						t.Errorf("mode %s", c.Mode)
					}
					continue
				}
				for name, text := range m.Data {
					path := filepath.Join(t.TempDir(), name)
					if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
						t.Fatal(err)
					}
					if _, err := rules.Load(rules.Options{Paths: []string{path}}); err != nil {
						t.Error(err)
					}
				}
			}
			if kinds["DaemonSet"] != 1 || kinds["RuntimeClass"] != 1 || kinds["ConfigMap"] == 0 {
				t.Errorf("objects %v", kinds)
			}
		})
	}
}
