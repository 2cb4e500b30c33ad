package event

// Need is a set of sources from which an event's fields are read. A source
// costs at least one system call of the supervisor, so only what a rule's
// condition or an alert's output uses is read.
type Need uint32

// The sources, by what they cost.
const (
	NeedCall      Need = 1 << iota // registers and what the supervisor knows already
	NeedTime                       // the clock
	NeedArgs                       // arguments in the caller's memory
	NeedName                       // comm; on an exec the new program
	NeedSelf                       // what else is quickly known of the process
	NeedTTY                        // /proc/TID/stat
	NeedStatus                     // /proc/TID/status
	NeedCmdline                    // argv: of the new program, or /proc/TID/cmdline
	NeedExe                        // the executable file
	NeedCWD                        // /proc/TID/cwd
	NeedEnv                        // the environment
	NeedParent                     // stat of the parent
	NeedPExe                       // executable of the parent
	NeedPCmdline                   // command line of the parent
	NeedSName                      // stat of the session's leader
	NeedAncestors                  // stat of every ancestor
	NeedUser                       // /etc/passwd and /etc/group in the caller's root
	NeedLogin                      // /proc/TID/loginuid
	NeedPath                       // resolution of paths in the caller's root
	NeedFDType                     // what the descriptor is
	NeedAddr                       // the socket address in the caller's memory
	NeedSocket                     // a duplicate of the socket (pidfd_getfd)
	NeedArgText                    // all arguments as one text
	NeedArgUser                    // /etc/passwd in the caller's root, for a user that an argument names
	NeedAExe                       // command lines of all ancestors
	NeedAExePath                   // executables of all ancestors
	NeedPStat                      // start of the parent
	NeedVPGID                      // name and command line of the process group's leader
	NeedHosts                      // callgate's own /etc/hosts
)

// ofCall are the sources of what the call's arguments say and lead to: evt, fd and fs.
const ofCall = NeedArgs | NeedPath | NeedFDType | NeedAddr | NeedSocket | NeedArgText | NeedArgUser | NeedHosts

var needNames = map[string]Need{
	"call": NeedCall, "time": NeedTime, "args": NeedArgs, "name": NeedName, "self": NeedSelf, "tty": NeedTTY, "status": NeedStatus, "cmdline": NeedCmdline, "exe": NeedExe,
	"cwd": NeedCWD, "env": NeedEnv, "parent": NeedParent, "pexe": NeedPExe, "pcmdline": NeedPCmdline, "sname": NeedSName,
	"ancestors": NeedAncestors, "user": NeedUser, "login": NeedLogin, "path": NeedPath, "fdtype": NeedFDType,
	"addr": NeedAddr, "socket": NeedSocket, "argtext": NeedArgText, "arguser": NeedArgUser, "aexe": NeedAExe,
	"aexepath": NeedAExePath, "hosts": NeedHosts, "pstat": NeedPStat, "vpgid": NeedVPGID,
}
