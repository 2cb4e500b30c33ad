package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/callgate/callgate/runtime/control"
)

// shownContainer is a container as ps --format json shows it.
type shownContainer struct {
	ID            string   `json:"id"`
	Namespace     string   `json:"namespace"`
	Name          string   `json:"name"`
	Runtime       string   `json:"runtime"`
	Image         string   `json:"image"`
	PodNamespace  string   `json:"pod_namespace"`
	Pod           string   `json:"pod"`
	PID           int      `json:"pid"`
	Mode          string   `json:"mode"`
	Loss          string   `json:"on_supervisor_loss"`
	Rules         []string `json:"rules"`
	Listeners     int      `json:"listeners"`
	Notifications uint64   `json:"notifications"`
	Alerts        uint64   `json:"alerts"`
	P99           float64  `json:"p99_us"`
	Unseen        []string `json:"unseen"`
}

func newPs() *cobra.Command {
	var format formatFlag
	var socket socketFlag
	cmd := &cobra.Command{
		Use:   "ps",
		Short: "List the containers under supervision",
		Long: `List the containers that the daemon supervises: their mode, their listeners (one
for the container and one for each command that was executed in it), how many
calls were intercepted, how many alerts they caused, and how long a call waited
for its answer in 99 of 100 cases.

A container keeps the filter that it was started with. When rules were reloaded
since then that are about calls which this filter lets through, the last column
names those calls: they are judged once the container is started anew.`,
		Example: `  callgate ps
  callgate ps --format json | jq '.[] | select(.alerts > 0)'`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var got control.Containers
			if err := socket.ask(cmd.Context(), control.KindPs, control.KindContainers, &got); err != nil {
				return err
			}
			if format.json() {
				return printJSON(cmd.OutOrStdout(), shown(got))
			}
			return printContainers(cmd.OutOrStdout(), got)
		},
	}
	format.register(cmd)
	socket.register(cmd)
	return cmd
}

func shown(list control.Containers) []shownContainer {
	out := []shownContainer{}
	for _, s := range list.Containers {
		c := s.Container
		out = append(out, shownContainer{
			ID: c.ID, Namespace: c.Namespace, Name: c.Name, Runtime: c.Runtime, Image: c.Image.Name,
			PodNamespace: c.Pod.Namespace, Pod: c.Pod.Name, PID: c.PID,
			Mode: string(s.Policy.Mode), Loss: string(s.Policy.OnSupervisorLoss), Rules: append([]string{}, s.Policy.Rules...),
			Listeners: s.Listeners, Notifications: s.Notifications, Alerts: s.Alerts, P99: float64(s.P99) / float64(time.Microsecond),
			Unseen: append([]string{}, s.Unseen...),
		})
	}
	return out
}

func printContainers(w io.Writer, list control.Containers) error {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, "ID\tNAME\tPOD\tMODE\tLISTENERS\tCALLS\tALERTS\tP99\tUNSEEN")
	for _, s := range list.Containers {
		c := s.Container
		ec, _ := c.Event()
		pod := "-"
		if c.Pod.Name != "" {
			pod = c.Pod.Namespace + "/" + c.Pod.Name
		}
		unseen := "-"
		if len(s.Unseen) > 0 {
			unseen = strings.Join(s.Unseen, ",")
		}
		fmt.Fprintf(tw, "%s\t%s\t%s\t%s\t%d\t%d\t%d\t%s\t%s\n", ec.ID, orDash(c.Name), pod, s.Policy.Mode, s.Listeners, s.Notifications, s.Alerts, s.P99.Round(time.Microsecond), unseen)
	}
	return tw.Flush()
}
