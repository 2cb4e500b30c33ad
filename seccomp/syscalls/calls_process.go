package syscalls

// processCalls change what the caller may do and how it runs.
var processCalls = []row{
	{
		Type: "prctl",
		Args: []Arg{
			{"option", Int, prctlOptions}, {"arg2_int", Ulong, nil}, {"arg3", Ulong, nil}, {"arg4", Ulong, nil}, {"arg5", Ulong, nil},
		},
		Fields: []Arg{{"arg2_str", String, nil}}, // PR_SET_NAME
	},
	{Type: "seccomp", Args: []Arg{{"op", Uint, seccompOps}, {"flags", Uint, seccompFlags}, {"args", Ptr, nil}}},
	{Type: "personality", Args: []Arg{{"persona", Uint, personas}}},
	{Type: "prlimit", Names: "prlimit64", Args: []Arg{
		{"pid", Int, nil}, {"resource", Uint, resources}, {"new_limit", Ptr, nil}, {"old_limit", Ptr, nil},
	}},
	{Type: "setpgid", Args: []Arg{{"pid", Int, nil}, {"pgid", Int, nil}}},
	{Type: "setsid"},
	{Type: "add_key", Args: []Arg{
		{"type", String, nil}, {"description", String, nil}, {"payload", Ptr, nil}, {"plen", Ulong, nil}, {"keyring", Int, keyrings},
	}},
	{Type: "request_key", Args: []Arg{
		{"type", String, nil}, {"description", String, nil}, {"callout_info", String, nil}, {"keyring", Int, keyrings},
	}},
	{Type: "keyctl", Args: []Arg{
		{"option", Int, keyctlOps}, {"arg2", Ulong, nil}, {"arg3", Ulong, nil}, {"arg4", Ulong, nil}, {"arg5", Ulong, nil},
	}},
}
