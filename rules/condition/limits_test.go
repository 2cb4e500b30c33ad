package condition_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/callgate/callgate/rules/condition"
	"github.com/callgate/callgate/rules/event"
)

func TestLimits(t *testing.T) {
	tests := []struct{ name, source, want string }{
		{"source", strings.Repeat(" ", condition.MaxSource) + "true", "the limit is 8192"},
		{"brackets", strings.Repeat("(", 100) + "true" + strings.Repeat(")", 100), "nested deeper"},
		{"lists", `proc.name in ` + strings.Repeat("[", 100), "nested deeper"},
		{"negations", strings.Repeat("not ", 100) + "true", "nested deeper"},
		{"bangs", strings.Repeat("!", 8000) + "true", "nested deeper"},
		{"minuses", "proc.tty == " + strings.Repeat("-", 8000) + "1", "nested deeper"},
		{"powers", "proc.tty == " + strings.Repeat("1**", 2000) + "1", "** is not allowed"},
		{"questions", strings.Repeat("true?", 1500) + "true", "? is not allowed"},
		{"negations and brackets", strings.Repeat("!(", 40) + "true" + strings.Repeat(")", 40), "nested deeper"},
		{"nodes", strings.Repeat("container or ", 620) + "many", "the limit is 2000"},
		{"empty", " \n\t", "empty"},
		{"not UTF-8", "proc.name == \"\xff\"", "UTF-8"},
	}
	scope := names
	scope.macros = map[string]string{"container": "has(proc.name)", "many": strings.Repeat("container or ", 600) + "true"}
	for _, tt := range tests {
		_, err := condition.Parse(tt.source, scope)
		var errs condition.Errors
		if !errors.As(err, &errs) || len(errs) != 1 || !strings.Contains(errs[0].Msg, tt.want) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

// Long chains are flat, however they are written.
func TestLongChains(t *testing.T) {
	for _, op := range []string{"or", "and", "||", "&&"} {
		source := strings.Repeat(`has(fd.name) `+op+" ", 400) + "true"
		if got := judge(t, parse(t, source), (*event.Event).Reset); got != (op == "or" || op == "||") {
			t.Errorf("%s of a blank event is %t", op, got)
		}
	}
}
