package syscalls

// execCalls start programs. evt.arg.exe is argv[0], as in Falco.
var execCalls = []row{
	{Type: "execve", Args: []Arg{{"filename", Path, nil}, {"args", Argv, nil}, {"env", Envp, nil}}, Fields: exe},
	{Type: "execveat", Args: []Arg{
		{"dirfd", DirFD, nil}, {"pathname", Path, nil}, {"args", Argv, nil}, {"env", Envp, nil}, {"flags", Int, atFlags},
	}, Fields: exe},
}

var exe = []Arg{{"exe", String, nil}}
