package bundle

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// Every refusal leaves the bundle as it was, and names the file.
func TestRefused(t *testing.T) {
	for name, tt := range map[string]struct{ config, want string }{
		"no JSON":        {`{"linux":`, "not JSON"},
		"cut off":        {`{"linux":{"seccomp":{}`, "not JSON"},
		"an array":       {`[]`, "no JSON object"},
		"empty":          {``, "not JSON"},
		"two documents":  {`{"linux":{}}{}`, "follows"},
		"no linux":       {`{"process":{}}`, "no linux section"},
		"linux null":     {`{"linux":null}`, "no linux section"},
		"linux a string": {`{"linux":"x"}`, "linux: it is no JSON object"},
		"linux twice":    {`{"linux":{},"linux":{}}`, `"linux" stands there twice`},
		"seccomp twice":  {`{"linux":{"seccomp":{},"seccomp":null}}`, `"seccomp" stands there twice`},
		"another case":   {`{"linux":{"Seccomp":` + profile + `}}`, `"seccomp" stands there twice or in another case`},
		"escaped twice":  {`{"linux":{"seccomp":{},"sec\u0063omp":{}}}`, `"seccomp" stands there twice`},
	} {
		t.Run(name, func(t *testing.T) {
			dir := newBundle(t, tt.config)
			err := rewrite(dir, setns(t))
			if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), dir) {
				t.Errorf("got %v, want %s", err, tt.want)
			}
			if config(t, dir) != tt.config || len(files(t, dir)) != 1 {
				t.Errorf("changed: %s %v", config(t, dir), files(t, dir))
			}
		})
	}
}

// What is no plain file of reasonable size is not read.
func TestStrangeFiles(t *testing.T) {
	if err := rewrite(t.TempDir(), setns(t)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	dir := t.TempDir()
	path := filepath.Join(dir, configName)
	if err := unix.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := rewrite(dir, setns(t)); err == nil || !strings.Contains(err.Error(), "no regular file") {
		t.Errorf("a pipe: %v", err)
	}
	dir = t.TempDir()
	if err := os.Symlink(filepath.Join(newBundle(t, `{"linux":{}}`), configName), filepath.Join(dir, configName)); err != nil {
		t.Fatal(err)
	}
	if err := rewrite(dir, setns(t)); !errors.Is(err, unix.ELOOP) {
		t.Errorf("a link: %v", err)
	}
	dir = newBundle(t, `{"linux":{}}`+string(bytes.Repeat([]byte(" "), maxConfig)))
	if err := rewrite(dir, setns(t)); err == nil || !strings.Contains(err.Error(), "larger than") {
		t.Errorf("too large: %v", err)
	}
	dir = newBundle(t, `{"linux":{}}`)
	if err := os.WriteFile(filepath.Join(dir, markName), []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := rewrite(dir, setns(t)); err == nil || !strings.Contains(err.Error(), "names no result") {
		t.Errorf("a broken mark: %v", err)
	}
}
