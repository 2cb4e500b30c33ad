package condition

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/conf"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser"
	"github.com/expr-lang/expr/parser/lexer"
)

// Parse checks a condition's source. Its error is an Errors, or ErrBroken when
// the only mistakes are those of macros and lists that it uses.
func Parse(source string, scope Scope) (Expr, error) {
	tree, mistake := parseTree(source)
	if mistake != nil {
		return nil, Errors{mistake}
	}
	c := checker{scope: scope}
	x := c.expr(tree)
	switch {
	case len(c.errs) > 0:
		return nil, c.errs
	case c.broken:
		return nil, ErrBroken
	case x.Size() > MaxNodes:
		return nil, Errors{{0, fmt.Sprintf("condition has %d nodes with its macros; the limit is %d", x.Size(), MaxNodes)}}
	}
	return x, nil
}

// parseTree has expr parse what its parser can be trusted with.
func parseTree(source string) (ast.Node, *Error) {
	if len(source) > MaxSource {
		return nil, &Error{0, fmt.Sprintf("condition is %d bytes long; the limit is %d", len(source), MaxSource)}
	}
	if !utf8.ValidString(source) {
		return nil, &Error{0, "condition is not valid UTF-8"}
	}
	if strings.TrimSpace(source) == "" {
		return nil, &Error{0, "condition is empty"}
	}
	tokens, err := lexer.Lex(file.NewSource(source))
	if err != nil {
		return nil, syntaxError(err, nil)
	}
	if err := checkTokens(tokens); err != nil {
		return nil, err
	}
	tree, err := new(parser.Parser).Parse(source, parserConfig())
	if err != nil {
		return nil, syntaxError(err, tokens)
	}
	return tree.Node, nil
}

// parserConfig switches expr's builtins off: their names are then unknown
// functions. A new one for each parse, because expr writes into it.
func parserConfig() *conf.Config {
	c := conf.CreateNew()
	for name := range c.Builtins {
		c.Disabled[name] = true
	}
	c.MaxNodes = MaxSource // the source's length bounds them already
	c.DisableIfOperator = true
	return c
}

// permitted are the operators of expr that a condition may use. The others are
// refused before the parser, which recurses on some of them.
var permitted = []string{
	"and", "&&", "or", "||", "not", "!", "==", "!=", "<", "<=", ">", ">=",
	"in", "matches", "contains", "startsWith", "endsWith", "-", ",", ".",
}

// checkTokens refuses foreign operators and bounds the recursion of the parser
// before it starts.
func checkTokens(tokens []lexer.Token) *Error {
	var depth, prefix int
	for _, t := range tokens {
		if err := checkNumber(t); err != nil {
			return err
		}
		foreign := t.Is(lexer.Operator) && !slices.Contains(permitted, t.Value)
		switch {
		case foreign && hints[t.Value] != "":
			return &Error{t.From, fmt.Sprintf("unexpected %q: %s", t.Value, hints[t.Value])}
		case foreign || t.Is(lexer.Bracket, "{") || t.Is(lexer.Bracket, "}"):
			return &Error{t.From, fmt.Sprintf("%s is not allowed in a condition", t.Value)}
		case t.Is(lexer.Bracket, "(") || t.Is(lexer.Bracket, "["):
			depth++
		case t.Is(lexer.Bracket):
			depth--
		case t.Is(lexer.Operator, "not") || t.Is(lexer.Operator, "!") || t.Is(lexer.Operator, "-"):
			prefix++ // each nests what follows, up to the next operand or operator
		default:
			prefix = 0
		}
		if depth+prefix > MaxDepth {
			return &Error{t.From, fmt.Sprintf("condition is nested deeper than %d; use macros", MaxDepth)}
		}
	}
	return nil
}

// checkNumber refuses numbers that expr reads otherwise than they look, or not
// at all.
func checkNumber(t lexer.Token) *Error {
	if t.Kind != lexer.Number {
		return nil
	}
	digits := strings.ReplaceAll(t.Value, "_", "")
	switch _, err := strconv.ParseInt(digits, 0, 64); {
	case LeadingZero(digits):
		return &Error{t.From, fmt.Sprintf("%s: write 0o%s for an octal number", t.Value, strings.TrimLeft(digits, "0"))}
	case err != nil:
		return &Error{t.From, fmt.Sprintf("%s is not a whole number of 64 bits", t.Value)}
	}
	return nil
}

// LeadingZero reports whether a number is one that C would read as octal.
func LeadingZero(digits string) bool {
	return len(digits) > 1 && digits[0] == '0' && '0' <= digits[1] && digits[1] <= '9'
}

// hints are what people who know Falco's language write.
var hints = map[string]string{
	"=":           "write == to compare",
	"exists":      "write has(FIELD)",
	"startswith":  "write startsWith",
	"endswith":    "write endsWith",
	"icontains":   "write icontains(FIELD, TEXT)",
	"istartswith": "write istartsWith(FIELD, TEXT)",
	"glob":        "write glob(FIELD, PATTERN)",
	"pmatch":      "write pathMatch(FIELD, PATH)",
	"regex":       "write matches",
	"intersects":  "write intersects(FIELD, LIST)",
	"iglob":       "write iglob(FIELD, PATTERN)",
	"bcontains":   "write bcontains(FIELD, HEX)",
	"bstartswith": "write bstartsWith(FIELD, HEX)",
	"oneof":       `write oneOf("A", "B")`,
	"anyof":       `write anyOf("A", "B")`,
	"allof":       `write allOf("A", "B")`,
	",":           `a list is written ["A", "B"]`,
}

// syntaxError says in our words what expr's lexer or parser did not like.
func syntaxError(err error, tokens []lexer.Token) *Error {
	var fe *file.Error
	if !errors.As(err, &fe) {
		return &Error{0, err.Error()}
	}
	at, msg := fe.From, fe.Message
	if !strings.HasPrefix(msg, "unexpected token") {
		return &Error{at, msg}
	}
	for _, t := range tokens {
		switch {
		case t.From != at:
			continue
		case t.Kind == lexer.EOF:
			return &Error{at, "condition ends too early"}
		case hints[t.Value] != "":
			return &Error{at, fmt.Sprintf("unexpected %q: %s", t.Value, hints[t.Value])}
		}
		return &Error{at, fmt.Sprintf("unexpected %q", t.Value)}
	}
	return &Error{at, "condition ends too early"}
}

// describe names what a node is, for errors.
func describe(n ast.Node) string {
	switch n := n.(type) {
	case *ast.StringNode:
		return fmt.Sprintf("the text %q", n.Value)
	case *ast.IntegerNode:
		return fmt.Sprintf("the number %d", n.Value)
	case *ast.BoolNode:
		return fmt.Sprintf("the constant %t", n.Value)
	case *ast.BinaryNode:
		return "operator " + n.Operator
	case *ast.UnaryNode:
		return "operator " + n.Operator
	case *ast.BuiltinNode:
		return "function " + n.Name
	case *ast.CallNode:
		return "a function's result"
	case *ast.ArrayNode:
		return "a list"
	case *ast.IdentifierNode:
		return n.Value
	}
	switch n.(type) {
	case *ast.NilNode:
		return "nil"
	case *ast.FloatNode:
		return "a fraction"
	case *ast.BytesNode:
		return "a byte string"
	case *ast.MemberNode:
		return "a field"
	}
	return "this"
}
