// Package fdsock is what callgate's unix sockets have in common: descriptors
// that come with bytes (SCM_RIGHTS, unix(7)), who the other side is, and
// listening.
package fdsock

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"

	"golang.org/x/sys/unix"
)

// ErrTooManyFiles reports that more descriptors came than were asked for.
var ErrTooManyFiles = errors.New("too many descriptors")

// Reader reads from a connection and collects the descriptors that come with
// the bytes, at most Max at once. A read never takes bytes beyond the buffer, so
// that a reader which asks for exactly one message's bytes never gets
// descriptors of the next. Within one read the kernel joins bytes without
// descriptors to following ones that have some, so which of them they came with
// is not known.
type Reader struct {
	Conn *net.UnixConn
	Max  int
	// Files came with the bytes of the last Read. They are the caller's; when
	// Read fails there are none.
	Files []*os.File
}

// Read is io.Reader's. It must always offer room for descriptors, or the kernel
// drops them without a word.
func (r *Reader) Read(p []byte) (int, error) {
	r.Files = nil
	oob := make([]byte, unix.CmsgSpace(4*r.Max))
	n, oobn, flags, _, err := r.Conn.ReadMsgUnix(p, oob)
	files, ferr := files(oob[:oobn])
	switch {
	case errors.Is(err, io.EOF):
		err = io.EOF // bare: io.ReadFull compares
	case err == nil && ferr != nil:
		err = ferr
	case err == nil && (flags&unix.MSG_CTRUNC != 0 || len(files) > r.Max):
		err = ErrTooManyFiles
	}
	if err != nil {
		Close(files)
		return 0, err // no bytes: io.ReadFull drops an error that comes with the last ones
	}
	r.Files = files
	return n, nil
}

// files takes ownership of every descriptor in the control data, also when it
// reports an error.
func files(oob []byte) (all []*os.File, err error) {
	if len(oob) == 0 {
		return nil, nil
	}
	messages, err := unix.ParseSocketControlMessage(oob)
	if err != nil {
		return nil, fmt.Errorf("read control data: %w", err)
	}
	for i := range messages {
		if messages[i].Header.Level != unix.SOL_SOCKET || messages[i].Header.Type != unix.SCM_RIGHTS {
			continue
		}
		fds, ferr := unix.ParseUnixRights(&messages[i])
		if ferr != nil {
			err = errors.Join(err, fmt.Errorf("read descriptors: %w", ferr))
		}
		for _, fd := range fds {
			all = append(all, os.NewFile(uintptr(fd), "received"))
		}
	}
	return all, err
}

// Close closes files.
func Close(files []*os.File) {
	for _, f := range files {
		_ = f.Close()
	}
}

// Rights is the control data that sends files. The files must stay open until
// it was sent: keep a reference to them (runtime.KeepAlive).
func Rights(files []*os.File) []byte {
	if len(files) == 0 {
		return nil
	}
	fds := make([]int, len(files))
	for i, f := range files {
		fds[i] = int(f.Fd())
	}
	return unix.UnixRights(fds...)
}
