package wrapper

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParse(t *testing.T) {
	for _, k := range []struct {
		args string
		want invocation
	}{
		// As containerd, docker, podman and CRI-O (conmon) call.
		{
			"--root /run/runc/k8s.io --log /b/log.json --log-format json --systemd-cgroup create --bundle /b --pid-file /b/init.pid x",
			invocation{"create", map[string]string{"root": "/run/runc/k8s.io", "log": "/b/log.json", "log-format": "json", "systemd-cgroup": "", "bundle": "/b", "pid-file": "/b/init.pid"}, "x"},
		},
		{"--systemd-cgroup --root=/r create --bundle=/b --pid-file=/p --console-socket=/c x", invocation{"create",
			map[string]string{"systemd-cgroup": "", "root": "/r", "bundle": "/b", "pid-file": "/p", "console-socket": "/c"}, "x"}},
		{"--cgroup-manager cgroupfs run -b /b -d x", invocation{"run", map[string]string{"cgroup-manager": "cgroupfs", "bundle": "/b", "detach": ""}, "x"}},
		{"create x", invocation{"create", map[string]string{}, "x"}},
		{"create x --bundle /b", invocation{"create", map[string]string{"bundle": "/b"}, "x"}},
		{"create -- x", invocation{"create", map[string]string{}, "x"}},
		{"create --bundle --pid-file x", invocation{"create", map[string]string{"bundle": "--pid-file"}, "x"}},
		{"create --bundle /a -b /b x", invocation{"create", map[string]string{"bundle": "/b"}, "x"}},
		{"create -f other.json x", invocation{"create", map[string]string{"config": "other.json"}, "x"}},
		{"--debug=true create --no-pivot=false x", invocation{"create", map[string]string{"debug": "true", "no-pivot": "false"}, "x"}},
		// Others make no container.
		{"", invocation{"", map[string]string{}, ""}},
		{"--version", invocation{"", map[string]string{}, ""}},
		{"-v create", invocation{"", map[string]string{}, ""}},
		{"create --help", invocation{"", map[string]string{}, ""}},
		{"features", invocation{"features", map[string]string{}, ""}},
		{"--log /l exec --process /p x", invocation{"exec", map[string]string{"log": "/l"}, ""}},
		{"delete --force x", invocation{"delete", map[string]string{}, ""}},
		{"restore --image-path /i x", invocation{"restore", map[string]string{}, ""}},
		// What isn't known is the runtime's to judge where no container can be made.
		{"--new-option list", invocation{"", map[string]string{}, ""}},
		{"--log", invocation{"", map[string]string{}, ""}},
	} {
		got, err := parse(strings.Fields(k.args))
		if err != nil {
			t.Errorf("%s: %v", k.args, err)
		} else if diff := cmp.Diff(&k.want, got, cmp.AllowUnexported(invocation{})); diff != "" {
			t.Errorf("%s: %s", k.args, diff)
		}
	}
}

// Where a container may be made, nothing is taken that runc and crun could
// understand in two ways.
func TestParseRefuses(t *testing.T) {
	for args, want := range map[string]string{
		"--new create x":          "unknown option --new",
		"-debug create x":         "unknown option -debug",
		"---debug create x":       "unknown option ---debug",
		"create -bundle /b x":     "unknown option -bundle",
		"create -b=/b x":          "unknown option -b=/b",
		"create -b/b x":           "unknown option -b/b",
		"create --b /b x":         "unknown option --b",
		"create --bund=/b x":      "unknown option --bund=/b",
		"create --new x":          "unknown option --new",
		"create --bundle":         "option --bundle needs a value",
		"create":                  "takes one container id, not 0",
		"run a b":                 "takes one container id, not 2",
		"create a -- --bundle /b": "not 3",
	} {
		if i, err := parse(strings.Fields(args)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %+v, %v; want %s", args, i, err, want)
		}
	}
	if _, err := parse([]string{"create", ""}); err == nil {
		t.Error("an empty id is taken")
	}
	if _, err := parse([]string{"create", "--new", "x"}); !errors.Is(err, errUnknown) {
		t.Errorf("got %v", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add("--root\x00/r\x00create\x00--bundle=/b\x00x")
	f.Add("--log\x00create\x00--\x00-b\x00x")
	f.Fuzz(func(t *testing.T, text string) {
		i, err := parse(strings.Split(text, "\x00"))
		if i == nil {
			t.Fatal("no invocation to report errors with")
		}
		if err == nil && (i.command == "create" || i.command == "run") != (i.id != "") {
			t.Errorf("%q: %s and id %q", text, i.command, i.id)
		}
	})
}
