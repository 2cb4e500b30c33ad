package seccomp

import (
	"errors"
	"fmt"
	"sync"
)

// Feature is something that callgate asks of the kernel, or of the user that it
// runs as.
type Feature uint8

// The features, in the order in which Probe reports them.
const (
	UserNotify Feature = iota
	InstallListener
	NotifySizes
	ContinueCall
	SpeculationAllow
	WaitKillableRecv
	RecvReportsExit
	SyncWakeUp
	AddDescriptor
	AddDescriptorAnswer
	PidfdOpen
	PidfdThread
	PidfdGetFD
	ReadChild
	OpenAt2
	CloseRange
	CgroupKill
	IOUring
	I386Calls
	ExecNameOfFile
	numFeatures
)

// ErrNotSupported is what every missing feature's error is (errors.Is).
var ErrNotSupported = errors.New("not supported")

// NotSupportedError says that a feature is missing, and why.
type NotSupportedError struct {
	Feature Feature
	// Err is what the kernel answered to the probe.
	Err error
}

func (e *NotSupportedError) Error() string {
	f := &features[e.Feature]
	if running, err := RunningVersion(); err == nil && running.Less(f.since) {
		return fmt.Sprintf("%s: needs Linux %v, this is %v", f.name, f.since, running)
	}
	return fmt.Sprintf("%s: not available here: %v", f.name, e.Err)
}

// Is makes every NotSupportedError an ErrNotSupported.
func (e *NotSupportedError) Is(target error) bool { return target == ErrNotSupported }

func (e *NotSupportedError) Unwrap() error { return e.Err }

func notSupported(f Feature, err error) error { return &NotSupportedError{f, err} }

// Require is nil if the feature is there, else a NotSupportedError. The answer
// is found once and kept. It leaves the process as it was.
func Require(f Feature) error { return verdicts[f]() }

// verdicts are the answers of the probes, each found on first use.
var verdicts = func() (v [numFeatures]func() error) {
	for f := range numFeatures {
		v[f] = sync.OnceValue(func() error {
			if err := features[f].probe(); err != nil {
				return notSupported(f, err)
			}
			return nil
		})
	}
	return v
}()

// FeatureResult is what doctor prints of a feature.
type FeatureResult struct {
	Feature Feature
	Name    string
	// Since is the first kernel that has it.
	Since Version
	// Gives is what callgate does with it, Without what happens or has to be
	// done where it is missing.
	Gives, Without string
	// Needed: without it callgate can not work at all.
	Needed bool
	// Policy: an administrator or a sandbox may have taken it away.
	Policy bool
	// Err is nil, or a NotSupportedError.
	Err error
}

// Probe asks for every feature. It takes some ms the first time.
func Probe() []FeatureResult {
	results := make([]FeatureResult, numFeatures)
	for f := range numFeatures {
		d := &features[f]
		results[f] = FeatureResult{f, d.name, d.since, d.gives, d.without, d.needed, d.policy, Require(f)}
	}
	return results
}

func (f Feature) String() string {
	if f < numFeatures {
		return features[f].name
	}
	return fmt.Sprintf("feature(%d)", uint8(f))
}
