package daemon

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"time"

	"github.com/callgate/callgate/runtime/daemon/containerd"
	"github.com/callgate/callgate/runtime/meta"
)

const (
	// askTime is how long containerd may take over one container.
	askTime = 10 * time.Second
	// maxAsking bounds the questions that are open.
	maxAsking = 4
)

// enrich asks containerd what it knows of a container, beside the decisions:
// calls are judged meanwhile by what the bundle has told.
func (d *Daemon) enrich(c *container) {
	if d.node.ContainerdSocket == "" || c.key.namespace == "" {
		return // not containerd's
	}
	if _, err := os.Stat(d.node.ContainerdSocket); errors.Is(err, fs.ErrNotExist) {
		return
	}
	go func() {
		d.asking <- struct{}{}
		defer func() { <-d.asking }()
		ctx, cancel := context.WithTimeout(context.Background(), askTime)
		defer cancel()
		f, err := containerd.Ask(ctx, d.node.ContainerdSocket, c.key.namespace, c.key.id)
		if err != nil {
			d.log.Debug("containerd does not tell more of a container", "container", c.key.id, "error", err)
			return
		}
		c.learn(func(m *meta.Container) { complete(m, &f) })
	}()
}

// labelName is CRI's label with a container's name.
const labelName = "io.kubernetes.container.name"

// complete adds what is not known yet. What the bundle said stays: it is what
// the container was started with.
func complete(m *meta.Container, f *containerd.Facts) {
	if m.Image.Name == "" && f.Image != "" {
		m.Image = meta.ParseImage(f.Image)
	}
	fill(&m.Image.Digest, f.Digest)
	fill(&m.Image.ID, f.ImageID)
	if name := f.Labels[labelName]; name != "" && (m.Name == "" || m.Name == m.ID) {
		m.Name = name
	}
	if m.Created.IsZero() {
		m.Created = f.Created
	}
}

func fill(to *string, value string) {
	if *to == "" {
		*to = value
	}
}
