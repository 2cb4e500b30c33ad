package control

import (
	"encoding/json"
	"fmt"
	"time"
)

// Mode says whether rules stop calls.
type Mode string

// Modes.
const (
	Monitor Mode = "monitor" // rules only alert
	Enforce Mode = "enforce" // rules may deny and kill
)

// Loss says what becomes of calls while there is no daemon.
type Loss string

// What can become of them, once SupervisorTimeout is over.
const (
	Hold  Loss = "hold"  // they go on waiting
	Allow Loss = "allow" // they are let through
	Deny  Loss = "deny"  // they fail with EPERM
	Kill  Loss = "kill"  // their process is killed
)

// Policy is how one container is supervised.
type Policy struct {
	Mode Mode
	// OnSupervisorLoss is applied when SupervisorTimeout has passed without a
	// daemon; until then calls wait.
	OnSupervisorLoss  Loss
	SupervisorTimeout time.Duration
	// Rules are the named sets that judge its calls; none means the daemon's own.
	Rules []string
	// Filter names, for the daemon alone, the filter that the container is
	// started with: a later daemon must know what it can see. Empty: unknown.
	Filter string
}

// policyJSON is the form of a policy on the wire and in files: durations as
// text ("10s").
type policyJSON struct {
	Mode              Mode     `json:"mode"`
	OnSupervisorLoss  Loss     `json:"onSupervisorLoss"`
	SupervisorTimeout string   `json:"supervisorTimeout"`
	Rules             []string `json:"rules,omitempty"`
	Filter            string   `json:"filter,omitempty"`
}

// MarshalJSON writes the policy with its time-out as text.
func (p Policy) MarshalJSON() ([]byte, error) {
	return json.Marshal(policyJSON{p.Mode, p.OnSupervisorLoss, p.SupervisorTimeout.String(), p.Rules, p.Filter})
}

// UnmarshalJSON reads and checks what MarshalJSON wrote.
func (p *Policy) UnmarshalJSON(b []byte) error {
	var j policyJSON
	if err := json.Unmarshal(b, &j); err != nil {
		return err
	}
	d, err := time.ParseDuration(j.SupervisorTimeout)
	if err != nil {
		return fmt.Errorf("supervisorTimeout: %w", err)
	}
	read := Policy{j.Mode, j.OnSupervisorLoss, d, j.Rules, j.Filter}
	if err := read.Check(); err != nil {
		return err
	}
	*p = read
	return nil
}

// Check reports what is wrong with a policy.
func (p Policy) Check() error {
	switch p.Mode {
	case Monitor, Enforce:
	default:
		return fmt.Errorf("mode %q is not monitor or enforce", p.Mode)
	}
	switch p.OnSupervisorLoss {
	case Hold, Allow, Deny, Kill:
	default:
		return fmt.Errorf("on-supervisor-loss %q is not hold, allow, deny or kill", p.OnSupervisorLoss)
	}
	if p.SupervisorTimeout < 0 {
		return fmt.Errorf("supervisor time-out %v is negative", p.SupervisorTimeout)
	}
	return nil
}
