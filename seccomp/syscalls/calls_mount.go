package syscalls

// mountCalls change the tree of mounts. mount's flags are an unsigned long of
// which the kernel uses the low 32 bits (fs/namespace.c, path_mount).
var mountCalls = []row{
	{Type: "mount", Args: []Arg{
		{"dev", Path, nil}, {"dir", Path, nil}, {"type", String, nil}, {"flags", Uint, mountFlags}, {"data", Ptr, nil},
	}},
	// i386 has the call without flags as umount, the other as umount2.
	{Type: "umount", ABIs: onI386, Args: []Arg{{"name", Path, nil}}},
	{Type: "umount2", Args: []Arg{{"name", Path, nil}, {"flags", Int, umountFlags}}},
	{Type: "pivot_root", Args: []Arg{{"new_root", Path, nil}, {"put_old", Path, nil}}},
	{Type: "move_mount", NoFollow: true, Args: []Arg{
		{"from_dirfd", DirFD, nil}, {"from_pathname", Path, nil}, {"to_dirfd", DirFD, nil}, {"to_pathname", Path, nil},
		{"flags", Uint, moveMountFlags},
	}},
	{Type: "open_tree", Args: []Arg{{"dirfd", DirFD, nil}, {"path", Path, nil}, {"flags", Uint, openTreeFlags}}},
	{Type: "fsopen", Args: []Arg{{"fsname", String, nil}, {"flags", Uint, fsopenFlags}}},
	{
		Type:   "fsconfig",
		Args:   []Arg{{"fd", FD, nil}, {"cmd", Uint, fsconfigCmds}, {"key", String, nil}, {"value", Ptr, nil}, {"aux", Int, nil}},
		Fields: []Arg{{"value_charbuf", String, nil}},
	},
	{Type: "fsmount", Args: []Arg{{"fd", FD, nil}, {"flags", Uint, fsmountFlags}, {"attr_flags", Uint, mountAttrs}}},
	{Type: "mount_setattr", Args: []Arg{
		{"dirfd", DirFD, nil}, {"path", Path, nil}, {"flags", Uint, atFlags}, {"attr", Ptr, nil}, {"size", Ulong, nil},
	}},
}
