package source_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/rules/source"
)

func TestRead(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, content []byte) string {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, content, 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	write("rules/b.yaml", []byte("b"))
	write("rules/a.yml", []byte("a"))
	write("rules/c.txt", []byte("c"))
	write("rules/.hidden.yaml", []byte("h"))
	write("rules/..data/d.yaml", []byte("d"))
	files, mistakes := source.Read(filepath.Join(dir, "rules"))
	if len(mistakes) > 0 || len(files) != 2 || files[0].Content() != "a" || files[1].Content() != "b" {
		t.Errorf("the directory: %v, %v", files, mistakes)
	}
	if err := os.Mkdir(filepath.Join(dir, "empty"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mkfifo(filepath.Join(dir, "fifo"), 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		filepath.Join(dir, "nothing"): "no such file",
		filepath.Join(dir, "empty"):   "no *.yaml",
		filepath.Join(dir, "fifo"):    "not a regular file",
		"/dev/zero":                   "not a regular file",
		write("big", bytes.Repeat([]byte("#"), source.MaxFile+5)): "the limit is 1048576 bytes",
		write("nul", []byte("a\x00")):                             "not a text",
		write("latin1", []byte("\xfc")):                           "not a text",
	} {
		files, mistakes := source.Read(path)
		if len(files) != 0 || len(mistakes) != 1 || !strings.Contains(mistakes.Error(), want) {
			t.Errorf("%s: %v, %v, want %q", path, files, mistakes, want)
		}
	}
}
