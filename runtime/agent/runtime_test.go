package agent_test

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/runtime/agent"
	"github.com/callgate/callgate/runtime/internal/rig"
	"github.com/callgate/callgate/seccomp"
)

// Real runtimes with a listenerPath: a container's first process and what is
// executed in it come with a listener each, and run once their calls are
// answered.
func TestRuntimes(t *testing.T) {
	rig.NeedRoot(t)
	for _, row := range []struct {
		name, version string
		noUnified     bool // crun does not run on a hybrid machine
		execPID       bool // tells the process of an exec
	}{{name: "runc", version: "1.1.5", execPID: true}, {name: "crun", version: "1.8.1", noUnified: true}} {
		for _, nnp := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, no_new_privs %v", row.name, nnp), func(t *testing.T) {
				part, err := rig.Find(row.name, row.version)
				if err != nil {
					t.Fatal(err)
				}
				dir, err := part.Dir()
				rig.Need(t, err)
				w, err := rig.NewWorld(rig.WorldOptions{NoUnified: row.noUnified})
				rig.Need(t, err)
				t.Cleanup(func() {
					if err := w.Close(); err != nil {
						t.Error(err)
					}
				})
				var mu sync.Mutex
				var served sync.WaitGroup
				var got []agent.Received
				b := serveAt(t, filepath.Join(w.Dir, "agent.sock"), agent.Options{}, func(r agent.Received) {
					mu.Lock()
					defer mu.Unlock()
					got = append(got, r)
					served.Go(func() { answerAll(t, r.Listener) })
				})
				writeBundle(t, w, b.path, nnp)
				run := func(args ...string) {
					t.Helper()
					ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
					defer cancel()
					// A detached container would hold pipes to this test open.
					c := exec.CommandContext(ctx, filepath.Join(dir, row.name), args...)
					log, err := os.OpenFile(filepath.Join(w.Dir, "log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
					if err != nil {
						t.Fatal(err)
					}
					defer log.Close()
					c.Stdout, c.Stderr = log, log
					err = w.Start(c)
					if err == nil {
						err = c.Wait()
					}
					if err != nil {
						text, _ := os.ReadFile(log.Name())
						t.Fatalf("%s %q: %v: %s; the agent says %s", row.name, args, err, text, b.logged())
					}
				}
				run("run", "--bundle", w.Dir, "--detach", "it")
				run("exec", "it", "/busybox", "mkdir", "/made")
				run("delete", "--force", "it")
				if err := b.end(); err != nil || len(got) != 2 {
					t.Fatalf("%d listeners came, %v; the agent says %s", len(got), err, b.logged())
				}
				served.Wait() // both listeners hang up
				// Nothing keeps the second one from being read first.
				slices.SortFunc(got, func(a, b agent.Received) int { return cmp.Compare(a.State.State.Status, b.State.State.Status) })
				for i, r := range got {
					if r.State.Metadata != "it's me" || r.State.State.ID != "it" || (r.State.Pid > 0) != (i == 0 || row.execPID) || r.Peer.Uid != 0 {
						t.Errorf("state %d is %s, from %+v", i, r.Raw, r.Peer)
					}
				}
				if _, err := os.Stat(filepath.Join(w.Dir, "rootfs", "made")); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

// answerAll lets every call through until the last task is gone.
func answerAll(t *testing.T, listener *os.File) {
	fd, err := unix.FcntlInt(listener.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	listener.Close()
	if err != nil {
		t.Error(err)
		return
	}
	l, err := seccomp.NewListener(fd)
	if err != nil {
		t.Error(err)
		return
	}
	defer l.Close()
	var n seccomp.Notification
	for {
		err := l.Recv(&n)
		if err == nil {
			err = l.Continue(n.ID)
		}
		switch {
		case errors.Is(err, seccomp.ErrHangup):
			return
		case err != nil && !errors.Is(err, seccomp.ErrInterrupted) && !errors.Is(err, seccomp.ErrNotFound):
			t.Error(err)
			return
		}
	}
}

// writeBundle writes a bundle into the world's directory: a sleeping container
// whose execve and mkdir are intercepted.
func writeBundle(t *testing.T, w *rig.World, listenerPath string, noNewPrivs bool) {
	t.Helper()
	path, err := exec.LookPath("busybox")
	if err != nil {
		rig.Need(t, &rig.MissingError{What: "busybox-static"})
	}
	busybox, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	root := filepath.Join(w.Dir, "rootfs")
	for _, dir := range []string{root, filepath.Join(root, "proc"), filepath.Join(root, "dev")} {
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(root, "busybox"), busybox, 0o755); err != nil {
		t.Fatal(err)
	}
	spec := specs.Spec{
		Version: "1.0.2",
		Root:    &specs.Root{Path: "rootfs"},
		Process: &specs.Process{Cwd: "/", Args: []string{"/busybox", "sleep", "1000"}, Env: []string{"PATH=/"}, NoNewPrivileges: noNewPrivs},
		Mounts: []specs.Mount{
			{Destination: "/proc", Type: "proc", Source: "proc"},
			{Destination: "/dev", Type: "tmpfs", Source: "tmpfs"},
		},
		Linux: &specs.Linux{
			CgroupsPath: filepath.Join(w.CgroupParent(), "it"),
			Namespaces:  []specs.LinuxNamespace{{Type: specs.PIDNamespace}, {Type: specs.MountNamespace}},
			Seccomp: &specs.LinuxSeccomp{
				DefaultAction: specs.ActAllow, ListenerPath: listenerPath, ListenerMetadata: "it's me",
				Syscalls: []specs.LinuxSyscall{{Names: []string{"execve", "mkdir", "mkdirat"}, Action: specs.ActNotify}},
			},
		},
	}
	b, err := json.Marshal(spec)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(w.Dir, "config.json"), b, 0o600); err != nil {
		t.Fatal(err)
	}
}
