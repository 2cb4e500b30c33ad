package wrapper

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// runtimeVariable names the real runtime: a path, or a name to look for in PATH.
const runtimeVariable = "CALLGATE_RUNC"

// standardPath is where programs are looked for without PATH: podman runs a
// runtime without it.
const standardPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// defaultRuntimes are looked for in PATH where the variable names none.
var defaultRuntimes = []string{"runc", "crun"}

// findRuntime finds the program that does the work. It is never the wrapper
// itself, which may stand in PATH under the name of runc.
func findRuntime(self, told, path string) (string, error) {
	names := defaultRuntimes
	if told != "" {
		names = []string{told}
	}
	for _, name := range names {
		if filepath.Base(name) != name {
			return checkRuntime(self, name)
		}
		for _, dir := range filepath.SplitList(path) {
			candidate := filepath.Join(dir, name)
			if !filepath.IsAbs(candidate) {
				continue // as os/exec: what lies in the working directory is not in PATH
			}
			if found, err := checkRuntime(self, candidate); err == nil {
				return found, nil
			}
		}
	}
	if told != "" {
		return "", fmt.Errorf("find runtime: %s=%s: there is no such program in PATH (other than callgate-runc itself)", runtimeVariable, told)
	}
	return "", fmt.Errorf("find runtime: neither runc nor crun is in PATH; install one, or name it by %s", runtimeVariable)
}

// checkRuntime makes sure that a path is a program, and another one than self.
func checkRuntime(self, path string) (string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", fmt.Errorf("find runtime: %w", err)
	}
	if !info.Mode().IsRegular() || info.Mode()&0o111 == 0 {
		return "", fmt.Errorf("find runtime: %s is no program", path)
	}
	same, err := sameProgram(self, path)
	if err != nil {
		return "", fmt.Errorf("find runtime: %w", err)
	}
	if same {
		return "", fmt.Errorf("find runtime: %s is callgate-runc itself; name the real runtime by %s", path, runtimeVariable)
	}
	return path, nil
}

// sameProgram reports whether two files are one, or one is a copy of the other:
// a wrapper that executes itself would do so for ever.
func sameProgram(a, b string) (bool, error) {
	infoA, err := os.Stat(a)
	if err != nil {
		return false, err
	}
	infoB, err := os.Stat(b)
	if err != nil {
		return false, err
	}
	if os.SameFile(infoA, infoB) || infoA.Size() != infoB.Size() {
		return os.SameFile(infoA, infoB), nil
	}
	return sameContent(a, b)
}

func sameContent(a, b string) (bool, error) {
	fa, err := os.Open(a)
	if err != nil {
		return false, err
	}
	defer fa.Close()
	fb, err := os.Open(b)
	if err != nil {
		return false, err
	}
	defer fb.Close()
	bufA, bufB := make([]byte, 64<<10), make([]byte, 64<<10)
	for {
		na, errA := io.ReadFull(fa, bufA)
		nb, errB := io.ReadFull(fb, bufB)
		switch {
		case !bytes.Equal(bufA[:na], bufB[:nb]):
			return false, nil
		case errA == nil && errB == nil:
		case ended(errA) && ended(errB):
			return true, nil
		default:
			return false, errors.Join(errA, errB)
		}
	}
}

func ended(err error) bool { return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) }
