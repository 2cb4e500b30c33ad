package run

import (
	"bytes"
	"os"
	"strconv"
)

// walkTree calls f for every descendant of a process, children before
// grandchildren.
func walkTree(pid int, f func(pid int)) {
	tasks, err := os.ReadDir("/proc/" + strconv.Itoa(pid) + "/task")
	if err != nil {
		return
	}
	for _, t := range tasks {
		// children needs CONFIG_PROC_CHILDREN, which every distribution sets.
		list, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/task/" + t.Name() + "/children")
		if err != nil {
			continue
		}
		for _, field := range bytes.Fields(list) {
			if child, err := strconv.Atoi(string(field)); err == nil {
				f(child)
				walkTree(child, f)
			}
		}
	}
}
