package meta

import (
	"fmt"
	"strings"
)

// Annotations by which a container says how it wants to be supervised; the
// daemon decides what it may.
const annotationPrefix = "callgate.dev/"

// facts are the annotations that name a container, as containerd's CRI plugin
// and CRI-O write them; the first that is there counts.
var facts = []struct {
	of   func(*Container) *string
	keys []string
}{
	{func(c *Container) *string { return &c.Name }, []string{"io.kubernetes.cri.container-name", "io.kubernetes.container.name"}},
	{func(c *Container) *string { return &c.Image.Name }, []string{"io.kubernetes.cri.image-name", "io.kubernetes.cri-o.ImageName"}},
	{func(c *Container) *string { return &c.Pod.Name }, []string{"io.kubernetes.cri.sandbox-name", "io.kubernetes.pod.name"}},
	{func(c *Container) *string { return &c.Pod.Namespace }, []string{"io.kubernetes.cri.sandbox-namespace", "io.kubernetes.pod.namespace"}},
	{func(c *Container) *string { return &c.Pod.UID }, []string{"io.kubernetes.cri.sandbox-uid", "io.kubernetes.pod.uid"}},
	{func(c *Container) *string { return &c.Pod.SandboxID }, []string{"io.kubernetes.cri.sandbox-id", "io.kubernetes.cri-o.SandboxID"}},
	{func(c *Container) *string { return &c.IP }, []string{"io.kubernetes.cri-o.IP.0"}},
}

// types are the annotations that tell a pod's container from the one that holds
// its namespaces.
var types = []string{"io.kubernetes.cri.container-type", "io.kubernetes.cri-o.ContainerType"}

const (
	// maxValue bounds one annotation, in bytes. Kubernetes bounds names to 253;
	// references of images are no longer than 255 and a digest.
	maxValue = 2048
	// maxOwn bounds how many annotations callgate reads from one container.
	maxOwn = 32
)

// annotate takes what annotations tell.
func (c *Container) annotate(annotations map[string]string) error {
	keep := func(key, value string) error {
		if len(key)+len(value) > maxValue {
			return fmt.Errorf("annotation %.100q is longer than %d bytes", key, maxValue)
		}
		if c.Annotations == nil {
			c.Annotations = make(map[string]string)
		}
		c.Annotations[key] = value
		return nil
	}
	for _, fact := range facts {
		for _, key := range fact.keys {
			if value := annotations[key]; value != "" {
				if err := keep(key, value); err != nil {
					return err
				}
				*fact.of(c) = value
				break
			}
		}
	}
	for _, key := range types {
		if value := annotations[key]; value != "" {
			if err := keep(key, value); err != nil {
				return err
			}
		}
	}
	c.Image = ParseImage(c.Image.Name)
	own := 0
	for key, value := range annotations {
		if !strings.HasPrefix(key, annotationPrefix) {
			continue
		}
		if own++; own > maxOwn {
			return fmt.Errorf("more than %d annotations %s*", maxOwn, annotationPrefix)
		}
		if err := keep(key, value); err != nil {
			return err
		}
	}
	return nil
}

// IsSandbox reports whether the container only holds a pod's namespaces: it runs
// no program of the user's.
func (c *Container) IsSandbox() bool {
	for _, key := range types {
		if c.Annotations[key] == "sandbox" {
			return true
		}
	}
	return false
}
