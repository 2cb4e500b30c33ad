package falco

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/callgate/callgate/rules/condition"
)

// names are the macros and lists of all files together: only they tell which
// words of a condition are names, and which are texts.
type names struct {
	lists   map[string][]string // their items, as far as they are texts
	macros  map[string]Node     // nil where the condition has mistakes
	renamed map[string]string   // names that no condition of callgate's could use
	known   map[string][]string // the calls of macros that were looked into
}

func newNames() *names {
	return &names{
		lists: make(map[string][]string), macros: make(map[string]Node), renamed: make(map[string]string),
		known: make(map[string][]string),
	}
}

// add takes the names that an item defines.
func (n *names) add(it *item) {
	switch it.kind {
	case "list":
		items := []string{}
		if v := it.value("items"); v != nil {
			for _, c := range v.Content {
				text, _ := unquote(c.Value)
				items = append(items, n.expand(text)...)
			}
		}
		items = append(n.lists[it.name], items...)
		slices.Sort(items)
		items = slices.Compact(items)
		n.lists[it.name] = items[:min(len(items), maxCalls)]
	case "macro":
		if v := it.value("condition"); v != nil && v.Kind == yaml.ScalarNode {
			if x, err := parse(v.Value, true); err == nil {
				n.macros[it.name] = x
				return
			}
		}
		n.macros[it.name] = nil
	}
}

// maxCalls bounds what is known of a list's items. They are of interest where
// they are the names of system calls.
const maxCalls = 512

func (n *names) expand(item string) []string {
	if inner, ok := n.lists[item]; ok {
		return inner
	}
	return []string{item}
}

// rename finds names for macros and lists that have one which callgate's
// conditions could not use.
func (n *names) rename(it *item) {
	if it.kind != "macro" && it.kind != "list" || condition.IsName(it.name) || n.renamed[it.name] != "" {
		return
	}
	word := strings.Map(func(r rune) rune {
		if isWord(r) {
			return r
		}
		return '_'
	}, it.name)
	if word == "" || !isLetter(rune(word[0])) {
		word = it.kind + "_" + word
	}
	name := word
	for i := 2; n.taken(name) || !condition.IsName(name); i++ {
		name = fmt.Sprintf("%s_%d", word, i)
	}
	n.renamed[it.name] = name
}

func (n *names) taken(name string) bool {
	_, isList := n.lists[name]
	_, isMacro := n.macros[name]
	for _, other := range n.renamed {
		if other == name {
			return true
		}
	}
	return isList || isMacro
}

// native is the name under which callgate knows a macro or list.
func (n *names) native(name string) string {
	if other := n.renamed[name]; other != "" {
		return other
	}
	return name
}

// isList reports whether a value names a list.
func (n *names) isList(v Value) bool {
	_, ok := n.lists[v.Text]
	return ok && !v.Quoted
}

// unquote takes off the quotes that Falco wants around an item of a list which
// is to be a text in a condition: '"(systemd)"'.
func unquote(s string) (string, bool) {
	if len(s) < 2 || s[0] != s[len(s)-1] || s[0] != '"' && s[0] != '\'' {
		return s, false
	}
	scan := scanner{text: []rune(s)}
	v, err := scan.quoted()
	if err != nil || scan.at < len(scan.text) {
		return s, false
	}
	return v.Text, true
}
