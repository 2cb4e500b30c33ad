package oci

import (
	"errors"
	"fmt"
)

// Why a profile and a filter can't be merged; errors.Is finds them in what
// Merge returns.
var (
	// ErrListener: the calls that the profile notifies go to somebody else. A
	// process has one listener (seccomp(2), EBUSY).
	ErrListener = errors.New("the profile has a listener of its own")
	// ErrRuntime: the runtime makes this call between loading the filter and
	// handing over the listener, when nobody can answer it yet.
	ErrRuntime = errors.New("the runtime makes this call before anybody can answer it")
	// ErrAmbiguous: rules of the profile overlap and say different things;
	// which of them counts depends on libseccomp's inner order.
	ErrAmbiguous = errors.New("rules of the profile contradict each other")
	// ErrInexact: what is to happen can't be said by rules that libseccomp
	// compiles to what they say on every architecture of the profile.
	ErrInexact = errors.New("no rules of a profile can say this exactly")
	// ErrABI: the filter refuses on one ABI what it does not refuse on another,
	// and rules of a profile hold for all architectures.
	ErrABI = errors.New("the filter refuses the call on one ABI only")
	// ErrProfile: the profile is not one that a runtime would load.
	ErrProfile = errors.New("the profile is not valid")
	// ErrDead: libseccomp compiles the profile to a program in which no rule of
	// the machine's own architecture works.
	ErrDead = errors.New("libseccomp would not apply the profile's rules")
)

// RefusedError says that a merge was refused, because of which call and why.
type RefusedError struct {
	Syscall string // "" where no single call is to blame
	Cause   error  // one of the above
	Detail  string
}

func (e *RefusedError) Error() string {
	text := "merge profile: "
	if e.Syscall != "" {
		text += e.Syscall + ": "
	}
	text += e.Cause.Error()
	if e.Detail != "" {
		text += ": " + e.Detail
	}
	return text
}

func (e *RefusedError) Unwrap() error { return e.Cause }

func refuse(name string, cause error, format string, args ...any) *RefusedError {
	return &RefusedError{Syscall: name, Cause: cause, Detail: fmt.Sprintf(format, args...)}
}
