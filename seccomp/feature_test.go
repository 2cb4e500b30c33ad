package seccomp_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/seccomp"
)

func init() {
	victims["probe inside a sandbox"] = func() {
		beWatched(seccomp.FlagNewListener)
		becomeVictim("probe inside a sandbox, watched")
	}
	victims["probe inside a sandbox, watched"] = func() {
		err := seccomp.Require(seccomp.InstallListener)
		fmt.Printf("busy %v, not supported %v", errors.Is(err, seccomp.ErrBusy), errors.Is(err, seccomp.ErrNotSupported))
	}
	victims["probe unprivileged"] = func() {
		for _, r := range seccomp.Probe() {
			if r.Err != nil && r.Needed {
				fmt.Println(r.Err)
			}
		}
	}
	victims["probe and look"] = probeAndLook
}

// A kernel of a version that must have a feature has it, or the probe is wrong.
// What an administrator can take away is left to doctor.
func TestFeaturesFollowTheVersion(t *testing.T) {
	running, err := seccomp.RunningVersion()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range seccomp.Probe() {
		must := !running.Less(r.Since)
		switch {
		case !must && r.Err == nil:
			t.Logf("%s: there already on %v", r.Name, running)
		case must && r.Err != nil && r.Policy:
			t.Logf("not on this machine: %v", r.Err)
		case must && r.Err != nil:
			t.Errorf("Linux %v must have it: %v", running, r.Err)
		}
	}
}

func TestProbeResults(t *testing.T) {
	for i, r := range seccomp.Probe() {
		if r.Feature != seccomp.Feature(i) || r.Feature.String() != r.Name {
			t.Errorf("result %d is feature %v, %q", i, r.Feature, r.Name)
		}
		if r.Name == "" || r.Gives == "" || r.Without == "" || r.Since == (seccomp.Version{}) {
			t.Errorf("incomplete: %+v", r)
		}
		if r.Err == nil {
			continue
		}
		var missing *seccomp.NotSupportedError
		if !errors.As(r.Err, &missing) || missing.Feature != r.Feature || !errors.Is(r.Err, seccomp.ErrNotSupported) {
			t.Errorf("%s: %v is no NotSupportedError", r.Name, r.Err)
		}
	}
}

func TestNotSupportedError(t *testing.T) {
	err := fmt.Errorf("wrapped: %w", &seccomp.NotSupportedError{Feature: seccomp.OpenAt2, Err: unix.EPERM})
	if !errors.Is(err, seccomp.ErrNotSupported) || !errors.Is(err, unix.EPERM) {
		t.Errorf("%v", err)
	}
	if got := err.Error(); !strings.HasPrefix(got, "wrapped: openat2: ") {
		t.Errorf("got %q", got)
	}
}

func TestProbeInsideASandbox(t *testing.T) {
	v := start(t, "probe inside a sandbox")
	v.listen()
	if got := v.end(); got != "busy true, not supported true" {
		t.Errorf("got %q", got)
	}
}

// Neither root nor anything but a kernel is needed.
func TestNeededFeaturesWithoutPrivileges(t *testing.T) {
	need(t, seccomp.InstallListener, seccomp.ReadChild)
	if got := start(t, "probe unprivileged").end(); got != "" {
		t.Error(got)
	}
}

func TestProbesLeaveNoTrace(t *testing.T) {
	if got := start(t, "probe and look").end(); got != "no trace" {
		t.Error(got)
	}
}

func probeAndLook() {
	runtime.UnlockOSThread() // so that a probe may find itself on the main thread
	before, _ := traces()
	seccomp.Probe()
	if _, err := seccomp.ChooseSyncWakeUp(time.Millisecond); err != nil && !errors.Is(err, seccomp.ErrNotSupported) {
		check(err)
	}
	// The threads end soon after the probes.
	deadline := time.Now().Add(10 * time.Second)
	for time.Now().Before(deadline) {
		fds, threads := traces()
		if len(threads) == 0 && fds == before {
			if _, err := unix.Wait4(-1, nil, unix.WNOHANG, nil); err != unix.ECHILD {
				fmt.Println("a child is left:", err)
				return
			}
			fmt.Println("no trace")
			return
		}
		runtime.Gosched()
	}
	after, threads := traces()
	fmt.Println("threads under a filter:", threads, "descriptors:", before, after)
}

// traces are the process's descriptors, and its threads that have a filter or
// no_new_privs.
func traces() (fds string, threads []string) {
	tasks, err := filepath.Glob("/proc/self/task/*/status")
	check(err)
	for _, task := range tasks {
		status, err := os.ReadFile(task)
		clean := strings.Contains(string(status), "\nSeccomp:\t0\n") && strings.Contains(string(status), "\nNoNewPrivs:\t0\n")
		if err == nil && !clean {
			threads = append(threads, task)
		}
	}
	open, err := filepath.Glob("/proc/self/fd/*")
	check(err)
	var live []string
	for _, fd := range open {
		if link, err := os.Readlink(fd); err == nil {
			live = append(live, filepath.Base(fd)+" "+link)
		}
	}
	return strings.Join(live, ", "), threads
}

func TestParseVersion(t *testing.T) {
	for _, tt := range []struct {
		release string
		want    seccomp.Version
		ok      bool
	}{
		{"6.18.44-fc-v669", seccomp.Version{Major: 6, Minor: 18}, true},
		{"5.10", seccomp.Version{Major: 5, Minor: 10}, true},
		{"5.15-rc1", seccomp.Version{Major: 5, Minor: 15}, true},
		{"4.18.0-553.el8_10.x86_64", seccomp.Version{Major: 4, Minor: 18}, true},
		{"", seccomp.Version{}, false},
		{"6", seccomp.Version{}, false},
		{"x.y", seccomp.Version{}, false},
		{"-1.2", seccomp.Version{}, false},
		{"99999999999999999999.1", seccomp.Version{}, false},
	} {
		got, err := seccomp.ParseVersion(tt.release)
		if got != tt.want || (err == nil) != tt.ok {
			t.Errorf("ParseVersion(%q) = %v, %v", tt.release, got, err)
		}
	}
	for _, tt := range []struct {
		v, w seccomp.Version
		less bool
	}{
		{seccomp.Version{Major: 5, Minor: 19}, seccomp.Version{Major: 6, Minor: 0}, true},
		{seccomp.Version{Major: 6, Minor: 2}, seccomp.Version{Major: 6, Minor: 11}, true},
		{seccomp.Version{Major: 6, Minor: 11}, seccomp.Version{Major: 6, Minor: 11}, false},
		{seccomp.Version{Major: 6, Minor: 0}, seccomp.Version{Major: 5, Minor: 19}, false},
	} {
		if got := tt.v.Less(tt.w); got != tt.less {
			t.Errorf("%v.Less(%v) = %v", tt.v, tt.w, got)
		}
	}
}

func TestChooseSyncWakeUp(t *testing.T) {
	need(t, seccomp.SyncWakeUp, seccomp.InstallListener)
	for _, budget := range []time.Duration{0, 20 * time.Millisecond} {
		c, err := seccomp.ChooseSyncWakeUp(budget)
		if err != nil {
			t.Fatal(err)
		}
		if c.With <= 0 || c.Without <= 0 {
			t.Errorf("nothing was measured: %+v", c)
		}
		if c.Use && c.With > 2*c.Without || !c.Use && c.With < c.Without {
			t.Errorf("the choice contradicts the measurement: %v", c)
		}
	}
}
