package rules

import (
	"testing"

	"pgregory.net/rapid"
)

// A rule that is said to cover another one matches whatever that matches.
func TestCoversIsSound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := newGenerator(t)
		a, b, c := g.condition(2), g.condition(1), g.condition(1)
		wide := g.pick("wide", a, "("+a+") or ("+b+")", "not ("+a+")", "not (("+a+") and ("+b+"))", "("+b+") and ("+c+")")
		narrow := g.pick("narrow", a, "("+a+") and ("+c+")", "not ("+a+")", "not (("+b+") and ("+a+"))", "("+c+") and ("+b+") and ("+a+")", c)
		text := ruleText("Wide", `evt.type == "`+g.typ+`" and (`+wide+`)`) + ruleText("Narrow", `evt.type == "`+g.typ+`" and (`+narrow+`)`)
		set, err := loadText(text)
		if err != nil {
			return // one of them can never match
		}
		rules := set.Rules()[len(set.Rules())-2:]
		if !rules[0].covers(rules[1]) {
			return
		}
		eval := set.NewEvaluator()
		for range 20 {
			g.fill(eval.Event(), g.registers())
			if matched := eval.Match(nil); len(matched) == 1 && matched[0].Name == "Narrow" {
				t.Fatalf("only the narrow rule matches\n%s", text)
			}
		}
	})
}
