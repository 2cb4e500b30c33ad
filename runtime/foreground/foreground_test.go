package foreground_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/callgate/callgate/runtime/internal/rig"
)

// patience bounds what takes a moment on a quiet machine.
const patience = 2 * time.Minute

func TestMain(m *testing.M) {
	rig.Dispatch()
	status := m.Run()
	rig.Cleanup()
	os.Exit(status)
}

// site is a world with a bundle in it and a callgate for it.
type site struct {
	*rig.World
	t        *testing.T
	callgate string
	runtime  string
	bundle   string
	tmp      string
}

func newSite(t *testing.T, name, version string) *site {
	t.Helper()
	rig.NeedRoot(t)
	part, err := rig.Find(name, version)
	if err != nil {
		t.Fatal(err)
	}
	dir, err := part.Dir()
	rig.Need(t, err)
	program, err := rig.Build("cmd/callgate")
	if err != nil {
		t.Fatal(err)
	}
	w, err := rig.NewWorld(rig.WorldOptions{NoUnified: name == "crun"})
	rig.Need(t, err)
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	s := &site{World: w, t: t, callgate: program, runtime: filepath.Join(dir, name), bundle: filepath.Join(w.Dir, "b"), tmp: filepath.Join(w.Dir, "tmp")}
	s.makeBundle()
	return s
}

// makeBundle writes a bundle of busybox, whose root has a relative path.
func (s *site) makeBundle() {
	path, err := exec.LookPath("busybox")
	if err != nil {
		rig.Need(s.t, &rig.MissingError{What: "busybox-static"})
	}
	busybox, err := os.ReadFile(path)
	s.check(err)
	for _, dir := range []string{"proc", "dev", "bin", "etc"} {
		s.check(os.MkdirAll(filepath.Join(s.bundle, "rootfs", dir), 0o755))
	}
	s.check(os.Mkdir(s.tmp, 0o700))
	s.check(os.WriteFile(filepath.Join(s.bundle, "rootfs/bin/busybox"), busybox, 0o755))
	for _, applet := range []string{"sh", "sleep", "unshare", "true"} {
		s.check(os.Symlink("busybox", filepath.Join(s.bundle, "rootfs/bin", applet)))
	}
	text, err := json.Marshal(specs.Spec{
		Version: "1.0.2", Root: &specs.Root{Path: "rootfs"},
		Process: &specs.Process{Cwd: "/", Args: []string{"sh", "-c", "exit 3"}, Env: []string{"PATH=/bin"}},
		Mounts:  []specs.Mount{{Destination: "/proc", Type: "proc", Source: "proc"}, {Destination: "/dev", Type: "tmpfs", Source: "tmpfs"}},
		Linux: &specs.Linux{
			CgroupsPath: filepath.Join(s.CgroupParent(), "it"),
			Namespaces:  []specs.LinuxNamespace{{Type: specs.PIDNamespace}, {Type: specs.MountNamespace}},
		},
	})
	s.check(err)
	s.check(os.WriteFile(filepath.Join(s.bundle, "config.json"), text, 0o600))
}

func (s *site) check(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// command is callgate run with the site's runtime.
func (s *site) command(ctx context.Context, args ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, s.callgate, append([]string{"run", "--runtime", s.runtime}, args...)...)
	c.Env = append(os.Environ(), "TMPDIR="+s.tmp)
	c.WaitDelay = patience
	return c
}

// run runs callgate to its end.
func (s *site) run(args ...string) (status int, stdout, stderr string) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), patience)
	defer cancel()
	c := s.command(ctx, args...)
	var out, failure bytes.Buffer
	c.Stdout, c.Stderr = &out, &failure
	s.check(s.Start(c))
	var exit *exec.ExitError
	if err := c.Wait(); err != nil && !errors.As(err, &exit) {
		s.t.Fatal(err, failure.String())
	}
	return c.ProcessState.ExitCode(), out.String(), failure.String()
}

// nothingLeft checks that no container and no file of one is left.
func (s *site) nothingLeft() {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), patience)
	defer cancel()
	list, err := s.Run(ctx, s.runtime, "list")
	s.check(err)
	if strings.Contains(list, "callgate-") {
		s.t.Error(list)
	}
	if left, err := os.ReadDir(s.tmp); err != nil || len(left) != 0 {
		s.t.Error(left, err)
	}
}

var runtimes = []struct{ name, version string }{{"runc", "1.1.5"}, {"crun", "1.8.1"}}

