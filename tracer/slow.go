//go:build slowrules

package tracer

import (
	"os"
	"time"
)

// delay makes each judgement take as long as CALLGATE_SLOW_RULES says, for tests
// of what a slow decision does to others.
func delay() {
	if d, err := time.ParseDuration(os.Getenv("CALLGATE_SLOW_RULES")); err == nil {
		time.Sleep(d)
	}
}
