package install

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/pelletier/go-toml/v2"
)

// Containerd is what was learned by asking the containerd of a node.
type Containerd struct {
	Root, Program string // the program's path below the root
	// DropIns: it reads conf.d without being told to. Those that do merge tables of
	// plugins; older ones replace the whole table of a plugin that a drop-in names,
	// and with it every other handler.
	DropIns bool
	// Effective is its whole configuration, defaults and imports included.
	Effective []byte
}

// confD are the drop-ins that newer containerds read.
const confD = "/etc/containerd/conf.d/*.toml"

// programDirs are where a node's containerd is looked for.
var programDirs = []string{"/usr/local/bin", "/usr/bin", "/usr/local/sbin", "/usr/sbin", "/bin", "/opt/bin"}

// Find asks the containerd of the node with a root directory about the
// configuration in a file on the node; empty: its default. It is nil when there is
// no containerd.
func Find(ctx context.Context, root, config string) (*Containerd, error) {
	for _, dir := range programDirs {
		program := filepath.Join(dir, "containerd")
		if info, err := os.Stat(filepath.Join(root, program)); err == nil && info.Mode().IsRegular() {
			return Ask(ctx, root, program, config)
		}
	}
	return nil, nil
}

// Ask asks one containerd.
func Ask(ctx context.Context, root, program, config string) (*Containerd, error) {
	c := &Containerd{Root: root, Program: program}
	defaults, err := c.run(ctx, "config", "default")
	if err != nil {
		return nil, err
	}
	var d struct {
		Imports []string `toml:"imports"`
	}
	if err := toml.Unmarshal(defaults, &d); err != nil {
		return nil, fmt.Errorf("read containerd's default configuration: %w", err)
	}
	c.DropIns = slices.Contains(d.Imports, confD)
	c.Effective, err = c.dump(ctx, config)
	return c, err
}

// dump is what containerd makes of the configuration in a file; empty: its default.
func (c *Containerd) dump(ctx context.Context, config string) ([]byte, error) {
	if config == "" {
		return c.run(ctx, "config", "dump")
	}
	return c.run(ctx, "--config", config, "config", "dump")
}

func (c *Containerd) run(ctx context.Context, args ...string) ([]byte, error) {
	var stderr strings.Builder
	cmd := exec.CommandContext(ctx, c.Program, args...)
	cmd.Stderr = &stderr
	if c.Root != "/" {
		cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: c.Root}
		cmd.Dir = "/"
	}
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("run containerd %s: %w: %s", strings.Join(args, " "), err, strings.TrimSpace(stderr.String()))
	}
	return out, nil
}
