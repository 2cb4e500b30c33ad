// Package runc learns what an OCI runtime can do, runc's kind or crun's, by
// asking the binary.
package runc

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"

	"github.com/opencontainers/runtime-spec/specs-go"
	"github.com/opencontainers/runtime-spec/specs-go/features"
)

// Features is what callgate must know of a runtime.
type Features struct {
	// Name and Version are the runtime's own: runc 1.1.5, crun 1.8.1. Empty
	// where it does not tell.
	Name, Version string
	// Libseccomp is the version of the library that compiles profiles, "" if
	// it is not told.
	Libseccomp string
	// Notify: profiles may notify calls (SCMP_ACT_NOTIFY).
	Notify bool
	// WaitKillable: profiles may ask for SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
	// here, with this kernel and library.
	WaitKillable bool
}

// ErrUnusable says that containers of this runtime can't be supervised.
var ErrUnusable = errors.New("the runtime can't hand over a seccomp listener")

// Usable reports why containers of the runtime can't be supervised.
func (f *Features) Usable() error {
	if !f.Notify {
		return fmt.Errorf("check %s: %w", f.label(), ErrUnusable)
	}
	if v, ok := parseVersion(f.Version); f.Name == "crun" && ok && slices.Compare(v[:], firstCrun[:]) < 0 {
		return fmt.Errorf("check %s: %w: it sends the listener under the filter that it belongs to; crun 1.6 does not", f.label(), ErrUnusable)
	}
	return nil
}

func (f *Features) label() string {
	if f.Name == "" {
		return "runtime"
	}
	return f.Name + " " + f.Version
}

// firstCrun is the first that sends the listener from a process that has no
// filter.
var firstCrun = [3]int{1, 6, 0}

// crunWaitKillable is a crun that is known to pass on the flag and to have no
// command features, which would tell.
var crunWaitKillable = [3]int{1, 8, 1}

// parseFeatures reads what `runc features` prints (runtime-spec, features.md).
// A field that is missing means unknown: then what needs it is not used.
func parseFeatures(out []byte) (*Features, error) {
	var in features.Features
	if err := json.Unmarshal(out, &in); err != nil {
		return nil, fmt.Errorf("decode features: %w", err)
	}
	f := &Features{Libseccomp: in.Annotations["io.github.seccomp.libseccomp.version"]}
	for name, key := range map[string]string{"runc": "org.opencontainers.runc.version", "crun": "run.oci.crun.version"} {
		if v := in.Annotations[key]; v != "" {
			f.Name, f.Version = name, v
		}
	}
	if in.Linux == nil || in.Linux.Seccomp == nil {
		return f, nil
	}
	s := in.Linux.Seccomp
	enabled := s.Enabled != nil && *s.Enabled
	f.Notify = enabled && slices.Contains(s.Actions, string(specs.ActNotify))
	f.WaitKillable = enabled && slices.Contains(s.SupportedFlags, string(specs.LinuxSeccompFlagWaitKillableRecv))
	return f, nil
}

var (
	versionLine = regexp.MustCompile(`(?m)^(\w+) version (\S+)$`)
	seccompMark = regexp.MustCompile(`(^|\s)\+SECCOMP(\s|$)`)
	threeParts  = regexp.MustCompile(`^(\d{1,6})\.(\d{1,6})(?:\.(\d{1,6}))?`)
)

// parseVersionOutput reads what `crun --version` prints, for those before the
// command features.
func parseVersionOutput(out []byte) (*Features, error) {
	m := versionLine.FindSubmatch(out)
	if m == nil || string(m[1]) != "crun" {
		return nil, fmt.Errorf("decode version: %.60q is not crun's", out)
	}
	f := &Features{Name: "crun", Version: string(m[2]), Notify: seccompMark.Match(out)}
	v, ok := parseVersion(f.Version)
	f.WaitKillable = ok && f.Notify && slices.Compare(v[:], crunWaitKillable[:]) >= 0
	return f, nil
}

func parseVersion(s string) (v [3]int, ok bool) {
	m := threeParts.FindStringSubmatch(s)
	if m == nil {
		return v, false
	}
	for i := range v {
		v[i], _ = strconv.Atoi(m[i+1]) // digits, or "" for 0
	}
	return v, true
}
