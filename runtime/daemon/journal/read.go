package journal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
)

// maxLine bounds a line that is read, in bytes; longer ones are left out.
const maxLine = 4 << 20

// Read calls use with each line that is kept, the oldest first, without its
// newline. With follow it goes on with those to come, until ctx ends or the
// journal is closed. A reader that is slower than two rotations misses lines;
// use then gets nil once, for the gap. The line is valid during the call only.
func (j *Journal) Read(ctx context.Context, follow bool, use func(line []byte) error) error {
	wake := make(chan struct{}, 1)
	if follow {
		if !j.watch(wake) {
			return fmt.Errorf("read journal: %w", os.ErrClosed)
		}
		defer j.unwatch(wake)
	}
	r := reader{journal: j, use: use, at: -1}
	defer r.close()
	for {
		if err := r.rest(ctx); err != nil {
			return fmt.Errorf("read journal: %w", err)
		}
		if !follow {
			return nil
		}
		select {
		case _, open := <-wake:
			follow = open // what was written before the end is still to be read
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (j *Journal) watch(wake chan struct{}) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.file == nil {
		return false
	}
	j.watchers[wake] = struct{}{}
	return true
}

func (j *Journal) unwatch(wake chan struct{}) {
	j.mu.Lock()
	defer j.mu.Unlock()
	delete(j.watchers, wake)
}

// reader is how far one has come.
type reader struct {
	journal *Journal
	use     func([]byte) error
	file    *os.File
	at      int // rotations before file was begun
	part    []byte
	skip    bool // the line in hand is too long
}

func (r *reader) close() {
	if r.file != nil {
		_ = r.file.Close()
	}
}

// rest reads all that is there now, through all files.
func (r *reader) rest(ctx context.Context) error {
	for {
		if r.file != nil {
			if err := r.lines(ctx); err != nil {
				return err
			}
		}
		next, at, err := r.journal.openAt(r.at + 1)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		// What was written to the old file between its end and its rotation.
		if r.file != nil {
			err = r.lines(ctx)
			if err == nil && at > r.at+1 {
				err = r.use(nil)
			}
			_ = r.file.Close()
		}
		r.file, r.at, r.part, r.skip = next, at, nil, false
		if err != nil {
			return err
		}
	}
}

// lines reads the file to its end. A part of a line is kept.
func (r *reader) lines(ctx context.Context) error {
	buffer := make([]byte, 64<<10)
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := r.file.Read(buffer)
		if err := r.split(buffer[:n]); err != nil {
			return err
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (r *reader) split(b []byte) error {
	for len(b) > 0 {
		line, after, ended := bytes.Cut(b, []byte{'\n'})
		b = after
		if len(r.part)+len(line) > maxLine {
			r.part, r.skip = nil, true
		}
		if !ended {
			if !r.skip {
				r.part = append(r.part, line...)
			}
			return nil
		}
		line = append(r.part, line...)
		long := r.skip
		r.part, r.skip = r.part[:0], false
		if len(line) == 0 || long {
			continue
		}
		if err := r.use(line); err != nil {
			return err
		}
	}
	return nil
}
