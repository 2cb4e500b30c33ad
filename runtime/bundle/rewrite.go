package bundle

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/callgate/callgate/internal/replace"
)

// Bundle is a bundle as it was found.
type Bundle struct {
	path string // of config.json
	text []byte
	info os.FileInfo

	found *section // once it was looked for
}

// Open reads the bundle in a directory.
func Open(dir string) (*Bundle, error) {
	text, info, err := load(dir)
	if err != nil {
		return nil, err
	}
	return &Bundle{path: filepath.Join(dir, configName), text: text, info: info}, nil
}

// Config is the bundle's config.json.
func (b *Bundle) Config() []byte { return b.text }

// Profile is the text of the container's seccomp profile, nil when it has none.
// One that Rewrite has put there stays, whatever is wanted now: the container
// may have started with it.
func (b *Bundle) Profile() (text []byte, rewritten bool, err error) {
	s, err := b.section()
	if err != nil {
		return nil, false, err
	}
	before, err := readMark(filepath.Dir(b.path))
	if err != nil {
		return nil, false, err
	}
	return s.value, before != nil && before.Result == digest(s.value), nil
}

func (b *Bundle) section() (*section, error) {
	if b.found != nil {
		return b.found, nil
	}
	s, err := findSeccomp(b.text)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", b.path, err)
	}
	b.found = s
	return s, nil
}

// Rewrite puts another profile in the place of the one that was found; null
// stands for none. config.json is replaced as a whole or not at all.
func (b *Bundle) Rewrite(profile []byte) error {
	s, err := b.section()
	if err != nil {
		return err
	}
	if s.value == nil && isNull(profile) {
		return nil // still none
	}
	out := s.replaced(b.text, profile)
	if len(out) > maxConfig {
		return fmt.Errorf("rewrite %s: it would be larger than %d bytes", b.path, maxConfig)
	}
	// The mark first: if only that is written, its result is not what stands
	// in config.json, and the next run does all again.
	if err := writeMark(filepath.Dir(b.path), mark{Original: digest(s.value), Result: digest(profile)}, b.info); err != nil {
		return err
	}
	return replace.File(b.path, out, b.info)
}
