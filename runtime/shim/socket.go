package shim

import (
	"crypto/sha256"
	"encoding/hex"
	"path/filepath"
)

// socketDir is where the agent sockets of containers are. It is not the daemon's
// directory, which systemd removes when the daemon stops, while containers go on
// and need theirs for every exec. A bundle's own path is too long for a socket
// (107 bytes, unix(7)).
const socketDir = "/run/callgate-shim"

// socketPath is the agent socket of the container in a bundle. It stays the same
// for the container's life, as its profile names it, and by whatever path the
// bundle is reached: containerd's state directory may lie behind a link, such as
// /var/run, which the working directory of the delete command does not show.
func socketPath(dir, bundle string) string {
	if real, err := filepath.EvalSymlinks(bundle); err == nil {
		bundle = real
	}
	sum := sha256.Sum256([]byte(filepath.Clean(bundle)))
	return filepath.Join(dir, hex.EncodeToString(sum[:16])+".sock")
}
