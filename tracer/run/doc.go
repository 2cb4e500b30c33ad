// Package run starts a command under a filter, passes signals and job control
// through, and sees to it that none of its descendants outlives it or callgate.
//
//	callgate ── guardian ── command ── …
//
// The guardian and the command's first moments (the stage) are this same binary
// under other names: main calls Dispatch before anything else.
package run

import "os"

// Exit statuses of run, beside the command's own (128+n when signal n ended it).
const (
	statusOwnError = 125 // callgate failed
	statusDenied   = 126 // the command was found but could not be executed, or a rule denied it
	statusNotFound = 127 // there is no such command
)

// Dispatch runs the guardian or the stage when this process was started as one
// of them, and does not return then.
func Dispatch() {
	if len(os.Args) == 0 {
		return
	}
	switch os.Args[0] {
	case guardianName:
		os.Exit(guard(os.Args[1:]))
	case stageName:
		os.Exit(stage(os.Args[1:]))
	}
}
