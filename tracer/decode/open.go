package decode

import (
	"encoding/binary"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/rules/event"
)

// openHow is what an open call asks for, wherever it stands.
type openHow struct {
	flags, mode, resolve uint64
	read                 bool
	err                  error
}

// sizeofOpenHow is the size of struct open_how in Linux 5.6, the smallest there is.
const sizeofOpenHow = 24

// opening learns the flags of an open call, which decide on its paths and on what
// it opens too.
func (d *Decoder) opening(ev *event.Event, need event.Need) error {
	switch p := d.plan; {
	case p.openFlags >= 0:
		d.how.flags = uint64(d.call.Value(p.openFlags)) //nolint:gosec // a set of bits
	case p.creat:
		d.how.flags = unix.O_CREAT | unix.O_WRONLY | unix.O_TRUNC // creat(2)
	case p.paths[mainPath].open:
		if !d.how.read {
			d.how.read, d.how.err = true, d.readOpenHow()
		}
		if d.how.err != nil {
			return d.how.err
		}
		for i, v := range [...]uint64{d.how.flags, d.how.mode, d.how.resolve} {
			d.setField(ev, i, v)
		}
	default:
		return nil
	}
	if i := d.plan.openMode; i >= 0 {
		d.how.mode = uint64(d.call.Value(i)) //nolint:gosec // a set of bits
	}
	e := &ev.Evt
	e.IsOpenRead, e.IsOpenWrite, e.IsOpenCreate = event.OpenIntent(d.how.flags)
	e.IsOpenExec = e.IsOpenCreate && event.ExecMode(d.how.mode)
	if need&event.NeedFDType != 0 {
		setType(ev, event.OpenType(d.how.flags, d.plan.directory))
	}
	return nil
}

// readOpenHow reads openat2's struct open_how.
func (d *Decoder) readOpenHow() error {
	const how, size = 2, 3
	b, err := d.structure(how, size, sizeofOpenHow, sizeofOpenHow)
	if err != nil {
		return err
	}
	word := func(i int) uint64 { return binary.LittleEndian.Uint64(b[8*i:]) }
	d.how.flags, d.how.mode, d.how.resolve = word(0), word(1), word(2)
	return nil
}
