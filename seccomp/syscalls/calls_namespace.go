package syscalls

// namespaceCalls move the caller or a child into other namespaces. The order of
// clone's last two registers differs (CONFIG_CLONE_BACKWARDS); of its flags the
// kernel reads the low 32 bits (kernel/fork.c, lower_32_bits).
var namespaceCalls = []row{
	{Type: "setns", Args: []Arg{{"fd", FD, nil}, {"nstype", Int, namespaceFlags}}},
	{Type: "unshare", Args: []Arg{{"flags", Ulong, namespaceFlags}}},
	{Type: "clone", ABIs: onAMD64, Args: []Arg{
		{"flags", Uint, cloneFlags}, {"newsp", Ptr, nil}, {"parent_tid", Ptr, nil}, {"child_tid", Ptr, nil}, {"tls", Ptr, nil},
	}},
	{Type: "clone", ABIs: onI386 | onARM64, Args: []Arg{
		{"flags", Uint, cloneFlags}, {"newsp", Ptr, nil}, {"parent_tid", Ptr, nil}, {"tls", Ptr, nil}, {"child_tid", Ptr, nil},
	}},
	{
		Type: "clone3", Args: []Arg{{"cl_args", CloneArgs, nil}, {"size", Ulong, nil}},
		Fields: []Arg{{"flags", Ulong, clone3Flags}},
	},
}
