package shim

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"

	bootapi "github.com/containerd/containerd/api/runtime/bootstrap/v1"
	"github.com/containerd/containerd/v2/pkg/namespaces"
	"github.com/containerd/containerd/v2/pkg/shim"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"
)

// maxInput bounds what start reads from containerd, in bytes; the stock shim
// has the same bound.
const maxInput = 10 << 20

// addressFile is where containerd 1.6 and 1.7 look for the shim's address when
// they are restarted, in the bundle.
const addressFile = "address"

// invocation is what containerd says on the command line.
type invocation struct {
	action        string
	id, namespace string
	address       string // containerd's
	binary        string // containerd's
	debug         bool
}

// arguments reads the command line. What is wrong with it is for RunShim to
// tell, which reads it again.
func arguments(args []string) (i invocation) {
	f := flag.NewFlagSet(Name, flag.ContinueOnError)
	f.SetOutput(io.Discard)
	f.BoolVar(&i.debug, "debug", false, "")
	f.StringVar(&i.id, "id", "", "")
	f.StringVar(&i.namespace, "namespace", "", "")
	f.StringVar(&i.address, "address", "", "")
	f.StringVar(&i.binary, "publish-binary", "", "")
	for _, other := range []string{"socket", "debug-socket", "bundle"} {
		f.String(other, "", "")
	}
	f.Bool("info", false, "")
	if f.Parse(args) == nil {
		i.action = f.Arg(0)
	}
	return i
}

// startLegacy starts a shim for a containerd before 2.3 and reports whether it
// was one. Such a containerd passes the runtime's options on stdin, or nothing,
// and reads a bare address from stdout. From 2.3 on both are protobuf messages,
// and RunShim fails on all else.
func startLegacy(ctx context.Context, m shim.Shim, i invocation) (bool, error) {
	input, err := io.ReadAll(io.LimitReader(os.Stdin, maxInput))
	if err != nil {
		return false, fmt.Errorf("read stdin: %w", err)
	}
	if isBootstrap(input, i) {
		return false, replaceStdin(input)
	}
	old, err := legacyParams(input, i)
	if err != nil {
		return true, err
	}
	result, err := m.Start(namespaces.WithNamespace(ctx, i.namespace), old)
	if err != nil {
		return true, err
	}
	if err := os.WriteFile(addressFile, []byte(result.Address), 0o600); err != nil {
		return true, fmt.Errorf("note shim's address: %w", err)
	}
	_, err = os.Stdout.WriteString(result.Address)
	return true, err
}

// isBootstrap reports whether the input is a new containerd's parameters. Old
// options can be read as such too, so the identity in them decides.
func isBootstrap(input []byte, i invocation) bool {
	var p bootapi.BootstrapParams
	return i.id != "" && proto.Unmarshal(input, &p) == nil && p.InstanceID == i.id && p.Namespace == i.namespace
}

// legacyParams makes parameters of what an old containerd passes.
func legacyParams(input []byte, i invocation) (*bootapi.BootstrapParams, error) {
	if i.namespace == "" {
		return nil, fmt.Errorf("shim namespace cannot be empty")
	}
	p := &bootapi.BootstrapParams{
		InstanceID:             i.id,
		Namespace:              i.namespace,
		LogLevel:               bootapi.LogLevel_LOG_LEVEL_INFO,
		ContainerdGrpcAddress:  i.address,
		ContainerdTtrpcAddress: os.Getenv("TTRPC_ADDRESS"),
		ContainerdBinary:       i.binary,
	}
	if i.debug {
		p.LogLevel = bootapi.LogLevel_LOG_LEVEL_DEBUG
	}
	if len(input) == 0 {
		return p, nil
	}
	var options anypb.Any
	if err := proto.Unmarshal(input, &options); err != nil {
		return nil, fmt.Errorf("read runtime options: %w", err)
	}
	p.Extensions = []*bootapi.Extension{{Value: &options}}
	return p, nil
}

// replaceStdin makes RunShim read once more what was read already.
func replaceStdin(input []byte) error {
	r, w, err := os.Pipe()
	if err != nil {
		return fmt.Errorf("pass bootstrap parameters on: %w", err)
	}
	go func() {
		_, _ = w.Write(input) // fails when nobody reads it, who then does not miss it
		_ = w.Close()
	}()
	os.Stdin = r
	return nil
}
