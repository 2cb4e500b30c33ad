package syscalls

// signalCalls send signals.
var signalCalls = []row{
	{Type: "kill", Args: []Arg{{"pid", Int, nil}, {"sig", Int, signals}}},
	{Type: "tkill", Args: []Arg{{"tid", Int, nil}, {"sig", Int, signals}}},
	{Type: "tgkill", Args: []Arg{{"pid", Int, nil}, {"tid", Int, nil}, {"sig", Int, signals}}},
	{Type: "rt_sigqueueinfo", Args: []Arg{{"pid", Int, nil}, {"sig", Int, signals}, {"info", Ptr, nil}}},
	{Type: "rt_tgsigqueueinfo", Args: []Arg{{"pid", Int, nil}, {"tid", Int, nil}, {"sig", Int, signals}, {"info", Ptr, nil}}},
	{Type: "pidfd_send_signal", Args: []Arg{{"pid_fd", FD, nil}, {"sig", Int, signals}, {"info", Ptr, nil}, {"flags", Uint, pidfdSignalFlags}}},
}
