package containerd_test

import (
	"context"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	containers "github.com/containerd/containerd/api/services/containers/v1"
	images "github.com/containerd/containerd/api/services/images/v1"
	"github.com/containerd/containerd/api/types"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/callgate/callgate/runtime/daemon/containerd"
)

const patience = time.Minute

// store is containerd's, with two containers and an image under two names.
type store struct {
	containers.UnimplementedContainersServer
}

type imageStore struct {
	images.UnimplementedImagesServer
}

var created = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

const digest = "sha256:aaaa"

func (store) Get(ctx context.Context, r *containers.GetContainerRequest) (*containers.GetContainerResponse, error) {
	md, _ := metadata.FromIncomingContext(ctx)
	if ns := md.Get("containerd-namespace"); len(ns) != 1 || ns[0] != "k8s.io" {
		return nil, status.Error(codes.NotFound, "no such namespace")
	}
	c := &containers.Container{ID: r.GetID(), CreatedAt: timestamppb.New(created), Labels: map[string]string{"a": "b"}}
	switch r.GetID() {
	case "with-image":
		c.Image = "docker.io/library/nginx:1"
	case "deleted-image":
		c.Image = "gone"
	case "no-image":
	default:
		return nil, status.Error(codes.NotFound, "no such container")
	}
	return &containers.GetContainerResponse{Container: c}, nil
}

func (imageStore) Get(_ context.Context, r *images.GetImageRequest) (*images.GetImageResponse, error) {
	if r.GetName() == "gone" {
		return nil, status.Error(codes.NotFound, "no such image")
	}
	return &images.GetImageResponse{Image: &images.Image{Name: r.GetName(), Target: &types.Descriptor{Digest: digest}}}, nil
}

func (imageStore) List(_ context.Context, r *images.ListImagesRequest) (*images.ListImagesResponse, error) {
	if f := r.GetFilters(); len(f) != 1 || f[0] != "target.digest=="+digest {
		return nil, status.Errorf(codes.InvalidArgument, "filters %q", f)
	}
	return &images.ListImagesResponse{Images: []*images.Image{{Name: "docker.io/library/nginx:1"}, {Name: "sha256:bbbb"}}}, nil
}

func serve(t *testing.T) string {
	t.Helper()
	socket := filepath.Join(t.TempDir(), "c.sock")
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	s := grpc.NewServer()
	containers.RegisterContainersServer(s, store{})
	images.RegisterImagesServer(s, imageStore{})
	go func() { _ = s.Serve(l) }()
	t.Cleanup(s.Stop)
	return socket
}

func TestAsk(t *testing.T) {
	socket := serve(t)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	labels := map[string]string{"a": "b"}
	for id, want := range map[string]containerd.Facts{
		"with-image":    {Image: "docker.io/library/nginx:1", Digest: digest, ImageID: "sha256:bbbb", Created: created, Labels: labels},
		"deleted-image": {Image: "gone", Created: created, Labels: labels},
		"no-image":      {Created: created, Labels: labels},
	} {
		got, err := containerd.Ask(ctx, socket, "k8s.io", id)
		if d := cmp.Diff(want, got); d != "" || err != nil {
			t.Errorf("%s: %v, want, got:\n%s", id, err, d)
		}
	}
	for _, c := range [][2]string{{"k8s.io", "unknown"}, {"other", "with-image"}} {
		if _, err := containerd.Ask(ctx, socket, c[0], c[1]); err == nil || !strings.Contains(err.Error(), "ask containerd") {
			t.Errorf("%v: %v", c, err)
		}
	}
}

// Nothing listens there, or nothing that answers: it ends with its context.
func TestNoAnswer(t *testing.T) {
	silent := filepath.Join(t.TempDir(), "silent.sock")
	l, err := net.Listen("unix", silent)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for _, socket := range []string{silent, filepath.Join(t.TempDir(), "none.sock")} {
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		if _, err := containerd.Ask(ctx, socket, "k8s.io", "with-image"); err == nil {
			t.Error("an answer from nobody")
		}
		cancel()
	}
}
