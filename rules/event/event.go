// Package event defines, once, what callgate can know about an intercepted
// system call. The struct tags are the definition: the names that rules and
// output templates use, their types, what must be read to know them, and the
// reference page are all taken from here.
//
// A field that is not known holds its type's missing value ("" or Missing) and
// is rendered as <NA> in text and null in JSON. A comparison with a missing
// field is false, "!=" included, as in Falco; has(FIELD) asks for its presence.
package event

import (
	"math"

	"github.com/callgate/callgate/seccomp/syscalls"
)

// Missing is the value of an int field that is not known.
const Missing = math.MinInt

// Depth bounds the indexed fields: proc.aname[n], proc.apid[n] and proc.arg[n]
// are known for n < Depth.
const Depth = 16

// Event is one intercepted call: what is asked of the kernel, by whom, on
// what. It is judged before the call takes effect, so it holds no result.
//
// The nested structs are values, not pointers, so that every field lies at a fixed
// place (Slot).
//
// Tags: expr is the field's name, need the Need that provides it, doc the
// reference text; stable:"yes" marks a field that nothing can change between the
// decision and the kernel's use of it. The executable is not among them: in a
// user namespace of its own any process can have /proc/PID/exe name another file
// (PR_SET_MM_MAP, prctl(2)). Nor are the parent, the session and the terminal,
// which other processes and other threads of the caller change. known names the
// companion of a boolean that can be missing: a member of the same struct that
// says whether it is there. While it is not, the boolean is false.
//
// A member of type none has no place of its own: of names the members of the same
// struct whose values it stands for, of one or of both, arg which argument's; find the function (find.go)
// that reads an element of it; instead says what a condition uses in place of a
// result, which nobody knows before the call, and type the type it would have.
type Event struct {
	Evt       Evt       `expr:"evt"`
	Proc      Proc      `expr:"proc"`
	Ancestors Ancestors `expr:"proc"`
	Thread    Thread    `expr:"thread"`
	User      User      `expr:"user"`
	Group     Group     `expr:"group"`
	FD        FD        `expr:"fd"`
	FS        FS        `expr:"fs"`
	Container Container `expr:"container"`
	K8s       K8s       `expr:"k8s"`

	Scratch *Scratch // no field: where conditions work; made when one first does
}

// none is the type of a field that has no place of its own in an event.
type none struct{}

// Evt is the call itself.
type Evt struct {
	Num          int    `expr:"num" need:"call" stable:"yes" doc:"Number of the event in this run, counted from 1."`
	Time         int    `expr:"time" need:"time" stable:"yes" doc:"Time of the interception: of the moment at which a rule or an alert first asks for it, while the call is held; in nanoseconds since the epoch; in text as HH:MM:SS.nnnnnnnnn."`
	Type         string `expr:"type" need:"call" stable:"yes" doc:"Name of the system call. Variants that do the same share one name: chown32 is chown."`
	IsOpenRead   bool   `expr:"is_open_read" need:"args" stable:"flags" doc:"An open call that asks for reading."`
	IsOpenWrite  bool   `expr:"is_open_write" need:"args" stable:"flags" doc:"An open call that asks for writing, appending or truncation, and creat."`
	IsOpenCreate bool   `expr:"is_open_create" need:"args" stable:"flags" doc:"An open call with O_CREAT or O_TMPFILE, and creat."`

	IsOpenExec bool   `expr:"is_open_exec" need:"args" stable:"flags" doc:"An open call that creates a file which somebody may execute: O_CREAT or O_TMPFILE, or creat, with an execute permission in the mode."`
	Args       string `expr:"args" need:"args argtext" doc:"All arguments, NAME=TEXT joined by spaces."`
	ArgUID     none   `expr:"arg.uid" need:"args arguser" of:"Arg" arg:"uid" doc:"The user that setuid, chown and their like name: the name in the process's own /etc/passwd, else the number."`

	Arg    [syscalls.NumArgs]string `expr:"arg" need:"args" index:"name" doc:"evt.arg.NAME: an argument as text, symbols by name (O_RDWR|O_CREAT), paths as given."`
	RawArg [syscalls.NumArgs]int    `expr:"rawarg" need:"args" index:"name" doc:"evt.rawarg.NAME: an argument as a number, at the width at which the kernel reads it."`

	Res      none `expr:"res" type:"string" instead:"leave it out: a rule judges what is asked for, whether or not the kernel will grant it" doc:"Result as text: SUCCESS or an error's name."`
	RawRes   none `expr:"rawres" type:"number" instead:"leave it out: a rule judges what is asked for; the descriptor that dup2 and dup3 return is evt.rawarg.newfd" doc:"Result as a number."`
	Failed   none `expr:"failed" type:"boolean" instead:"leave it out: a rule judges what is asked for, whether or not the kernel will grant it" doc:"The call failed."`
	Dir      none `expr:"dir" type:"string" instead:"leave it out: a call is one event, before it takes effect" doc:"Direction of the event: > on entry, < on exit."`
	Buffer   none `expr:"buffer" type:"string" instead:"name the call and its socket: what a call receives is not there before it, and what it sends can be changed by another thread while it is sent" doc:"The data that a call reads or writes."`
	ArgRes   none `expr:"arg.res" type:"string" instead:"leave it out: a rule judges what is asked for, whether or not the kernel will grant it" doc:"Result as text, as evt.res."`
	ArgResFD none `expr:"arg.res_or_fd" type:"string" instead:"leave it out: a rule judges what is asked for" doc:"Result of a call that gives a descriptor."`
}

