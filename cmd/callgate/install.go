package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/callgate/callgate/runtime/install"
)

// installCommand is the flags of callgate install and uninstall.
type installCommand struct {
	config  string
	root    string
	noUnits bool
	dryRun  bool
}

func (i *installCommand) register(cmd *cobra.Command) {
	cmd.Flags().StringVar(&i.config, "containerd-config", "",
		"edit containerd's configuration `FILE` (default: a drop-in where containerd reads conf.d, else "+install.DefaultConfig+")")
	cmd.Flags().StringVar(&i.root, "root", "/", "the node's root is `DIR`, as in a container that has it mounted")
	cmd.Flags().BoolVar(&i.dryRun, "dry-run", false, "print the diff and change nothing")
}

func newInstall() *cobra.Command {
	var i installCommand
	cmd := &cobra.Command{
		Use:   "install [flags]",
		Short: "Put callgate on this node: programs, systemd units, containerd handler",
		Long: `Install makes this node one whose containers callgate can supervise. It copies
the programs that lie beside this one (callgate, containerd-shim-callgate-v1,
callgate-runc) to /usr/local/bin, unless they are in a directory of the PATH
already; adds the runtime handler callgate to containerd's configuration, of
which a backup is kept; and writes systemd units and a RuntimeClass manifest.

The handler takes over what containerd's default handler has, as SystemdCgroup.
Its options are in /etc/callgate/runtime.toml.

It prints what it changes as a diff and restarts nothing: it says what is to be
done. What is in place is left alone, so that it can run again at any time.`,
		Example: `  callgate install --dry-run
  callgate install
  callgate install --containerd-config /var/lib/rancher/k3s/agent/etc/containerd/config.toml.tmpl`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return i.run(cmd, install.Install, i.installSteps)
		},
	}
	i.register(cmd)
	cmd.Flags().BoolVar(&i.noUnits, "no-units", false, "write no systemd units: the daemon is started otherwise, as by a DaemonSet")
	return cmd
}

func newUninstall() *cobra.Command {
	var i installCommand
	cmd := &cobra.Command{
		Use:   "uninstall [flags]",
		Short: "Remove what callgate install has put on this node",
		Long: `Uninstall removes what install has written, as /etc/callgate/installed lists it,
and restores containerd's configuration. Files that were changed since stay, and
are named. It prints the diff and restarts nothing.

Containers that run under callgate need its programs and its daemon until they
end: end them first.`,
		Example: `  callgate uninstall --dry-run
  callgate uninstall`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return i.run(cmd, install.Uninstall, uninstallSteps)
		},
	}
	i.register(cmd)
	return cmd
}

// run plans, shows and does it.
func (i *installCommand) run(cmd *cobra.Command, plan func(install.Options) (*install.Plan, error), steps func(io.Writer, *install.Plan)) error {
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find callgate's programs: %w", err)
	}
	o := install.Options{Programs: filepath.Dir(self), Config: i.config, NoUnits: i.noUnits}
	if o.Root, err = filepath.Abs(i.root); err != nil {
		return fmt.Errorf("find the node's root: %w", err)
	}
	if i.config != "" && !filepath.IsAbs(i.config) {
		return usageErrorf("--containerd-config %s: it must be an absolute path", i.config)
	}
	if o.Containerd, err = install.Find(cmd.Context(), o.Root, i.config); err != nil {
		return err
	}
	p, err := plan(o)
	if err != nil {
		return err
	}
	return i.do(cmd.Context(), cmd.OutOrStdout(), p, steps)
}

func (i *installCommand) do(ctx context.Context, w io.Writer, p *install.Plan, steps func(io.Writer, *install.Plan)) error {
	if err := p.Diff(w); err != nil {
		return err
	}
	for _, note := range p.Notes {
		fmt.Fprintf(w, "note: %s\n", note)
	}
	switch {
	case len(p.Changes) == 0:
		fmt.Fprintln(w, "There is nothing to change.")
		return nil
	case i.dryRun:
		fmt.Fprintln(w, "Nothing was changed (--dry-run).")
		return nil
	}
	if err := p.Apply(ctx); err != nil {
		return err
	}
	steps(w, p)
	return nil
}

func (i *installCommand) installSteps(w io.Writer, p *install.Plan) {
	fmt.Fprintln(w, "\ncallgate is installed. What remains to be done:")
	if i.noUnits {
		fmt.Fprintln(w, "  start the daemon: callgate daemon")
	} else {
		fmt.Fprint(w, `  systemctl daemon-reload
  systemctl enable --now callgate.socket callgate-agent.socket callgate.service
`)
	}
	restartContainerd(w, p)
	fmt.Fprintln(w, "  kubectl apply -f /etc/callgate/runtimeclass.yaml  # once for the cluster, from where kubectl works")
}

func uninstallSteps(w io.Writer, p *install.Plan) {
	fmt.Fprint(w, `
callgate is uninstalled. What remains to be done:
  systemctl stop callgate.service callgate.socket callgate-agent.socket
  systemctl daemon-reload
`)
	restartContainerd(w, p)
}

// restartContainerd is a step when containerd's configuration was changed.
func restartContainerd(w io.Writer, p *install.Plan) {
	if slices.ContainsFunc(p.Changes, func(c install.Change) bool { return filepath.Ext(c.Path) == ".toml" }) {
		fmt.Fprintln(w, "  systemctl restart containerd  # containers go on")
	}
}
