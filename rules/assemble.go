package rules

import (
	"errors"
	"strings"

	"github.com/callgate/callgate/rules/condition"
	"github.com/callgate/callgate/rules/event"
)

// assemble checks a rule as a whole; nil when it has mistakes.
func (l *loader) assemble(d *ruleDef) *Rule {
	if d.condition.IsZero() || d.output.IsZero() {
		return nil // reported when it was read
	}
	before := len(l.mistakes)
	x, err := l.parse(d.condition)
	except := l.except(d)
	output, outputErr := event.ParseTemplate(strings.TrimSpace(d.output.String()))
	var errs event.TemplateErrors
	if errors.As(outputErr, &errs) {
		for _, e := range errs {
			l.mistakes = append(l.mistakes, d.output.Mistake(e.Offset+leading(d.output.String()), "%s", e.Msg))
		}
	}
	if err != nil || outputErr != nil || len(l.mistakes) > before {
		return nil
	}
	if except != nil {
		x = condition.And{x, except}
	}
	if x.Size() > condition.MaxNodes {
		l.mistakes = append(l.mistakes, d.condition.Mistake(0, "rule %q has %d nodes with its macros and exceptions; the limit is %d",
			d.name, x.Size(), condition.MaxNodes))
		return nil
	}
	r := &Rule{
		Name: d.name, Desc: strings.TrimSpace(d.desc.String()), Condition: strings.TrimSpace(d.condition.String()), Output: output,
		Priority: d.priority, Action: d.action, Errno: d.errno, Tags: d.tags, Source: d.pos, SetName: d.file.Set, Enabled: d.enabled,
		expr: x,
	}
	if d.file.IsRewritten() {
		r.lacks = l.lacks.Of(d.name)
	}
	if !d.enabled {
		return r
	}
	switch err := r.bind(x); {
	case err == nil:
	case d.file.IsRewritten():
		r.never = r.because(err)
	default:
		l.mistakes = append(l.mistakes, d.condition.Mistake(0, "rule %q %v", d.name, err))
		return nil
	}
	return r
}

// leading is the number of blanks that TrimSpace takes from the start.
func leading(s string) int { return len(s) - len(strings.TrimLeft(s, " \t\r\n")) }
