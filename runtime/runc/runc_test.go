package runc

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// script writes a program that stands for a runtime, and returns its path.
func script(t *testing.T, body string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "runtime")
	write(t, path, body)
	return path
}

func write(t *testing.T, path, body string) {
	t.Helper()
	// Not written in place: another test's fork may hold it open for writing
	// (ETXTBSY).
	if out, err := exec.Command("sh", "-c", `printf '%s' "$2" > "$1.new" && chmod 755 "$1.new" && mv "$1.new" "$1"`, "sh",
		path, "#!/bin/sh\n"+body).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}

func TestRealRuntimes(t *testing.T) {
	for _, name := range []string{"runc", "crun"} {
		t.Run(name, func(t *testing.T) {
			if _, err := exec.LookPath(name); err != nil {
				if os.Getenv("CALLGATE_REQUIRE") == "1" {
					t.Fatal(err)
				}
				t.Skip(err)
			}
			var c Cache
			f, err := c.Features(t.Context(), name)
			if err != nil {
				t.Fatal(err)
			}
			if f.Name != name || f.Version == "" || !f.Notify {
				t.Errorf("%+v", f)
			}
			if err := f.Usable(); err != nil {
				t.Error(err)
			}
			if name == "runc" && f.Libseccomp == "" {
				t.Errorf("%+v", f)
			}
		})
	}
}

func TestParse(t *testing.T) {
	for _, tt := range []struct {
		name, features, version string
		want                    Features
		usable                  bool
	}{
		{
			name: "runc with everything",
			features: `{"linux":{"seccomp":{"enabled":true,"actions":["SCMP_ACT_NOTIFY"],"knownFlags":["SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"],
				"supportedFlags":["SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"]}},
				"annotations":{"org.opencontainers.runc.version":"1.5.2","io.github.seccomp.libseccomp.version":"2.6.0"}}`,
			want:   Features{"runc", "1.5.2", "2.6.0", true, true},
			usable: true,
		},
		{
			name: "known is not supported",
			features: `{"linux":{"seccomp":{"enabled":true,"actions":["SCMP_ACT_NOTIFY"],"knownFlags":["SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"]}},
				"annotations":{"run.oci.crun.version":"1.20"}}`,
			want:   Features{"crun", "1.20", "", true, false},
			usable: true,
		},
		{
			name:     "seccomp left out",
			features: `{"linux":{"seccomp":{"enabled":false,"actions":["SCMP_ACT_NOTIFY"]}}}`,
		},
		{name: "says nothing", features: `{}`},
		{
			name:    "crun 1.8.1",
			version: "crun version 1.8.1\ncommit: f8a0\nspec: 1.0.0\n+SYSTEMD +SELINUX +APPARMOR +CAP +SECCOMP +EBPF +YAJL",
			want:    Features{"crun", "1.8.1", "", true, true},
			usable:  true,
		},
		{
			name:    "crun 1.5",
			version: "crun version 1.5\n+SECCOMP\n",
			want:    Features{"crun", "1.5", "", true, false},
		},
		{
			name:    "crun without seccomp",
			version: "crun version 1.8.1\n+CAP\n",
			want:    Features{"crun", "1.8.1", "", false, false},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			body := fmt.Sprintf("case $1 in\nfeatures) cat <<'E'\n%s\nE\n;;\nesac\n", tt.features)
			if tt.version != "" {
				body = fmt.Sprintf("case $1 in\nfeatures) echo unknown command features >&2; exit 1;;\n--version) cat <<'E'\n%s\nE\n;;\nesac\n", tt.version)
			}
			f, err := new(Cache).Features(t.Context(), script(t, body))
			if err != nil {
				t.Fatal(err)
			}
			if *f != tt.want {
				t.Errorf("%+v, want %+v", *f, tt.want)
			}
			if err := f.Usable(); (err == nil) != tt.usable || err != nil && !errors.Is(err, ErrUnusable) {
				t.Errorf("usable: %v", err)
			}
		})
	}
}

func TestMistakes(t *testing.T) {
	for name, tt := range map[string]struct{ body, want string }{
		"fails":      {"echo broken >&2\nexit 3\n", "exit status 3: broken"},
		"no JSON":    {"echo hello\n", "decode features"},
		"no runtime": {"[ $1 = --version ] && echo ls 9.1 && exit 0\nexit 1\n", "is not crun's"},
		"too much":   {"exec yes\n", "more than 1048576 bytes"},
		"killed":     {"kill -9 $$\n", "signal: killed"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := new(Cache).Features(t.Context(), script(t, tt.body))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
	if _, err := new(Cache).Features(t.Context(), "/nowhere/runc"); err == nil {
		t.Error("a runtime that is not there has features")
	}
}

// A runtime that hangs is given up, and ends with the children that it started.
func TestHangingRuntime(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	path := script(t, "sleep 300 &\necho $! > \"$0.new\"\nmv \"$0.new\" \"$0.pid\"\nwait\n")
	var child int
	go func() {
		defer cancel()
		for until := time.Now().Add(30 * time.Second); child == 0 && time.Now().Before(until); time.Sleep(10 * time.Millisecond) {
			text, _ := os.ReadFile(path + ".pid")
			child, _ = strconv.Atoi(strings.TrimSpace(string(text)))
		}
	}()
	_, err := new(Cache).Features(ctx, path)
	<-ctx.Done()
	if !errors.Is(err, context.Canceled) && !strings.Contains(fmt.Sprint(err), "no answer") {
		t.Errorf("got %v", err)
	}
	for until := time.Now().Add(30 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		state, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", child))
		if child == 0 || err != nil || strings.Contains(string(state), ") Z ") {
			return
		}
		if time.Now().After(until) {
			t.Fatalf("the child is still there: %s", state)
		}
	}
}

// A binary is asked once, and again when its file was replaced.
func TestCached(t *testing.T) {
	var c Cache
	answer := func(version string) string {
		return `echo asked >> "$0.log"; echo '{"annotations":{"org.opencontainers.runc.version":"` + version + `"}}'` + "\n"
	}
	path := script(t, answer("1.0.0"))
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if f, err := c.Features(t.Context(), path); err != nil || f.Version != "1.0.0" {
				t.Errorf("%+v %v", f, err)
			}
		})
	}
	all.Wait()
	write(t, path, answer("1.0.10"))
	if f, err := c.Features(t.Context(), path); err != nil || f.Version != "1.0.10" {
		t.Errorf("%+v %v", f, err)
	}
	log, err := os.ReadFile(path + ".log")
	if err != nil || string(log) != "asked\nasked\n" {
		t.Errorf("%q %v", log, err)
	}
}
