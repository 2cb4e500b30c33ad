package condition

import "slices"

// Same reports whether two conditions made from one by ForCall are equal, so
// that one program serves both.
func Same(x, y Expr) bool {
	switch x := x.(type) {
	case And:
		y, ok := y.(And)
		return ok && slices.EqualFunc(x, y, Same)
	case Or:
		y, ok := y.(Or)
		return ok && slices.EqualFunc(x, y, Same)
	case Not:
		y, ok := y.(Not)
		return ok && Same(x.X, y.X)
	case Bool:
		return x == y
	}
	return x == y // tests are never copied
}
