package rules

import "strings"

// Priority is syslog's severity, the gravest first.
type Priority uint8

// Falco's eight priorities.
const (
	Emergency Priority = iota
	Alert
	Critical
	Error
	Warning
	Notice
	Informational
	Debug
)

var priorityNames = []string{"Emergency", "Alert", "Critical", "Error", "Warning", "Notice", "Informational", "Debug"}

// String is the name that alerts carry.
func (p Priority) String() string { return priorityNames[p] }

// ParsePriority reads a priority's name in any case; INFO is Informational.
func ParsePriority(s string) (Priority, bool) {
	if strings.EqualFold(s, "info") {
		return Informational, true
	}
	for i, name := range priorityNames {
		if strings.EqualFold(s, name) {
			return Priority(i), true //nolint:gosec // eight names
		}
	}
	return 0, false
}

// PriorityWords are what ParsePriority reads, for messages.
const PriorityWords = "emergency, alert, critical, error, warning, notice, informational or debug"
