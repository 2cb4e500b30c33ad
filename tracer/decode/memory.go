package decode

import (
	"bytes"
	"errors"

	"golang.org/x/sys/unix"
)

// pageSize is the smallest page of the supported architectures: memory can end
// at any multiple of it.
const pageSize = 4096

// memory reads the target's memory through a window of at most one page, so
// that strings which lie side by side (argv, the environment) cost one read a
// page and not one each.
type memory struct {
	target Target
	base   uint64
	n      int
	buf    [pageSize]byte
}

// reset forgets what was read.
func (m *memory) reset(t Target) { m.target, m.n = t, 0 }

// at is the readable memory at addr, at least one byte and within one page.
// Where nothing is known yet, it reads hint bytes.
func (m *memory) at(addr uint64, hint int) ([]byte, error) {
	if off := addr - m.base; m.n > 0 && off < uint64(m.n) { //nolint:gosec // n is not negative
		return m.buf[off:m.n], nil
	}
	want := min(hint, int(pageSize-addr%pageSize)) //nolint:gosec // at most a page
	n, err := m.raw(addr, m.buf[:want])
	m.base, m.n = addr, n
	return m.buf[:n], err
}

// full reads exactly len(b) bytes, past the window: structures are small.
func (m *memory) full(addr uint64, b []byte) error {
	for len(b) > 0 {
		n, err := m.raw(addr, b)
		if err != nil {
			return err
		}
		addr, b = addr+uint64(n), b[n:] //nolint:gosec // n is not negative
	}
	return nil
}

// raw reads at least one byte or fails. It fails with the bare EFAULT for an
// address that can't be read.
func (m *memory) raw(addr uint64, b []byte) (int, error) {
	n, err := m.target.ReadMem(addr, b)
	switch {
	case n > 0:
		return min(n, len(b)), nil
	case err == nil, errors.Is(err, unix.EFAULT), errors.Is(err, unix.EIO):
		return 0, ErrFault
	}
	return 0, err
}

// cstring reads a NUL-terminated string into b and reports whether the NUL would
// fit too; else the string is longer than it may be.
func (m *memory) cstring(addr uint64, b []byte, hint int) (s []byte, whole bool, err error) {
	n := 0
	for n < len(b) {
		chunk, err := m.at(addr, hint)
		if err != nil {
			return b[:n], false, err
		}
		end := bytes.IndexByte(chunk, 0)
		if end >= 0 {
			chunk = chunk[:end]
		}
		c := copy(b[n:], chunk)
		n += c
		if end >= 0 && c == end {
			return b[:n], n < len(b), nil
		}
		addr += uint64(c) //nolint:gosec // at most a page
		hint = pageSize
	}
	return b, false, nil
}
