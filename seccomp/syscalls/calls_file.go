package syscalls

// fileCalls change a file's length, the caller's place in the tree, and what
// its descriptors stand for.
var fileCalls = []row{
	{Type: "truncate", Args: []Arg{{"path", Path, nil}, {"length", Long, nil}}},
	{Type: "ftruncate", Args: []Arg{{"fd", FD, nil}, {"length", Long, nil}}},
	// A 64-bit length takes two registers of i386 (fs/open.c, asm/syscalls).
	{
		Type: "truncate", Names: "truncate64", ABIs: onI386, Fields: wholeLength,
		Args: []Arg{{"path", Path, nil}, {"length_low", Uint, nil}, {"length_high", Uint, nil}},
	},
	{
		Type: "ftruncate", Names: "ftruncate64", ABIs: onI386, Fields: wholeLength,
		Args: []Arg{{"fd", FD, nil}, {"length_low", Uint, nil}, {"length_high", Uint, nil}},
	},
	{Type: "chdir", Args: []Arg{{"path", Path, nil}}},
	{Type: "fchdir", Args: []Arg{{"fd", FD, nil}}},
	{Type: "chroot", Args: []Arg{{"path", Path, nil}}},
	{Type: "name_to_handle_at", NoFollow: true, Args: []Arg{
		{"dirfd", DirFD, nil}, {"path", Path, nil}, {"handle", Ptr, nil}, {"mount_id", Ptr, nil}, {"flags", Int, atFlags},
	}},
	{Type: "memfd_create", Args: []Arg{{"name", String, nil}, {"flags", Uint, memfdFlags}}},
	{Type: "dup", Args: []Arg{{"oldfd", FD, nil}}},
	{Type: "dup2", Args: []Arg{{"oldfd", FD, nil}, {"newfd", FD, nil}}},
	{Type: "dup3", Args: []Arg{{"oldfd", FD, nil}, {"newfd", FD, nil}, {"flags", Int, fdFlags}}},
	{Type: "userfaultfd", Args: []Arg{{"flags", Int, userfaultFlags}}},
}

var wholeLength = []Arg{{"length", Long, nil}}
