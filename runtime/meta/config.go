package meta

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// config is what of an OCI bundle's config.json tells something about the
// container (runtime-spec, config.md).
type config struct {
	Annotations map[string]string `json:"annotations"`
	Mounts      []specs.Mount     `json:"mounts"`
	Process     struct {
		Capabilities specs.LinuxCapabilities `json:"capabilities"`
	} `json:"process"`
	Linux struct {
		Namespaces []specs.LinuxNamespace `json:"namespaces"`
		Seccomp    *struct{}              `json:"seccomp"`
		Resources  struct {
			Devices []specs.LinuxDeviceCgroup `json:"devices"`
		} `json:"resources"`
		MaskedPaths []string `json:"maskedPaths"`
	} `json:"linux"`
}

// FromConfig is what the bundle's config.json tells of a container, before
// callgate changes it. Namespace is containerd's, empty where there is none.
//
// It fails on JSON that is none, and on identities and annotations that are too
// long to be honest: to cut one could loosen what it asks for.
func FromConfig(configJSON []byte, namespace, id string) (Container, error) {
	var cfg config
	if err := json.Unmarshal(configJSON, &cfg); err != nil {
		return Container{}, fmt.Errorf("read facts of container %.64s: config.json: %w", id, err)
	}
	c := Container{ID: id, Namespace: namespace, Created: time.Now()}
	if err := c.annotate(cfg.Annotations); err != nil {
		return Container{}, fmt.Errorf("read facts of container %.64s: %w", id, err)
	}
	c.Runtime = manager(&cfg, namespace)
	if c.Name == "" && (c.Runtime == "containerd" || c.Runtime == "oci") {
		c.Name = id // these give no other name
	}
	c.Privileged = privileged(&cfg)
	c.HostNetwork = sharesHost(&cfg, specs.NetworkNamespace)
	c.HostIPC = sharesHost(&cfg, specs.IPCNamespace)
	c.HostPID = sharesHost(&cfg, specs.PIDNamespace)
	c.Mounts = mounts(cfg.Mounts)
	if c.IP == "" && c.HostNetwork == No {
		c.IP = addressAt(namespacePath(&cfg, specs.NetworkNamespace))
	}
	return c, nil
}

// manager is who made the container.
func manager(cfg *config, namespace string) string {
	switch {
	case cfg.Annotations["io.container.manager"] == "libpod":
		return "podman"
	case cfg.Annotations["io.kubernetes.cri-o.ContainerType"] != "":
		return "cri-o"
	case namespace == "moby":
		return "docker"
	case namespace != "":
		return "containerd"
	}
	return "oci"
}

// maxMounts bounds what is told of mounts; of more, none is.
const maxMounts = 512

// mounts are those through which the container sees the host.
func mounts(all []specs.Mount) (seen []Mount) {
	for _, m := range all {
		bind := m.Type == "bind"
		seenAs := Mount{Source: m.Source, Destination: m.Destination, Writable: true}
		for _, option := range m.Options {
			switch option {
			case "bind", "rbind":
				bind = true
			case "ro":
				seenAs.Writable = false
			case "rw":
				seenAs.Writable = true
			case "private", "rprivate", "slave", "rslave", "shared", "rshared", "unbindable", "runbindable":
				seenAs.Propagation = option
			}
		}
		if bind {
			seen = append(seen, seenAs)
		}
	}
	if len(seen) > maxMounts {
		return nil
	}
	return seen
}
