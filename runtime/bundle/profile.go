package bundle

import (
	"encoding/json"
	"slices"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// Profile is what a container's seccomp profile says of its listeners.
type Profile struct {
	WaitKillable bool `json:"waitKillable,omitempty"` // a received call is interrupted by fatal signals only
	SeesExecs    bool `json:"seesExecs,omitempty"`    // every execve is intercepted
}

// ProfileOf reads the seccomp profile of a config.json. When nothing is certain,
// calls are taken for interruptible and execs for unseen, which is never wrong.
func ProfileOf(configJSON []byte) (p Profile) {
	var config struct {
		Linux struct {
			Seccomp *specs.LinuxSeccomp `json:"seccomp"`
		} `json:"linux"`
	}
	if json.Unmarshal(configJSON, &config) != nil || config.Linux.Seccomp == nil {
		return p
	}
	s := config.Linux.Seccomp
	p.WaitKillable = slices.Contains(s.Flags, "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV")
	for _, rule := range s.Syscalls {
		if slices.Contains(rule.Names, "execve") {
			p.SeesExecs = rule.Action == specs.ActNotify && len(rule.Args) == 0
		}
	}
	return p
}
