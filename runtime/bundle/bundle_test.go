package bundle

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/runtime/daemon/profiles"
	"github.com/callgate/callgate/seccomp"
	"github.com/callgate/callgate/seccomp/oci"
	"github.com/callgate/callgate/seccomp/syscalls"
)

// change is what a bundle is rewritten for.
type change struct {
	filter  *seccomp.Filter
	options oci.Options
}

// setns notifies setns.
func setns(t testing.TB) change {
	t.Helper()
	abi := syscalls.Native()[0]
	nr, ok := syscalls.Number(abi, "setns")
	if !ok {
		t.Fatal("no setns")
	}
	f := &seccomp.Filter{}
	f.Add(seccomp.Key{ABI: abi, NR: nr}, nil, seccomp.Notify)
	return change{f, oci.Options{ListenerPath: "/run/callgate/agent.sock", ListenerMetadata: "m"}}
}

// rewrite does what is done before a container starts: the daemon's part too.
func rewrite(dir string, c change) error {
	b, err := Open(dir)
	if err != nil {
		return err
	}
	base, rewritten, err := b.Profile()
	if err != nil || rewritten {
		return err
	}
	merged, err := new(profiles.Cache).Merge(base, c.filter, c.options)
	if err != nil {
		return err
	}
	return b.Rewrite(merged)
}

// newBundle writes a bundle, and returns its directory.
func newBundle(t testing.TB, config string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, configName), []byte(config), 0o640); err != nil {
		t.Fatal(err)
	}
	return dir
}

func config(t testing.TB, dir string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, configName))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// profileOf is the profile as a Go runtime reads it.
func profileOf(t testing.TB, dir string) *specs.LinuxSeccomp {
	t.Helper()
	var s specs.Spec
	if err := json.Unmarshal([]byte(config(t, dir)), &s); err != nil {
		t.Fatal(err)
	}
	return s.Linux.Seccomp
}

const profile = `{"defaultAction":"SCMP_ACT_ERRNO","syscalls":[{"names":["setns","read"],"action":"SCMP_ACT_ALLOW"}]}`

// All but the section stays byte for byte.
func TestRewriteKeepsTheRest(t *testing.T) {
	for name, tt := range map[string]struct{ before, after, section string }{
		"a profile": {"{ \"x\": 12345678901234567890123,\n\t\"linux\": { \"a\": [1.10], \"seccomp\": ", ", \"z\": {}},\n \"y\": \"\\u00e9\" }\n", profile},
		"null":      {`{"linux":{"seccomp":`, `}}`, "null"},
		"none":      {`{"linux":{`, `"b":1e400}, "linuxx": {"seccomp": 1}}`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			dir := newBundle(t, tt.before+tt.section+tt.after)
			if err := rewrite(dir, setns(t)); err != nil {
				t.Fatal(err)
			}
			got := config(t, dir)
			section, ok := strings.CutPrefix(got, tt.before)
			if section, _ = strings.CutSuffix(section, tt.after); !ok || !strings.HasSuffix(got, tt.after) {
				t.Fatalf("%s", got)
			}
			if tt.section == "" {
				section = strings.TrimSuffix(strings.TrimPrefix(section, `"seccomp":`), ",")
			}
			var p specs.LinuxSeccomp
			if err := json.Unmarshal([]byte(section), &p); err != nil {
				t.Fatalf("%v: %s", err, section)
			}
			if p.ListenerPath != "/run/callgate/agent.sock" || p.ListenerMetadata != "m" {
				t.Errorf("%+v", p)
			}
		})
	}
}

func TestRewriteEmptyLinux(t *testing.T) {
	dir := newBundle(t, `{"linux":{ }}`)
	if err := rewrite(dir, setns(t)); err != nil {
		t.Fatal(err)
	}
	if p := profileOf(t, dir); p == nil || p.DefaultAction != specs.ActAllow {
		t.Errorf("%+v", p)
	}
}

// A filter that wants nothing gives a container without a profile none.
func TestRewriteForNothing(t *testing.T) {
	dir := newBundle(t, `{"linux":{}}`)
	if err := rewrite(dir, change{&seccomp.Filter{}, setns(t).options}); err != nil {
		t.Fatal(err)
	}
	if got := config(t, dir); got != `{"linux":{}}` {
		t.Error(got)
	}
}

