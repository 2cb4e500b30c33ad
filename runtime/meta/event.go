package meta

import (
	"strings"

	"github.com/callgate/callgate/rules/event"
)

// Event is the container as rules and alerts see it.
func (c *Container) Event() (event.Container, event.K8s) {
	e := event.UnknownContainer()
	e.ID, e.FullID, e.Name, e.Type = shortID(c.ID), c.ID, c.Name, c.Runtime
	e.Privileged, e.PrivilegedKnown = c.Privileged.Known()
	e.HostNetwork, e.HostNetworkKnown = c.HostNetwork.Known()
	e.HostIPC, e.HostIPCKnown = c.HostIPC.Known()
	e.HostPID, e.HostPIDKnown = c.HostPID.Known()
	e.ImageName = c.Image.Name
	e.Image = event.ContainerImage{
		Repository: c.Image.Repository, Tag: c.Image.Tag, Digest: c.Image.Digest,
		ID: shortID(strings.TrimPrefix(c.Image.ID, "sha256:")),
	}
	e.IP, e.Mounts, e.MountBlk = c.IP, mountsText(c.Mounts), mountBlock(c.Mounts)
	if !c.Created.IsZero() {
		e.StartTS = int(c.Created.UnixNano())
	}
	return e, event.K8s{
		NS:  event.K8sNS{Name: c.Pod.Namespace},
		Pod: event.K8sPod{Name: c.Pod.Name, UID: c.Pod.UID, SandboxID: shortID(c.Pod.SandboxID)},
	}
}

// mountsText is Falco's form: SOURCE:DESTINATION:MODE:WRITABLE:PROPAGATION, the
// mode always empty.
func mountsText(mounts []Mount) string {
	var b strings.Builder
	for i, m := range mounts {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(m.Source + ":" + m.Destination + "::")
		if m.Writable {
			b.WriteString("true:")
		} else {
			b.WriteString("false:")
		}
		b.WriteString(m.Propagation)
	}
	return b.String()
}

// mountBlock is what container.mount looks up: SOURCE NUL DESTINATION NUL, for each
// mount.
func mountBlock(mounts []Mount) string {
	var b strings.Builder
	for _, m := range mounts {
		if !strings.Contains(m.Source+m.Destination, "\x00") { // which no path of the kernel's holds
			b.WriteString(m.Source + "\x00" + m.Destination + "\x00")
		}
	}
	return b.String()
}
