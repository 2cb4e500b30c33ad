package decode

import (
	"bytes"
	"path"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/seccomp/syscalls"
)

// The places of a call's paths.
const (
	sourcePath = iota // of a call on two files, the first
	mainPath
)

// pathPlan says how the kernel resolves one path of a call.
type pathPlan struct {
	arg, dir int    // indices of the path (-1: none) and its directory (-1: the working directory)
	flagArg  int    // index of the flags that change the resolution, or -1
	follow   uint64 // of the flags: follow a symbolic link at the end
	nofollow uint64 // of the flags: do not
	empty    uint64 // of the flags: an empty path means the directory's descriptor itself
	stay     bool   // a symbolic link at the end is not followed unless a flag says so
	open     bool   // the flags are those of open
	verbatim bool   // a text that the call stores: symlink's target
	optional bool   // may be a null pointer
	device   bool   // mount's source: not always a path
}

// lookup is what a call's flags mean for a path.
type lookup struct{ follow, nofollow, empty uint64 }

// at is the meaning of most calls' flags.
var at = lookup{nofollow: unix.AT_SYMLINK_NOFOLLOW, empty: unix.AT_EMPTY_PATH}

// lookups are the calls whose flags change how a path is resolved, by call and
// argument.
var lookups = map[[2]string]lookup{
	{"execveat", "pathname"}:        at,
	{"fchownat", "pathname"}:        at,
	{"fchmodat2", "filename"}:       at,
	{"open_tree", "path"}:           at,
	{"mount_setattr", "path"}:       at,
	{"linkat", "oldpath"}:           {follow: unix.AT_SYMLINK_FOLLOW, empty: unix.AT_EMPTY_PATH},
	{"name_to_handle_at", "path"}:   {follow: unix.AT_SYMLINK_FOLLOW, empty: unix.AT_EMPTY_PATH},
	{"umount2", "name"}:             {nofollow: unix.UMOUNT_NOFOLLOW},
	{"move_mount", "from_pathname"}: {follow: unix.MOVE_MOUNT_F_SYMLINKS, empty: unix.MOVE_MOUNT_F_EMPTY_PATH},
	{"move_mount", "to_pathname"}:   {follow: unix.MOVE_MOUNT_T_SYMLINKS, empty: unix.MOVE_MOUNT_T_EMPTY_PATH},
}

func newPathPlan(c *syscalls.Call, arg, dir int) pathPlan {
	p := pathPlan{arg: arg, dir: dir, flagArg: -1, stay: c.NoFollow}
	if arg < 0 {
		return p
	}
	name := c.Args[arg].Name
	p.verbatim = c.Args[arg].Kind == syscalls.String
	p.device = c.Type == "mount" && name == "dev"
	p.optional = p.device || c.Type == "acct"
	if l, ok := lookups[[2]string{c.Type, name}]; ok {
		p.flagArg, _ = c.Register("flags")
		p.follow, p.nofollow, p.empty = l.follow, l.nofollow, l.empty
	}
	if flags, ok := openFlags(c); ok {
		p.open = true
		p.nofollow, _ = flags.Value("O_NOFOLLOW")
	}
	return p
}

// openFlags are the symbols of an open call's flags: their values differ
// between architectures.
func openFlags(c *syscalls.Call) (*syscalls.Symbols, bool) {
	switch c.Type {
	case "open", "openat", "open_by_handle_at":
		i, _ := c.Register("flags")
		return c.Args[i].Symbols, true
	case "openat2":
		return c.Fields[0].Symbols, true
	}
	return nil, false
}

// flags are those that decide on the resolution of a path.
func (d *Decoder) flags(p *pathPlan) uint64 {
	switch {
	case p.open:
		return d.how.flags
	case p.flagArg >= 0:
		return uint64(d.call.Value(p.flagArg)) //nolint:gosec // a set of bits
	}
	return 0
}

// follows reports whether the kernel follows a symbolic link at the path's end.
// An open that must create the file follows none (open(2), O_EXCL).
func (d *Decoder) follows(p *pathPlan) bool {
	flags := d.flags(p)
	const exclusive = unix.O_CREAT | unix.O_EXCL
	switch {
	case p.stay:
		return flags&p.follow != 0
	case p.open && flags&exclusive == exclusive:
		return false
	}
	return flags&p.nofollow == 0
}

// devicePath reports whether mount's first argument is a path: it is any text
// for a file system without a device.
func (d *Decoder) devicePath(dev []byte) bool {
	i, ok := d.call.Spec.Register("flags")
	return ok && d.call.Value(i)&(unix.MS_BIND|unix.MS_MOVE) != 0 || bytes.HasPrefix(dev, []byte("/"))
}

// beneath is a path as RESOLVE_IN_ROOT reads it: nothing leads above the
// directory (openat2(2)). Absolute symbolic links on the way are not known here.
func beneath(p []byte) []byte {
	if p = []byte(path.Clean("/" + string(p))[1:]); len(p) == 0 {
		return []byte(".")
	}
	return p
}
