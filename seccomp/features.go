package seccomp

// feature is one line of the table of features.
type feature struct {
	name           string
	since          Version
	gives, without string
	needed         bool
	// policy: an administrator or a sandbox may take it away from a kernel
	// that has it. What is no matter of policy must be there from since on.
	policy bool
	probe  func() error
}

// features is what callgate wants of a kernel, and which brought it (man pages
// and kernel commits; see each probe for how it is asked for).
var features = [numFeatures]feature{
	UserNotify: {
		name: "seccomp user notification", since: Version{5, 0}, needed: true, probe: probeUserNotify,
		gives:   "calls are held until callgate has judged them",
		without: "callgate run can not work: use a newer kernel",
	},
	InstallListener: {
		name: "seccomp listener", since: Version{5, 0}, needed: true, policy: true, probe: probeInstallListener,
		gives:   "a filter with a listener can be installed by this user, here",
		without: "a process has one listener at most: run callgate outside of the sandbox that holds it",
	},
	NotifySizes: {
		name: "seccomp notification layout", since: Version{5, 0}, needed: true, probe: probeNotifySizes,
		gives:   "the kernel's records have the layout that callgate knows",
		without: "a newer callgate is needed for this kernel",
	},
	ContinueCall: {
		name: "SECCOMP_USER_NOTIF_FLAG_CONTINUE", since: Version{5, 5}, needed: true, policy: true, probe: probeContinue,
		gives:   "a call that was judged goes on in the caller",
		without: "callgate run can not work: use a newer kernel",
	},
	SpeculationAllow: {
		name: "SECCOMP_FILTER_FLAG_SPEC_ALLOW", since: Version{4, 17}, probe: probeFlags(FlagSpecAllow),
		gives:   "before Linux 5.16: supervised programs keep their speed",
		without: "supervised programs run with mitigations against speculation",
	},
	WaitKillableRecv: {
		name: "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", since: Version{5, 19}, probe: probeFlags(FlagWaitKillable),
		gives:   "signals do not abort a call that is being judged",
		without: "signalled programs repeat intercepted calls; callgate counts these as one, at some cost",
	},
	RecvReportsExit: {
		name: "listener reports the last exit", since: Version{6, 11}, probe: probeVersion(Version{6, 11}),
		gives:   "callgate notices the end of the last supervised task without polling",
		without: "every interception costs one more poll(2), 1 to 2 µs",
	},
	SyncWakeUp: {
		name: "SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP", since: Version{6, 6}, policy: true, probe: probeSyncWakeUp,
		gives:   "caller and callgate hand over on one CPU: fewer slow interceptions",
		without: "a few calls in a hundred take 100 µs and more",
	},
	AddDescriptor: {
		name: "SECCOMP_IOCTL_NOTIF_ADDFD", since: Version{5, 9}, policy: true, probe: probeAddFD(AddFDOptions{}),
		gives:   "callgate can open a file for the caller",
		without: "calls that return descriptors can not be done on the caller's behalf",
	},
	AddDescriptorAnswer: {
		name: "SECCOMP_ADDFD_FLAG_SEND", since: Version{5, 14}, policy: true, probe: probeAddFD(AddFDOptions{Answer: true}),
		gives:   "a descriptor is handed over and the call answered in one step",
		without: "a signal between the two steps can leave a descriptor with the caller",
	},
	PidfdOpen: {
		name: "pidfd_open", since: Version{5, 3}, policy: true, probe: probePidfdOpen,
		gives:   "processes are named without being mistaken for another",
		without: "callgate relies on the listener alone to notice that a caller has died",
	},
	PidfdThread: {
		name: "PIDFD_THREAD", since: Version{6, 9}, policy: true, probe: probePidfdThread,
		gives:   "threads other than the first can be named too",
		without: "descriptors of a thread that does not share its process's can not be duplicated",
	},
	PidfdGetFD: {
		name: "pidfd_getfd", since: Version{5, 6}, policy: true, probe: probePidfdGetFD,
		gives:   "sockets of the caller can be looked at, and used on its behalf",
		without: "fd.* of sockets are unknown where they are not in the arguments",
	},
	ReadChild: {
		name: "reading a child's memory", since: Version{3, 2}, needed: true, policy: true, probe: probeReadChild,
		gives:   "arguments that are pointers can be read",
		without: "see kernel.yama.ptrace_scope (must be below 2 without CAP_SYS_PTRACE) and the sandbox around callgate",
	},
	OpenAt2: {
		name: "openat2", since: Version{5, 6}, policy: true, probe: probeOpenAt2,
		gives:   "paths are resolved inside the root of the caller",
		without: "paths of programs with another root directory are not resolved",
	},
	CloseRange: {
		name: "close_range", since: Version{5, 9}, policy: true, probe: probeCloseRange,
		gives:   "the command inherits no descriptor by accident",
		without: "descriptors are closed one by one",
	},
	CgroupKill: {
		name: "cgroup.kill", since: Version{5, 14}, policy: true, probe: probeCgroupKill,
		gives:   "all descendants end at once when callgate is killed",
		without: "a guardian process ends them, and a fork bomb may outrun it: delegate a cgroup (systemd-run --user --scope -p Delegate=yes)",
	},
	IOUring: {
		name: "io_uring", since: Version{5, 1}, policy: true, probe: probeIOUring,
		gives:   "many calls can be done on behalf of callers at once",
		without: "see kernel.io_uring_disabled; calls on behalf use threads instead. Supervised programs can not go round filters by it",
	},
	I386Calls: {
		name: "i386 programs", since: Version{2, 6}, policy: true, probe: probeI386,
		gives:   "32-bit programs run, and are supervised like all others",
		without: "32-bit programs do not run on this machine, supervised or not",
	},
	ExecNameOfFile: {
		name: "file's name after execveat of a descriptor", since: execNameSince, probe: probeExecName,
		gives:   "a program that is executed by its descriptor alone is named after its file",
		without: "the name of such a program (proc.name) is the descriptor's number",
	},
}
