package rulebook

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/callgate/callgate/seccomp"
)

// Filters keeps the filters that containers were started with, in a directory,
// so that a later daemon knows what it can see of them. There are as many as
// there were different rules.
type Filters struct {
	dir string

	mu    sync.Mutex
	names map[*seccomp.Filter]string
	known map[string]*seccomp.Filter
}

const (
	// maxFilters is how many are kept; the oldest go.
	maxFilters = 256
	// maxKnown is how many are remembered besides.
	maxKnown = 32
)

// OpenFilters opens the directory, which is made with mode 0700.
func OpenFilters(dir string) (*Filters, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("open directory of filters: %w", err)
	}
	return &Filters{dir: dir, names: make(map[*seccomp.Filter]string), known: make(map[string]*seccomp.Filter)}, nil
}

// Keep keeps a filter, which must not be changed any more, and returns the name
// under which Find finds it.
func (s *Filters) Keep(f *seccomp.Filter) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if name := s.names[f]; name != "" {
		if _, err := os.Stat(s.path(name)); err == nil {
			return name, nil
		}
	}
	name, err := s.write(f)
	if err == nil {
		s.remember(name, f)
	}
	return name, err
}

// write writes a filter where it is not yet.
func (s *Filters) write(f *seccomp.Filter) (string, error) {
	content, err := json.Marshal(f)
	if err != nil {
		return "", fmt.Errorf("keep filter: %w", err)
	}
	sum := sha256.Sum256(content)
	name := hex.EncodeToString(sum[:16])
	path := s.path(name)
	if _, err := os.Stat(path); err == nil {
		return name, nil
	}
	s.prune()
	// A rename, so that a file which is there is whole.
	if err := errors.Join(os.WriteFile(path+".new", content, 0o600), os.Rename(path+".new", path)); err != nil {
		return "", fmt.Errorf("keep filter: %w", err)
	}
	return name, nil
}

// Find is the filter of a name.
func (s *Filters) Find(name string) (*seccomp.Filter, error) {
	if b, err := hex.DecodeString(name); err != nil || len(b) != 16 {
		return nil, fmt.Errorf("find filter: %q is not the name of one", name)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if f := s.known[name]; f != nil {
		return f, nil
	}
	content, err := os.ReadFile(s.path(name))
	if err != nil {
		return nil, fmt.Errorf("find filter: %w", err)
	}
	f := new(seccomp.Filter)
	if err := json.Unmarshal(content, f); err != nil {
		return nil, fmt.Errorf("find filter %s: %w", name, err)
	}
	s.remember(name, f)
	return f, nil
}

// remember saves reading a filter, or writing it, the next time. The caller holds
// mu.
func (s *Filters) remember(name string, f *seccomp.Filter) {
	if len(s.names) >= maxKnown {
		clear(s.names)
		clear(s.known)
	}
	s.names[f], s.known[name] = name, f
}

func (s *Filters) path(name string) string { return filepath.Join(s.dir, name+".json") }

// prune removes the oldest.
func (s *Filters) prune() {
	entries, err := os.ReadDir(s.dir)
	if err != nil || len(entries) < maxFilters {
		return
	}
	var infos []os.FileInfo
	for _, e := range entries {
		if info, err := e.Info(); err == nil && strings.HasSuffix(e.Name(), ".json") {
			infos = append(infos, info)
		}
	}
	slices.SortFunc(infos, func(a, b os.FileInfo) int { return cmp.Compare(a.ModTime().UnixNano(), b.ModTime().UnixNano()) })
	for _, info := range infos[:max(0, len(infos)-maxFilters+1)] {
		_ = os.Remove(filepath.Join(s.dir, info.Name())) // one more is no harm
	}
}
