package syscalls

// linkCalls give files names and take them away. None follows a symbolic link
// in the name that it makes or removes; link(2) does not follow one in the old
// path either, linkat only with AT_SYMLINK_FOLLOW.
var linkCalls = []row{
	{Type: "symlink", NoFollow: true, Args: []Arg{{"target", String, nil}, {"linkpath", Path, nil}}},
	{Type: "symlinkat", NoFollow: true, Args: []Arg{{"target", String, nil}, {"linkdirfd", DirFD, nil}, {"linkpath", Path, nil}}},
	{Type: "link", NoFollow: true, Args: []Arg{{"oldpath", Path, nil}, {"newpath", Path, nil}}},
	{Type: "linkat", NoFollow: true, Args: []Arg{
		{"olddir", DirFD, nil}, {"oldpath", Path, nil}, {"newdir", DirFD, nil}, {"newpath", Path, nil}, {"flags", Int, atFlags},
	}},
	{Type: "rename", NoFollow: true, Args: []Arg{{"oldpath", Path, nil}, {"newpath", Path, nil}}},
	{Type: "renameat", NoFollow: true, Args: []Arg{
		{"olddirfd", DirFD, nil}, {"oldpath", Path, nil}, {"newdirfd", DirFD, nil}, {"newpath", Path, nil},
	}},
	{Type: "renameat2", NoFollow: true, Args: []Arg{
		{"olddirfd", DirFD, nil}, {"oldpath", Path, nil}, {"newdirfd", DirFD, nil}, {"newpath", Path, nil}, {"flags", Uint, renameFlags},
	}},
	{Type: "unlink", NoFollow: true, Args: []Arg{{"path", Path, nil}}},
	{Type: "unlinkat", NoFollow: true, Args: []Arg{{"dirfd", DirFD, nil}, {"name", Path, nil}, {"flags", Int, unlinkFlags}}},
	{Type: "rmdir", NoFollow: true, Args: []Arg{{"path", Path, nil}}},
	{Type: "mkdir", NoFollow: true, Args: []Arg{{"path", Path, nil}, {"mode", Mode, nil}}},
	{Type: "mkdirat", NoFollow: true, Args: []Arg{{"dirfd", DirFD, nil}, {"path", Path, nil}, {"mode", Mode, nil}}},
	{Type: "mknod", NoFollow: true, Args: []Arg{{"path", Path, nil}, {"mode", Mode, modeBits}, {"dev", Uint, nil}}},
	{Type: "mknodat", NoFollow: true, Args: []Arg{{"dirfd", DirFD, nil}, {"path", Path, nil}, {"mode", Mode, modeBits}, {"dev", Uint, nil}}},
}
