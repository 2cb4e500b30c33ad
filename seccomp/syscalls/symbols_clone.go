package syscalls

import (
	"slices"

	"golang.org/x/sys/unix"
)

// namespaceFlags are those of unshare and setns.
var namespaceFlags = &Symbols{Flags: slices.Concat(newNamespaces, []Symbol{
	{unix.CLONE_FS, "CLONE_FS"}, {unix.CLONE_FILES, "CLONE_FILES"}, {unix.CLONE_SIGHAND, "CLONE_SIGHAND"},
	{unix.CLONE_THREAD, "CLONE_THREAD"}, {unix.CLONE_SYSVSEM, "CLONE_SYSVSEM"}, {unix.CLONE_VM, "CLONE_VM"},
	{unix.CLONE_NEWTIME, "CLONE_NEWTIME"},
})}

// cloneFlags are those of clone, whose low byte is the signal that the child's
// end sends: CLONE_NEWTIME, 0x80, can't be asked for there.
var cloneFlags = &Symbols{Mask: 0xff, Enum: signals.Enum, Flags: slices.Concat(newNamespaces, cloneSharing)}

// clone3Flags are clone_args.flags.
var clone3Flags = &Symbols{Flags: slices.Concat(newNamespaces, cloneSharing, []Symbol{
	{unix.CLONE_NEWTIME, "CLONE_NEWTIME"}, {unix.CLONE_CLEAR_SIGHAND, "CLONE_CLEAR_SIGHAND"}, {unix.CLONE_INTO_CGROUP, "CLONE_INTO_CGROUP"},
})}

var newNamespaces = []Symbol{
	{unix.CLONE_NEWNS, "CLONE_NEWNS"}, {unix.CLONE_NEWCGROUP, "CLONE_NEWCGROUP"}, {unix.CLONE_NEWUTS, "CLONE_NEWUTS"},
	{unix.CLONE_NEWIPC, "CLONE_NEWIPC"}, {unix.CLONE_NEWUSER, "CLONE_NEWUSER"}, {unix.CLONE_NEWPID, "CLONE_NEWPID"},
	{unix.CLONE_NEWNET, "CLONE_NEWNET"},
}

var cloneSharing = []Symbol{
	{unix.CLONE_VM, "CLONE_VM"}, {unix.CLONE_FS, "CLONE_FS"}, {unix.CLONE_FILES, "CLONE_FILES"},
	{unix.CLONE_SIGHAND, "CLONE_SIGHAND"}, {unix.CLONE_PIDFD, "CLONE_PIDFD"}, {unix.CLONE_PTRACE, "CLONE_PTRACE"},
	{unix.CLONE_VFORK, "CLONE_VFORK"}, {unix.CLONE_PARENT, "CLONE_PARENT"}, {unix.CLONE_THREAD, "CLONE_THREAD"},
	{unix.CLONE_SYSVSEM, "CLONE_SYSVSEM"}, {unix.CLONE_SETTLS, "CLONE_SETTLS"},
	{unix.CLONE_PARENT_SETTID, "CLONE_PARENT_SETTID"}, {unix.CLONE_CHILD_CLEARTID, "CLONE_CHILD_CLEARTID"},
	{unix.CLONE_DETACHED, "CLONE_DETACHED"}, {unix.CLONE_UNTRACED, "CLONE_UNTRACED"},
	{unix.CLONE_CHILD_SETTID, "CLONE_CHILD_SETTID"}, {unix.CLONE_IO, "CLONE_IO"},
}
