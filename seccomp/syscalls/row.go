package syscalls

// row is one line of the tables of calls. What a Call holds beside the
// arguments (which one is the path, which the descriptor) follows from their
// kinds, so a row states each fact once.
type row struct {
	Type     string
	Args     []Arg
	Fields   []Arg  // values that lie in memory: see Call.Fields
	Names    string // the kernel's names, separated by spaces, where they are not Type
	ABIs     abis   // where the row holds; zero: AMD64, I386 and ARM64
	NoFollow bool
}

// abis is a set of ABIs.
type abis uint8

// Sets for calls whose registers or symbols differ between ABIs.
const (
	onI386  abis = 1 << I386
	onARM64 abis = 1 << ARM64
	onX86   abis = 1<<AMD64 | onI386
	on64    abis = 1<<AMD64 | onARM64
	onAMD64 abis = 1 << AMD64
)

func (r *row) on(a ABI) bool {
	if r.ABIs == 0 {
		return (onX86|onARM64)>>a&1 != 0
	}
	return r.ABIs>>a&1 != 0
}

func (r *row) names() string {
	if r.Names == "" {
		return r.Type
	}
	return r.Names
}

// call derives the Call of a row.
func (r *row) call() *Call {
	c := &Call{
		Type: r.Type, Args: r.Args, Fields: r.Fields, NoFollow: r.NoFollow,
		Path: -1, PathDir: -1, Source: -1, SourceDir: -1, FD: -1,
	}
	for i, a := range r.Args {
		switch {
		case a.Kind == Path:
			c.Source, c.SourceDir = c.Path, c.PathDir
			c.Path, c.PathDir = i, -1
			if i > 0 && r.Args[i-1].Kind == DirFD {
				c.PathDir = i - 1
			}
		case a.Kind == FD && c.FD < 0:
			c.FD = i
		}
	}
	return c
}
