package rig

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	cri "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// A CRI is a kubelet's connection to a node's containerd. What its methods do
// not offer can be had from the embedded client.
type CRI struct {
	cri.RuntimeServiceClient
	node *Node
	conn *grpc.ClientConn
}

// CRI connects to the node's containerd and waits until it knows the images.
func (n *Node) CRI(ctx context.Context) (*CRI, error) {
	conn, err := grpc.NewClient("unix://"+n.Socket, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return nil, fmt.Errorf("connect to CRI: %w", err)
	}
	images := cri.NewImageServiceClient(conn)
	for _, name := range []string{pauseImage, Image} {
		for {
			s, err := images.ImageStatus(ctx, &cri.ImageStatusRequest{Image: &cri.ImageSpec{Image: name}}, grpc.WaitForReady(true))
			if err != nil {
				_ = conn.Close()
				return nil, fmt.Errorf("wait for image %s: %w", name, err)
			}
			if s.Image != nil {
				break
			}
			time.Sleep(20 * time.Millisecond) // it learns of ctr's imports by events
		}
	}
	return &CRI{cri.NewRuntimeServiceClient(conn), n, conn}, nil
}

// answers tells whether containerd answers ctr and kubelet, whose server begins
// its work later.
func (n *Node) answers(ctx context.Context) error {
	if _, err := n.Ctr(ctx, "version"); err != nil {
		return err
	}
	conn, err := grpc.NewClient("unix://"+n.Socket, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return fmt.Errorf("connect to CRI: %w", err)
	}
	_, err = cri.NewRuntimeServiceClient(conn).Status(ctx, &cri.StatusRequest{})
	return errors.Join(err, conn.Close())
}

// Close ends the connection.
func (c *CRI) Close() error { return c.conn.Close() }

// A Pod to be run. Its uid is made of namespace and name.
type Pod struct {
	Namespace, Name string
	Handler         string // StockHandler or Handler
	Annotations     map[string]string
	HostNetwork     bool
	Privileged      bool // may have privileged containers

	id     string
	config *cri.PodSandboxConfig
}

// UID is the pod's uid.
func (p *Pod) UID() string { return p.Namespace + "-" + p.Name + "-uid" }

// ID is the id of the pod's sandbox, once it runs.
func (p *Pod) ID() string { return p.id }

// PodSlice is systemd's unit above the pods where it makes their cgroups.
const PodSlice = "rig.slice"

// podCgroup is the cgroup for the node's pods, as CRI names it.
func (n *Node) podCgroup() string {
	if n.Config.Systemd {
		return PodSlice
	}
	return n.CgroupParent()
}

// RunPod runs a pod without containers.
func (c *CRI) RunPod(ctx context.Context, p *Pod) error {
	network, hostname := cri.NamespaceMode_POD, p.Name
	if p.HostNetwork {
		network, hostname = cri.NamespaceMode_NODE, "" // the node's name is the node's
	}
	logs := filepath.Join(c.node.Dir, "logs", p.UID())
	if err := os.MkdirAll(logs, 0o755); err != nil {
		return fmt.Errorf("run pod %s: %w", p.Name, err)
	}
	p.config = &cri.PodSandboxConfig{
		Metadata:     &cri.PodSandboxMetadata{Name: p.Name, Namespace: p.Namespace, Uid: p.UID()},
		Hostname:     hostname,
		LogDirectory: logs,
		Annotations:  p.Annotations,
		Linux: &cri.LinuxPodSandboxConfig{
			CgroupParent:    c.node.podCgroup(),
			SecurityContext: &cri.LinuxSandboxSecurityContext{NamespaceOptions: &cri.NamespaceOption{Network: network}, Privileged: p.Privileged},
		},
	}
	r, err := c.RunPodSandbox(ctx, &cri.RunPodSandboxRequest{Config: p.config, RuntimeHandler: p.Handler})
	if err != nil {
		return fmt.Errorf("run pod %s: %w", p.Name, err)
	}
	p.id = r.PodSandboxId
	return nil
}

// RemovePod ends a pod with its containers.
func (c *CRI) RemovePod(ctx context.Context, p *Pod) error {
	if _, err := c.StopPodSandbox(ctx, &cri.StopPodSandboxRequest{PodSandboxId: p.id}); err != nil {
		return fmt.Errorf("stop pod %s: %w", p.Name, err)
	}
	if _, err := c.RemovePodSandbox(ctx, &cri.RemovePodSandboxRequest{PodSandboxId: p.id}); err != nil {
		return fmt.Errorf("remove pod %s: %w", p.Name, err)
	}
	return nil
}

// A PodContainer is a container of [Image] in a pod.
type PodContainer struct {
	Name        string
	Command     []string // nil: the probe, asleep
	Annotations map[string]string
	Seccomp     cri.SecurityProfile_ProfileType // Unconfined or RuntimeDefault
	Privileged  bool
	NoNewPrivs  bool
	Terminal    bool  // standard input and a terminal, for attaching
	Memory      int64 // limit in bytes; 0: none
}

// Run creates and starts a container and returns its id.
func (c *CRI) Run(ctx context.Context, p *Pod, k PodContainer) (string, error) {
	r, err := c.CreateContainer(ctx, &cri.CreateContainerRequest{
		PodSandboxId:  p.id,
		SandboxConfig: p.config,
		Config: &cri.ContainerConfig{
			Metadata:    &cri.ContainerMetadata{Name: k.Name},
			Image:       &cri.ImageSpec{Image: Image},
			Command:     orSleep(k.Command),
			Annotations: k.Annotations,
			LogPath:     k.Name + ".log",
			Stdin:       k.Terminal,
			Tty:         k.Terminal,
			Linux: &cri.LinuxContainerConfig{
				Resources: &cri.LinuxContainerResources{MemoryLimitInBytes: k.Memory},
				SecurityContext: &cri.LinuxContainerSecurityContext{
					Privileged: k.Privileged,
					NoNewPrivs: k.NoNewPrivs,
					Seccomp:    &cri.SecurityProfile{ProfileType: k.Seccomp},
					// As kubelet sends it; without it a container of a pod on the host's network leaves it.
					NamespaceOptions: p.config.Linux.SecurityContext.NamespaceOptions,
				},
			},
		},
	})
	if err != nil {
		return "", fmt.Errorf("create container %s: %w", k.Name, err)
	}
	if _, err := c.StartContainer(ctx, &cri.StartContainerRequest{ContainerId: r.ContainerId}); err != nil {
		return r.ContainerId, fmt.Errorf("start container %s: %w", k.Name, err)
	}
	return r.ContainerId, nil
}

// Wait waits until a container has ended and returns its status.
func (c *CRI) Wait(ctx context.Context, id string) (*cri.ContainerStatus, error) {
	for {
		s, err := c.ContainerStatus(ctx, &cri.ContainerStatusRequest{ContainerId: id})
		if err != nil {
			return nil, fmt.Errorf("wait for container %s: %w", id, err)
		}
		if s.Status.State == cri.ContainerState_CONTAINER_EXITED {
			return s.Status, nil
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// Log waits until what a container has written to its outputs contains a text,
// and returns it, in CRI's log format.
func (c *CRI) Log(ctx context.Context, p *Pod, container, text string) (string, error) {
	for {
		log, err := os.ReadFile(filepath.Join(p.config.LogDirectory, container+".log"))
		if err != nil || strings.Contains(string(log), text) {
			return string(log), err
		}
		select {
		case <-ctx.Done():
			return string(log), fmt.Errorf("wait for %q in the log of %s: %w", text, container, ctx.Err())
		case <-time.After(20 * time.Millisecond):
		}
	}
}
