package event

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
	MountBlk    string `expr:"mountblk"` // the mounts, NUL-separated, for container.mount; no field of its own
	StartTS     int    `expr:"start_ts" need:"call" stable:"yes" doc:"When the container was created, in nanoseconds since the epoch."`
	Duration    int    `expr:"duration" need:"time" stable:"yes" doc:"Nanoseconds since container.start_ts."`

	Mount ContainerMount `expr:"mount"`

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

// ContainerMount are the mounts of container.mounts, one by one.
type ContainerMount struct {
	Dest   none `expr:"dest" need:"call" stable:"yes" index:"string" find:"mount.dest" doc:"container.mount.dest[SOURCE]: where the container has what lies at SOURCE, a glob, on the host; the first such mount."`
	Source none `expr:"source" need:"call" stable:"yes" index:"string" find:"mount.source" doc:"container.mount.source[DEST]: what of the host the container has at DEST, a glob; the first such mount."`
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
