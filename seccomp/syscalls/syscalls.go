package syscalls

// Name is the kernel's name of a call's number on an ABI.
func Name(a ABI, nr int) (string, bool) { return "", false }

// Number is the number of a call on an ABI.
func Number(a ABI, name string) (int, bool) { return 0, false }

// Native lists the ABIs that programs on this machine can use and callgate
// decodes: the machine's own first.
func Native() []ABI { return nil }
