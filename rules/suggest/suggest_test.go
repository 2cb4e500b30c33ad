package suggest_test

import (
	"testing"

	"github.com/callgate/callgate/rules/suggest"
)

func TestNearest(t *testing.T) {
	names := []string{"execve", "execveat", "connect", "bind", "open", "openat"}
	for name, want := range map[string]string{
		"exceve": "execve", "execvat": "execveat", "conect": "connect", "opne": "open", "penat": "openat", "bin": "bind",
		"unlink": "", "": "", "xy": "", "execve": "execve", "OPEN": "open",
	} {
		if got := suggest.Nearest(name, names); got != want {
			t.Errorf("Nearest(%q) = %q, want %q", name, got, want)
		}
	}
}
