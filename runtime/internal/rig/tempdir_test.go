package rig

import (
	"os"
	"testing"
	"time"
)

func TestSweep(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	used, err := newTempDir("x")
	if err != nil {
		t.Fatal(err)
	}
	left, err := newTempDir("x")
	if err != nil {
		t.Fatal(err)
	}
	_ = left.lock.Close() // as the kernel does for a killed process
	old := time.Now().Add(-time.Hour)
	for _, d := range []*tempDir{used, left} {
		if err := os.Chtimes(d.path, old, old); err != nil {
			t.Fatal(err)
		}
	}
	sweep("x")
	if _, err := os.Stat(used.path); err != nil {
		t.Errorf("a directory in use was removed: %v", err)
	}
	if _, err := os.Stat(left.path); !os.IsNotExist(err) {
		t.Errorf("what a killed process left is still there: %v", err)
	}
	if err := used.remove(); err != nil {
		t.Error(err)
	}
}
