// Package report is what the probe of the rig tells its test.
package report

import (
	"time"

	"golang.org/x/sys/unix"
)

// Load is what `probe load` prints, as JSON, when it is told to end.
type Load struct {
	Connects, Others, Execs int
	Failures                []string // unexpected results, the first ones
	Slow                    []Slow   // calls that took longer than a tenth of a second
}

// Slow is a call that was held for long.
type Slow struct{ Begin, End time.Duration }

// Now is the time on CLOCK_BOOTTIME, which is one for all containers and their
// host; `probe clock` prints it in nanoseconds.
func Now() time.Duration {
	var t unix.Timespec
	_ = unix.ClockGettime(unix.CLOCK_BOOTTIME, &t) // fails for no clock that exists
	return time.Duration(t.Nano())
}
