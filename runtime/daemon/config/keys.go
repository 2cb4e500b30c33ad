package config

import (
	"time"

	"github.com/callgate/callgate/rules"
	"github.com/callgate/callgate/runtime/control"
)

// Key documents one key of the file.
type Key struct {
	Name    string
	Type    string // for readers
	Default string // as one would write it; empty: nothing
	Doc     string

	set func(*reader, *Config, value)
}

// Keys are all keys of the file, in the order of the reference.
var Keys = []Key{
	{"rules", "list of paths", "[builtin]",
		"Rule files and directories of *.yaml instead of the embedded rules (set core stays); the word builtin adds those back; later ones override earlier ones. They are loaded again when they change and at SIGHUP.",
		func(r *reader, c *Config, v value) { c.Rules = r.paths(v) }},
	{"sets", "list of names", "[]",
		"Embedded sets to switch on: reads, incubating, sandbox, strict.",
		func(r *reader, c *Config, v value) { c.Sets = r.sets(v) }},
	{"select", "list of enable or disable", "[]",
		"Switches rules on and off, one after the other, over what files and sets say: `enable: NAME` or `disable: NAME`, by tag `enable: tag:TAG`; * and ? fit any names and tags, but none of the set core. What fits no rule is an error.",
		func(r *reader, c *Config, v value) { c.Select = r.selectors(v) }},
	{"priority", "priority", "debug",
		"Rules that are less grave do not take part, except for those of the set core.",
		func(r *reader, c *Config, v value) { c.Priority = r.threshold(v) }},
	{"rule_matching", "all or first", "all",
		"Which of the rules that match an event are told and act: every one, or the first of those that do most (kill before deny before log).",
		func(r *reader, c *Config, v value) {
			c.Matching, _ = rules.ParseMatching(r.word(v, rules.All.String(), rules.First.String()))
		}},
	{"rule_sets", "map from a name to rules, sets and select", "{}",
		"Rules that a container can choose by the annotation callgate.dev/rules instead of the node's, where allow_override has rules: `NAME: {rules: [...], sets: [...], select: [...]}`.",
		func(r *reader, c *Config, v value) { c.RuleSets = r.ruleSets(v) }},
	{"kubernetes_api", "list of addresses", "[]",
		"Addresses of the cluster's API (`kubectl get service kubernetes`) for the embedded rules, beside those of their list k8s_api_servers and the one that a program has in its variable KUBERNETES_SERVICE_HOST. No name server is ever asked.",
		func(r *reader, c *Config, v value) { c.KubernetesAPI = r.addresses(v) }},
	{"mode", "monitor or enforce", "monitor",
		"Whether what a rule denies or kills is stopped, or only reported.",
		func(r *reader, c *Config, v value) {
			c.Mode = control.Mode(r.word(v, string(control.Monitor), string(control.Enforce)))
		}},
	{"format", "text or json", "json",
		"How alerts are written.",
		func(r *reader, c *Config, v value) { c.Format = r.word(v, "text", "json") }},
	{"sinks", "list of sinks", "[stdout]",
		"Where alerts go: stdout, stderr, file:PATH. The PATH is absolute. Under systemd stdout is the journal.",
		func(r *reader, c *Config, v value) { c.Sinks = r.sinks(v) }},
	{"control_socket", "path", DefaultControl,
		"Socket for callgate's shim, its runc wrapper and its command line.",
		func(r *reader, c *Config, v value) { c.ControlSocket = r.socket(v) }},
	{"agent_socket", "path", DefaultAgent,
		"Socket that speaks the OCI seccomp agent protocol: the listenerPath of profiles that runc, crun or podman load.",
		func(r *reader, c *Config, v value) { c.AgentSocket = r.socket(v) }},
	{"containerd_socket", "path or empty", "/run/containerd/containerd.sock",
		"Where containerd is asked for image ids and digests, beside the decisions. Empty: it isn't asked.",
		func(r *reader, c *Config, v value) {
			if c.ContainerdSocket = ""; r.text(v) != "" {
				c.ContainerdSocket = r.socket(v)
			}
		}},
	{"state_dir", "path", DefaultState,
		"Directory of the journal that callgate events reads. It is made with mode 0700.",
		func(r *reader, c *Config, v value) { c.StateDir = r.path(v) }},
	{"events_size", "bytes", "16777216",
		"How much of the alerts is kept for callgate events; older ones go. From 65536 to 1073741824.",
		func(r *reader, c *Config, v value) { c.EventsSize = r.number(v, 64<<10, 1<<30) }},
	{"on_supervisor_loss", "hold, allow, deny or kill", "hold",
		"What a container's intercepted calls get when no daemon has come back within supervisor_timeout: they wait on, go on unjudged, fail with EPERM, or their process is killed.",
		func(r *reader, c *Config, v value) {
			c.OnSupervisorLoss = control.Loss(r.word(v, string(control.Hold), string(control.Allow), string(control.Deny), string(control.Kill)))
		}},
	{"supervisor_timeout", "duration", "10s",
		"How long calls wait for the next daemon before on_supervisor_loss is applied. From 100ms to 1h.",
		func(r *reader, c *Config, v value) {
			c.SupervisorTimeout = r.duration(v, 100*time.Millisecond, time.Hour)
		}},
	{"allow_override", "list of mode, on_supervisor_loss, rules", "[]",
		"What a pod's annotations may loosen: callgate.dev/mode, callgate.dev/on-supervisor-loss, callgate.dev/rules. What they make stricter always counts. true: all of it; false: nothing.",
		func(r *reader, c *Config, v value) { c.AllowOverride = r.overrides(v) }},
}

func keyNames() []string {
	names := make([]string, len(Keys))
	for i, k := range Keys {
		names[i] = k.Name
	}
	return names
}
