package systemd

import (
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Descriptors are what the service manager has passed to this process: sockets
// it listens on and descriptors it kept, by their names. They are the caller's.
// The variables are removed, so that no child takes them for its own.
func Descriptors() map[string][]*os.File {
	pid, n := os.Getenv(envListenPID), os.Getenv(envListenFDs)
	names := strings.Split(os.Getenv(envListenNames), ":")
	for _, name := range []string{envListenPID, envListenFDs, envListenNames} {
		_ = os.Unsetenv(name) // fails on malformed names only
	}
	count, err := strconv.Atoi(n)
	if err != nil || pid != strconv.Itoa(os.Getpid()) {
		return nil
	}
	found := make(map[string][]*os.File)
	for i := range count {
		fd := firstDescriptor + i
		if _, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); err != nil {
			break // there are fewer than announced
		}
		unix.CloseOnExec(fd)
		name := "unknown" // as systemd calls one without a name
		if i < len(names) && names[i] != "" {
			name = names[i]
		}
		found[name] = append(found[name], os.NewFile(uintptr(fd), name))
	}
	return found
}