func TestBundle(t *testing.T) {
	for _, r := range runtimes {
		t.Run(r.name, func(t *testing.T) {
			s := newSite(t, r.name, r.version)
			before, err := os.ReadFile(filepath.Join(s.bundle, "config.json"))
			s.check(err)
			if status, _, stderr := s.run("--bundle", s.bundle); status != 3 {
				t.Errorf("the bundle's own command: status %d, %s", status, stderr)
			}
			status, stdout, stderr := s.run("--bundle", s.bundle, "--", "sh", "-c", "echo out; unshare -m true; exit 7")
			if status != 7 || stdout != "out\n" || !strings.Contains(stderr, "process=unshare") || !strings.Contains(stderr, "container_id=callgate-") {
				t.Errorf("status %d, %q, %s", status, stdout, stderr)
			}
			rules := filepath.Join(s.Dir, "rules.yaml")
			s.check(os.WriteFile(rules, []byte("- rule: No files below etc\n  desc: d\n  condition: evt.type in [\"open\", \"openat\", \"openat2\"] and fd.name startsWith \"/etc/\"\n"+
				"  output: \"etc | file=%fd.name\"\n  priority: error\n  action: deny\n  errno: EACCES\n"), 0o600))
			status, _, stderr = s.run("--mode", "enforce", "--rules", rules, "--bundle", s.bundle, "--", "sh", "-c", "echo x > /etc/file")
			if status == 0 || !strings.Contains(stderr, "Permission denied") || !strings.Contains(stderr, "etc | file=/etc/file") {
				t.Errorf("enforce: status %d, %s", status, stderr)
			}
			s.nothingLeft()
			if after, err := os.ReadFile(filepath.Join(s.bundle, "config.json")); err != nil || !bytes.Equal(before, after) {
				t.Errorf("the bundle was changed: %s, %v", after, err)
			}
		})
	}
}

// When callgate or its guardian is killed, the container dies, whatever runs in it.
func TestDeath(t *testing.T) {
	for _, r := range runtimes {
		for _, victim := range []string{"callgate", "guardian"} {
			t.Run(r.name+", "+victim, func(t *testing.T) {
				s := newSite(t, r.name, r.version)
				// A command line that nothing else on the machine has.
				mark := strconv.Itoa(1_000_000 + os.Getpid())
				c := s.command(t.Context(), "--bundle", s.bundle, "--", "sh", "-c", "sleep "+mark+" & setsid sleep "+mark+" & sleep "+mark)
				s.check(os.Symlink("busybox", filepath.Join(s.bundle, "rootfs/bin/setsid")))
				log, err := os.Create(filepath.Join(s.Dir, "log"))
				s.check(err)
				defer log.Close()
				c.Stdout, c.Stderr = log, log
				s.check(s.Start(c))
				s.wait("the container to run", func() bool { return sleepers(mark) == 3 })
				pid := c.Process.Pid
				if victim == "guardian" {
					pid = s.guardian()
				}
				p, err := os.FindProcess(pid)
				s.check(err)
				s.check(p.Kill())
				_ = c.Wait() // its status is checked below
				if victim == "guardian" && c.ProcessState.ExitCode() != 125 {
					t.Errorf("callgate ended with %v", c.ProcessState)
				}
				s.wait("the container to end", func() bool { return sleepers(mark) == 0 })
				s.wait("the directory to go", func() bool {
					left, err := os.ReadDir(s.tmp)
					return err == nil && len(left) == 0
				})
				s.nothingLeft()
			})
		}
	}
}

// guardian is the guardian's process id.
func (s *site) guardian() int {
	s.t.Helper()
	ps, err := s.Processes()
	s.check(err)
	for _, p := range ps {
		if p.Args[0] == "cg-container" {
			return p.PID
		}
	}
	s.t.Fatal("there is no guardian among ", ps)
	return 0
}

// sleepers counts processes that sleep for a time.
func sleepers(mark string) (n int) {
	lines, _ := filepath.Glob("/proc/[0-9]*/cmdline") // the pattern is well formed
	for _, path := range lines {
		text, err := os.ReadFile(path)
		if err == nil && string(text) == "sleep\x00"+mark+"\x00" {
			n++
		}
	}
	return n
}

func (s *site) wait(what string, done func() bool) {
	s.t.Helper()
	for end := time.Now().Add(patience); !done(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			text, _ := os.ReadFile(filepath.Join(s.Dir, "log"))
			s.t.Fatalf("waited in vain for %s; callgate says %s", what, text)
		}
	}
}

// Signals reach the container.
func TestSignal(t *testing.T) {
	s := newSite(t, "runc", "1.1.5")
	c := s.command(t.Context(), "--bundle", s.bundle, "--", "sh", "-c", `trap "exit 42" TERM; echo ready; while :; do sleep 1; done`)
	out, err := c.StdoutPipe()
	s.check(err)
	s.check(s.Start(c))
	if _, err := out.Read(make([]byte, 5)); err != nil {
		t.Fatal(err)
	}
	s.check(c.Process.Signal(syscall.SIGTERM))
	_ = c.Wait() // its status is what is asked for
	if c.ProcessState.ExitCode() != 42 {
		t.Error(c.ProcessState)
	}
	s.nothingLeft()
}

func TestMistakes(t *testing.T) {
	s := newSite(t, "runc", "1.1.5")
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{"--bundle", "/nowhere"}, "/nowhere/config.json"},
		{[]string{"--bundle", s.bundle, "--rules", "/nowhere.yaml"}, "/nowhere.yaml"},
		{[]string{"--bundle", s.bundle, "--runtime", "/nowhere"}, "find runtime: "},
		{[]string{"--image", "x", "--containerd-socket", "/nowhere.sock"}, "there is no socket /nowhere.sock"},
		{[]string{"--image", "x", "--bundle", s.bundle}, "none of the others can be"},
	} {
		if status, _, stderr := s.run(tt.args...); status != 125 || !strings.Contains(stderr, tt.want) {
			t.Errorf("%v: status %d, %s", tt.args, status, stderr)
		}
	}
	s.nothingLeft()
}
