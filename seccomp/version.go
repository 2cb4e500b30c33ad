package seccomp

import (
	"fmt"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/sys/unix"
)

// Version is a kernel's version, as far as features follow it.
type Version struct{ Major, Minor int }

// Less reports whether v is older than w.
func (v Version) Less(w Version) bool {
	return v.Major < w.Major || v.Major == w.Major && v.Minor < w.Minor
}

// String is MAJOR.MINOR.
func (v Version) String() string { return strconv.Itoa(v.Major) + "." + strconv.Itoa(v.Minor) }

// ParseVersion reads a release as uname(2) gives it: 6.18.44-amd64.
func ParseVersion(release string) (Version, error) {
	major, rest, dot := strings.Cut(release, ".")
	end := strings.IndexFunc(rest, func(r rune) bool { return r < '0' || r > '9' })
	if end < 0 {
		end = len(rest)
	}
	a, errA := strconv.ParseUint(major, 10, 16)
	b, errB := strconv.ParseUint(rest[:end], 10, 16)
	if !dot || errA != nil || errB != nil {
		return Version{}, fmt.Errorf("parse kernel release %q: want MAJOR.MINOR", release)
	}
	return Version{int(a), int(b)}, nil
}

// RunningVersion is the running kernel's.
var RunningVersion = sync.OnceValues(func() (Version, error) {
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		return Version{}, fmt.Errorf("read kernel release: %w", err)
	}
	return ParseVersion(unix.ByteSliceToString(u.Release[:]))
})
