package victim

// softInterrupt enters the kernel through int 0x80, as 32-bit programs do; on an
// amd64 kernel any program can. The registers' upper halves are not cleared.
func softInterrupt(nr, a, b, c, d, e, f uintptr) (r uintptr)

func int80(nr uintptr, args [6]uintptr) (int, bool) {
	r := softInterrupt(nr, args[0], args[1], args[2], args[3], args[4], args[5])
	return int(int32(r)), true //nolint:gosec // eax is the result
}
