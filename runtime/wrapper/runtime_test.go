package wrapper_test

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/callgate/callgate/runtime/control"
	"github.com/callgate/callgate/runtime/internal/rig"
	"github.com/callgate/callgate/runtime/internal/standin"
	"github.com/callgate/callgate/runtime/wrapper"
)

func TestMain(m *testing.M) {
	if os.Args[0] == wrapperName {
		os.Exit(wrapper.Main(os.Args))
	}
	rig.Dispatch()
	code := m.Run()
	rig.Cleanup()
	os.Exit(code)
}

// bench is a world with the wrapper and one real runtime.
type bench struct {
	*rig.World
	wrapper, runtime, probe string
}

// eachRuntime runs a test with Debian's runc and crun.
func eachRuntime(t *testing.T, test func(ctx context.Context, t *testing.T, b *bench)) {
	rig.NeedRoot(t)
	program, err := rig.Build("cmd/callgate-runc")
	if err != nil {
		t.Fatal(err)
	}
	probe, err := rig.Build("runtime/internal/rig/probe")
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range []struct{ name, version string }{{"runc", "1.1.5"}, {"crun", "1.8.1"}, {"runc", "1.5.2"}} {
		part, err := rig.Find(k.name, k.version)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(part.String(), func(t *testing.T) {
			dir, err := part.Dir()
			rig.Need(t, err)
			w, err := rig.NewWorld(rig.WorldOptions{NoUnified: k.name == "crun"})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := w.Close(); err != nil {
					t.Error(err)
				}
			})
			ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
			defer cancel()
			test(ctx, t, &bench{w, program, filepath.Join(dir, k.name), probe})
		})
	}
}

// run runs the wrapper in the world.
func (b *bench) run(ctx context.Context, args ...string) (string, error) {
	return b.Run(ctx, "env", append([]string{"CALLGATE_RUNC=" + b.runtime, b.wrapper}, args...)...)
}

