package meta_test

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/callgate/callgate/rules/event"
	"github.com/callgate/callgate/runtime/meta"
)

var fullID = strings.Repeat("0123456789abcdef", 4)

// pod is the bundle of a container of a pod, as containerd's CRI plugin makes it.
var pod = fmt.Sprintf(`{"annotations":{
	"io.kubernetes.cri.container-name":"web","io.kubernetes.cri.container-type":"container",
	"io.kubernetes.cri.image-name":"registry.example:5000/shop/web:1.2","io.kubernetes.cri.sandbox-id":%q,
	"io.kubernetes.cri.sandbox-name":"web-0","io.kubernetes.cri.sandbox-namespace":"shop","io.kubernetes.cri.sandbox-uid":"uid-1",
	"callgate.dev/mode":"enforce","other":"x"},
	"process":{"capabilities":{"bounding":["CAP_CHOWN"]}},
	"mounts":[{"destination":"/proc","type":"proc","source":"proc"},
		{"destination":"/etc/hosts","type":"bind","source":"/var/lib/hosts","options":["rbind","rprivate","rw"]},
		{"destination":"/host","source":"/","options":["rbind","rslave","ro"]}],
	"linux":{"namespaces":[{"type":"pid"},{"type":"ipc","path":"/proc/self/ns/ipc"},{"type":"network","path":"/nowhere"}],
		"maskedPaths":["/proc/kcore"]}}`, fullID)

func TestPod(t *testing.T) {
	c, err := meta.FromConfig([]byte(pod), "k8s.io", fullID)
	if err != nil {
		t.Fatal(err)
	}
	if since := time.Since(c.Created); since < 0 || since > time.Minute {
		t.Errorf("it was created at %v", c.Created)
	}
	if own := sameNamespace(t, "ipc"); c.HostIPC != own {
		t.Errorf("the host's IPC namespace: %v, want %v", c.HostIPC, own)
	}
	want := meta.Container{
		ID: fullID, Namespace: "k8s.io", Name: "web", Runtime: "containerd",
		Image:      meta.Image{Name: "registry.example:5000/shop/web:1.2", Repository: "registry.example:5000/shop/web", Tag: "1.2"},
		Privileged: meta.No, HostPID: meta.No, HostNetwork: meta.Unknown, HostIPC: c.HostIPC,
		Mounts: []meta.Mount{
			{Source: "/var/lib/hosts", Destination: "/etc/hosts", Writable: true, Propagation: "rprivate"},
			{Source: "/", Destination: "/host", Propagation: "rslave"},
		},
		Created: c.Created,
		Pod:     meta.Pod{Name: "web-0", Namespace: "shop", UID: "uid-1", SandboxID: fullID},
		Annotations: map[string]string{
			"io.kubernetes.cri.container-name": "web", "io.kubernetes.cri.container-type": "container",
			"io.kubernetes.cri.image-name": "registry.example:5000/shop/web:1.2", "io.kubernetes.cri.sandbox-id": fullID,
			"io.kubernetes.cri.sandbox-name": "web-0", "io.kubernetes.cri.sandbox-namespace": "shop", "io.kubernetes.cri.sandbox-uid": "uid-1",
			"callgate.dev/mode": "enforce",
		},
	}
	if diff := cmp.Diff(want, c); diff != "" {
		t.Error(diff)
	}
	if c.IsSandbox() {
		t.Error("it is taken for the pause container")
	}
	b, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	var back meta.Container
	if err := json.Unmarshal(b, &back); err != nil || !back.Created.Equal(c.Created) {
		t.Fatal(err)
	}
	back.Created = c.Created
	if diff := cmp.Diff(c, back); diff != "" {
		t.Errorf("through JSON: %s", diff)
	}
}

