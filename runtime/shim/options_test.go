package shim

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	bootapi "github.com/containerd/containerd/api/runtime/bootstrap/v1"
	"github.com/containerd/containerd/api/types"
	runc "github.com/containerd/containerd/api/types/runc/options"
	generic "github.com/containerd/containerd/api/types/runtimeoptions/v1"
	stock "github.com/containerd/containerd/v2/pkg/shim"
	"github.com/containerd/errdefs"
	"github.com/containerd/typeurl/v2"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"
)

// containerdDefaults is the options table that `containerd config default` of
// 1.6 has for runc, and that people copy to other handlers.
const containerdDefaults = `
BinaryName = ""
CriuImagePath = ""
CriuPath = ""
CriuWorkPath = ""
IoGid = 0
IoUid = 0
NoNewKeyring = false
NoPivotRoot = false
Root = ""
ShimCgroup = ""
SystemdCgroup = true
`

func TestTranslate(t *testing.T) {
	file := filepath.Join(t.TempDir(), "options.toml")
	if err := os.WriteFile(file, []byte("when_unavailable = \"hold\"\nNoPivotRoot = true\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, k := range map[string]struct {
		given proto.Message
		want  *runc.Options
		own   handler
		err   string
	}{
		"runc's own": {
			given: &runc.Options{BinaryName: "/opt/runc", SystemdCgroup: true},
			want:  &runc.Options{BinaryName: "/opt/runc", SystemdCgroup: true},
			own:   handler{runtime: "/opt/runc"},
		},
		"defaults": {
			given: &generic.Options{ConfigBody: []byte(containerdDefaults)},
			want:  &runc.Options{SystemdCgroup: true},
			own:   handler{runtime: "runc"},
		},
		"empty": {
			given: &generic.Options{TypeUrl: "x"},
			want:  &runc.Options{},
			own:   handler{runtime: "runc"},
		},
		"all": {
			given: &generic.Options{ConfigBody: []byte(`
				BinaryName = "crun"
				Root = "/run/x"
				ShimCgroup = "/shims"
				IoUid = 7
				IoGid = 8
				NoNewKeyring = true
				CriuWorkPath = "/w"
				CriuImagePath = "/i"
				TypeUrl = "t"
				socket = "/run/a.sock"
				when_unavailable = "require"`)},
			want: &runc.Options{
				BinaryName: "crun", Root: "/run/x", ShimCgroup: "/shims", IoUid: 7, IoGid: 8,
				NoNewKeyring: true, CriuWorkPath: "/w", CriuImagePath: "/i",
			},
			own: handler{runtime: "crun", socket: "/run/a.sock"},
		},
		"file": {
			given: &generic.Options{ConfigPath: file},
			want:  &runc.Options{NoPivotRoot: true},
			own:   handler{runtime: "runc", hold: true},
		},
		"no file":         {given: &generic.Options{ConfigPath: file + "x"}, err: "no such file"},
		"mistyped":        {given: &generic.Options{ConfigBody: []byte(`SystemdCgroups = true`)}, err: "of the handler: key SystemdCgroups is unknown"},
		"own mistyped":    {given: &generic.Options{ConfigBody: []byte(`when_unavailable = "wait"`)}, err: `when_unavailable "wait" is not require or hold`},
		"relative socket": {given: &generic.Options{ConfigBody: []byte(`socket = "a.sock"`)}, err: "absolute"},
		"no TOML":         {given: &generic.Options{ConfigBody: []byte(`{`)}, err: "of the handler"},
		"wrong type":      {given: &generic.Options{ConfigBody: []byte(`SystemdCgroup = "yes"`)}, err: "of the handler"},
		"of another shim": {given: &runc.ProcessDetails{ExecID: "x"}, err: "unknown"},
	} {
		t.Run(name, func(t *testing.T) {
			given, err := typeurl.MarshalAnyToProto(k.given)
			if err != nil {
				t.Fatal(err)
			}
			translated, own, err := translate(given)
			if k.err != "" {
				if err == nil || !strings.Contains(err.Error(), k.err) {
					t.Errorf("got %v, want %q", err, k.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			// So the stock shim reads them.
			v, err := typeurl.UnmarshalAny(translated)
			if err != nil {
				t.Fatal(err)
			}
			if got, ok := v.(*runc.Options); !ok || !proto.Equal(got, k.want) || own != k.own {
				t.Errorf("got %v and %+v, want %v and %+v", v, own, k.want, k.own)
			}
		})
	}
	if none, own, err := translate(nil); none != nil || own != (handler{runtime: "runc"}) || err != nil {
		t.Errorf("none: %v, %v, %v", none, own, err)
	}
}

// stockShim stands for the stock shim's commands and keeps what they get.
type stockShim struct {
	stock.Shim
	params *bootapi.BootstrapParams
	input  []byte
}

func (s *stockShim) Start(_ context.Context, p *bootapi.BootstrapParams) (*bootapi.BootstrapResult, error) {
	s.params = p
	return &bootapi.BootstrapResult{Address: "unix:///run/x"}, nil
}

func (s *stockShim) Info(_ context.Context, r io.Reader) (_ *types.RuntimeInfo, err error) {
	s.input, err = io.ReadAll(r)
	return nil, err
}

// The stock shim's start and info get options that they understand.
func TestCommandsTranslate(t *testing.T) {
	given, err := typeurl.MarshalAnyToProto(&generic.Options{ConfigBody: []byte(`ShimCgroup = "/shims"`)})
	if err != nil {
		t.Fatal(err)
	}
	input, err := proto.Marshal(given)
	if err != nil {
		t.Fatal(err)
	}
	s := new(stockShim)
	m := &manager{s}
	var seen runc.Options
	t.Setenv(runtimeVariable, "")
	foreign := &anypb.Any{TypeUrl: "of.a.later.Version", Value: []byte{1}}
	if _, err := m.Start(t.Context(), &bootapi.BootstrapParams{Extensions: []*bootapi.Extension{{Value: given}, {Value: foreign}}}); err != nil {
		t.Fatal(err)
	}
	if found, err := s.params.FindExtension(&seen); err != nil || !found || seen.ShimCgroup != "/shims" {
		t.Errorf("start: %v, %v, %v", &seen, found, err)
	}
	if e := s.params.Extensions[1]; !proto.Equal(e.Value, foreign) || os.Getenv(runtimeVariable) != "runc" {
		t.Errorf("start: %v, runtime %s", e, os.Getenv(runtimeVariable))
	}
	for name, input := range map[string][]byte{"none": nil, "given": input} {
		if _, err := m.Info(t.Context(), bytes.NewReader(input)); err != nil {
			t.Fatal(err)
		}
		o, err := stock.ReadRuntimeOptions[*runc.Options](bytes.NewReader(s.input))
		if input == nil {
			if !errdefs.IsNotFound(err) {
				t.Errorf("info, %s: %v, %v", name, o, err)
			}
		} else if err != nil || o.ShimCgroup != "/shims" {
			t.Errorf("info, %s: %v, %v", name, o, err)
		}
	}
}
