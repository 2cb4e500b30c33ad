package syscalls

import "slices"

// ownerCalls change the owner of files. On i386 the names without a number are
// the old calls on 16-bit ids (kernel/uid16.c).
var ownerCalls = slices.Concat(
	chowns(on64, "", Uint),
	chowns(onI386, "", ID16),
	chowns(onI386, "32", Uint),
	[]row{{Type: "fchownat", Args: []Arg{
		{"dirfd", DirFD, nil}, {"pathname", Path, nil}, {"uid", Uint, nil}, {"gid", Uint, nil}, {"flags", Int, atFlags},
	}}},
)

func chowns(on abis, suffix string, id Kind) []row {
	byPath := []Arg{{"path", Path, nil}, {"uid", id, nil}, {"gid", id, nil}}
	byFD := []Arg{{"fd", FD, nil}, {"uid", id, nil}, {"gid", id, nil}}
	return []row{
		{Type: "chown", Names: "chown" + suffix, ABIs: on, Args: byPath},
		{Type: "lchown", Names: "lchown" + suffix, ABIs: on, Args: byPath, NoFollow: true},
		{Type: "fchown", Names: "fchown" + suffix, ABIs: on, Args: byFD},
	}
}
