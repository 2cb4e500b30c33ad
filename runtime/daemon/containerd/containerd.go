// Package containerd asks containerd what a bundle does not tell of a container:
// the image's digest and id, and labels.
package containerd

import (
	"context"
	"fmt"
	"strings"
	"time"

	containers "github.com/containerd/containerd/api/services/containers/v1"
	images "github.com/containerd/containerd/api/services/images/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
)

// Facts are what containerd's store says of a container. Empty: it is not known.
type Facts struct {
	Image   string // name
	Digest  string // sha256:… of the image's manifest
	ImageID string // sha256:… of its configuration, as CRI calls images
	Created time.Time
	Labels  map[string]string
}

// Ask asks the containerd at a socket for a container.
func Ask(ctx context.Context, socket, namespace, id string) (Facts, error) {
	conn, err := grpc.NewClient("unix://"+socket, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return Facts{}, fmt.Errorf("ask containerd: %w", err)
	}
	defer conn.Close() //nolint:errcheck // one question, answered or not
	ctx = metadata.AppendToOutgoingContext(ctx, "containerd-namespace", namespace)
	got, err := containers.NewContainersClient(conn).Get(ctx, &containers.GetContainerRequest{ID: id})
	if err != nil {
		return Facts{}, fmt.Errorf("ask containerd for container %s: %w", id, err)
	}
	c := got.GetContainer()
	f := Facts{Image: c.GetImage(), Labels: c.GetLabels()}
	if t := c.GetCreatedAt(); t.IsValid() {
		f.Created = t.AsTime()
	}
	if f.Image == "" {
		return f, nil // a container of a root file system has no image
	}
	store := images.NewImagesClient(conn)
	image, err := store.Get(ctx, &images.GetImageRequest{Name: f.Image})
	if err != nil {
		return f, nil //nolint:nilerr // the image may be deleted while the container runs
	}
	f.Digest = image.GetImage().GetTarget().GetDigest()
	f.ImageID, err = configID(ctx, store, f.Digest)
	return f, err
}

// configID finds the id under which CRI has the image: for each image it makes a
// second name in the store, which is the digest of the configuration.
func configID(ctx context.Context, store images.ImagesClient, digest string) (string, error) {
	list, err := store.List(ctx, &images.ListImagesRequest{Filters: []string{"target.digest==" + digest}})
	if err != nil {
		return "", fmt.Errorf("ask containerd for names of image %s: %w", digest, err)
	}
	for _, i := range list.GetImages() {
		if strings.HasPrefix(i.GetName(), "sha256:") {
			return i.GetName(), nil
		}
	}
	return "", nil
}
