// Package install puts callgate on a node: its programs, systemd's units, the
// containerd runtime handler, and Kubernetes' runtime class. What is to be done is
// a plan first, which can be shown; nothing is restarted.
package install

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/callgate/callgate/deploy"
)

// Where things are on a node.
const (
	DefaultConfig = "/etc/containerd/config.toml"

	dropIn       = "/etc/containerd/conf.d/callgate.toml"
	optionsFile  = "/etc/callgate/runtime.toml" // options of the handler
	manifestFile = "/etc/callgate/runtimeclass.yaml"
	recordFile   = "/etc/callgate/installed"
	unitDir      = "/etc/systemd/system"
	packagedUnit = "/usr/lib/systemd/system/callgate.service"
	packagedDir  = "/usr/bin" // of programs, as units name them
	defaultDir   = "/usr/local/bin"
)

// Programs are callgate's.
var Programs = []string{"callgate", "containerd-shim-callgate-v1", "callgate-runc"}

// Options say where callgate is to be installed.
type Options struct {
	Root     string // directory that is the node's root
	Programs string // directory of the programs that are installed
	NoUnits  bool   // the daemon is started by something else than systemd
	Config   string // containerd's configuration on the node; empty: DefaultConfig, or a drop-in
	// Containerd tells what the node's containerd does; nil: not known.
	Containerd *Containerd
}

func (o Options) path(onNode string) string { return filepath.Join(o.Root, onNode) }

// programDir is where containerd and systemd find the programs: where they are, if
// that is in everybody's PATH.
func (o Options) programDir() string {
	if dir, err := filepath.Rel(filepath.Clean(o.Root), o.Programs); err == nil {
		switch dir = "/" + dir; dir {
		case packagedDir, defaultDir, "/usr/sbin", "/usr/local/sbin":
			return dir
		}
	}
	return defaultDir
}

// Install plans an installation. What is in place already is no part of the plan.
func Install(o Options) (*Plan, error) {
	p := &Plan{o: o}
	r, err := readRecord(o)
	if err != nil {
		return nil, err
	}
	put := func(onNode string, mode os.FileMode, content []byte) error {
		if err := p.put(onNode, mode, content); err != nil {
			return err
		}
		r.add(onNode, content)
		return nil
	}
	if err := programs(o, put); err != nil {
		return nil, err
	}
	if err := units(o, put); err != nil {
		return nil, err
	}
	if err := put(manifestFile, 0o644, deploy.RuntimeClass); err != nil {
		return nil, err
	}
	if err := p.handler(r, put); err != nil {
		return nil, err
	}
	if err := p.put(recordFile, 0o644, r.text()); err != nil {
		return nil, err
	}
	return p, nil
}

type putter func(onNode string, mode os.FileMode, content []byte) error

// programs copies the programs, unless they are where they belong.
func programs(o Options, put putter) error {
	dir := o.programDir()
	if o.path(dir) == filepath.Clean(o.Programs) {
		return nil
	}
	for _, name := range Programs {
		content, err := os.ReadFile(filepath.Join(o.Programs, name))
		if err != nil {
			return fmt.Errorf("install %s: %w", name, err)
		}
		if err := put(filepath.Join(dir, name), 0o755, content); err != nil {
			return err
		}
	}
	return nil
}

// units writes systemd's units, unless a package has brought them.
func units(o Options, put putter) error {
	if o.NoUnits {
		return nil
	}
	if _, err := os.Stat(o.path(packagedUnit)); err == nil && o.programDir() == packagedDir {
		return nil
	}
	entries, err := deploy.Units.ReadDir("systemd")
	if err != nil {
		return fmt.Errorf("install units: %w", err)
	}
	for _, e := range entries {
		text, err := deploy.Units.ReadFile("systemd/" + e.Name())
		if err != nil {
			return fmt.Errorf("install units: %w", err)
		}
		unit := strings.ReplaceAll(string(text), packagedDir+"/callgate", o.programDir()+"/callgate")
		if err := put(filepath.Join(unitDir, e.Name()), 0o644, []byte(unit)); err != nil {
			return err
		}
	}
	return nil
}
