package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/callgate/callgate/alert"
	"github.com/callgate/callgate/runtime/control"
	"github.com/callgate/callgate/runtime/daemon/config"
	"github.com/callgate/callgate/runtime/foreground"
	"github.com/callgate/callgate/tracer/stats"
)

// containerFlags are those of run that make it run a container.
type containerFlags struct {
	bundle    string
	image     string
	namespace string
	socket    string
	runtime   string
}

func (f *containerFlags) register(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.bundle, "bundle", "", "run the container of the OCI bundle in `DIR`; COMMAND replaces its own")
	cmd.Flags().StringVar(&f.image, "image", "", "run a container of the image `REF` in containerd's store; COMMAND replaces its arguments")
	cmd.Flags().StringVar(&f.namespace, "namespace", "default", "with --image: containerd's `NAMESPACE` (Kubernetes' is k8s.io)")
	cmd.Flags().StringVar(&f.socket, "containerd-socket", config.Default().ContainerdSocket, "with --image: containerd's socket is `PATH`")
	cmd.Flags().StringVar(&f.runtime, "runtime", "", "with --bundle and --image: the OCI `RUNTIME` (default runc, else crun)")
}

// given reports whether a container is to be run.
func (f *containerFlags) given() bool { return f.bundle != "" || f.image != "" }

func (r *runCommand) args(_ *cobra.Command, args []string) error {
	if len(args) == 0 && !r.container.given() {
		return errors.New("which command is to be run?")
	}
	return nil
}

// runContainer runs a container instead of a command.
func (r *runCommand) runContainer(ctx context.Context, args []string, alerts *alert.Queue, st *stats.Stats) (int, error) {
	o := foreground.Options{
		Bundle: r.container.bundle, Args: args, Runtime: r.container.runtime,
		Rules: r.rules.options(), Mode: control.Mode(r.mode.value),
		Alerts: alerts.Put, Stats: st, Record: r.record.put(), Hangup: r.hangup(alerts),
	}
	if r.container.image != "" {
		o.Image = &foreground.Image{
			Name: r.container.image, Namespace: r.container.namespace, Socket: r.container.socket, Snapshotter: "overlayfs",
		}
	}
	return foreground.Run(ctx, o)
}
