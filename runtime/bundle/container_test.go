package bundle_test

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/runtime/internal/rig"
	"github.com/callgate/callgate/seccomp"
	"github.com/callgate/callgate/seccomp/syscalls"
)

// answer lets calls through, but for the second mkdir.
func (c *container) answer(file *os.File) {
	fd, err := unix.FcntlInt(file.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	file.Close()
	if err != nil {
		c.t.Error(err)
		return
	}
	l, err := seccomp.NewListener(fd)
	if err != nil {
		c.t.Error(err)
		return
	}
	defer l.Close()
	made := make(map[uint64]bool)
	var n seccomp.Notification
	for {
		err := l.Recv(&n)
		switch {
		case errors.Is(err, seccomp.ErrHangup):
			return
		case errors.Is(err, seccomp.ErrInterrupted) || errors.Is(err, seccomp.ErrNotFound):
			continue
		case err != nil:
			c.t.Error(err)
			return
		}
		name := c.note(&n)
		if name == "mkdir" {
			made[n.ID] = true
		}
		if name == "mkdir" && len(made) == 2 {
			err = l.ReturnErrno(n.ID, unix.EROFS)
		} else {
			err = l.Continue(n.ID)
		}
		if err != nil && !errors.Is(err, seccomp.ErrNotFound) {
			c.t.Error(err)
			return
		}
	}
}

func (c *container) note(n *seccomp.Notification) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	k, ok := n.Data.Call()
	name, known := syscalls.Name(k.ABI, k.NR)
	if !ok || !known {
		c.t.Errorf("a call that has no name: %+v", n)
	}
	if name == "mkdirat" {
		name = "mkdir"
	}
	if name == "openat" && n.Data.Args[2]&3 == 0 {
		name += " for reading"
	}
	c.notified = append(c.notified, name)
	return name
}

// write writes the bundle into the world's directory.
func (c *container) write(p *specs.LinuxSeccomp, nnp bool) {
	t := c.t
	path, err := exec.LookPath("busybox")
	if err != nil {
		rig.Need(t, &rig.MissingError{What: "busybox-static"})
	}
	busybox, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	root := filepath.Join(c.world.Dir, "rootfs")
	for _, dir := range []string{root, filepath.Join(root, "proc"), filepath.Join(root, "dev")} {
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(root, "busybox"), busybox, 0o755); err != nil {
		t.Fatal(err)
	}
	caps := []string{"CAP_SYS_ADMIN"}
	spec := specs.Spec{
		Version: "1.0.2",
		Root:    &specs.Root{Path: "rootfs"},
		Process: &specs.Process{
			Cwd: "/", Args: []string{"/busybox", "sh", "-c", program(p != nil)}, Env: []string{"PATH=/"}, NoNewPrivileges: nnp,
			// With the capability only the profile stands against sethostname.
			Capabilities: &specs.LinuxCapabilities{Bounding: caps, Effective: caps, Permitted: caps},
		},
		Mounts: []specs.Mount{
			{Destination: "/proc", Type: "proc", Source: "proc"},
			{Destination: "/dev", Type: "tmpfs", Source: "tmpfs"},
		},
		Linux: &specs.Linux{
			CgroupsPath: filepath.Join(c.world.CgroupParent(), "it"),
			Namespaces:  []specs.LinuxNamespace{{Type: specs.PIDNamespace}, {Type: specs.MountNamespace}, {Type: specs.UTSNamespace}},
			Seccomp:     p,
		},
	}
	b, err := json.Marshal(spec)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(c.world.Dir, "config.json"), b, 0o600); err != nil {
		t.Fatal(err)
	}
}
