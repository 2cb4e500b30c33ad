package seccomp

import (
	"fmt"
	"slices"
	"time"
)

// SyncChoice is the result of ChooseSyncWakeUp.
type SyncChoice struct {
	// Use: SetSyncWakeUp(true) is the better choice on this machine, now.
	Use bool
	// With and Without are what one intercepted call took, seen by its caller.
	With, Without time.Duration
}

const (
	// A round is short enough to be repeated within the budget and long enough
	// for the two threads to settle on their CPUs.
	syncCalls  = 32
	syncRounds = 15
	// syncSlack is how much slower sync wake-up may be, in percent: it is worth
	// that for its tail, as without it one call in a hundred takes ten times
	// as long.
	syncSlack = 10
)

// ChooseSyncWakeUp finds out by measuring whether sync wake-up makes
// interceptions faster. It does where the receiver sleeps between calls and
// costs where it would be awake, which depends on the machine and its load.
// It makes some hundred calls on a thread of its own, which it then ends, and
// starts no round after the budget; 20 ms are plenty. On a kernel without the
// feature the error is a NotSupportedError.
func ChooseSyncWakeUp(budget time.Duration) (SyncChoice, error) {
	if err := Require(SyncWakeUp); err != nil {
		return SyncChoice{}, err
	}
	var times [2][]time.Duration // without, with
	err := trial{
		call: func(l *Listener) (err error) {
			times, err = measureWakeUp(l, time.Now().Add(budget))
			return err
		},
		serve:  func(l *Listener, n *Notification) error { return l.ReturnValue(n.ID, 0) },
		direct: Require(RecvReportsExit) == nil,
	}.run()
	if err != nil {
		return SyncChoice{}, fmt.Errorf("measure sync wake-up: %w", err)
	}
	c := SyncChoice{Without: median(times[0]), With: median(times[1])}
	c.Use = c.With*100 <= c.Without*(100+syncSlack)
	return c, nil
}

// measureWakeUp takes turns, so that load from elsewhere meets both alike.
func measureWakeUp(l *Listener, end time.Time) (times [2][]time.Duration, err error) {
	for round := 0; round < syncRounds && (round == 0 || time.Now().Before(end)); round++ {
		for mode := range times {
			if err := l.SetSyncWakeUp(mode == 1); err != nil {
				return times, err
			}
			start := time.Now()
			for range syncCalls {
				if _, errno := probeCall(); errno != 0 {
					return times, errno
				}
			}
			times[mode] = append(times[mode], time.Since(start)/syncCalls)
		}
	}
	return times, nil
}

func median(d []time.Duration) time.Duration {
	slices.Sort(d)
	return d[len(d)/2]
}
