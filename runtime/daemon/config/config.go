// Package config is the daemon's configuration file: its keys, their defaults,
// and reading it with every mistake told at its line and column.
package config

import (
	"time"

	"github.com/callgate/callgate/rules"
	"github.com/callgate/callgate/runtime/control"
)

// Where the daemon's files are unless the configuration says otherwise.
const (
	DefaultPath    = "/etc/callgate/config.yaml"
	DefaultControl = control.DefaultSocket
	DefaultAgent   = control.DefaultAgentSocket
	DefaultState   = "/var/lib/callgate"
)

// Override names something that a pod's annotation may loosen.
type Override string

// What allow_override can hold.
const (
	OverrideMode  Override = "mode"
	OverrideLoss  Override = "on_supervisor_loss"
	OverrideRules Override = "rules"
)

var overrides = []Override{OverrideMode, OverrideLoss, OverrideRules}

// RuleSet is what a container's rules are loaded from.
type RuleSet struct {
	Rules []string // paths, or the word builtin
	Sets  []string // embedded sets to switch on

	Select []rules.Selector // in this order
}

// Config is a whole configuration.
type Config struct {
	RuleSet
	// RuleSets can be chosen by annotation instead of the node's rules.
	RuleSets map[string]RuleSet

	// KubernetesAPI are addresses of the cluster's API.
	KubernetesAPI []string

	Priority rules.Threshold
	Matching rules.Matching

	Mode   control.Mode
	Format string
	Sinks  []string

	AgentSocket      string
	ControlSocket    string
	ContainerdSocket string // empty: containerd isn't asked
	StateDir         string

	AllowOverride     []Override
	SupervisorTimeout time.Duration
	OnSupervisorLoss  control.Loss

	EventsSize int // bytes of alerts kept for callgate events
}

// Default is the configuration of a daemon without a file.
func Default() *Config {
	return &Config{
		Mode:              control.Monitor,
		Format:            "json",
		Sinks:             []string{"stdout"},
		AgentSocket:       DefaultAgent,
		ControlSocket:     DefaultControl,
		ContainerdSocket:  "/run/containerd/containerd.sock",
		StateDir:          DefaultState,
		SupervisorTimeout: 10 * time.Second,
		OnSupervisorLoss:  control.Hold,
		EventsSize:        16 << 20,
	}
}
