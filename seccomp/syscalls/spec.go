package syscalls

import "slices"

// Kind says how the kernel reads one register of a call.
type Kind uint8

// Kinds of scalars: the register itself is the value, so nothing can change it
// between a decision and its use.
const (
	Int   Kind = iota + 1 // int, pid_t, key_serial_t: 32 bits, signed
	Uint                  // unsigned int, __u32, uid_t, gid_t: 32 bits
	Long                  // long, off_t: the ABI's word, signed
	Ulong                 // unsigned long, size_t: the ABI's word
	Mode                  // umode_t: 16 bits
	ID16                  // i386's old 16-bit uid_t and gid_t; 0xffff means -1
	FD                    // a file descriptor: 32 bits, signed
	DirFD                 // a directory's descriptor, or AT_FDCWD
)

// Kinds of pointers: the value lies in memory that other threads can write.
const (
	Ptr       Kind = iota + 32 // an address that is not followed
	Path                       // a NUL-terminated path
	String                     // a NUL-terminated string that names no file
	Argv                       // a NULL-terminated array of strings
	Envp                       // the same, of the form NAME=value
	Sockaddr                   // struct sockaddr, its length in the next register
	Msghdr                     // struct msghdr (sendmsg)
	Mmsghdr                    // array of struct mmsghdr, its count in the next register
	OpenHow                    // struct open_how (openat2), its size in the next register
	CloneArgs                  // struct clone_args (clone3), its size in the next register
	CapHeader                  // cap_user_header_t (capset)
	CapData                    // cap_user_data_t (capset)
	BPFAttr                    // union bpf_attr (bpf)
	SockArgs                   // i386 socketcall's array of words
	Bytes                      // text without a NUL, its length in the next register
)

// Scalar reports whether the register itself is the value.
func (k Kind) Scalar() bool { return k >= Int && k <= DirFD }

// Width is the number of low bits of the register that the kernel reads on the
// ABI. A comparison on more bits than these is a hole in a filter: the kernel
// truncates, the filter does not.
func (k Kind) Width(a ABI) int {
	switch k {
	case Mode, ID16:
		return 16
	case Int, Uint, FD, DirFD:
		return 32
	}
	if a.Is32() {
		return 32
	}
	return 64
}

// Signed reports whether the kernel reads the register as a signed number.
func (k Kind) Signed() bool { return k == Int || k == Long || k == FD || k == DirFD }

// Value is the register as the kernel reads it: truncated to the kind's width,
// then extended by sign or by zeros.
func (k Kind) Value(a ABI, reg uint64) int {
	if k == ID16 && uint16(reg) == 0xffff {
		return 0xffffffff // the kernel widens "unchanged" (-1) to uid_t's
	}
	w := k.Width(a)
	if w == 64 {
		return int(reg) //nolint:gosec // two's complement on purpose
	}
	v := reg & (1<<w - 1)
	if k.Signed() && v>>(w-1) != 0 {
		return int(v) - 1<<w
	}
	return int(v)
}

// Arg is one register of a call.
type Arg struct {
	Name    string   // Falco's name where it has one (evt.arg.NAME), else the man page's
	Kind    Kind     // how the kernel reads it
	Symbols *Symbols // names of its values, or nil
}

// Call describes one system call as callgate decodes it.
type Call struct {
	// ID numbers the descriptions from 0, for tables that say more of each.
	ID int
	// Type is evt.type: the name that rules use. Variants that do the same
	// under another number share it (chown32 is "chown", umount2's i386
	// predecessor is "umount").
	Type string
	// Args are the registers, first to last; at most six.
	Args []Arg
	// Fields are values that the call passes inside a structure in memory, and
	// evt.arg shows beside the registers: openat2's flags, clone3's flags. No
	// filter can see them, so a rule that compares one needs the call whole.
	Fields []Arg
	// Path is the index of the argument that fd.name describes, its directory
	// in PathDir (or -1); -1 where the call names no file by path.
	Path, PathDir int
	// Source is the index of the first path of a call on two files (rename's
	// old path), its directory in SourceDir; Path is then the second. Else -1.
	Source, SourceDir int
	// FD is the index of the descriptor that fd.num and fd.* describe, or -1.
	FD int
	// NoFollow: the kernel does not follow a symbolic link in the last
	// component of Path. Calls where a flag decides handle it in the decoder.
	NoFollow bool
}

// Register finds the register that evt.arg.NAME and evt.rawarg.NAME show; false
// when the call has no such argument or passes it in memory (Fields).
func (c *Call) Register(name string) (int, bool) {
	for i := range c.Args {
		if c.Args[i].Name == name {
			return i, true
		}
	}
	return 0, false
}

// Field reports whether the call passes the argument inside a structure.
func (c *Call) Field(name string) bool {
	return slices.ContainsFunc(c.Fields, func(a Arg) bool { return a.Name == name })
}
