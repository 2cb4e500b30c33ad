// Package sink holds the places where alerts are written: stderr, stdout and
// files. Each line is one write(2), so that lines of several writers do not mix
// (on a pipe: lines of up to PIPE_BUF, 4096 bytes; pipe(7)).
package sink

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/callgate/callgate/alert"
)

// Parse opens the sink that spec names: stderr, stdout or file:PATH.
func Parse(spec string) (alert.Sink, error) {
	switch spec {
	case "stderr":
		return Stderr(), nil
	case "stdout":
		return Stdout(), nil
	}
	path, ok := strings.CutPrefix(spec, "file:")
	switch {
	case !ok:
		return nil, fmt.Errorf("open sink %q: it must be stderr, stdout or file:PATH", spec)
	case path == "":
		return nil, fmt.Errorf("open sink %q: it names no file", spec)
	case strings.ContainsRune(path, 0):
		return nil, fmt.Errorf("open sink %q: the path holds a NUL byte", spec)
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("open sink %q: %w", spec, err)
	}
	return Open(abs)
}
