package syscalls

import "slices"

// identityCalls change who the caller is. Ids are unsigned, as the kernel reads
// them: "unchanged" (-1) is 4294967295. On i386 the names without a number are
// the old calls on 16-bit ids, where 65535 means -1 (kernel/uid16.c).
var identityCalls = slices.Concat(
	ids(on64, "", Uint),
	ids(onI386, "", ID16),
	ids(onI386, "32", Uint),
	[]row{{
		Type: "capset", Args: []Arg{{"header", CapHeader, nil}, {"data", CapData, nil}},
		Fields: []Arg{{"cap_inheritable", Ulong, capBits}, {"cap_permitted", Ulong, capBits}, {"cap_effective", Ulong, capBits}},
	}},
)

func ids(on abis, suffix string, id Kind) []row {
	return []row{
		{Type: "setuid", Names: "setuid" + suffix, ABIs: on, Args: []Arg{{"uid", id, nil}}},
		{Type: "setgid", Names: "setgid" + suffix, ABIs: on, Args: []Arg{{"gid", id, nil}}},
		{Type: "setreuid", Names: "setreuid" + suffix, ABIs: on, Args: []Arg{{"ruid", id, nil}, {"euid", id, nil}}},
		{Type: "setregid", Names: "setregid" + suffix, ABIs: on, Args: []Arg{{"rgid", id, nil}, {"egid", id, nil}}},
		{Type: "setresuid", Names: "setresuid" + suffix, ABIs: on, Args: []Arg{{"ruid", id, nil}, {"euid", id, nil}, {"suid", id, nil}}},
		{Type: "setresgid", Names: "setresgid" + suffix, ABIs: on, Args: []Arg{{"rgid", id, nil}, {"egid", id, nil}, {"sgid", id, nil}}},
		{Type: "setfsuid", Names: "setfsuid" + suffix, ABIs: on, Args: []Arg{{"fsuid", id, nil}}},
		{Type: "setfsgid", Names: "setfsgid" + suffix, ABIs: on, Args: []Arg{{"fsgid", id, nil}}},
		{Type: "setgroups", Names: "setgroups" + suffix, ABIs: on, Args: []Arg{{"size", Int, nil}, {"list", Ptr, nil}}},
	}
}
