package syscalls

import "slices"

// openCalls open files. The flags' values differ between x86 and arm64.
var openCalls = slices.Concat(opens(onX86, openFlagsX86), opens(onARM64, openFlagsARM64))

func opens(on abis, flags *Symbols) []row {
	return []row{
		{Type: "open", ABIs: on, Args: []Arg{{"name", Path, nil}, {"flags", Int, flags}, {"mode", Mode, nil}}},
		{Type: "openat", ABIs: on, Args: []Arg{{"dirfd", DirFD, nil}, {"name", Path, nil}, {"flags", Int, flags}, {"mode", Mode, nil}}},
		{
			Type: "openat2", ABIs: on,
			Args:   []Arg{{"dirfd", DirFD, nil}, {"name", Path, nil}, {"how", OpenHow, nil}, {"size", Ulong, nil}},
			Fields: []Arg{{"flags", Ulong, flags}, {"mode", Ulong, nil}, {"resolve", Ulong, resolveFlags}},
		},
		{Type: "creat", ABIs: on, Args: []Arg{{"name", Path, nil}, {"mode", Mode, nil}}},
		{Type: "open_by_handle_at", ABIs: on, Args: []Arg{{"mountfd", DirFD, nil}, {"handle", Ptr, nil}, {"flags", Int, flags}}},
	}
}
