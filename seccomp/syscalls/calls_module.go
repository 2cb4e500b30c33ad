package syscalls

// moduleCalls load code into the kernel, or another kernel.
var moduleCalls = []row{
	{Type: "init_module", Args: []Arg{{"img", Ptr, nil}, {"length", Ulong, nil}, {"uargs", String, nil}}},
	{Type: "finit_module", Args: []Arg{{"fd", FD, nil}, {"uargs", String, nil}, {"flags", Int, moduleFlags}}},
	{Type: "delete_module", Args: []Arg{{"name", String, nil}, {"flags", Uint, deleteModuleFlags}}},
	{Type: "kexec_load", Args: []Arg{{"entry", Ptr, nil}, {"nr_segments", Ulong, nil}, {"segments", Ptr, nil}, {"flags", Ulong, kexecFlags}}},
	{Type: "kexec_file_load", Args: []Arg{
		{"fd", FD, nil}, {"initrd_fd", Int, nil}, {"cmdline_len", Ulong, nil}, {"cmdline", String, nil}, {"flags", Ulong, kexecFileFlags},
	}},
	{Type: "bpf", Args: []Arg{{"cmd", Int, bpfCmds}, {"attr", BPFAttr, nil}, {"size", Uint, nil}}},
}
