package decode

import (
	"strings"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/rules/event"
)

// pathMax is the longest path with its NUL that the kernel takes.
const pathMax = unix.PathMax

// pathHint is what is read of a path at first: most are shorter.
const pathHint = 256

// file is one path of the call in hand.
type file struct {
	given []byte // as the caller gave it; nil before it was read
	err   error  // why it could not be read
	raw   string // the same in the arena
	name  string // resolved
	buf   [pathMax]byte
}

// paths fills evt.arg of the paths, fd.name and fs.path.
func (d *Decoder) paths(ev *event.Event, need event.Need) error {
	var errs firstError
	errs.add(d.pathAt(sourcePath, ev, need))
	errs.add(d.pathAt(mainPath, ev, need))
	source, f := &d.files[sourcePath], &d.files[mainPath]
	if d.plan.paths[mainPath].arg < 0 {
		return errs.err
	}
	ev.FD.NameRaw = f.raw
	d.setName(ev, f.name)
	if d.plan.paths[sourcePath].arg < 0 {
		ev.FS.Path.NameRaw, ev.FS.Path.Name = f.raw, f.name
		return errs.err
	}
	ev.FS.Path.SourceRaw, ev.FS.Path.Source = source.raw, source.name
	ev.FS.Path.TargetRaw, ev.FS.Path.Target = f.raw, f.name
	return errs.err
}

// pathAt reads one path of the call and resolves it if need be.
func (d *Decoder) pathAt(i int, ev *event.Event, need event.Need) error {
	p, f := &d.plan.paths[i], &d.files[i]
	if p.arg < 0 {
		return nil
	}
	given, err := d.givenPath(i)
	if err != nil || given == nil {
		return err
	}
	f.raw = d.arena.String(given)
	ev.Evt.Arg[d.plan.arg[p.arg]] = f.raw
	if need&event.NeedPath != 0 {
		f.name, err = d.resolve(p, f)
	}
	return err
}

// setName fills fd.name and, for an absolute path, its two halves.
func (d *Decoder) setName(ev *event.Event, name string) {
	ev.FD.Name = name
	if i := strings.LastIndexByte(name, '/'); i >= 0 && name[0] == '/' {
		ev.FD.Directory, ev.FD.Filename = name[:max(i, 1)], name[i+1:]
	}
}

// givenPath reads a path of the call, once. It is nil for a null pointer where
// the kernel takes one.
func (d *Decoder) givenPath(i int) ([]byte, error) {
	p, f := &d.plan.paths[i], &d.files[i]
	if f.given != nil || f.err != nil {
		return f.given, f.err
	}
	addr := d.call.pointer(p.arg)
	if addr == 0 && p.optional {
		return nil, nil
	}
	s, whole, err := d.mem.cstring(addr, f.buf[:], pathHint)
	switch {
	case err != nil:
		f.err = d.wrap(p.arg, addr, err)
	case !whole:
		f.err = d.bad(p.arg, addr, unix.ENAMETOOLONG)
	default:
		f.given = s
	}
	return f.given, f.err
}

// resolve finds the absolute name of a path in the caller's root; "" where the
// path names nothing.
func (d *Decoder) resolve(p *pathPlan, f *file) (string, error) {
	if p.verbatim || p.device && !d.devicePath(f.given) {
		return f.raw, nil
	}
	dir := unix.AT_FDCWD
	if p.dir >= 0 {
		dir = d.call.Value(p.dir)
	}
	path := f.given
	if len(path) == 0 && d.flags(p)&p.empty == 0 {
		return "", nil // the kernel says ENOENT
	}
	if p.open && d.how.resolve&unix.RESOLVE_IN_ROOT != 0 {
		path, d.exact = beneath(path), false
	}
	name, exact, err := d.target.Resolve(d.arena, dir, path, d.follows(p))
	d.exact = d.exact && exact
	return name, lost("resolve path", err)
}
