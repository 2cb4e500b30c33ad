package shim

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/runtime/prepare"
)

// hide keeps processes of containers that share the host's pid namespace from
// tracing the shim and from taking its descriptors, among which are listeners.
func hide() error {
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		return fmt.Errorf("protect the shim (PR_SET_DUMPABLE): %w", err)
	}
	return nil
}

// rootOnly lets runtimes of root hand over listeners.
func rootOnly(peer unix.Ucred) error {
	if peer.Uid != 0 {
		return fmt.Errorf("user %d may not hand over listeners", peer.Uid)
	}
	return nil
}

// advise adds what an administrator of containerd can do about a missing daemon.
func advise(err error) error {
	var missing *prepare.UnavailableError
	if errors.As(err, &missing) {
		return fmt.Errorf("%w, or let containers wait for it (when_unavailable = \"hold\" in the options of containerd's runtime handler)", err)
	}
	return err
}
