package falco

import (
	"slices"
	"strconv"
	"strings"
)

// openers are calls whose fd.num is their result in Falco.
var openers = []string{
	"open", "openat", "openat2", "creat", "open_by_handle_at", "socket", "accept", "accept4", "eventfd", "eventfd2", "epoll_create",
	"epoll_create1", "inotify_init", "inotify_init1", "signalfd", "signalfd4", "timerfd_create", "userfaultfd", "memfd_create", "pidfd_open",
}

// isResult reports whether a field holds what a call has brought about. callgate
// judges a call before that.
func isResult(field string, calls []string) bool {
	switch field {
	case "evt.res", "evt.rawres", "evt.failed", "evt.dir", "evt.arg.res", "evt.rawarg.res", "evt.arg.res_or_fd", "evt.rawarg.res_or_fd":
		return true
	case "fd.num", "evt.arg.fd", "evt.rawarg.fd":
		return only(calls, openers...)
	}
	return false
}

// intent is what a comparison with a result means before there is one: whether
// it can hold for a call that succeeds. Every call is taken for one that would.
func intent(c *Check) bool {
	switch field := c.Left.Field; {
	case c.Op == "exists" || c.Right != nil || len(c.Values) == 0:
		return true
	case field == "evt.dir":
		return true // an attempt is both, entry and exit
	case field == "evt.failed":
		return (c.Values[0].Text == "true") == (c.Op == "!=")
	}
	return slices.ContainsFunc(c.Values, func(v Value) bool { return succeeds(c.Op, v.Text) })
}

// succeeds reports whether some successful result compares so: SUCCESS, a
// number that is not negative, or EINPROGRESS, with which a connect goes on.
func succeeds(op, value string) bool {
	n, err := strconv.Atoi(value)
	isText := err != nil
	success := value == "SUCCESS" || value == "EINPROGRESS"
	switch op {
	case "=", "==", "in", "intersects":
		return isText && success || !isText && n >= 0
	case "!=":
		return !isText || value != "SUCCESS"
	case "<":
		return n > 0
	case "<=":
		return n >= 0
	case ">", ">=":
		return true
	}
	return !strings.HasPrefix(value, "E") || value == "EINPROGRESS"
}
