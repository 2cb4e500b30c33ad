package keeper

import (
	"bufio"
	"fmt"
	"os"
	"strconv"
	"strings"
)

// process is a daemon that has, or had, the container's slots.
type process struct {
	pidfd *os.File
	key   uint64
}

// isProcess is set in the keys of processes.
const isProcess = 1 << 63

// pidOf is the process of a pidfd, -1 when it has ended, and an error for other
// files (proc(5), fdinfo).
func pidOf(pidfd *os.File) (int, error) {
	f, err := os.Open(fmt.Sprintf("/proc/self/fdinfo/%d", pidfd.Fd()))
	if err != nil {
		return 0, fmt.Errorf("read pidfd: %w", err)
	}
	defer f.Close() //nolint:errcheck // only read
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if value, ok := strings.CutPrefix(lines.Text(), "Pid:"); ok {
			return strconv.Atoi(strings.TrimSpace(value))
		}
	}
	return 0, fmt.Errorf("read pidfd: %s is none", f.Name())
}

// same reports whether two pidfds are of one process, which lives.
func same(a, b *os.File) bool {
	pa, aerr := pidOf(a)
	pb, berr := pidOf(b)
	return aerr == nil && berr == nil && pa == pb && pa > 0
}
