package syscalls

// kernelCalls are large interfaces to the kernel behind one number.
var kernelCalls = []row{
	{Type: "io_uring_setup", Args: []Arg{{"entries", Uint, nil}, {"params", Ptr, nil}}},
	{Type: "io_uring_enter", Args: []Arg{
		{"fd", FD, nil}, {"to_submit", Uint, nil}, {"min_complete", Uint, nil}, {"flags", Uint, uringEnterFlags}, {"sig", Ptr, nil},
		{"size", Ulong, nil},
	}},
	{Type: "io_uring_register", Args: []Arg{{"fd", FD, nil}, {"opcode", Uint, uringRegisterOps}, {"arg", Ptr, nil}, {"nr_args", Uint, nil}}},
	{Type: "syslog", Args: []Arg{{"type", Int, syslogActions}, {"buf", Ptr, nil}, {"len", Int, nil}}},
	{Type: "iopl", ABIs: onX86, Args: []Arg{{"level", Uint, nil}}},
	{Type: "ioperm", ABIs: onX86, Args: []Arg{{"from", Ulong, nil}, {"num", Ulong, nil}, {"turn_on", Int, nil}}},
}
