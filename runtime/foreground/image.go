package foreground

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"time"

	content "github.com/containerd/containerd/api/services/content/v1"
	images "github.com/containerd/containerd/api/services/images/v1"
	leases "github.com/containerd/containerd/api/services/leases/v1"
	snapshots "github.com/containerd/containerd/api/services/snapshots/v1"
	"github.com/opencontainers/go-digest"
	"github.com/opencontainers/image-spec/identity"
	imagespec "github.com/opencontainers/image-spec/specs-go/v1"
	"golang.org/x/sys/unix"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

// Image is one in containerd's store.
type Image struct {
	Name        string
	Namespace   string // containerd's
	Socket      string // containerd's
	Snapshotter string
}

const (
	rootfsName = "rootfs"
	// leaseTime is when containerd removes the file system of a container whose
	// callgate was killed.
	leaseTime = 24 * time.Hour
	// maxBlob bounds manifests and configurations, in bytes.
	maxBlob = 8 << 20
)

// unpack makes a bundle of the image in a directory: a new snapshot of it as root,
// and the runtime's default configuration with the image's command. Release gives
// the snapshot back.
func (i *Image) unpack(ctx context.Context, dir, runtime string, args []string) (release func() error, err error) {
	if _, err := os.Stat(i.Socket); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("find containerd: there is no socket %s: start containerd, name its socket with --containerd-socket, or run a bundle (--bundle)", i.Socket)
	}
	conn, err := grpc.NewClient("unix://"+i.Socket, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return nil, fmt.Errorf("ask containerd: %w", err)
	}
	defer func() {
		if err != nil {
			_ = conn.Close()
		}
	}()
	ctx = metadata.AppendToOutgoingContext(ctx, "containerd-namespace", i.Namespace)
	config, err := i.config(ctx, conn)
	if err != nil {
		return nil, err
	}
	rootfs := filepath.Join(dir, rootfsName)
	end, err := i.mount(ctx, conn, filepath.Base(dir), config.RootFS.DiffIDs, rootfs)
	if err != nil {
		return nil, err
	}
	release = func() error { return errors.Join(end(), conn.Close()) }
	if err := writeSpec(ctx, dir, runtime, config, args); err != nil {
		return nil, errors.Join(err, end())
	}
	return release, nil
}

// config finds the image's configuration for this machine.
func (i *Image) config(ctx context.Context, conn *grpc.ClientConn) (*imagespec.Image, error) {
	got, err := images.NewImagesClient(conn).Get(ctx, &images.GetImageRequest{Name: i.Name})
	switch {
	case status.Code(err) == codes.NotFound:
		return nil, fmt.Errorf("find image: containerd's namespace %s has no %s; pull it (ctr -n %s images pull %s)", i.Namespace, i.Name, i.Namespace, i.Name)
	case err != nil:
		return nil, fmt.Errorf("ask containerd for image %s: %w", i.Name, err)
	}
	// An index names manifests, a manifest its configuration.
	var manifest struct {
		Config    imagespec.Descriptor
		Manifests []imagespec.Descriptor
	}
	at := digest.Digest(got.GetImage().GetTarget().GetDigest())
	if err := readBlob(ctx, conn, at, &manifest); err != nil {
		return nil, err
	}
	for _, m := range manifest.Manifests {
		if p := m.Platform; p == nil || p.OS == runtime.GOOS && p.Architecture == runtime.GOARCH {
			if err := readBlob(ctx, conn, m.Digest, &manifest); err != nil {
				return nil, err
			}
			break
		}
	}
	if manifest.Config.Digest == "" {
		return nil, fmt.Errorf("read image %s: it has nothing for %s/%s", i.Name, runtime.GOOS, runtime.GOARCH)
	}
	config := new(imagespec.Image)
	return config, readBlob(ctx, conn, manifest.Config.Digest, config)
}

// readBlob reads JSON from containerd's store.
func readBlob(ctx context.Context, conn *grpc.ClientConn, blob digest.Digest, into any) error {
	stream, err := content.NewContentClient(conn).Read(ctx, &content.ReadContentRequest{Digest: blob.String()})
	if err != nil {
		return fmt.Errorf("read %s of image: %w", blob, err)
	}
	var text []byte
	for len(text) <= maxBlob {
		part, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("read %s of image: %w", blob, err)
		}
		text = append(text, part.GetData()...)
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("read %s of image: %w", blob, err)
	}
	return nil
}

// mount mounts a new, writable snapshot of some layers.
func (i *Image) mount(ctx context.Context, conn *grpc.ClientConn, key string, layers []digest.Digest, target string) (release func() error, err error) {
	lease := leases.NewLeasesClient(conn)
	expire := map[string]string{"containerd.io/gc.expire": time.Now().Add(leaseTime).Format(time.RFC3339)}
	if _, err := lease.Create(ctx, &leases.CreateRequest{ID: key, Labels: expire}); err != nil {
		return nil, fmt.Errorf("make container's file system: %w", err)
	}
	release = func() error {
		// Not ctx: it is released when that has ended too.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
		defer cancel()
		if err := unix.Unmount(target, unix.UMOUNT_NOFOLLOW); err != nil && !errors.Is(err, unix.EINVAL) && !errors.Is(err, unix.ENOENT) {
			return fmt.Errorf("unmount the container's root: %w", err)
		}
		if _, err := lease.Delete(ctx, &leases.DeleteRequest{ID: key, Sync: true}); err != nil {
			return fmt.Errorf("give back container's file system: %w", err)
		}
		return nil
	}
	prepared, err := snapshots.NewSnapshotsClient(conn).Prepare(metadata.AppendToOutgoingContext(ctx, "containerd-lease", key),
		&snapshots.PrepareSnapshotRequest{Snapshotter: i.Snapshotter, Key: key, Parent: identity.ChainID(layers).String()})
	if status.Code(err) == codes.NotFound {
		err = fmt.Errorf("image %s is not unpacked for snapshotter %s; pull it again (ctr -n %s images pull %s): %w", i.Name, i.Snapshotter, i.Namespace, i.Name, err)
	}
	if err == nil {
		err = os.Mkdir(target, 0o755)
	}
	if err == nil {
		err = mountSnapshot(prepared.GetMounts(), target)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("make container's file system: %w", err), release())
	}
	return release, nil
}

// defaultSpec has the runtime write its default configuration.
func defaultSpec(ctx context.Context, dir, runtime string) ([]byte, error) {
	if out, err := exec.CommandContext(ctx, runtime, "spec", "--bundle", dir).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("make configuration of the container: %w: %s", err, out)
	}
	text, err := os.ReadFile(filepath.Join(dir, "config.json"))
	if err != nil {
		return nil, fmt.Errorf("make configuration of the container: %w", err)
	}
	return text, nil
}
