package rig

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"text/template"
	"time"
)

//go:embed *.tmpl
var templateFiles embed.FS

var templates = template.Must(template.ParseFS(templateFiles, "*.tmpl"))

// Bridge is the device to which the pods of a node are connected; it is there
// when the first one is.
const Bridge = "rig0"

// Handlers of a node, for CRI.
const (
	StockHandler = "runc"
	Handler      = "callgate"
)

// runtimeTypes are the handlers' runtime types, which ctr takes as --runtime.
var runtimeTypes = map[string]string{
	StockHandler: "io.containerd.runc.v2",
	Handler:      "io.containerd.callgate.v1",
}

// patience bounds what takes a moment on a quiet machine.
const patience = 2 * time.Minute

// NodeConfig says what runs on a node.
type NodeConfig struct {
	Containerd, Runtime Part
	Shim                string   // path of our shim; without one only StockHandler works
	Env                 []string // of containerd, and so of the shims
	// Systemd makes the node a booted world, in which runtimes have systemd make
	// the cgroups.
	Systemd bool
}

// A Node is a containerd with one runtime in a world of its own.
type Node struct {
	*World
	Config      NodeConfig
	Socket      string // containerd's
	RuntimePath string // of runc or crun

	programs string   // directory of containerd and ctr
	engine   *process // containerd
}

// NewNode starts a node and gives it the images. The caller closes it. The error
// is of type *MissingError when the machine lacks a part.
func NewNode(c NodeConfig) (*Node, error) {
	n := &Node{Config: c}
	var err error
	if n.programs, err = c.Containerd.Dir(); err != nil {
		return nil, err
	}
	runtimes, err := c.Runtime.Dir()
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat("/usr/lib/cni/bridge"); err != nil {
		return nil, &MissingError{"containernetworking-plugins"}
	}
	n.RuntimePath = filepath.Join(runtimes, c.Runtime.Name)
	if n.World, err = NewWorld(WorldOptions{NoUnified: c.Runtime.Name == "crun" && !c.Systemd, Boot: c.Systemd, Controllers: true}); err != nil {
		return nil, err
	}
	n.Socket = filepath.Join(n.Dir, "c.sock")
	if err := n.begin(); err != nil {
		return nil, errors.Join(fmt.Errorf("start node: %w", err), n.Close())
	}
	return n, nil
}

func (n *Node) begin() error {
	if err := n.configure(); err != nil {
		return err
	}
	if err := n.StartContainerd(); err != nil {
		return err
	}
	images, err := imageArchive()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for _, namespace := range []string{"default", "k8s.io"} {
		if _, err := n.Ctr(ctx, "-n", namespace, "images", "import", images); err != nil {
			return err
		}
	}
	return nil
}

// configure writes containerd's and the network's configuration and the directory
// in which containerd finds runtime and shim by name.
func (n *Node) configure() error {
	config := "containerd-2.toml.tmpl"
	if strings.HasPrefix(n.Config.Containerd.Version, "2.") {
		config = "containerd-3.toml.tmpl"
	}
	for _, dir := range []string{"bin", "cni"} {
		if err := os.MkdirAll(filepath.Join(n.Dir, dir), 0o755); err != nil {
			return fmt.Errorf("configure node: %w", err)
		}
	}
	for name, at := range map[string]string{config: "config.toml", "runtime.toml.tmpl": "runtime.toml", "bridge.conflist.tmpl": "cni/10-rig.conflist"} {
		f, err := os.Create(filepath.Join(n.Dir, at))
		if err != nil {
			return fmt.Errorf("configure node: %w", err)
		}
		err = templates.ExecuteTemplate(f, name, map[string]any{
			"Dir": n.Dir, "Socket": n.Socket, "PauseImage": pauseImage, "Bridge": Bridge, "Handlers": runtimeTypes, "RuntimePath": n.RuntimePath,
			"Systemd": n.Config.Systemd, "OurHandler": Handler,
		})
		if err := errors.Join(err, f.Close()); err != nil {
			return fmt.Errorf("configure node: %w", err)
		}
	}
	links := map[string]string{"runc": n.RuntimePath} // ctr has no other way to name crun to our shim
	if n.Config.Shim != "" {
		links["containerd-shim-callgate-v1"] = n.Config.Shim
	}
	for name, to := range links {
		if err := os.Symlink(to, filepath.Join(n.Dir, "bin", name)); err != nil {
			return fmt.Errorf("configure node: %w", err)
		}
	}
	return nil
}

// StartContainerd starts the node's containerd, once more after StopContainerd.
func (n *Node) StartContainerd() error {
	c := exec.Command(filepath.Join(n.programs, "containerd"), "-c", filepath.Join(n.Dir, "config.toml"))
	c.Env = append(os.Environ(), "PATH="+filepath.Join(n.Dir, "bin")+":"+n.programs+":"+os.Getenv("PATH"))
	c.Env = append(c.Env, n.Config.Env...)
	var err error
	if n.engine, err = n.background(c, "containerd.log"); err != nil {
		return err
	}
	return n.engine.ready(patience, n.answers)
}

// StopContainerd ends containerd; containers and shims live on.
func (n *Node) StopContainerd() error { return n.engine.stop(syscall.SIGTERM) }

// Close ends everything on the node and removes it.
func (n *Node) Close() error { return n.World.Close() }

// Logs are what the node's programs logged, without what
// containerd says for information.
func (n *Node) Logs() string {
	var all strings.Builder
	logs, _ := filepath.Glob(filepath.Join(n.Dir, "*.log")) // the pattern is well formed
	for _, path := range logs {
		text, _ := os.ReadFile(path)
		fmt.Fprintf(&all, "== %s\n", filepath.Base(path))
		for line := range strings.Lines(string(text)) {
			if !strings.Contains(line, "level=info") {
				all.WriteString(line)
			}
		}
	}
	return all.String()
}
