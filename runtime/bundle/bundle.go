// Package bundle reads and rewrites the config.json of an OCI bundle.
package bundle

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

const (
	configName = "config.json"
	// maxConfig bounds the file: containerd's are some 20 KiB, of which the
	// environment and annotations are the user's.
	maxConfig = 16 << 20
)

// Facts are what a bundle says of its container, as far as callgate shows it
// or depends on it.
type Facts struct {
	Annotations     map[string]string
	Rootfs          string // absolute
	ReadonlyRootfs  bool
	Hostname        string
	Args            []string
	Terminal        bool
	NoNewPrivileges bool
	Mounts          []specs.Mount
	Namespaces      []specs.LinuxNamespace
	CgroupsPath     string
}

// Read is what the bundle in a directory says.
func Read(dir string) (*Facts, error) {
	raw, _, err := load(dir)
	if err != nil {
		return nil, err
	}
	var in struct {
		Annotations map[string]string `json:"annotations"`
		Hostname    string            `json:"hostname"`
		Mounts      []specs.Mount     `json:"mounts"`
		Root        specs.Root        `json:"root"`
		Process     struct {
			Args            []string `json:"args"`
			Terminal        bool     `json:"terminal"`
			NoNewPrivileges bool     `json:"noNewPrivileges"`
		} `json:"process"`
		Linux struct {
			Namespaces  []specs.LinuxNamespace `json:"namespaces"`
			CgroupsPath string                 `json:"cgroupsPath"`
		} `json:"linux"`
	}
	if err := json.Unmarshal(raw, &in); err != nil {
		return nil, fmt.Errorf("decode %s: %w", filepath.Join(dir, configName), err)
	}
	f := &Facts{
		Annotations: in.Annotations, Rootfs: in.Root.Path, ReadonlyRootfs: in.Root.Readonly, Hostname: in.Hostname,
		Args: in.Process.Args, Terminal: in.Process.Terminal, NoNewPrivileges: in.Process.NoNewPrivileges,
		Mounts: in.Mounts, Namespaces: in.Linux.Namespaces, CgroupsPath: in.Linux.CgroupsPath,
	}
	if f.Rootfs != "" && !filepath.IsAbs(f.Rootfs) {
		f.Rootfs = filepath.Join(dir, f.Rootfs)
	}
	if f.Rootfs, err = filepath.Abs(f.Rootfs); err != nil {
		return nil, fmt.Errorf("find root of %s: %w", dir, err)
	}
	return f, nil
}

// load reads config.json, which must be a plain file.
func load(dir string) ([]byte, os.FileInfo, error) {
	return readPlain(filepath.Join(dir, configName), maxConfig)
}

// readPlain reads a regular file of bounded size. A pipe or device in its place
// must not hang the reader.
func readPlain(path string, limit int64) ([]byte, os.FileInfo, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, nil, fmt.Errorf("read bundle: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, nil, fmt.Errorf("read bundle: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, nil, fmt.Errorf("read bundle: %s is no regular file", path)
	}
	raw, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, nil, fmt.Errorf("read bundle: %w", err)
	}
	if int64(len(raw)) > limit {
		return nil, nil, fmt.Errorf("read bundle: %s is larger than %d bytes", path, limit)
	}
	return raw, info, nil
}

var errNoLinux = errors.New("it has no linux section")

// Config is the config.json of the bundle in a directory.
func Config(dir string) ([]byte, error) {
	text, _, err := load(dir)
	return text, err
}
