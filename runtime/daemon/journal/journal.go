// Package journal keeps the latest alerts in files of bounded size, so that they
// can be asked for later, also after the daemon was killed.
//
// Lines go to events.jsonl. When it has grown to half of the size, it becomes
// events.jsonl.1 in place of the one before it. Nothing is held in memory.
package journal

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"

	"golang.org/x/sys/unix"
)

const (
	currentName = "events.jsonl"
	olderName   = "events.jsonl.1"
)

// Journal is a sink that keeps its lines. It may be used by several goroutines
// at once, but by one process.
type Journal struct {
	dir  string
	half int64

	mu       sync.Mutex
	file     *os.File // nil after Close
	size     int64
	torn     bool // the last line was written in part
	rotated  int  // how often; 1 at first where an older file was found
	watchers map[chan struct{}]struct{}
}

// Open opens the journal in a directory, which is made with mode 0700, for about
// size bytes.
func Open(dir string, size int) (*Journal, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("open journal: %w", err)
	}
	j := &Journal{dir: dir, half: int64(size) / 2, watchers: make(map[chan struct{}]struct{})}
	if err := j.open(); err != nil {
		return nil, err
	}
	if _, err := os.Lstat(j.path(olderName)); err == nil {
		j.rotated = 1
	}
	return j, nil
}

// open opens the current file for appending.
func (j *Journal) open() error {
	f, err := os.OpenFile(j.path(currentName), os.O_RDWR|os.O_APPEND|os.O_CREATE|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0o600)
	if err != nil {
		return fmt.Errorf("open journal: %w", err)
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s is not a regular file", f.Name())
	}
	if err != nil {
		_ = f.Close()
		return fmt.Errorf("open journal: %w", err)
	}
	j.file, j.size = f, info.Size()
	if j.size > 0 { // a daemon that was killed may have left a part of a line
		last := make([]byte, 1)
		_, err := f.ReadAt(last, j.size-1)
		j.torn = err != nil || last[0] != '\n'
	}
	return nil
}

func (j *Journal) path(name string) string { return filepath.Join(j.dir, name) }

// Name is journal:DIRECTORY.
func (j *Journal) Name() string { return "journal:" + j.dir }

// WriteLine appends one line, which ends in a newline.
func (j *Journal) WriteLine(line []byte) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.file == nil {
		return os.ErrClosed
	}
	if j.size > 0 && j.size+int64(len(line)) > j.half {
		if err := j.rotate(); err != nil {
			return err
		}
	}
	if j.torn {
		line = append([]byte{'\n'}, line...) // so that it stands alone
	}
	n, err := j.file.Write(line)
	j.size += int64(n)
	j.torn = err != nil && (n > 0 || j.torn)
	for w := range j.watchers {
		select {
		case w <- struct{}{}:
		default: // it has yet to look
		}
	}
	return err
}

// rotate begins a new file. When that fails the old one goes on.
func (j *Journal) rotate() error {
	if err := os.Rename(j.path(currentName), j.path(olderName)); err != nil {
		return fmt.Errorf("rotate journal: %w", err)
	}
	old := j.file
	if err := j.open(); err != nil {
		return errors.Join(err, os.Rename(j.path(olderName), j.path(currentName)))
	}
	j.rotated++
	j.torn = false
	return old.Close()
}

// Close closes the journal; who follows it gets to its end.
func (j *Journal) Close() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.file == nil {
		return nil
	}
	for w := range j.watchers {
		close(w)
	}
	j.watchers = nil
	f := j.file
	j.file = nil
	return f.Close()
}

// openAt opens the file that follows the first n rotations, or the oldest that
// is left, with the number of rotations after which it was begun; io.EOF when
// there is none yet.
func (j *Journal) openAt(n int) (*os.File, int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if n > j.rotated {
		return nil, n, io.EOF
	}
	if n < j.rotated {
		f, err := os.Open(j.path(olderName))
		if err == nil || !errors.Is(err, os.ErrNotExist) {
			return f, j.rotated - 1, err
		}
	}
	f, err := os.Open(j.path(currentName))
	return f, j.rotated, err
}
