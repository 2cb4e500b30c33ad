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
type Event struct {
	Evt       Evt       `expr:"evt"`
	Proc      Proc      `expr:"proc"`
	Thread    Thread    `expr:"thread"`
	User      User      `expr:"user"`
	Group     Group     `expr:"group"`
	FD        FD        `expr:"fd"`
	FS        FS        `expr:"fs"`
	Container Container `expr:"container"`
	K8s       K8s       `expr:"k8s"`
}

// Evt is the call itself.
type Evt struct {
	Num          int    `expr:"num" need:"call" stable:"yes" doc:"Number of the event in this run, counted from 1."`
	Time         int    `expr:"time" need:"call" stable:"yes" doc:"Time of the interception, in nanoseconds since the epoch; in text as HH:MM:SS.nnnnnnnnn."`
	Type         string `expr:"type" need:"call" stable:"yes" doc:"Name of the system call. Variants that do the same share one name: chown32 is chown."`
	IsOpenRead   bool   `expr:"is_open_read" need:"args" stable:"flags" doc:"An open call that asks for reading."`
	IsOpenWrite  bool   `expr:"is_open_write" need:"args" stable:"flags" doc:"An open call that asks for writing, appending or truncation, and creat."`
	IsOpenCreate bool   `expr:"is_open_create" need:"args" stable:"flags" doc:"An open call with O_CREAT or O_TMPFILE, and creat."`

	Arg    [syscalls.NumArgs]string `expr:"arg" need:"args" index:"name" doc:"evt.arg.NAME: an argument as text, symbols by name (O_RDWR|O_CREAT), paths as given."`
	RawArg [syscalls.NumArgs]int    `expr:"rawarg" need:"args" index:"name" doc:"evt.rawarg.NAME: an argument as a number, at the width at which the kernel reads it."`
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
	Env     string        `expr:"env" need:"env" index:"string" doc:"Environment, NAME=value joined by spaces; proc.env[NAME]: the value of one variable."`
	EnvBlk  string        `expr:"envblk"` // the environment, NUL-separated, for proc.env[NAME]; no field of its own

	PName    string `expr:"pname" need:"parent" doc:"Name of the parent (on execve too: the parent of the process that calls exec). Missing for a sandbox's first program."`
	PExePath string `expr:"pexepath" need:"pexe" doc:"Executable file of the parent."`
	PCmdLine string `expr:"pcmdline" need:"pcmdline" doc:"Command line of the parent."`
	SName    string `expr:"sname" need:"sname" doc:"Name of the session's leader."`

	AName [Depth]string `expr:"aname" need:"ancestors" index:"int" doc:"proc.aname[n]: name of the n-th ancestor; [0] the process itself, [1] the parent."`
	APID  [Depth]int    `expr:"apid" need:"ancestors" index:"int" doc:"proc.apid[n]: process id of the n-th ancestor."`

	IsExeUpperLayer bool `expr:"is_exe_upper_layer" need:"exe" known:"LayerKnown" doc:"The executable lies in the upper layer of an overlay: it is not part of the image."`
	IsExeFromMemfd  bool `expr:"is_exe_from_memfd" need:"exe" known:"ExeKnown" doc:"The executable is an anonymous file (memfd_create)."`
	LayerKnown      bool `expr:"layerknown"` // companions of the two; no fields of their own
	ExeKnown        bool `expr:"exeknown"`
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

// FD is the file, socket or path that the call is about.
type FD struct {
	Num        int    `expr:"num" need:"args" stable:"yes" doc:"File descriptor that the call names."`
	Name       string `expr:"name" need:"path" doc:"For paths: absolute, resolved against the caller's root, directory and symbolic links. For sockets: CLIENT->SERVER, or the path of a unix socket."`
	NameRaw    string `expr:"nameraw" need:"args" doc:"The path as the caller gave it."`
	Directory  string `expr:"directory" need:"path" doc:"fd.name without its last component."`
	Filename   string `expr:"filename" need:"path" doc:"Last component of fd.name."`
	Type       string `expr:"type" need:"fdtype" doc:"file, directory, ipv4, ipv6, unix, netlink, packet, vsock, pipe, event, signalfd, eventpoll, inotify, timerfd, memfd, pidfd, namespace, char, block, other."`
	L4Proto    string `expr:"l4proto" need:"socket" doc:"tcp, udp, icmp or raw."`
	SockFamily string `expr:"sockfamily" need:"addr" doc:"ip or unix."`
	SIP        string `expr:"sip" need:"addr" doc:"Server address: the address that connect or send names. IPv4-mapped IPv6 addresses are given as IPv4."`
	SPort      int    `expr:"sport" need:"addr" doc:"Server port."`
	CIP        string `expr:"cip" need:"socket" doc:"Client address, when the socket is bound."`
	CPort      int    `expr:"cport" need:"socket" doc:"Client port, when the socket is bound."`
	Net        string `expr:"net" need:"addr" doc:"The address of the other side, for cidr(fd.net, NETWORK)."`
}

// FS are the paths of calls that name one or two files.
type FS struct {
	Path FSPath `expr:"path"`
}

// FSPath names the files of a call; resolved like fd.name.
type FSPath struct {
	Name      string `expr:"name" need:"path" doc:"Path of a call on one file, resolved."`
	NameRaw   string `expr:"nameraw" need:"args" doc:"The same, as given."`
	Source    string `expr:"source" need:"path" doc:"First path of a call on two files (rename's old path, link's old path, mount's source), resolved. For symlink: the target text."`
	SourceRaw string `expr:"sourceraw" need:"args" doc:"The same, as given."`
	Target    string `expr:"target" need:"path" doc:"Second path of a call on two files, resolved."`
	TargetRaw string `expr:"targetraw" need:"args" doc:"The same, as given."`
}

// Container is the sandbox that the process belongs to. All of it is known
// before the first call is judged, from the runtime and the bundle, so that
// nothing is asked of anyone while a call waits.
type Container struct {
	ID         string `expr:"id" need:"call" stable:"yes" doc:"Short id of the container (12 digits), or host."`
	FullID     string `expr:"full_id" need:"call" stable:"yes" doc:"Full id of the container, as its runtime knows it."`
	Name       string `expr:"name" need:"call" stable:"yes" doc:"Name of the container: in a pod the name in the pod's specification; under callgate run the command's name."`
	Type       string `expr:"type" need:"call" stable:"yes" doc:"process under callgate run, host, or who manages the container: containerd, docker, podman, cri-o, or oci where only an OCI runtime is known."`
	Privileged bool   `expr:"privileged" need:"call" stable:"yes" known:"PrivilegedKnown" doc:"The container was created privileged. No runtime says so, so it is derived from the bundle: true with CAP_SYS_ADMIN, all devices, no seccomp profile and no masked path; false with a masked path or without CAP_SYS_ADMIN; else not known."`

	ImageName string         `expr:"image" need:"call" stable:"yes" doc:"Image of the container as it was asked for, with registry and tag or digest."`
	Image     ContainerImage `expr:"image"`

	HostNetwork bool   `expr:"host_network" need:"call" stable:"yes" known:"HostNetworkKnown" doc:"The container shares the host's network namespace."`
	HostIPC     bool   `expr:"host_ipc" need:"call" stable:"yes" known:"HostIPCKnown" doc:"The container shares the host's IPC namespace."`
	HostPID     bool   `expr:"host_pid" need:"call" stable:"yes" known:"HostPIDKnown" doc:"The container shares the host's pid namespace."`
	IP          string `expr:"ip" need:"call" stable:"yes" doc:"Address of the container or its pod, when it was created."`
	Mounts      string `expr:"mounts" need:"call" stable:"yes" doc:"What the container sees of the host, joined by spaces, each as SOURCE:DESTINATION:MODE:WRITABLE:PROPAGATION; MODE is empty."`
	StartTS     int    `expr:"start_ts" need:"call" stable:"yes" doc:"When the container was created, in nanoseconds since the epoch."`
	Duration    int    `expr:"duration" need:"call" stable:"yes" doc:"Nanoseconds since container.start_ts."`

	PrivilegedKnown  bool `expr:"privilegedknown"` // companions; no fields of their own
	HostNetworkKnown bool `expr:"hostnetworkknown"`
	HostIPCKnown     bool `expr:"hostipcknown"`
	HostPIDKnown     bool `expr:"hostpidknown"`
}

// ContainerImage is the image of the container.
type ContainerImage struct {
	Repository string `expr:"repository" need:"call" stable:"yes" doc:"Repository of the image, with its registry."`
	Tag        string `expr:"tag" need:"call" stable:"yes" doc:"Tag of the image."`
	Digest     string `expr:"digest" need:"call" stable:"yes" doc:"Digest of the image's manifest (sha256:…)."`
	ID         string `expr:"id" need:"call" stable:"yes" doc:"Short id of the image (12 digits): the digest of its configuration."`
}

// K8s is the pod that the container belongs to.
type K8s struct {
	NS  K8sNS  `expr:"ns"`
	Pod K8sPod `expr:"pod"`
}

// K8sNS is the namespace of the pod.
type K8sNS struct {
	Name string `expr:"name" need:"call" stable:"yes" doc:"Kubernetes namespace of the pod."`
}

// K8sPod is the pod.
type K8sPod struct {
	Name string `expr:"name" need:"call" stable:"yes" doc:"Name of the pod."`
	UID  string `expr:"uid" need:"call" stable:"yes" doc:"UID of the pod."`

	SandboxID string `expr:"sandbox_id" need:"call" stable:"yes" doc:"Short id (12 digits) of the container that holds the pod's namespaces."`
}
