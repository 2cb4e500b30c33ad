package syscalls

import (
	"slices"
	"strings"
	"sync"
)

// Entry is one number of a call that callgate decodes.
type Entry struct {
	ABI  ABI
	NR   int
	Name string // the kernel's name on that ABI
	Call *Call
}

// catalog is everything that is computed, once, from the tables of calls.
type catalog struct {
	calls   int
	byNR    ByNumber[*Call]
	byType  [numABIs]map[string][]Entry
	socket  [len(socketCallTypes)]*Call // by the first argument of socketcall
	types   []string
	args    []string // sorted: the position is the name's number
	argByID map[string]int
}

// known is made when it is first asked for: processes that only name calls, such
// as a container's shim, do without its third of a megabyte.
var known = sync.OnceValue(func() *catalog { return newCatalog(tables()) })

// tables are the rows of all families.
func tables() []row {
	return slices.Concat(execCalls, fileCalls, openCalls, linkCalls, modeCalls, ownerCalls, mountCalls, socketCalls,
		messageCalls, namespaceCalls, traceCalls, signalCalls, processCalls, identityCalls, moduleCalls, kernelCalls, systemCalls)
}

func newCatalog(rows []row) *catalog {
	c := &catalog{argByID: make(map[string]int)}
	for a := range numABIs {
		c.byType[a] = make(map[string][]Entry)
	}
	for i := range rows {
		c.add(&rows[i])
	}
	c.addSocketCalls()
	slices.Sort(c.types)
	c.types = slices.Compact(c.types)
	slices.Sort(c.args)
	c.args = slices.Compact(c.args)
	for id, name := range c.args {
		c.argByID[name] = id
	}
	return c
}

// add enters one row under each of its names on each of its ABIs.
func (c *catalog) add(r *row) {
	call := r.call()
	call.ID = c.calls
	c.calls++
	c.types = append(c.types, call.Type)
	for _, a := range slices.Concat(call.Args, call.Fields) {
		c.args = append(c.args, a.Name)
	}
	for i, typ := range socketCallTypes {
		if typ == call.Type {
			c.socket[i] = call
		}
	}
	for a := range numABIs {
		if !r.on(a) {
			continue
		}
		for name := range strings.FieldsSeq(r.names()) {
			if nr, ok := Number(a, name); ok {
				c.byNR.Set(a, nr, call)
				c.byType[a][call.Type] = append(c.byType[a][call.Type], Entry{a, nr, name, call})
			}
		}
	}
}

// addSocketCalls adds i386's socketcall to the entries of every call that it
// can stand for.
func (c *catalog) addSocketCalls() {
	self := c.byType[I386]["socketcall"]
	for _, typ := range socketCallTypes[1:] {
		c.byType[I386][typ] = append(c.byType[I386][typ], self...)
	}
}

// Lookup finds how a call is decoded; false: callgate does not decode it. No
// call of X32 is decoded: a filter refuses that ABI.
func Lookup(a ABI, nr int) (*Call, bool) {
	c := known().byNR.Get(a, nr)
	return c, c != nil
}

// Entries are all numbers, on the given ABI, of calls whose evt.type is typ. On
// I386 the socket calls' entries end with socketcall, whose own Call tells how
// its two registers are read.
func Entries(a ABI, typ string) []Entry {
	if a >= numABIs {
		return nil
	}
	return slices.Clone(known().byType[a][typ])
}

// Types are all values of evt.type, sorted.
func Types() []string { return slices.Clone(known().types) }

// NumArgs is the number of different argument names over all calls. A constant,
// because it sizes arrays; a test holds it to the tables.
const NumArgs = 141

// ArgID numbers the argument names: the index in evt.arg and evt.rawarg.
func ArgID(name string) (int, bool) {
	id, ok := known().argByID[name]
	return id, ok
}

// ArgName is the inverse of ArgID; "" for an index that no name has.
func ArgName(id int) string {
	args := known().args
	if id < 0 || id >= len(args) {
		return ""
	}
	return args[id]
}
