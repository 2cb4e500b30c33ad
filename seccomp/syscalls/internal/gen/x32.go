package main

// x32 derives the calls of x32 from those of amd64, as the kernel's table does
// (arch/x86/entry/syscalls/syscall_64.tbl): lines marked "common" serve both,
// lines marked "64" amd64 alone, and lines marked "x32" stand at 512 and above.
func x32(amd64 map[int]string) map[int]string {
	names := make(map[int]string, len(amd64))
	for nr, name := range amd64 {
		if !only64[nr] {
			names[nr] = name
		}
	}
	for i, name := range special {
		names[firstSpecial+i] = name
	}
	return names
}

// only64 are the numbers marked "64". The kernel marks no new ones: calls
// added since 4.6 have one entry point for both.
var only64 = set(
	13, 15, 16, 19, 20, 45, 46, 47, 54, 55, 59, 101, 127, 128, 129, 131, 134, 156, 174, 177, 178, 180,
	205, 206, 209, 211, 214, 215, 222, 236, 244, 246, 247, 273, 274, 278, 279, 295, 296, 297, 299, 307,
	310, 311, 322, 327, 328,
)

func set(numbers ...int) map[int]bool {
	m := make(map[int]bool, len(numbers))
	for _, nr := range numbers {
		m[nr] = true
	}
	return m
}

// firstSpecial is the number of the first call marked "x32". The block is
// closed: the kernel's table says that new calls must not be added to it.
const firstSpecial = 512

var special = [...]string{
	"rt_sigaction", "rt_sigreturn", "ioctl", "readv", "writev", "recvfrom", "sendmsg", "recvmsg",
	"execve", "ptrace", "rt_sigpending", "rt_sigtimedwait", "rt_sigqueueinfo", "sigaltstack",
	"timer_create", "mq_notify", "kexec_load", "waitid", "set_robust_list", "get_robust_list",
	"vmsplice", "move_pages", "preadv", "pwritev", "rt_tgsigqueueinfo", "recvmmsg", "sendmmsg",
	"process_vm_readv", "process_vm_writev", "setsockopt", "getsockopt", "io_setup", "io_submit",
	"execveat", "preadv2", "pwritev2",
}
