package config

import (
	"cmp"
	"fmt"
	"io/fs"
	"os"
	"slices"

	"go.yaml.in/yaml/v4"

	"github.com/callgate/callgate/rules/source"
	"github.com/callgate/callgate/rules/suggest"
)

// Error is a file with mistakes; all of them.
type Error struct{ Mistakes source.Mistakes }

func (e *Error) Error() string { return e.Mistakes.Error() }
func (e *Error) Unwrap() error { return e.Mistakes }

// Load reads a configuration file. Without a path it is DefaultPath, and the
// defaults where there is none. A file with mistakes gives an *Error.
func Load(path string) (*Config, error) {
	name := path
	if name == "" {
		name = DefaultPath
		if _, err := os.Stat(name); os.IsNotExist(err) {
			return Default(), nil
		}
	}
	content, err := source.ReadBounded(name)
	if err != nil {
		if pe, ok := err.(*fs.PathError); ok { //nolint:errorlint // ReadBounded returns it bare
			err = pe.Err
		}
		return nil, fmt.Errorf("read configuration %s: %w", name, err)
	}
	return Parse(name, content)
}

// Parse reads a configuration from its text.
func Parse(name string, content []byte) (*Config, error) {
	f, mistake := source.NewFile(name, "", content)
	if mistake != nil {
		return nil, &Error{source.Mistakes{mistake}}
	}
	r := &reader{file: f}
	c := Default()
	documents, mistake := f.Documents()
	switch {
	case mistake != nil:
		r.mistakes = append(r.mistakes, mistake)
	case len(documents) > 1:
		r.fail(documents[1], "a configuration is one document; here begins a second")
	case len(documents) == 1 && documents[0].Tag != "!!null": // else only comments
		r.document(c, documents[0])
	}
	if len(r.mistakes) > 0 {
		slices.SortStableFunc(r.mistakes, func(a, b *source.Mistake) int {
			return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
		})
		return nil, &Error{r.mistakes}
	}
	return c, nil
}

// reader reads values and collects what is wrong with them.
type reader struct {
	file     *source.File
	mistakes source.Mistakes
}

// value is what stands under a key.
type value struct {
	key  string
	node *yaml.Node
}

// fail reports a mistake: of several about one value the first.
func (r *reader) fail(n *yaml.Node, format string, args ...any) {
	at := r.file.At(n.Line, n.Column)
	if !slices.ContainsFunc(r.mistakes, func(m *source.Mistake) bool { return m.Position == at }) {
		r.mistakes = append(r.mistakes, r.file.Mistake(at, format, args...))
	}
}

func (r *reader) document(c *Config, root *yaml.Node) {
	for _, v := range r.mapping(value{"a configuration", root}, keyNames()) {
		i := slices.IndexFunc(Keys, func(k Key) bool { return k.Name == v.key })
		Keys[i].set(r, c, v)
	}
	if c.ControlSocket == c.AgentSocket {
		r.fail(root, "control_socket and agent_socket are the same path, %s", c.AgentSocket)
	}
}

// mapping are the values of a map that knows only some keys.
func (r *reader) mapping(v value, allowed []string) (values []value) {
	for _, e := range r.entries(v) {
		if slices.Contains(allowed, e.key) {
			values = append(values, e.value)
			continue
		}
		r.fail(e.at, "%s has no key %s%s", v.key, e.key, suggest.Hint(e.key, allowed))
	}
	return values
}

// entry is a value and its key's place.
type entry struct {
	value
	at *yaml.Node
}

// entries are the members of a map, in the order of the file.
func (r *reader) entries(v value) (list []entry) {
	if v.node.Kind != yaml.MappingNode {
		r.fail(v.node, "%s is a map: KEY: VALUE", v.key)
		return nil
	}
	seen := make(map[string]bool)
	for i := 0; i+1 < len(v.node.Content); i += 2 {
		key, val := v.node.Content[i], v.node.Content[i+1]
		switch {
		case key.Kind != yaml.ScalarNode:
			r.fail(key, "a key is a word")
		case seen[key.Value]:
			r.fail(key, "key %s stands twice", key.Value)
		case source.HasAlias(val):
			r.fail(val, "YAML aliases are not supported here")
		default:
			list = append(list, entry{value{key.Value, val}, key})
		}
		seen[key.Value] = true
	}
	return list
}