func TestRewriteTwice(t *testing.T) {
	dir := newBundle(t, `{"linux":{"seccomp":`+profile+`}}`)
	if err := rewrite(dir, setns(t)); err != nil {
		t.Fatal(err)
	}
	first := config(t, dir)
	other := setns(t)
	other.options.ListenerPath = "/elsewhere"
	for _, c := range []change{setns(t), other} {
		if err := rewrite(dir, c); err != nil {
			t.Fatal(err)
		}
		if config(t, dir) != first {
			t.Errorf("changed by a second run:\n%s\n%s", first, config(t, dir))
		}
	}
	if names := files(t, dir); !cmp.Equal(names, []string{markName, configName}) {
		t.Errorf("left behind: %v", names)
	}
}

func files(t testing.TB, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// A crash between the two files leaves a mark without its result: the next run
// does the work.
func TestRewriteAfterCrash(t *testing.T) {
	dir := newBundle(t, `{"linux":{"seccomp":`+profile+`}}`)
	original := config(t, dir)
	if err := rewrite(dir, setns(t)); err != nil {
		t.Fatal(err)
	}
	want := config(t, dir)
	if err := os.WriteFile(filepath.Join(dir, configName), []byte(original), 0o640); err != nil {
		t.Fatal(err)
	}
	if err := rewrite(dir, setns(t)); err != nil {
		t.Fatal(err)
	}
	if config(t, dir) != want {
		t.Errorf("got %s", config(t, dir))
	}
}

// What a pod's author can write does not look like our own rewriting.
func TestRewriteIsNotForged(t *testing.T) {
	forged := `{"annotations":{"callgate.dev/rewritten":"true"},"linux":{"seccomp":{"defaultAction":"SCMP_ACT_ALLOW",` +
		`"listenerPath":"/run/callgate/agent.sock","listenerMetadata":"m"}}}`
	dir := newBundle(t, forged)
	if err := rewrite(dir, setns(t)); err != nil {
		t.Fatal(err)
	}
	if p := profileOf(t, dir); len(p.Syscalls) == 0 {
		t.Errorf("left as it was: %+v", p)
	}
}

func TestModeAndOwner(t *testing.T) {
	dir := newBundle(t, `{"linux":{}}`)
	path := filepath.Join(dir, configName)
	if os.Geteuid() == 0 {
		if err := os.Chown(path, 1234, 4321); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(path, 0o604); err != nil {
		t.Fatal(err)
	}
	var before, after unix.Stat_t
	if err := unix.Stat(path, &before); err != nil {
		t.Fatal(err)
	}
	if err := rewrite(dir, setns(t)); err != nil {
		t.Fatal(err)
	}
	if err := unix.Stat(path, &after); err != nil {
		t.Fatal(err)
	}
	if before.Mode != after.Mode || before.Uid != after.Uid || before.Gid != after.Gid || before.Ino == after.Ino {
		t.Errorf("%+v\n%+v", before, after)
	}
}

func TestRead(t *testing.T) {
	dir := newBundle(t, `{"annotations":{"a":"b"},"hostname":"h","root":{"path":"rootfs","readonly":true},
		"mounts":[{"destination":"/proc","type":"proc","source":"proc"}],
		"process":{"args":["sh","-c"],"terminal":true,"noNewPrivileges":true},
		"linux":{"namespaces":[{"type":"pid"},{"type":"network","path":"/x"}],"cgroupsPath":"/c"}}`)
	got, err := Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	want := &Facts{
		Annotations: map[string]string{"a": "b"}, Rootfs: filepath.Join(dir, "rootfs"), ReadonlyRootfs: true, Hostname: "h",
		Args: []string{"sh", "-c"}, Terminal: true, NoNewPrivileges: true,
		Mounts:     []specs.Mount{{Destination: "/proc", Type: "proc", Source: "proc"}},
		Namespaces: []specs.LinuxNamespace{{Type: "pid"}, {Type: "network", Path: "/x"}}, CgroupsPath: "/c",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if _, err := Read(newBundle(t, `{"hostname":1}`)); err == nil || !strings.Contains(err.Error(), "hostname") {
		t.Errorf("got %v", err)
	}
}
