package rig

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
)

// module is the import path of the tree that is tested.
const module = "github.com/callgate/callgate"

// scratch is what is made once for all worlds of a process: built programs and
// images.
var scratch struct {
	sync.Mutex
	dir  *tempDir
	made map[string]func() error // by path
}

// Cleanup removes what was built for all worlds. Call it when the last world is
// closed.
func Cleanup() {
	scratch.Lock()
	defer scratch.Unlock()
	if scratch.dir != nil {
		_ = scratch.dir.remove()
		scratch.dir, scratch.made = nil, nil
	}
}

// once makes a file of the scratch directory at its first use and returns its path.
func once(name string, create func(path string) error) (string, error) {
	path, made, err := slot(name, create)
	if err != nil {
		return "", fmt.Errorf("make %s: %w", name, err)
	}
	return path, made() // not under the lock: what is made may need another
}

func slot(name string, create func(path string) error) (path string, made func() error, err error) {
	scratch.Lock()
	defer scratch.Unlock()
	if err := makeScratch(); err != nil {
		return "", nil, err
	}
	path = filepath.Join(scratch.dir.path, name)
	made = scratch.made[path]
	if made == nil {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return "", nil, err
		}
		made = sync.OnceValue(func() error { return create(path) })
		scratch.made[path] = made
	}
	return path, made, nil
}

// makeScratch makes the directory at its first use, under the lock.
func makeScratch() (err error) {
	if scratch.dir == nil {
		scratch.dir, err = newTempDir("cgbuilt")
		scratch.made = map[string]func() error{}
	}
	return err
}

// builtDir is the directory.
func builtDir() (string, error) {
	scratch.Lock()
	defer scratch.Unlock()
	if err := makeScratch(); err != nil {
		return "", err
	}
	return scratch.dir.path, nil
}

// Build builds a command of this tree, statically, with the given build tags and
// returns the path of the program.
func Build(command string, tags ...string) (string, error) {
	return build(command, os.Environ(), tags...)
}

// build is Build with go's environment.
func build(command string, env []string, tags ...string) (string, error) {
	tags = append(tags, "grpcnotrace") // as the Makefile does
	key := strings.Join(append(tags, archOf(env)), ",")
	return once(filepath.Join(key, filepath.Base(command)), func(path string) error {
		c := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-tags", strings.Join(tags, ","), "-o", path, module+"/"+command)
		c.Env = append(env, "CGO_ENABLED=0")
		if out, err := c.CombinedOutput(); err != nil {
			return fmt.Errorf("build %s: %w: %s", command, err, out)
		}
		return nil
	})
}

// archOf is the architecture that an environment makes go build for.
func archOf(env []string) string {
	arch := "native"
	for _, e := range env {
		if v, ok := strings.CutPrefix(e, "GOARCH="); ok {
			arch = v
		}
	}
	return arch
}
