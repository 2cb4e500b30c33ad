package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// The pages in the repository are those that the tables give now.
func TestPagesAreCurrent(t *testing.T) {
	for _, p := range pages {
		b := bytes.NewBufferString(note)
		if err := p.write(b); err != nil {
			t.Errorf("%s: %v", p.name, err)
			continue
		}
		have, err := os.ReadFile(filepath.Join("..", "..", p.name))
		if err != nil || !bytes.Equal(have, b.Bytes()) {
			t.Errorf("docs/%s is out of date (%v); run make generate", p.name, err)
		}
	}
}
