package install

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"unicode/utf8"

	"github.com/rogpeppe/go-internal/diff"
)

// A Change is a file that becomes another one.
type Change struct {
	Path     string // on the node
	Mode     fs.FileMode
	Old, New []byte // nil: there is none
	CopyOf   string // the file on the node whose content New is; empty: none
}

// A Plan is what is to be changed on a node.
type Plan struct {
	Changes []Change
	Notes   []string // what the administrator should know

	o      Options
	edited *Change // containerd's main configuration
}

// put plans a file's content. A file that is there keeps its mode.
func (p *Plan) put(onNode string, mode fs.FileMode, content []byte) error {
	old, err := p.read(onNode)
	if err != nil {
		return err
	}
	if old != nil && bytes.Equal(old, content) {
		return nil
	}
	if content == nil {
		content = []byte{}
	}
	p.Changes = append(p.Changes, Change{Path: onNode, Mode: mode, Old: old, New: content})
	return nil
}

// remove plans a file's removal.
func (p *Plan) remove(onNode string) error {
	old, err := p.read(onNode)
	if err == nil && old != nil {
		p.Changes = append(p.Changes, Change{Path: onNode, Old: old})
	}
	return err
}

// read is a file's content, nil when there is none.
func (p *Plan) read(onNode string) ([]byte, error) {
	content, err := os.ReadFile(p.o.path(onNode))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("read node's files: %w", err)
	case content == nil:
		return []byte{}, nil
	}
	return content, nil
}

// keep plans a copy of a file for uninstall.
func (p *Plan) keep(path string, content []byte) {
	p.Changes = append(p.Changes, Change{Path: path + backupSuffix, Mode: 0o600, New: content, CopyOf: path})
}

func (p *Plan) note(format string, args ...any) {
	p.Notes = append(p.Notes, fmt.Sprintf(format, args...))
}

// Diff writes the changes for people: text as a unified diff, programs by name.
func (p *Plan) Diff(w io.Writer) error {
	for _, c := range p.Changes {
		if _, err := w.Write(c.diff()); err != nil {
			return err
		}
	}
	return nil
}

func (c Change) diff() []byte {
	binary := func(b []byte) bool { return !utf8.Valid(b) || bytes.IndexByte(b, 0) >= 0 }
	old, current := c.Path, c.Path
	if c.Old == nil {
		old = "/dev/null"
	}
	if c.New == nil {
		current = "/dev/null"
	}
	if c.CopyOf != "" {
		return fmt.Appendf(nil, "copy %s %s\n", c.CopyOf, c.Path)
	}
	if binary(c.Old) || binary(c.New) {
		return fmt.Appendf(nil, "diff %s %s\nprogram, %d bytes before, %d bytes after\n", old, current, len(c.Old), len(c.New))
	}
	return diff.Diff(old, c.Old, current, c.New)
}

// Apply makes the changes. Each file is replaced as a whole; when one can't be,
// those before it are put back. A configuration that the node's containerd does not
// accept changes nothing.
func (p *Plan) Apply(ctx context.Context) error {
	if err := p.try(ctx); err != nil {
		return err
	}
	for i, c := range p.Changes {
		err := p.apply(c)
		if err == nil {
			continue
		}
		for j := i - 1; j >= 0; j-- {
			done := p.Changes[j]
			err = errors.Join(err, p.apply(Change{Path: done.Path, Mode: done.Mode, Old: done.New, New: done.Old}))
		}
		return err
	}
	return nil
}

// try has containerd read its new configuration, which lies beside the old one:
// imports are relative to it.
func (p *Plan) try(ctx context.Context) error {
	if p.edited == nil || p.o.Containerd == nil {
		return nil
	}
	path := p.o.path(filepath.Join(filepath.Dir(p.edited.Path), ".callgate-draft.toml"))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("change node: %w", err)
	}
	if err := replace(path, 0o600, p.edited.New); err != nil {
		return fmt.Errorf("change node: %w", err)
	}
	draft, err := filepath.Rel(p.o.Containerd.Root, path)
	if err == nil {
		_, err = p.o.Containerd.dump(ctx, "/"+draft)
	}
	if err != nil {
		err = fmt.Errorf("try %s with the handler: %w", p.edited.Path, err)
	}
	return errors.Join(err, os.Remove(path))
}

func (p *Plan) apply(c Change) error {
	path := p.o.path(c.Path)
	if c.New == nil {
		if err := os.Remove(path); err != nil {
			return fmt.Errorf("change node: %w", err)
		}
		if c.Path == recordFile {
			_ = os.Remove(filepath.Dir(path)) // callgate's own directory, unless something is in it
		}
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("change node: %w", err)
	}
	// A symbolic link stays one: what it names is replaced.
	if real, err := filepath.EvalSymlinks(path); err == nil && p.o.Root == "/" {
		path = real
	}
	mode := c.Mode
	if info, err := os.Stat(path); err == nil {
		mode = info.Mode().Perm()
	}
	if err := replace(path, mode, c.New); err != nil {
		return fmt.Errorf("change node: %w", err)
	}
	return nil
}

// replace writes a file beside path and renames it, so that a program that runs
// and a crash in between do no harm.
func replace(path string, mode fs.FileMode, content []byte) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".callgate-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	_, err = f.Write(content)
	if err = errors.Join(err, f.Chmod(mode), f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
