// Package meta is what is known of a container: its identity, image, pod and
// how it is separated from the host, and how that gets into events.
//
// Whoever makes a container may lie about it only in what it may choose anyway
// (names, labels). Everything here is bounded, and what is not known stays zero:
// a wrong value is worse than none.
package meta

import "time"

// Container is what is known of one container. The zero value of a member means
// that it is not known.
type Container struct {
	// ID is the runtime's full id, Namespace containerd's namespace.
	ID        string `json:"id,omitempty"`
	Namespace string `json:"namespace,omitempty"`
	Name      string `json:"name,omitempty"`
	// Runtime is who manages the container: containerd, docker, podman, cri-o,
	// or oci where only an OCI runtime is known.
	Runtime string `json:"runtime,omitempty"`
	Image   Image  `json:"image,omitzero"`

	Privileged  Flag `json:"privileged,omitzero"`
	HostNetwork Flag `json:"hostNetwork,omitzero"`
	HostIPC     Flag `json:"hostIPC,omitzero"`
	HostPID     Flag `json:"hostPID,omitzero"` // shares the host's pid namespace

	// Mounts are the directories and files of the host that it sees.
	Mounts []Mount `json:"mounts,omitempty"`
	// IP is the address of the container or its pod.
	IP string `json:"ip,omitempty"`
	// Created is when the container was created.
	Created time.Time `json:"created,omitzero"`
	// PID is the container's first process, in the host's pid namespace.
	PID int `json:"pid,omitempty"`

	Pod Pod `json:"pod,omitzero"`
	// Annotations are those that callgate and CRI use, bounded.
	Annotations map[string]string `json:"annotations,omitempty"`
	// Bundle is the directory of the OCI bundle.
	Bundle string `json:"bundle,omitempty"`
}

// Image is the image of a container.
type Image struct {
	Name       string `json:"name,omitempty"`       // as the runtime gives it: docker.io/library/nginx:1.27
	Repository string `json:"repository,omitempty"` // docker.io/library/nginx
	Tag        string `json:"tag,omitempty"`
	Digest     string `json:"digest,omitempty"` // sha256:… of the manifest
	ID         string `json:"id,omitempty"`     // sha256:… of the configuration
}

// Pod is the Kubernetes pod that a container belongs to.
type Pod struct {
	Name      string `json:"name,omitempty"`
	Namespace string `json:"namespace,omitempty"`
	UID       string `json:"uid,omitempty"`
	SandboxID string `json:"sandboxID,omitempty"` // full id of the pause container
}

// Mount is something of the host that a container sees.
type Mount struct {
	Source      string `json:"source,omitempty"`
	Destination string `json:"destination,omitempty"`
	Writable    bool   `json:"writable,omitempty"`
	Propagation string `json:"propagation,omitempty"` // private, rslave, rshared, …
}
