package rig

import (
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

//go:embed parts.txt
var partList string

// A Part is a container engine or runtime in one version.
type Part struct {
	Name, Version string
	Whence        string // debian, built or long, as parts.txt explains
}

func (p Part) String() string { return p.Name + " " + p.Version }

// Parts are all that parts.txt names, in its order.
func Parts() (parts []Part) {
	for line := range strings.Lines(partList) {
		if f := strings.Fields(line); len(f) == 3 && f[0] != "#" {
			parts = append(parts, Part{f[0], f[1], f[2]})
		}
	}
	return parts
}

// Find is the part with a name and version, both as in parts.txt.
func Find(name, version string) (Part, error) {
	for _, p := range Parts() {
		if p.Name == name && p.Version == version {
			return p, nil
		}
	}
	return Part{}, fmt.Errorf("parts.txt names no %s %s", name, version)
}

// MissingError says that the machine lacks what a test needs, so that the test
// is to be skipped, or to fail where everything must run.
type MissingError struct{ What string }

func (e *MissingError) Error() string { return "needs " + e.What }

// Dir is the directory of the part's programs. It is an error of type
// *MissingError when the part is not installed in exactly this version.
func (p Part) Dir() (string, error) {
	if p.Whence != "debian" {
		dir, err := partsDir()
		if err != nil {
			return "", err
		}
		dir = filepath.Join(dir, p.Name+"-"+p.Version)
		if _, err := os.Stat(filepath.Join(dir, p.Name)); err != nil {
			return "", &MissingError{p.String() + ", which .ci/parts builds"}
		}
		return dir, nil
	}
	path, err := exec.LookPath(p.Name)
	if err != nil {
		return "", &MissingError{p.String() + " as Debian 12 packages it"}
	}
	out, err := exec.Command(path, "--version").Output()
	if err != nil || !strings.Contains(string(out), " "+p.Version) {
		return "", &MissingError{fmt.Sprintf("%s as Debian 12 packages it, not %q", p, out)}
	}
	return filepath.Dir(path), nil
}

// partsDir is where .ci/parts put what it built.
func partsDir() (string, error) {
	if dir := os.Getenv("CALLGATE_PARTS"); dir != "" {
		return dir, nil
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("find parts: %w", err)
	}
	return filepath.Join(cache, "callgate", "parts"), nil
}
