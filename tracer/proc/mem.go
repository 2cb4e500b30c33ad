package proc

import (
	"golang.org/x/sys/unix"
)

// maxRead bounds one ReadMem; no argument of a system call that is decoded is
// longer.
const maxRead = 1 << 20

// pageSize divides what is read: process_vm_readv(2) doesn't split a transfer
// within one iovec at a fault, so each page gets an iovec of its own.
const (
	pageSize = 4096
	maxPages = 16
)

// ReadMem copies the thread's memory at addr into b and returns how much was
// there: less than len(b) at the end of a mapping, with a nil error as long as it
// is anything at all; EFAULT when the first byte can't be read. The memory is
// addressed by the thread's number: the caller asks afterwards whether the
// notification is still valid.
func (t *Thread) ReadMem(addr uint64, b []byte) (int, error) {
	if len(b) > maxRead {
		b = b[:maxRead]
	}
	got := 0
	for got < len(b) {
		n, err := t.readPages(addr+uint64(got), b[got:])
		got += n
		if n > 0 && err == nil {
			continue
		}
		if got > 0 {
			return got, nil
		}
		return 0, err
	}
	return got, nil
}

// readPages reads up to maxPages pages with one system call.
func (t *Thread) readPages(addr uint64, b []byte) (int, error) {
	if len(b) <= pageSize-int(addr%pageSize) { // most arguments
		remote := [1]unix.RemoteIovec{{Base: uintptr(addr), Len: len(b)}}
		return t.readAt(remote[:], b)
	}
	var remote [maxPages]unix.RemoteIovec
	pages, want := 0, 0
	for pages < maxPages && want < len(b) {
		at := addr + uint64(want)
		if at < addr {
			break // past the end of the address space
		}
		size := min(len(b)-want, pageSize-int(at%pageSize))
		remote[pages] = unix.RemoteIovec{Base: uintptr(at), Len: size}
		pages++
		want += size
	}
	return t.readAt(remote[:pages], b[:want])
}

// readAt fills b from the places in remote, whose sizes add up to len(b).
func (t *Thread) readAt(remote []unix.RemoteIovec, b []byte) (int, error) {
	if len(b) == 0 {
		return 0, t.e.errno("read memory", unix.EFAULT)
	}
	local := [1]unix.Iovec{{Base: &b[0]}}
	local[0].SetLen(len(b))
	n, err := unix.ProcessVMReadv(t.e.tid, local[:], remote, 0)
	if err != nil {
		return 0, t.e.errno("read memory", err)
	}
	if n < len(b) {
		// The next page can't be read: no use in asking again.
		return n, unix.EFAULT
	}
	return n, nil
}
