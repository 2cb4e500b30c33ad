package syscalls

// traceCalls look into other processes and change them. ptrace's request is
// compared as a long, its pid truncated to pid_t (kernel/ptrace.c).
var traceCalls = []row{
	{Type: "ptrace", ABIs: onX86, Args: ptraceArgs(ptraceX86)},
	{Type: "ptrace", ABIs: onARM64, Args: ptraceArgs(ptraceARM64)},
	{Type: "process_vm_readv", Args: vmArgs},
	{Type: "process_vm_writev", Args: vmArgs},
	{Type: "pidfd_open", Args: []Arg{{"pid", Int, nil}, {"flags", Uint, pidfdFlags}}},
	{Type: "pidfd_getfd", Args: []Arg{{"pid_fd", FD, nil}, {"target_fd", Int, nil}, {"flags", Uint, nil}}},
	{Type: "perf_event_open", Args: []Arg{
		{"attr", Ptr, nil}, {"pid", Int, nil}, {"cpu", Int, nil}, {"group_fd", Int, nil}, {"flags", Ulong, perfFlags},
	}},
}

var vmArgs = []Arg{
	{"pid", Int, nil}, {"local_iov", Ptr, nil}, {"liovcnt", Ulong, nil}, {"remote_iov", Ptr, nil}, {"riovcnt", Ulong, nil},
	{"flags", Ulong, nil},
}

func ptraceArgs(requests *Symbols) []Arg {
	return []Arg{{"request", Long, requests}, {"pid", Int, nil}, {"addr", Ptr, nil}, {"data", Ptr, nil}}
}
