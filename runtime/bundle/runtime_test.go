package bundle_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/rules"
	"github.com/callgate/callgate/runtime/agent"
	"github.com/callgate/callgate/runtime/bundle"
	"github.com/callgate/callgate/runtime/daemon/profiles"
	"github.com/callgate/callgate/runtime/internal/rig"
	"github.com/callgate/callgate/runtime/runc"
	"github.com/callgate/callgate/seccomp"
	"github.com/callgate/callgate/seccomp/oci"
	"github.com/callgate/callgate/seccomp/syscalls"
	"github.com/callgate/callgate/tracer"
)

func TestMain(m *testing.M) {
	rig.Dispatch()
	code := m.Run()
	rig.Cleanup()
	os.Exit(code)
}

// program is what the container does: calls that are notified, of which one is
// let through and one not, one that the filter refuses, and one that only a
// profile denies.
func program(denied bool) string {
	return `
/busybox mkdir /made || exit 6
/busybox mkdir /refused && exit 7
/busybox ln -s a /link && exit 8
/busybox hostname other ` + map[bool]string{true: "&&", false: "||"}[denied] + ` exit 9
/busybox cat /proc/self/status > /status
`
}

// base is a small profile like containerd's: what it does not list is denied.
func base(t *testing.T) *specs.LinuxSeccomp { return profile(t, "containerd.json") }

// profile is one of containerd's default profiles.
func profile(t *testing.T, name string) *specs.LinuxSeccomp {
	t.Helper()
	raw, err := os.ReadFile("../../seccomp/oci/testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	var p specs.LinuxSeccomp
	if err := json.Unmarshal(raw, &p); err != nil {
		t.Fatal(err)
	}
	return &p
}

// filter is that of the embedded rules and of what protects a supervisor, but
// notifies mkdir and refuses symlinks.
func filter(t *testing.T) *seccomp.Filter {
	t.Helper()
	set, err := rules.Load(rules.Options{})
	if err != nil {
		t.Fatal(err)
	}
	f := set.Filter(rules.Enforce, syscalls.Native())
	tracer.Protect(f, syscalls.Native())
	for _, abi := range f.UsedABIs() {
		for name, action := range map[string]seccomp.Action{
			"mkdir": seccomp.Notify, "mkdirat": seccomp.Notify,
			"symlink": seccomp.Errno(unix.EXDEV), "symlinkat": seccomp.Errno(unix.EXDEV),
		} {
			if nr, ok := syscalls.Number(abi, name); ok {
				f.Calls[seccomp.Key{ABI: abi, NR: nr}] = []seccomp.Rule{{Action: action}}
			}
		}
	}
	return f
}

// Real runtimes take a rewritten bundle, whatever profile it had, and do what
// the merge says.
func TestRuntimes(t *testing.T) {
	rig.NeedRoot(t)
	if runtime.GOARCH != "amd64" {
		t.Skip("the profiles are those of amd64")
	}
	for _, row := range []struct {
		name, version string
		noUnified     bool // crun does not run on a hybrid machine
	}{{"runc", "1.1.5", false}, {"crun", "1.8.1", true}} {
		for _, profile := range []string{"containerd", "none"} {
			for _, nnp := range []bool{true, false} {
				t.Run(fmt.Sprintf("%s %s nnp=%t", row.name, profile, nnp), func(t *testing.T) {
					part, err := rig.Find(row.name, row.version)
					if err != nil {
						t.Fatal(err)
					}
					dir, err := part.Dir()
					rig.Need(t, err)
					c := &container{t: t, runtime: filepath.Join(dir, row.name)}
					if c.world, err = rig.NewWorld(rig.WorldOptions{NoUnified: row.noUnified}); err != nil {
						rig.Need(t, err)
					}
					t.Cleanup(func() {
						if err := c.world.Close(); err != nil {
							t.Error(err)
						}
					})
					var p *specs.LinuxSeccomp
					if profile == "containerd" {
						p = base(t)
					}
					c.run(p, nnp)
				})
			}
		}
	}
}

// container is one run of the program.
type container struct {
	t       *testing.T
	world   *rig.World
	runtime string

	mu       sync.Mutex
	notified []string
}

func (c *container) run(p *specs.LinuxSeccomp, nnp bool) {
	t := c.t
	socket := filepath.Join(c.world.Dir, "agent.sock")
	c.write(p, nnp)
	features, err := new(runc.Cache).Features(t.Context(), c.runtime)
	if err != nil {
		t.Fatal(err)
	}
	b, err := bundle.Open(c.world.Dir)
	if err != nil {
		t.Fatal(err)
	}
	base, _, err := b.Profile()
	if err != nil {
		t.Fatal(err)
	}
	merged, err := new(profiles.Cache).Merge(base, filter(t), oci.Options{
		ListenerPath: socket, ListenerMetadata: "meta", WaitKillable: features.WaitKillable, Refuse: true,
	})
	if err == nil {
		err = b.Rewrite(merged)
	}
	if err != nil {
		t.Fatal(err)
	}
	listener, err := agent.Listen(socket)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	serving, stop := context.WithCancel(ctx)
	var all sync.WaitGroup
	all.Go(func() {
		_ = agent.Serve(serving, listener, agent.Options{}, func(r agent.Received) { all.Go(func() { c.answer(r.Listener) }) })
	})
	out, err := c.world.Run(ctx, c.runtime, "run", "--bundle", c.world.Dir, "it")
	stop()
	all.Wait()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	root := filepath.Join(c.world.Dir, "rootfs")
	if _, err := os.Stat(filepath.Join(root, "made")); err != nil {
		t.Error("the call that was let through did nothing:", err)
	}
	if _, err := os.Stat(filepath.Join(root, "refused")); err == nil {
		t.Error("the supervisor's refusal did not count")
	}
	status, _ := os.ReadFile(filepath.Join(root, "status"))
	if want := fmt.Sprintf("NoNewPrivs:\t%d\n", map[bool]int{true: 1}[nnp]); !strings.Contains(string(status), want) {
		t.Errorf("status is %s", status)
	}
	for _, name := range []string{"execve", "mkdir"} {
		if !slices.Contains(c.notified, name) {
			t.Errorf("%s was not notified: %v", name, c.notified)
		}
	}
	if slices.Contains(c.notified, "openat for reading") {
		t.Errorf("more was notified than is wanted: %v", c.notified)
	}
}
