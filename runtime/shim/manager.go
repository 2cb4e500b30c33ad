package shim

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	bootapi "github.com/containerd/containerd/api/runtime/bootstrap/v1"
	"github.com/containerd/containerd/api/types"
	"github.com/containerd/containerd/v2/pkg/shim"
	"github.com/containerd/log"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"
)

// manager is the stock shim's commands, start, delete and info.
type manager struct{ shim.Shim }

// runtimeVariable tells the process that start starts which OCI runtime its
// containers will have.
const runtimeVariable = "CALLGATE_SHIM_RUNTIME"

// Start starts a shim, with the options translated, of which it uses the shim's
// cgroup.
func (m *manager) Start(ctx context.Context, params *bootapi.BootstrapParams) (*bootapi.BootstrapResult, error) {
	program := defaultRuntime
	for _, e := range params.GetExtensions() {
		if !isOptions(e.GetValue()) {
			continue // for another shim, or for a later version of the stock one
		}
		translated, own, err := translate(e.GetValue())
		if err != nil {
			return nil, err
		}
		e.Value, program = translated, own.runtime
	}
	if err := os.Setenv(runtimeVariable, program); err != nil {
		return nil, fmt.Errorf("start shim: %w", err)
	}
	return m.Shim.Start(ctx, params)
}

// Info tells of the runtime and what it can do.
func (m *manager) Info(ctx context.Context, options io.Reader) (*types.RuntimeInfo, error) {
	input, err := io.ReadAll(io.LimitReader(options, maxInput))
	if err != nil {
		return nil, fmt.Errorf("read runtime options: %w", err)
	}
	if len(input) > 0 {
		var given anypb.Any
		if err := proto.Unmarshal(input, &given); err != nil {
			return nil, fmt.Errorf("read runtime options: %w", err)
		}
		translated, _, err := translate(&given)
		if err != nil {
			return nil, err
		}
		if input, err = proto.Marshal(translated); err != nil {
			return nil, fmt.Errorf("translate runtime options: %w", err)
		}
	}
	return m.Shim.Info(ctx, bytes.NewReader(input))
}

// Stop removes a container whose shim is gone, killed for example. containerd
// runs it in the bundle of the shim's first container.
func (m *manager) Stop(ctx context.Context, id string) (shim.StopStatus, error) {
	status, err := m.Shim.Stop(ctx, id)
	if err != nil {
		return status, err
	}
	cwd, err := os.Getwd()
	if err != nil {
		return status, fmt.Errorf("find bundle: %w", err)
	}
	if err := os.Remove(socketPath(socketDir, filepath.Join(filepath.Dir(cwd), id))); err != nil && !os.IsNotExist(err) {
		log.G(ctx).WithError(err).Warn("remove agent socket")
	}
	return status, nil
}
