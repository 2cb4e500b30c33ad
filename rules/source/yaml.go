package source

import (
	"errors"
	"io"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// Documents parses the file's YAML and returns the root of each document. After
// a syntax error, the mistake, those before it are returned.
func (f *File) Documents() (roots []*yaml.Node, mistake *Mistake) {
	documents, err := yaml.NewLoader(strings.NewReader(f.Content()))
	for err == nil {
		var doc yaml.Node
		if err = documents.Load(&doc); err == nil && len(doc.Content) > 0 {
			roots = append(roots, doc.Content[0])
		}
	}
	if errors.Is(err, io.EOF) {
		return roots, nil
	}
	p, msg := f.At(1, 1), err.Error()
	var le *yaml.LoadError
	if errors.As(err, &le) {
		if msg = le.Message; le.ContextMsg != "" {
			msg += " " + le.ContextMsg
		}
		mark := le.Mark
		if f.IsBlank(mark.Line) && le.ContextMark.Line > 0 {
			mark = le.ContextMark // the file ended inside of what began there
		}
		if mark.Line > 0 {
			p = f.At(mark.Line, mark.Column)
		}
	}
	return roots, f.Mistake(p, "invalid YAML: %s", msg)
}

// HasAlias reports whether a value uses *NAME anywhere: aliases can grow
// without bound.
func HasAlias(n *yaml.Node) bool {
	return n.Kind == yaml.AliasNode || slices.ContainsFunc(n.Content, HasAlias)
}
