package recording

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/callgate/callgate/rules/event"
)

// MaxLine bounds one line, in bytes: an event's texts are bounded where they are
// read, and a recording can come from anywhere.
const MaxLine = 16 << 20

// ErrCut reports that a recording ends in the middle: its writer was killed, or
// had no room any more. What was read before is whole.
var ErrCut = errors.New("the recording was cut")

// Reader reads a recording.
type Reader struct {
	Header Header

	lines *bufio.Scanner
	n     int // lines read
	event event.Event
}

// NewReader reads the beginning of a recording.
func NewReader(r io.Reader) (*Reader, error) {
	gz, err := gzip.NewReader(r)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, fmt.Errorf("read recording: %w before its header", ErrCut)
	}
	if err != nil {
		return nil, errors.New("read recording: the file is none: it is not compressed by gzip")
	}
	rd := &Reader{lines: bufio.NewScanner(gz)}
	rd.lines.Buffer(nil, MaxLine)
	rd.lines.Split(wholeLines)
	head, err := rd.line()
	switch {
	case errors.Is(err, io.EOF):
		return nil, fmt.Errorf("read recording: %w before its header", ErrCut)
	case err != nil:
		return nil, err
	case json.Unmarshal(head, &rd.Header) != nil || rd.Header.Version == 0:
		return nil, errors.New("read recording: the file is none: its first line is no header")
	case rd.Header.Version != Version:
		return nil, fmt.Errorf("read recording: it has version %d of the format; this callgate reads version %d", rd.Header.Version, Version)
	}
	return rd, nil
}

// wholeLines splits like bufio.ScanLines, but reports a last line without an end.
func wholeLines(data []byte, atEOF bool) (advance int, line []byte, err error) {
	if i := bytes.IndexByte(data, '\n'); i >= 0 {
		return i + 1, data[:i], nil
	}
	if atEOF && len(data) > 0 {
		return 0, nil, ErrCut
	}
	return 0, nil, nil
}

// line is the next line: io.EOF at the end, ErrCut at a cut.
func (r *Reader) line() ([]byte, error) {
	if r.lines.Scan() {
		r.n++
		return r.lines.Bytes(), nil
	}
	switch err := r.lines.Err(); {
	case err == nil:
		return nil, io.EOF
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, ErrCut):
		return nil, ErrCut
	default:
		return nil, fmt.Errorf("read recording: after line %d: %w", r.n, err)
	}
}

// Next reads an entry. Its event is valid until the next one. The error is
// io.EOF at the end, ErrCut where a recording was cut, or names the line.
func (r *Reader) Next() (*Entry, error) {
	line, err := r.line()
	if err != nil {
		return nil, err
	}
	var e struct {
		entry

		Event json.RawMessage `json:"event"`
	}
	if err := json.Unmarshal(line, &e); err != nil {
		return nil, fmt.Errorf("read recording: line %d: %w", r.n, err)
	}
	if e.Event == nil {
		return nil, fmt.Errorf("read recording: line %d has no event", r.n)
	}
	r.event.Reset()
	if err := r.event.ReadJSON(e.Event); err != nil {
		return nil, fmt.Errorf("read recording: line %d: %w", r.n, err)
	}
	return &Entry{e.Call, e.ABI, e.Unrunnable, e.Repeat, &r.event}, nil
}
