package proc

import (
	"math/bits"
	"strconv"

	"github.com/callgate/callgate/rules/event"
)

// capNames are the capabilities by number, from include/uapi/linux/capability.h.
var capNames = [...]string{
	"CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_DAC_READ_SEARCH", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_SETGID",
	"CAP_SETUID", "CAP_SETPCAP", "CAP_LINUX_IMMUTABLE", "CAP_NET_BIND_SERVICE", "CAP_NET_BROADCAST", "CAP_NET_ADMIN",
	"CAP_NET_RAW", "CAP_IPC_LOCK", "CAP_IPC_OWNER", "CAP_SYS_MODULE", "CAP_SYS_RAWIO", "CAP_SYS_CHROOT",
	"CAP_SYS_PTRACE", "CAP_SYS_PACCT", "CAP_SYS_ADMIN", "CAP_SYS_BOOT", "CAP_SYS_NICE", "CAP_SYS_RESOURCE",
	"CAP_SYS_TIME", "CAP_SYS_TTY_CONFIG", "CAP_MKNOD", "CAP_LEASE", "CAP_AUDIT_WRITE", "CAP_AUDIT_CONTROL",
	"CAP_SETFCAP", "CAP_MAC_OVERRIDE", "CAP_MAC_ADMIN", "CAP_SYSLOG", "CAP_WAKE_ALARM", "CAP_BLOCK_SUSPEND",
	"CAP_AUDIT_READ", "CAP_PERFMON", "CAP_BPF", "CAP_CHECKPOINT_RESTORE",
}

// CapNames renders a set of capabilities, "CAP_CHOWN CAP_SETUID". One that is
// newer than this table is CAP_ and its number.
func CapNames(set uint64, a *event.Arena) string {
	mark := a.Mark()
	for ; set != 0; set &= set - 1 {
		if a.Mark() > mark {
			a.Append(" ")
		}
		n := bits.TrailingZeros64(set)
		if n < len(capNames) {
			a.Append(capNames[n])
			continue
		}
		var digits [2]byte
		a.Append("CAP_")
		a.AppendBytes(strconv.AppendInt(digits[:0], int64(n), 10))
	}
	return a.Since(mark)
}