// Proc is the process that makes the call; on execve and execveat the program
// that is about to run.
type Proc struct {
	PID   int `expr:"pid" need:"call" stable:"yes" doc:"Process id, in callgate's pid namespace."`
	VPID  int `expr:"vpid" need:"status" stable:"yes" doc:"Process id in the innermost pid namespace of the process."`
	PPID  int `expr:"ppid" need:"self" doc:"Process id of the parent; missing for a sandbox's first program."`
	SID   int `expr:"sid" need:"self" doc:"Session id."`
	TTY   int `expr:"tty" need:"tty" doc:"Device number of the controlling terminal (34816 is /dev/pts/0); 0 without one."`
	Since int `expr:"duration" need:"self" stable:"yes" doc:"Nanoseconds since the process started; missing on execve, where the program is yet to start."`

	Name    string        `expr:"name" need:"name" doc:"Name of the program (comm, at most 15 bytes)."`
	Exe     string        `expr:"exe" need:"cmdline" doc:"argv[0]."`
	Args    string        `expr:"args" need:"cmdline" doc:"argv[1:], joined by spaces."`
	Arg     [Depth]string `expr:"arg" need:"cmdline" index:"int" doc:"proc.arg[n]: argv[n+1]."`
	CmdLine string        `expr:"cmdline" need:"cmdline" doc:"proc.name and argv[1:], joined by spaces."`
	ExePath string        `expr:"exepath" need:"exe" doc:"The executable file, resolved in the process's root; memfd:NAME for an anonymous file."`
	CWD     string        `expr:"cwd" need:"cwd" doc:"Working directory, in the process's root."`
	Env     string        `expr:"env" need:"env" index:"string" find:"env" doc:"Environment, NAME=value joined by spaces; proc.env[NAME]: the value of one variable."`
	EnvBlk  string        `expr:"envblk"` // the environment, NUL-separated, for proc.env[NAME]; no field of its own

	PName    string `expr:"pname" need:"parent" doc:"Name of the parent (on execve too: the parent of the process that calls exec). Missing for a sandbox's first program."`
	PExePath string `expr:"pexepath" need:"pexe" doc:"Executable file of the parent."`
	PExe     string `expr:"pexe" need:"pcmdline" doc:"argv[0] of the parent."`
	PCmdLine string `expr:"pcmdline" need:"pcmdline" doc:"Command line of the parent."`
	SName    string `expr:"sname" need:"sname" doc:"Name of the session's leader."`

	AName [Depth]string `expr:"aname" need:"ancestors" index:"int" doc:"proc.aname[n]: name of the n-th ancestor; [0] the process itself, [1] the parent."`
	APID  [Depth]int    `expr:"apid" need:"ancestors" index:"int" doc:"proc.apid[n]: process id of the n-th ancestor."`

	IsExeUpperLayer bool `expr:"is_exe_upper_layer" need:"exe" known:"LayerKnown" doc:"The executable lies in the upper layer of an overlay: it is not part of the image."`
	IsExeFromMemfd  bool `expr:"is_exe_from_memfd" need:"exe" known:"ExeKnown" doc:"The executable is an anonymous file (memfd_create)."`
	IsVPGIDLeader   bool `expr:"is_vpgid_leader" need:"self" known:"GroupKnown" doc:"The process leads its process group: a shell makes one for every command, a script none."`
	LayerKnown      bool `expr:"layerknown"` // companions of the three; no fields of their own
	ExeKnown        bool `expr:"exeknown"`
	GroupKnown      bool `expr:"groupknown"`

	ExeIno ExeIno `expr:"exe_ino"`
	Parent Parent `expr:"ppid"`
	Group  PGroup `expr:"vpgid"`
}

