package shim

import (
	"io"
	"os"
	"testing"

	bootapi "github.com/containerd/containerd/api/runtime/bootstrap/v1"
	runc "github.com/containerd/containerd/api/types/runc/options"
	"github.com/containerd/typeurl/v2"
	"google.golang.org/protobuf/proto"
)

func TestArguments(t *testing.T) {
	for _, k := range []struct {
		args []string
		want invocation
	}{
		{ // 1.6 and 1.7
			[]string{"-namespace", "k8s.io", "-address", "/run/c.sock", "-publish-binary", "/usr/bin/containerd", "-id", "x", "-debug", "start"},
			invocation{action: "start", id: "x", namespace: "k8s.io", address: "/run/c.sock", binary: "/usr/bin/containerd", debug: true},
		},
		{
			[]string{"-namespace", "n", "-address", "/run/c.sock", "-publish-binary", "/c", "-id", "x", "-bundle", "/b", "delete"},
			invocation{action: "delete", id: "x", namespace: "n", address: "/run/c.sock", binary: "/c"},
		},
		{[]string{"-info"}, invocation{}},
		{[]string{"-id", "start", "-namespace", "n"}, invocation{id: "start", namespace: "n"}},
	} {
		if got := arguments(k.args); got != k.want {
			t.Errorf("%v: %+v, want %+v", k.args, got, k.want)
		}
	}
	if got := arguments([]string{"-unknown", "start"}); got.action != "" {
		t.Errorf("a flag that the stock shim does not know: %+v", got)
	}
}

func TestLegacyParams(t *testing.T) {
	i := invocation{action: "start", id: "x", namespace: "n", address: "/run/c.sock", binary: "/c"}
	t.Setenv("TTRPC_ADDRESS", "/run/c.sock.ttrpc")
	options, err := typeurl.MarshalAnyToProto(&runc.Options{ShimCgroup: "/shims"})
	if err != nil {
		t.Fatal(err)
	}
	input, err := proto.Marshal(options)
	if err != nil {
		t.Fatal(err)
	}
	var misread bootapi.BootstrapParams
	if proto.Unmarshal(input, &misread) != nil || misread.InstanceID == "" {
		t.Error("old options can't be taken for parameters any more: isBootstrap may be simpler")
	}
	for name, input := range map[string][]byte{"options": input, "nothing": nil} {
		if isBootstrap(input, i) {
			t.Errorf("%s: taken for new parameters", name)
		}
		p, err := legacyParams(input, i)
		if err != nil {
			t.Fatal(err)
		}
		want := &bootapi.BootstrapParams{
			InstanceID: "x", Namespace: "n", LogLevel: bootapi.LogLevel_LOG_LEVEL_INFO,
			ContainerdGrpcAddress: "/run/c.sock", ContainerdTtrpcAddress: "/run/c.sock.ttrpc", ContainerdBinary: "/c", Extensions: p.Extensions,
		}
		if !proto.Equal(p, want) {
			t.Errorf("%s: %v, want %v", name, p, want)
		}
		var o runc.Options
		if found, err := p.FindExtension(&o); err != nil || found != (len(input) > 0) || found && o.ShimCgroup != "/shims" {
			t.Errorf("%s: %v, %v, %v", name, found, err, &o)
		}
	}
	debug := i
	debug.debug = true
	if p, err := legacyParams(nil, debug); err != nil || p.LogLevel != bootapi.LogLevel_LOG_LEVEL_DEBUG {
		t.Errorf("with -debug: %v, %v", p, err)
	}
	if _, err := legacyParams(nil, invocation{id: "x"}); err == nil {
		t.Error("no namespace is no error")
	}
	if _, err := legacyParams([]byte{0xff}, i); err == nil {
		t.Error("options that are none are no error")
	}
}

// New parameters reach RunShim as they came.
func TestNewParametersPassThrough(t *testing.T) {
	i := invocation{action: "start", id: "x", namespace: "n"}
	input, err := proto.Marshal(&bootapi.BootstrapParams{InstanceID: "x", Namespace: "n", ContainerdVersion: "2.4.2"})
	if err != nil {
		t.Fatal(err)
	}
	if !isBootstrap(input, i) {
		t.Error("not recognized")
	}
	stdin := os.Stdin
	defer func() { os.Stdin = stdin }()
	if err := replaceStdin(input); err != nil {
		t.Fatal(err)
	}
	defer os.Stdin.Close()
	if got, err := io.ReadAll(os.Stdin); err != nil || string(got) != string(input) {
		t.Errorf("got %q, %v", got, err)
	}
}
