package main

// suite is one test program and what of it runs in the machine: what depends on
// the kernel, and no more, because an emulated machine is ten times slower.
type suite struct {
	pkg  string
	as   string // root or nobody
	run  string // -test.run; "" is all
	skip string // -test.skip
}

var suites = []suite{
	// Before Linux 6.11 a listener polls first, and a wrong descriptor is never ready.
	{pkg: "./seccomp", as: "root", skip: "WrongDescriptor"},
	{pkg: "./seccomp", as: "nobody", skip: "WrongDescriptor"},
	{pkg: "./tracer/decode", as: "root", run: "Real|Hostile"},
	{pkg: "./tracer/notify", as: "root"},
	{pkg: "./tracer/proc", as: "root", skip: "ManyProcesses"},
	{pkg: "./tracer/run", as: "root", run: "PathSearch|Verdicts|IoUring|Undumpable|KilledGuardian|Fields|ExecShows|Answers|32Bit"},
}

// tools are the programs of this machine that tests start.
var tools = []string{
	"bash", "busybox", "cat", "chmod", "cp", "dash", "echo", "env", "false", "grep", "head", "id", "ln", "ls", "mkdir",
	"mkfifo", "mount", "mv", "nsenter", "readlink", "rm", "sed", "seq", "setpriv", "setsid", "sh", "sleep", "stty", "tail",
	"touch", "tr", "true", "umount", "uname", "unshare", "wc",
}

// copied are files that tests read.
var copied = []string{"/etc/passwd", "/etc/group"}
