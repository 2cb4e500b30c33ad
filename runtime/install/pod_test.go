package install

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/callgate/callgate/runtime/internal/rig"
)

func TestMain(m *testing.M) {
	rig.Dispatch()
	status := m.Run()
	rig.Cleanup()
	os.Exit(status)
}

// The options reach the shim of a pod, through containerd 1.6 too, which passes
// nothing of them but the path of their file. What a pod's pause container is made
// by tells: it needs no daemon.
func TestOptionsReachShim(t *testing.T) {
	rig.NeedRoot(t)
	shim, err := rig.Build("cmd/containerd-shim-callgate-v1")
	if err != nil {
		t.Fatal(err)
	}
	for containerd, runc := range map[string]string{"1.6.20": "1.1.5", "2.4.2": "1.5.2"} {
		t.Run(containerd, func(t *testing.T) {
			engine, err := rig.Find("containerd", containerd)
			if err != nil {
				t.Fatal(err)
			}
			runtime, err := rig.Find("runc", runc)
			if err != nil {
				t.Fatal(err)
			}
			n := rig.ForTest(t, rig.NodeConfig{Containerd: engine, Runtime: runtime, Shim: shim})
			trace := filepath.Join(n.Dir, "trace")
			program := filepath.Join(n.Dir, "traced-runc")
			write(t, program, fmt.Sprintf("#!/bin/sh\necho \"$@\" >>%s\nexec %s \"$@\"\n", trace, n.RuntimePath))
			if err := os.Chmod(program, 0o700); err != nil {
				t.Fatal(err)
			}
			options := filepath.Join(n.Dir, "runtime.toml")
			write(t, options, fmt.Sprintf("when_unavailable = \"require\"\nBinaryName = %q\n", program))
			installHandler(t, filepath.Join(n.Dir, "config.toml"), options)
			if err := n.StopContainerd(); err != nil {
				t.Fatal(err)
			}
			if err := n.StartContainerd(); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
			defer cancel()
			c, err := n.CRI(ctx)
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			pod := &rig.Pod{Namespace: "default", Name: "options", Handler: Handler, HostNetwork: true}
			if err := c.RunPod(ctx, pod); err != nil {
				t.Fatal(err)
			}
			if text, err := os.ReadFile(trace); err != nil || !strings.Contains(string(text), " create ") {
				t.Errorf("the runtime of the options was not used: %q, %v", text, err)
			}
		})
	}
}

// installHandler replaces the handler of the rig in a configuration by that of an
// installation, with its options in another file.
func installHandler(t *testing.T, path, options string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var kept strings.Builder
	dropping := false
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(strings.TrimSpace(line), "[") {
			dropping = strings.Contains(line, ".runtimes."+Handler)
		}
		if !dropping {
			kept.WriteString(line)
		}
	}
	c, err := parseConfig(path, kept.String())
	if err != nil {
		t.Fatal(err)
	}
	add := strings.ReplaceAll(block(c.Version, c.defaultHandler()), optionsFile, options)
	write(t, path, with(kept.String(), add))
}