// Parent is what is not often asked about the parent.
type Parent struct {
	Since int `expr:"duration" need:"pstat" doc:"Nanoseconds since the parent started."`
}

// PGroup is the leader of the process group.
type PGroup struct {
	Name string `expr:"name" need:"vpgid" doc:"Name of the process group's leader; missing when that is gone."`
	Exe  string `expr:"exe" need:"vpgid" doc:"argv[0] of the process group's leader."`
}

// ExeIno is the executable file's inode.
type ExeIno struct {
	CTime int `expr:"ctime" need:"exe" doc:"When the executable's inode was changed last (written, renamed, linked, given other permissions), in nanoseconds since the epoch."`
	MTime int `expr:"mtime" need:"exe" doc:"When the executable was written last, in nanoseconds since the epoch; its owner can set it to anything."`
	Age   int `expr:"ctime_duration_proc_start" need:"exe self" doc:"Nanoseconds from proc.exe_ino.ctime to the start of the process; negative when the process, which may be the one that calls exec, is older."`
}

// Ancestors is what is not often asked about the ancestors.
type Ancestors struct {
	AExe     [Depth]string `expr:"aexe" need:"aexe" index:"int" doc:"proc.aexe[n]: argv[0] of the n-th ancestor; [0] the process itself, [1] the parent."`
	AExePath [Depth]string `expr:"aexepath" need:"aexepath" index:"int" doc:"proc.aexepath[n]: executable file of the n-th ancestor."`
}

// Thread is the thread that makes the call.
type Thread struct {
	TID            int    `expr:"tid" need:"call" stable:"yes" doc:"Thread id, in callgate's pid namespace."`
	CapEffective   string `expr:"cap_effective" need:"status" stable:"yes" doc:"Effective capabilities, names joined by spaces."`
	CapPermitted   string `expr:"cap_permitted" need:"status" stable:"yes" doc:"Permitted capabilities."`
	CapInheritable string `expr:"cap_inheritable" need:"status" stable:"yes" doc:"Inheritable capabilities."`
}

// User is the owner of the process.
type User struct {
	UID       int    `expr:"uid" need:"status" stable:"yes" doc:"Effective user id, in callgate's user namespace."`
	Name      string `expr:"name" need:"user" doc:"Name of the user in the process's own /etc/passwd."`
	LoginUID  int    `expr:"loginuid" need:"login" stable:"yes" doc:"Audit login uid; -1 when nobody logged in."`
	LoginName string `expr:"loginname" need:"login" doc:"Name of the login user."`
}

// Group is the effective group of the process.
type Group struct {
	GID  int    `expr:"gid" need:"status" stable:"yes" doc:"Effective group id, in callgate's user namespace."`
	Name string `expr:"name" need:"user" doc:"Name of the group in the process's own /etc/group."`
}
