package condition

import (
	"strings"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser"
	"github.com/expr-lang/expr/parser/lexer"
)

// IsSyntax reports whether a text is written as conditions are, whatever its
// names mean.
func IsSyntax(text string) bool {
	if len(text) > MaxSource || strings.TrimSpace(text) == "" {
		return false
	}
	tokens, err := lexer.Lex(file.NewSource(text))
	if err != nil || checkTokens(tokens) != nil {
		return false
	}
	tree, err := new(parser.Parser).Parse(text, parserConfig())
	if err != nil {
		return false
	}
	v := bareWords{}
	ast.Walk(&tree.Node, &v)
	return !v.found
}

// bareWords finds comparisons with a word that is neither a text nor a field.
type bareWords struct{ found bool }

// Visit implements ast.Visitor.
func (v *bareWords) Visit(node *ast.Node) {
	n, ok := (*node).(*ast.BinaryNode)
	if !ok || n.Operator == "in" {
		return
	}
	_, comparison := operators[n.Operator]
	_, bare := n.Right.(*ast.IdentifierNode)
	v.found = v.found || comparison && bare
}
