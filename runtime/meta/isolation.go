package meta

import (
	"os"
	"slices"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// nsFiles are the files of namespaces in /proc/PID/ns (namespaces(7)).
var nsFiles = map[specs.LinuxNamespaceType]string{
	specs.NetworkNamespace: "net", specs.IPCNamespace: "ipc", specs.PIDNamespace: "pid",
}

// sharesHost reports whether the container is put into the host's namespace of
// a kind: the one of process 1. Where it gets a new one it does not. Where it
// joins one by its path, as a pod's containers do, the file tells; where the
// bundle names none, it gets the runtime's, which is ours.
func sharesHost(cfg *config, kind specs.LinuxNamespaceType) Flag {
	path := "/proc/self/ns/" + nsFiles[kind]
	if i := namespaceIndex(cfg, kind); i >= 0 {
		if path = cfg.Linux.Namespaces[i].Path; path == "" {
			return No
		}
	}
	host, herr := os.Stat("/proc/1/ns/" + nsFiles[kind])
	own, err := os.Stat(path)
	if herr != nil || err != nil {
		return Unknown
	}
	return FlagOf(os.SameFile(host, own))
}

// namespacePath is the path of the namespace that the container joins, or "".
func namespacePath(cfg *config, kind specs.LinuxNamespaceType) string {
	if i := namespaceIndex(cfg, kind); i >= 0 {
		return cfg.Linux.Namespaces[i].Path
	}
	return ""
}

func namespaceIndex(cfg *config, kind specs.LinuxNamespaceType) int {
	return slices.IndexFunc(cfg.Linux.Namespaces, func(n specs.LinuxNamespace) bool { return n.Type == kind })
}

// privileged tells from the bundle whether the container was asked to be
// privileged. CRI has no annotation for it, podman has.
//
// Every runtime gives a privileged container its own capabilities (not all there
// are: containerd may have fewer itself), no masked paths, no seccomp profile and,
// unless it is configured otherwise, all devices. Some of these can also be asked
// for one by one, so with only some of them it is not known.
func privileged(cfg *config) Flag {
	switch {
	case strings.EqualFold(cfg.Annotations["io.podman.annotations.privileged"], "true"):
		return Yes
	case len(cfg.Linux.MaskedPaths) > 0, !slices.Contains(cfg.Process.Capabilities.Bounding, "CAP_SYS_ADMIN"):
		return No
	case cfg.Linux.Seccomp == nil && allDevices(cfg.Linux.Resources.Devices):
		return Yes
	}
	return Unknown
}

// allDevices reports whether the last word on all devices allows them
// (runtime-spec, config-linux.md: the entries apply in order).
func allDevices(rules []specs.LinuxDeviceCgroup) (allowed bool) {
	for _, r := range rules {
		all := (r.Type == "" || r.Type == "a") && any64(r.Major) && any64(r.Minor)
		switch {
		case all && r.Allow:
			allowed = allowed || strings.Contains(r.Access, "r") && strings.Contains(r.Access, "w") && strings.Contains(r.Access, "m")
		case !r.Allow:
			allowed = false
		}
	}
	return allowed
}

// any64 reports whether a device number stands for all.
func any64(n *int64) bool { return n == nil || *n < 0 }
