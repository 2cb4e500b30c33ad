package falco

// operator is one of Falco's comparisons and how callgate writes it.
type operator struct {
	native     string // an operator, or a function of two arguments
	function   bool
	list       bool // several values in brackets
	number     bool
	modifiable bool // takes oneof, anyof, allof
}

var operators = map[string]operator{
	"exists":      {native: "has"},
	"=":           {native: "==", modifiable: true},
	"==":          {native: "==", modifiable: true},
	"!=":          {native: "!=", modifiable: true},
	"<":           {native: "<", number: true},
	"<=":          {native: "<=", number: true},
	">":           {native: ">", number: true},
	">=":          {native: ">=", number: true},
	"contains":    {native: "contains", modifiable: true},
	"icontains":   {native: "icontains", function: true, modifiable: true},
	"bcontains":   {native: "bcontains", function: true, modifiable: true},
	"startswith":  {native: "startsWith", modifiable: true},
	"bstartswith": {native: "bstartsWith", function: true, modifiable: true},
	"endswith":    {native: "endsWith", modifiable: true},
	"istartswith": {native: "istartsWith", function: true, modifiable: true},
	"iendswith":   {native: "iendsWith", function: true, modifiable: true},
	"glob":        {native: "glob", function: true, modifiable: true},
	"iglob":       {native: "iglob", function: true, modifiable: true},
	"regex":       {native: "matches", modifiable: true},
	"in":          {native: "in", list: true},
	// A field of one value intersects a list when it is in it, and one of
	// several values is in a list when one of them is.
	"intersects": {native: "in", list: true},
	"pmatch":     {native: "pathMatch", function: true, list: true},
}

// symbols are the operators that are no words, the longer ones first.
var symbols = []string{"==", "!=", "<=", ">=", "=", "<", ">"}

const operatorNames = "=, !=, <, <=, >, >=, exists, in, contains, icontains, bcontains, startswith, bstartswith, endswith, glob, iglob, " +
	"regex, intersects, pmatch"