// No field of a CRI container's identity is missing in its events.
func TestPodEvent(t *testing.T) {
	c, err := meta.FromConfig([]byte(pod), "k8s.io", fullID)
	if err != nil {
		t.Fatal(err)
	}
	var e event.Event
	e.Reset()
	e.Container, e.K8s = c.Event()
	for name, want := range map[string]string{
		"container.id": fullID[:12], "container.full_id": fullID, "container.name": "web", "container.type": "containerd",
		"container.image": "registry.example:5000/shop/web:1.2", "container.image.repository": "registry.example:5000/shop/web",
		"container.image.tag": "1.2", "container.image.id": "<NA>", "container.privileged": "false", "container.host_pid": "false",
		"container.host_network": "<NA>", "container.ip": "<NA>",
		"container.mounts":                  "/var/lib/hosts:/etc/hosts::true:rprivate /:/host::false:rslave",
		"container.mount.dest[/var/lib/h*]": "/etc/hosts", "container.mount.dest[/]": "/host", "container.mount.dest[/etc]": "<NA>",
		"container.mount.source[/host]": "/", "container.mount.source[/etc/*]": "/var/lib/hosts",
		"container.start_ts": fmt.Sprint(c.Created.UnixNano()),
		"k8s.ns.name":        "shop", "k8s.pod.name": "web-0", "k8s.pod.uid": "uid-1", "k8s.pod.sandbox_id": fullID[:12],
	} {
		ref, err := event.ParseRef(name)
		if err != nil {
			t.Fatal(err)
		}
		if got := string(ref.AppendText(nil, &e)); got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
}

// Of a container of which nothing is known nothing is told.
func TestUnknownEvent(t *testing.T) {
	var e event.Event
	e.Reset()
	e.Container, e.K8s = new(meta.Container).Event()
	for _, f := range event.Fields() {
		if v, ok := (event.Ref{Field: f, Index: -1}).Value(&e); ok && (strings.HasPrefix(f.Name, "container.") || strings.HasPrefix(f.Name, "k8s.")) {
			t.Errorf("%s is %v", f.Name, v)
		}
	}
}

func TestRuntimes(t *testing.T) {
	for name, row := range map[string]struct{ annotations, namespace, runtime, name, pod string }{
		"runc":    {`{}`, "", "oci", "an-id", ""},
		"ctr":     {`{}`, "default", "containerd", "an-id", ""},
		"docker":  {`{}`, "moby", "docker", "", ""},
		"podman":  {`{"io.container.manager":"libpod"}`, "", "podman", "", ""},
		"cri-o":   {`{"io.container.manager":"cri-o","io.kubernetes.cri-o.ContainerType":"container","io.kubernetes.container.name":"c","io.kubernetes.pod.name":"p"}`, "", "cri-o", "c", "p"},
		"sandbox": {`{"io.kubernetes.cri.container-type":"sandbox","io.kubernetes.cri.sandbox-name":"p"}`, "k8s.io", "containerd", "an-id", "p"},
	} {
		c, err := meta.FromConfig([]byte(`{"annotations":`+row.annotations+`}`), row.namespace, "an-id")
		if err != nil || c.Runtime != row.runtime || c.Name != row.name || c.Pod.Name != row.pod || c.IsSandbox() != (name == "sandbox") {
			t.Errorf("%s: %+v, %v", name, c, err)
		}
	}
}

func TestImages(t *testing.T) {
	sum := "sha256:" + fullID
	for name, want := range map[string]meta.Image{
		"":                             {},
		"nginx":                        {Repository: "nginx"},
		"docker.io/library/nginx:1.27": {Repository: "docker.io/library/nginx", Tag: "1.27"},
		"localhost/pause:1":            {Repository: "localhost/pause", Tag: "1"},
		"host:5000/a/b":                {Repository: "host:5000/a/b"},
		"a/b@" + sum:                   {Repository: "a/b", Digest: sum},
		"a/b:t@" + sum:                 {Repository: "a/b", Tag: "t", Digest: sum},
		sum:                            {ID: sum},
		"sha256:short":                 {Repository: "sha256", Tag: "short"},
		"a/UPPER:1":                    {},
		"a b":                          {},
	} {
		b, err := json.Marshal(map[string]any{"annotations": map[string]string{"io.kubernetes.cri.image-name": name}})
		if err != nil {
			t.Fatal(err)
		}
		c, err := meta.FromConfig(b, "", "x")
		want.Name = name
		if err != nil || c.Image != want {
			t.Errorf("%q: %+v, %v", name, c.Image, err)
		}
	}
}

func TestPrivileged(t *testing.T) {
	const admin, all = `"process":{"capabilities":{"bounding":["CAP_CHOWN","CAP_SYS_ADMIN"]}}`, `{"allow":true,"access":"rwm"}`
	devices := func(rules string) string { return `"linux":{"resources":{"devices":[` + rules + `]}}` }
	for name, row := range map[string]struct {
		config string
		want   meta.Flag
	}{
		"nothing":               {``, meta.No},
		"all of it":             {admin + "," + devices(`{"allow":false,"access":"rwm"},`+all), meta.Yes},
		"type a":                {admin + "," + devices(`{"allow":true,"type":"a","major":-1,"minor":-1,"access":"rwm"}`), meta.Yes},
		"only reading":          {admin + "," + devices(`{"allow":true,"access":"r"}`), meta.Unknown},
		"one device taken away": {admin + "," + devices(all+`,{"allow":false,"type":"c","major":1,"minor":5,"access":"rwm"}`), meta.Unknown},
		"no devices":            {admin, meta.Unknown},
		"no capability":         {devices(all), meta.No},
		"a seccomp profile":     {admin + `,"linux":{"seccomp":{"defaultAction":"x"},"resources":{"devices":[` + all + `]}}`, meta.Unknown},
		"a masked path":         {admin + `,"linux":{"maskedPaths":["/proc/kcore"],"resources":{"devices":[` + all + `]}}`, meta.No},
		"podman says so":        {`"annotations":{"io.podman.annotations.privileged":"TRUE"}`, meta.Yes},
	} {
		c, err := meta.FromConfig([]byte(`{`+row.config+`}`), "", "x")
		if err != nil || c.Privileged != row.want {
			t.Errorf("%s: %v, %v", name, c.Privileged, err)
		}
	}
}

// A bundle that names no namespace leaves the container in ours.
func TestNoNamespaces(t *testing.T) {
	c, err := meta.FromConfig([]byte(`{}`), "", "x")
	if err != nil {
		t.Fatal(err)
	}
	if want := [3]meta.Flag{sameNamespace(t, "net"), sameNamespace(t, "ipc"), sameNamespace(t, "pid")}; want != [3]meta.Flag{c.HostNetwork, c.HostIPC, c.HostPID} {
		t.Errorf("got %v %v %v, want %v", c.HostNetwork, c.HostIPC, c.HostPID, want)
	}
}

// sameNamespace is whether this test runs in the host's namespace, unknown to
// users who may not look.
func sameNamespace(t *testing.T, kind string) meta.Flag {
	t.Helper()
	host, err := os.Readlink("/proc/1/ns/" + kind)
	if err != nil {
		return meta.Unknown
	}
	own, err := os.Readlink("/proc/self/ns/" + kind)
	if err != nil {
		t.Fatal(err)
	}
	return meta.FlagOf(own == host)
}

// What a pod's author writes is bounded, and never cut.
func TestBounds(t *testing.T) {
	long := strings.Repeat("x", 4000)
	many := map[string]string{}
	for i := range 40 {
		many[fmt.Sprint("callgate.dev/", i)] = "x"
	}
	for name, annotations := range map[string]map[string]string{
		"own":   {"callgate.dev/mode": "enforce" + long},
		"many":  many,
		"image": {"io.kubernetes.cri.image-name": long},
	} {
		b, err := json.Marshal(map[string]any{"annotations": annotations})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := meta.FromConfig(b, "", "x"); err == nil {
			t.Errorf("%s: it is taken", name)
		}
	}
	if c, err := meta.FromConfig([]byte(`{"annotations":{"other":"`+long+`"}}`), "", "x"); err != nil || c.Annotations != nil {
		t.Errorf("others' annotations: %v, %v", c.Annotations, err)
	}
	if _, err := meta.FromConfig([]byte(`{`), "", "x"); err == nil {
		t.Error("half a bundle is taken")
	}
	mounts := strings.TrimSuffix(strings.Repeat(`{"destination":"/a","type":"bind","source":"/a"},`, 600), ",")
	if c, err := meta.FromConfig([]byte(`{"mounts":[`+mounts+`]}`), "", "x"); err != nil || c.Mounts != nil {
		t.Errorf("%d mounts, %v", len(c.Mounts), err)
	}
}

// This process's address is what the system says, where it has just one.
func TestAddressOf(t *testing.T) {
	all, err := net.InterfaceAddrs()
	if err != nil {
		t.Skip(err)
	}
	var v4, v6 []string
	for _, a := range all {
		ip := a.(*net.IPNet).IP
		switch {
		case !ip.IsGlobalUnicast():
		case ip.To4() != nil:
			v4 = append(v4, ip.String())
		default:
			v6 = append(v6, ip.String())
		}
	}
	want := ""
	switch {
	case len(v4) == 1:
		want = v4[0]
	case len(v4) == 0 && len(v6) == 1:
		want = v6[0]
	}
	if got := meta.AddressOf(os.Getpid()); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := meta.AddressOf(1 << 30); got != "" {
		t.Errorf("nobody has %q", got)
	}
}
