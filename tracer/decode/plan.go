package decode

import (
	"slices"

	"github.com/callgate/callgate/rules/event"
	"github.com/callgate/callgate/seccomp/syscalls"
)

// plan is what decoding needs to know about a call and can be worked out once:
// where its arguments go in the event, and which of them want which reader.
type plan struct {
	arg       [6]int      // index in evt.arg and evt.rawarg
	field     []int       // the same for syscalls.Call.Fields
	args      []int       // all of them
	fd        int         // index of the descriptor, or -1
	text      []int       // indices of the strings that are no paths
	paths     [2]pathPlan // source and path
	openFlags int         // index of open's flags in a register, or -1
	openMode  int         // index of a new file's mode in a register, or -1
	directory uint64      // of open's flags: what it opens must be a directory
	creat     bool        // the call is creat, whose flags are fixed
	user      int         // index of the user that the call names, or -1
	serves    bool        // the socket's own end is the server's
	vector    [2]int      // indices of argv and the environment, or -1

	address, message, messages int // indices of a Sockaddr, a Msghdr, a Mmsghdr, or -1

	structure func(*Decoder, *event.Event) error // reads Fields, or nil
}

// plans are made for every call that the tables know, by Call.ID.
var plans = makePlans()

func makePlans() (all []*plan) {
	add := func(c *syscalls.Call) {
		if missing := c.ID + 1 - len(all); missing > 0 {
			all = append(all, make([]*plan, missing)...)
		}
		if all[c.ID] == nil {
			all[c.ID] = newPlan(c)
		}
	}
	for _, abi := range []syscalls.ABI{syscalls.AMD64, syscalls.I386, syscalls.ARM64} {
		for _, typ := range syscalls.Types() {
			for _, e := range syscalls.Entries(abi, typ) {
				add(e.Call)
			}
		}
	}
	for n := 1; ; n++ {
		c, _, ok := syscalls.SocketCall(n)
		if !ok {
			return all
		}
		add(c)
	}
}

// planOf is the plan of a call; blind for one that callgate does not decode.
func planOf(c *syscalls.Call) *plan {
	if c == nil || c.ID >= len(plans) || plans[c.ID] == nil {
		return blind
	}
	return plans[c.ID]
}

// namesAddress reports whether the call can name a socket address.
func (p *plan) namesAddress() bool { return p.address >= 0 || p.message >= 0 || p.messages >= 0 }

// blind is the plan of a call that callgate does not decode.
var blind = newPlan(&syscalls.Call{Path: -1, PathDir: -1, Source: -1, SourceDir: -1, FD: -1})

func newPlan(c *syscalls.Call) *plan {
	p := &plan{
		serves: c.Type == "bind" || c.Type == "listen" || c.Type == "accept" || c.Type == "accept4",
		fd:     c.FD, vector: [2]int{-1, -1},
		address: -1, message: -1, messages: -1, openFlags: -1, openMode: -1, user: -1, creat: c.Type == "creat", structure: structures[c.Type],
	}
	if len(c.Fields) == 0 {
		p.structure = nil
	}
	for i, a := range c.Args {
		p.arg[i], _ = syscalls.ArgID(a.Name)
		switch a.Kind {
		case syscalls.String, syscalls.Bytes:
			p.text = append(p.text, i)
		case syscalls.Sockaddr:
			p.address = i
		case syscalls.Msghdr:
			p.message = i
		case syscalls.Mmsghdr:
			p.messages = i
		case syscalls.Argv:
			p.vector[0] = i
		case syscalls.Envp:
			p.vector[1] = i
		}
	}
	for _, f := range c.Fields {
		id, _ := syscalls.ArgID(f.Name)
		p.field = append(p.field, id)
	}
	p.args = slices.Concat(p.arg[:len(c.Args)], p.field)
	if symbols, opens := openFlags(c); opens {
		p.directory, _ = symbols.Value("O_DIRECTORY")
		if i, ok := c.Register("flags"); ok {
			p.openFlags = i
		}
	}
	if i, ok := c.Register("mode"); ok && (p.openFlags >= 0 || p.creat) {
		p.openMode = i
	}
	if i, ok := c.Register("uid"); ok {
		p.user = i
	}
	source := c.Source
	if c.Type == "symlink" || c.Type == "symlinkat" {
		source, p.text = 0, nil // the text that the link will hold: fs.path.source
	}
	p.paths = [2]pathPlan{newPathPlan(c, source, c.SourceDir), newPathPlan(c, c.Path, c.PathDir)}
	return p
}
