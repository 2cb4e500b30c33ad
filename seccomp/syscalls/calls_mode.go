package syscalls

// modeCalls change permissions. The mode is umode_t: the kernel drops all but
// the low 16 bits of the register.
var modeCalls = []row{
	{Type: "chmod", Args: []Arg{{"filename", Path, nil}, {"mode", Mode, modeBits}}},
	{Type: "fchmod", Args: []Arg{{"fd", FD, nil}, {"mode", Mode, modeBits}}},
	{Type: "fchmodat", Args: []Arg{{"dirfd", DirFD, nil}, {"filename", Path, nil}, {"mode", Mode, modeBits}}},
	{Type: "fchmodat2", Args: []Arg{{"dirfd", DirFD, nil}, {"filename", Path, nil}, {"mode", Mode, modeBits}, {"flags", Uint, atFlags}}},
}
