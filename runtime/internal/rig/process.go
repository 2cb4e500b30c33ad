package rig

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
)

// A Process of a world. Those of containers, which have pid namespaces of their
// own, are not among them.
type Process struct {
	PID  int // as the outside counts
	Args []string
}

// Processes are the world's processes.
func (w *World) Processes() ([]Process, error) {
	ns, err := os.Readlink("/proc/" + strconv.Itoa(w.init.Process.Pid) + "/ns/pid")
	if err != nil {
		return nil, fmt.Errorf("list processes: %w", err)
	}
	dirs, err := os.ReadDir("/proc")
	if err != nil {
		return nil, fmt.Errorf("list processes: %w", err)
	}
	var found []Process
	for _, d := range dirs {
		pid, err := strconv.Atoi(d.Name())
		if err != nil {
			continue
		}
		if own, err := os.Readlink("/proc/" + d.Name() + "/ns/pid"); err != nil || own != ns {
			continue
		}
		args, _ := os.ReadFile("/proc/" + d.Name() + "/cmdline")
		found = append(found, Process{pid, strings.Split(strings.TrimSuffix(string(args), "\x00"), "\x00")})
	}
	return found, nil
}

// Shims are the ids of the processes that serve a container or pod: programs
// called containerd-shim-* that were started for its id.
func (w *World) Shims(id string) ([]int, error) {
	ps, err := w.Processes()
	var pids []int
	for _, p := range ps {
		if strings.Contains(p.Args[0], "containerd-shim-") && slices.Contains(p.Args, id) {
			pids = append(pids, p.PID)
		}
	}
	return pids, err
}
