package shim

import (
	"context"
	"os"

	task "github.com/containerd/containerd/api/runtime/task/v3"
	stock "github.com/containerd/containerd/v2/cmd/containerd-shim-runc-v2/task"
	"github.com/containerd/containerd/v2/pkg/namespaces"
	"github.com/containerd/containerd/v2/pkg/shim"
	"github.com/containerd/containerd/v2/pkg/shutdown"
	"github.com/containerd/containerd/v2/plugins"
	"github.com/containerd/errdefs/pkg/errgrpc"
	"github.com/containerd/plugin"
	"github.com/containerd/plugin/registry"
	"github.com/containerd/ttrpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/callgate/callgate/runtime/control"
	"github.com/callgate/callgate/runtime/prepare"
	"github.com/callgate/callgate/runtime/runc"
)

// service is the stock task service, with supervision around the life of a
// container. It serves all containers of a pod.
type service struct {
	task.TTRPCTaskService
	containers containers
	runtimes   runc.Cache
}

// register makes RunShim serve our task service. The stock one registers itself
// where its plugin package is imported, which must not be.
func register() {
	registry.Register(&plugin.Registration{
		Type:     plugins.TTRPCPlugin,
		ID:       "task",
		Requires: []plugin.Type{plugins.EventPlugin, plugins.InternalPlugin},
		InitFn: func(ic *plugin.InitContext) (any, error) {
			publisher, err := ic.GetByID(plugins.EventPlugin, "publisher")
			if err != nil {
				return nil, err
			}
			shutdowns, err := ic.GetByID(plugins.InternalPlugin, "shutdown")
			if err != nil {
				return nil, err
			}
			return newService(ic.Context, publisher.(shim.Publisher), shutdowns.(shutdown.Service))
		},
	})
}

func newService(ctx context.Context, p shim.Publisher, s shutdown.Service) (*service, error) {
	if err := hide(); err != nil {
		return nil, err
	}
	inner, err := stock.NewTaskService(ctx, p, s)
	if err != nil {
		return nil, err
	}
	own := &service{TTRPCTaskService: inner, containers: containers{sockets: socketDir}, runtimes: runc.Cache{Run: run}}
	s.RegisterCallback(func(context.Context) error {
		own.containers.closeAll()
		return nil
	})
	if program := os.Getenv(runtimeVariable); program != "" {
		// Asked while containerd connects, which saves the first container some
		// 5 ms. An error comes again, and is told, at Create.
		go func() { _, _ = own.runtimes.Features(ctx, program) }()
	}
	return own, nil
}

// RegisterTTRPC serves both versions of the API.
func (s *service) RegisterTTRPC(server *ttrpc.Server) error {
	task.RegisterTTRPCTaskService(server, s)
	registerV2(server, s)
	return nil
}

// Create has the daemon decide about a container and creates it. Supervision
// begins here and not when the shim starts, which is once for several containers
// of a pod.
func (s *service) Create(ctx context.Context, r *task.CreateTaskRequest) (*task.CreateTaskResponse, error) {
	response, err := s.create(ctx, r)
	if err != nil {
		return nil, errgrpc.ToGRPC(err)
	}
	return response, nil
}

func (s *service) create(ctx context.Context, r *task.CreateTaskRequest) (*task.CreateTaskResponse, error) {
	namespace, err := namespaces.NamespaceRequired(ctx)
	if err != nil {
		return nil, err
	}
	options, own, err := translate(r.Options)
	if err != nil {
		return nil, status.Error(codes.InvalidArgument, err.Error())
	}
	r.Options = options
	c, err := s.containers.add(r.ID)
	if err != nil {
		return nil, err
	}
	err = c.supervise(ctx, request{
		Request: prepare.Request{
			Namespace: namespace, ID: r.ID, Bundle: r.Bundle,
			Runtime: func(ctx context.Context) (*runc.Features, error) { return s.runtimes.Features(ctx, own.runtime) },
			Socket:  control.SocketPath(own.socket), Hold: own.hold,
		},
		restored: r.Checkpoint != "",
	})
	if err != nil {
		s.containers.remove(r.ID)
		return nil, status.Error(codes.FailedPrecondition, err.Error())
	}
	response, err := s.TTRPCTaskService.Create(ctx, r)
	if err != nil {
		s.containers.remove(r.ID)
		return nil, err
	}
	c.started(int(response.Pid))
	return response, nil
}

// Delete ends supervision with the container. A container that still waits for
// the daemon is given up.
func (s *service) Delete(ctx context.Context, r *task.DeleteRequest) (*task.DeleteResponse, error) {
	if r.ExecID == "" {
		s.containers.giveUp(r.ID)
	}
	response, err := s.TTRPCTaskService.Delete(ctx, r)
	if err == nil && r.ExecID == "" {
		s.containers.remove(r.ID)
	}
	return response, err
}
