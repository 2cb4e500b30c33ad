package syscalls

// Entry is one number of a call that callgate decodes.
type Entry struct {
	ABI  ABI
	NR   int
	Name string // the kernel's name on that ABI
	Call *Call
}

// Lookup finds how a call is decoded; false: callgate does not decode it.
func Lookup(a ABI, nr int) (*Call, bool) { return nil, false }

// Entries are all numbers, on the given ABI, of calls whose evt.type is typ.
func Entries(a ABI, typ string) []Entry { return nil }

// Types are all values of evt.type, sorted.
func Types() []string { return nil }

// NumArgs is the number of different argument names over all calls.
const NumArgs = 128

// ArgID numbers the argument names: the index in evt.arg and evt.rawarg.
func ArgID(name string) (int, bool) { return 0, false }

// ArgName is the inverse of ArgID.
func ArgName(id int) string { return "" }