// bundle makes a bundle whose process runs the probe, and returns its directory.
func (b *bench) bundle(t *testing.T, name string, args ...string) string {
	t.Helper()
	dir := filepath.Join(b.Dir, name)
	for _, d := range []string{"bin", "proc", "dev", "sys"} {
		if err := os.MkdirAll(filepath.Join(dir, "rootfs", d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := exec.Command("cp", b.probe, filepath.Join(dir, "rootfs/bin/probe")).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	config, err := json.Marshal(&specs.Spec{
		Version: "1.0.2",
		Root:    &specs.Root{Path: "rootfs"},
		Process: &specs.Process{Args: append([]string{"/bin/probe"}, args...), Env: []string{"PATH=/bin"}, Cwd: "/"},
		Mounts:  []specs.Mount{{Destination: "/proc", Type: "proc", Source: "proc"}},
		Linux: &specs.Linux{
			CgroupsPath: b.CgroupParent() + "/" + name,
			Namespaces:  []specs.LinuxNamespace{{Type: specs.PIDNamespace}, {Type: specs.MountNamespace}, {Type: specs.NetworkNamespace}, {Type: specs.IPCNamespace}, {Type: specs.UTSNamespace}},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "config.json"), config, 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestRuntimes(t *testing.T) {
	eachRuntime(t, func(ctx context.Context, t *testing.T, b *bench) {
		testPassesThrough(ctx, t, b)
		testFailsClosed(ctx, t, b)
		d := standin.Start(t, b.Path(control.DefaultSocket))
		d.ListenAgent(b.Path(control.DefaultAgentSocket))
		testRun(ctx, t, b, d)
		testCreate(ctx, t, b, d)
	})
}

// What makes no container is the runtime's alone, to the byte.
func testPassesThrough(ctx context.Context, t *testing.T, b *bench) {
	for _, args := range [][]string{{"--version"}, {"list"}, {"--log-format", "json", "list", "--format", "json"}, {"state", "nobody"}, {"--new", "list"}, {"features"}} {
		want, werr := b.Run(ctx, b.runtime, args...)
		got, gerr := b.run(ctx, args...)
		if got != want || (werr == nil) != (gerr == nil) {
			t.Errorf("%v: %q, %v; the runtime gives %q, %v", args, got, gerr, want, werr)
		}
	}
}

// Without a daemon no container is made, and the log that callers read says why.
func testFailsClosed(ctx context.Context, t *testing.T, b *bench) {
	dir := b.bundle(t, "closed", "keyctl")
	log := filepath.Join(b.Dir, "log.json")
	out, err := b.run(ctx, "--log", log, "--log-format", "json", "run", "--bundle", dir, "closed")
	if err == nil {
		t.Fatalf("a container ran without a daemon: %q", out)
	}
	text, rerr := os.ReadFile(log)
	if rerr != nil {
		t.Fatal(rerr)
	}
	for _, want := range []string{control.DefaultSocket, "systemctl start callgate"} {
		if !strings.Contains(err.Error(), want) || !strings.Contains(string(text), want) {
			t.Errorf("the errors do not say %q: %v; %s", want, err, text)
		}
	}
	for args, want := range map[string]string{
		"restore --image-path /i --bundle " + dir + " closed":       "restored from a checkpoint",
		"create --config other.json --bundle " + dir + " closed":    "--config",
		"create --bundle " + filepath.Join(b.Dir, "none") + " none": "config.json",
	} {
		if out, err := b.run(ctx, strings.Fields(args)...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %q, %v; want %s", args, out, err, want)
		}
	}
	if out, err := b.run(ctx, "list", "-q"); err != nil || out != "" {
		t.Errorf("containers are left: %q, %v", out, err)
	}
}

func testRun(ctx context.Context, t *testing.T, b *bench, d *standin.Daemon) {
	dir := b.bundle(t, "ran", "keyctl")
	if out, err := b.run(ctx, "run", "-b", dir, "ran"); err != nil || out != "keyctl: ok\n" {
		t.Errorf("run: %q, %v", out, err)
	}
	if d.Calls("ran") == 0 {
		t.Error("its exec was not intercepted")
	}
	asked := d.Asked()
	if len(asked) != 1 || asked[0].ID != "ran" || asked[0].Namespace != "" || asked[0].Bundle != dir {
		t.Errorf("asked about %+v", asked)
	}
}

// create, start, exec and delete as an engine calls them, from inside the bundle
// of a containerd.
func testCreate(ctx context.Context, t *testing.T, b *bench, d *standin.Daemon) {
	dir := b.bundle(t, "io.containerd.runtime.v2.task/moby/made")
	// The engine lets containers inherit its outputs, which the test must not
	// wait for.
	script := `cd "$1" && exec "$2" --root "$3" create --pid-file pid made >out 2>&1 </dev/null`
	root := filepath.Join(b.Dir, "root")
	if _, err := b.Run(ctx, "env", "CALLGATE_RUNC="+b.runtime, "sh", "-c", script, "sh", dir, b.wrapper, root); err != nil {
		out, _ := os.ReadFile(filepath.Join(dir, "out"))
		t.Fatalf("create: %v: %s", err, out)
	}
	asked := d.Asked()
	if last := asked[len(asked)-1]; last.ID != "made" || last.Namespace != "moby" || last.Runtime != "docker" {
		t.Errorf("asked about %+v", last)
	}
	if out, err := b.run(ctx, "--root", root, "start", "made"); err != nil {
		t.Fatal(out, err)
	}
	for d.Calls("made") == 0 { // start does not wait for the exec
		if ctx.Err() != nil {
			t.Fatal("its exec was not intercepted")
		}
		time.Sleep(20 * time.Millisecond)
	}
	if out, err := b.run(ctx, "--root", root, "exec", "made", "/bin/probe", "keyctl"); err != nil || out != "keyctl: ok\n" {
		t.Errorf("exec: %q, %v", out, err)
	}
	if n := d.Calls("made"); n < 2 {
		t.Errorf("%d calls came; an exec was not intercepted", n)
	}
	if out, err := b.run(ctx, "--root", root, "delete", "--force", "made"); err != nil {
		t.Error(out, err)
	}
}
