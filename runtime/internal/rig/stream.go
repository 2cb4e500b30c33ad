package rig

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"

	"golang.org/x/net/websocket"
	cri "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// Exec runs a command in a container and returns its standard output; standard
// error is part of the error, which a status other than 0 is.
func (c *CRI) Exec(ctx context.Context, id string, command ...string) (string, error) {
	r, err := c.ExecSync(ctx, &cri.ExecSyncRequest{ContainerId: id, Cmd: command, Timeout: int64(patience / time.Second)})
	if err != nil {
		return "", fmt.Errorf("exec %v: %w", command, err)
	}
	if r.ExitCode != 0 {
		return string(r.Stdout), fmt.Errorf("exec %v: status %d: %s", command, r.ExitCode, r.Stderr)
	}
	return string(r.Stdout), nil
}

// ExecTerminal runs a command on a terminal, types the input and returns what the
// terminal showed until the command ended.
func (c *CRI) ExecTerminal(ctx context.Context, id, input string, command ...string) (string, error) {
	r, err := c.RuntimeServiceClient.Exec(ctx, &cri.ExecRequest{ContainerId: id, Cmd: command, Tty: true, Stdin: true, Stdout: true})
	if err != nil {
		return "", fmt.Errorf("exec %v: %w", command, err)
	}
	return c.converse(ctx, r.Url, input)
}

// AttachTerminal types the input on the terminal of a container's first process
// and returns what it showed until the process ended.
func (c *CRI) AttachTerminal(ctx context.Context, id, input string) (string, error) {
	r, err := c.Attach(ctx, &cri.AttachRequest{ContainerId: id, Tty: true, Stdin: true, Stdout: true})
	if err != nil {
		return "", fmt.Errorf("attach: %w", err)
	}
	return c.converse(ctx, r.Url, input)
}

// Channels of the kubelet's stream protocol: the first byte of each message.
const (
	channelStdin  = 0
	channelStdout = 1
	channelStatus = 3
)

// converse speaks version 4 of that protocol, of which a websocket carries the
// channels.
func (c *CRI) converse(ctx context.Context, address, input string) (string, error) {
	u, err := url.Parse(address)
	if err != nil {
		return "", fmt.Errorf("stream: %w", err)
	}
	conn, err := c.node.Dial(ctx, "tcp", u.Host) // the node's loopback
	if err != nil {
		return "", fmt.Errorf("stream: %w", err)
	}
	defer func() { _ = conn.Close() }()
	if deadline, ok := ctx.Deadline(); ok {
		if err := conn.SetDeadline(deadline); err != nil {
			return "", fmt.Errorf("stream: %w", err)
		}
	}
	u.Scheme = "ws"
	ws, err := websocket.NewClient(&websocket.Config{
		Location: u, Origin: &url.URL{Scheme: "http", Host: u.Host}, Version: websocket.ProtocolVersionHybi13, Protocol: []string{"v4.channel.k8s.io"},
	}, conn)
	if err != nil {
		return "", fmt.Errorf("stream: %w", err)
	}
	if err := websocket.Message.Send(ws, append([]byte{channelStdin}, input...)); err != nil {
		return "", fmt.Errorf("stream: %w", err)
	}
	var shown strings.Builder
	for {
		var message []byte
		switch err := websocket.Message.Receive(ws, &message); {
		case errors.Is(err, io.EOF):
			return shown.String(), nil
		case err != nil:
			return shown.String(), fmt.Errorf("stream: %w", err)
		}
		if len(message) > 1 && message[0] == channelStdout {
			shown.Write(message[1:])
		}
		if len(message) > 1 && message[0] == channelStatus {
			return shown.String(), nil
		}
	}
}
