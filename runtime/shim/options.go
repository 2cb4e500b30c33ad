package shim

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	runc "github.com/containerd/containerd/api/types/runc/options"
	generic "github.com/containerd/containerd/api/types/runtimeoptions/v1"
	"github.com/containerd/typeurl/v2"
	"github.com/pelletier/go-toml/v2"
	"google.golang.org/protobuf/types/known/anypb"
)

// defaultRuntime is the stock shim's.
const defaultRuntime = "runc"

// handler is what callgate itself needs of the options of a containerd runtime
// handler.
type handler struct {
	runtime string // the OCI runtime's program
	socket  string // the daemon's control socket; empty means the default
	hold    bool   // a container waits for a daemon that is not there
}

// table is the options of a handler as containerd's configuration has them.
type table struct {
	*runc.Options

	WhenUnavailable string `toml:"when_unavailable"`
	Socket          string `toml:"socket"`

	// What containerd's own defaults have and runc's shim does not use.
	CriuPath, TypeURL, ConfigPath string
}

// isOptions reports whether a message is options of a runtime handler.
func isOptions(a *anypb.Any) bool {
	return a.MessageIs(new(runc.Options)) || a.MessageIs(new(generic.Options))
}

// translate takes callgate's options out of a handler's and gives what the stock
// shim understands. For every runtime type but runc's containerd's CRI plugin
// sends the table as TOML, or a path of such a file, of which the stock shim
// knows nothing.
func translate(given *anypb.Any) (*anypb.Any, handler, error) {
	if given.GetValue() == nil {
		return given, handler{runtime: defaultRuntime}, nil
	}
	v, err := typeurl.UnmarshalAny(given)
	if err != nil {
		return nil, handler{}, fmt.Errorf("read runtime options: %w", err)
	}
	switch v := v.(type) {
	case *runc.Options:
		return given, handler{runtime: cmp.Or(v.BinaryName, defaultRuntime)}, nil
	case *generic.Options:
		return fromTable(v)
	}
	return nil, handler{}, fmt.Errorf("read runtime options: type %s is unknown", given.TypeUrl)
}

func fromTable(o *generic.Options) (*anypb.Any, handler, error) {
	text, source := o.ConfigBody, "of the handler"
	if o.ConfigPath != "" {
		var err error
		if text, err = os.ReadFile(o.ConfigPath); err != nil {
			return nil, handler{}, fmt.Errorf("read runtime options: %w", err)
		}
		source = o.ConfigPath
	}
	t, err := parse(text)
	if err != nil {
		return nil, handler{}, fmt.Errorf("read runtime options %s: %w", source, err)
	}
	translated, err := typeurl.MarshalAnyToProto(t.Options)
	if err != nil {
		return nil, handler{}, fmt.Errorf("translate runtime options: %w", err)
	}
	return translated, handler{
		runtime: cmp.Or(t.BinaryName, defaultRuntime), socket: t.Socket, hold: t.WhenUnavailable == hold,
	}, nil
}

// Values of when_unavailable.
const (
	require = "require"
	hold    = "hold"
)

// parse reads a table. A key that it does not know is an error: a mistyped
// when_unavailable or SystemdCgroup must not go unnoticed.
func parse(text []byte) (table, error) {
	t := table{Options: new(runc.Options), WhenUnavailable: require}
	err := toml.NewDecoder(bytes.NewReader(text)).DisallowUnknownFields().Decode(&t)
	var unknown *toml.StrictMissingError
	switch {
	case errors.As(err, &unknown):
		return t, fmt.Errorf("key %s is unknown", strings.Join(unknown.Errors[0].Key(), "."))
	case err != nil:
		return t, err
	case t.WhenUnavailable != require && t.WhenUnavailable != hold:
		return t, fmt.Errorf("when_unavailable %q is not %s or %s", t.WhenUnavailable, require, hold)
	case t.Socket != "" && !filepath.IsAbs(t.Socket):
		return t, fmt.Errorf("socket %q is not an absolute path", t.Socket)
	}
	return t, nil
}
