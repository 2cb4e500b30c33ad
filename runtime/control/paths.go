package control

import (
	"cmp"
	"os"
)

// Where the daemon's sockets are unless its configuration says otherwise.
const (
	DefaultSocket      = "/run/callgate/callgate.sock" // control
	DefaultAgentSocket = "/run/callgate/agent.sock"    // OCI seccomp agent
)

// SocketVariable is the environment variable that names the control socket to
// shim, wrapper and command line.
const SocketVariable = "CALLGATE_SOCKET"

// SocketPath is the control socket that a client is to use: the one that it was
// told, that of the environment, or the default.
func SocketPath(told string) string {
	return cmp.Or(told, os.Getenv(SocketVariable), DefaultSocket)
}
