// Package control is the protocol between whoever makes containers (the shim,
// the runc wrapper), the command line, and the daemon that supervises them.
//
// It runs over a stream socket that root alone may use. A frame is a length of 4
// bytes, big-endian, and a JSON message of that many bytes. Descriptors come
// with the frame's first byte. A frame that breaks this ends the connection.
package control

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/runtime/internal/fdsock"
)

const (
	// MaxFrame bounds a message, in bytes.
	MaxFrame = 8 << 20
	// MaxFiles bounds the files of a message.
	MaxFiles = 4

	headerSize = 4
)

// Conn is a connection. One goroutine may send while another receives; senders
// wait for each other, and so do receivers. After an error the connection is
// closed.
type Conn struct {
	c       *net.UnixConn
	sending sync.Mutex
	reading sync.Mutex
}

// Dial connects to the daemon's socket.
func Dial(ctx context.Context, path string) (*Conn, error) {
	var d net.Dialer
	c, err := d.DialContext(ctx, "unix", path)
	if err != nil {
		return nil, fmt.Errorf("connect to callgate's daemon: %w", err)
	}
	return NewConn(c.(*net.UnixConn)), nil
}

// NewConn takes ownership of a connection.
func NewConn(c *net.UnixConn) *Conn { return &Conn{c: c} }

// Listen makes the daemon's socket, of mode 0600.
func Listen(path string) (*net.UnixListener, error) { return fdsock.Listen(path) }

// Peer is the process on the other side, as it was when the connection was made.
func (c *Conn) Peer() (unix.Ucred, error) { return fdsock.Peer(c.c) }

// Close ends the connection, and running calls on it with an error.
func (c *Conn) Close() error { return c.c.Close() }

// Send sends a message, with duplicates of its files. It blocks while the other
// side does not read, until ctx ends.
func (c *Conn) Send(ctx context.Context, m Message) error {
	body, err := encode(m)
	switch {
	case err != nil:
		return fmt.Errorf("send %s message: %w", m.Kind, err)
	case len(body) > MaxFrame:
		return fmt.Errorf("send %s message: %d bytes are more than %d", m.Kind, len(body), MaxFrame)
	case len(m.Files) > MaxFiles:
		return fmt.Errorf("send %s message: %d files are more than %d", m.Kind, len(m.Files), MaxFiles)
	}
	frame := append(binary.BigEndian.AppendUint32(nil, uint32(len(body))), body...)
	c.sending.Lock()
	defer c.sending.Unlock()
	end := limit(ctx, c.c.SetWriteDeadline)
	err = c.write(frame, m.Files)
	end()
	if err != nil {
		_ = c.Close()
		return fmt.Errorf("send %s message: %w", m.Kind, because(ctx, err))
	}
	return nil
}

func (c *Conn) write(frame []byte, files []*os.File) error {
	n, _, err := c.c.WriteMsgUnix(frame, fdsock.Rights(files), nil)
	runtime.KeepAlive(files)
	if err == nil && n < len(frame) {
		_, err = c.c.Write(frame[n:])
	}
	return err
}

// Receive waits for a message. When the other side has closed the connection
// between two messages, the error is io.EOF, wrapped.
func (c *Conn) Receive(ctx context.Context) (Message, error) {
	c.reading.Lock()
	defer c.reading.Unlock()
	end := limit(ctx, c.c.SetReadDeadline)
	m, err := c.read()
	end()
	if err != nil {
		_ = c.Close()
		return Message{}, fmt.Errorf("receive message: %w", because(ctx, err))
	}
	return m, nil
}

// read reads one frame. On an error all its files are closed.
func (c *Conn) read() (m Message, err error) {
	r := &frameReader{Reader: fdsock.Reader{Conn: c.c, Max: MaxFiles}}
	defer func() {
		if err != nil {
			fdsock.Close(r.files)
		}
	}()
	var header [headerSize]byte
	if _, err := io.ReadFull(r, header[:]); err != nil {
		return m, err
	}
	size := binary.BigEndian.Uint32(header[:])
	if size == 0 || size > MaxFrame {
		return m, fmt.Errorf("a frame of %d bytes is not between 1 and %d", size, MaxFrame)
	}
	// The buffer grows with what comes, not with what is announced.
	var body bytes.Buffer
	if n, err := body.ReadFrom(io.LimitReader(r, int64(size))); err != nil {
		return m, err
	} else if n < int64(size) {
		return m, io.ErrUnexpectedEOF
	}
	if err := json.Unmarshal(body.Bytes(), &m); err != nil {
		return m, err
	}
	if m.Kind == "" {
		return m, errors.New("a message has no kind")
	}
	m.Files = r.files
	return m, nil
}

// frameReader reads one frame, whose files must come with its first byte.
type frameReader struct {
	fdsock.Reader
	begun bool
	files []*os.File
}

func (r *frameReader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if err != nil {
		return 0, err
	}
	if r.begun && len(r.Files) > 0 {
		fdsock.Close(r.Files)
		return 0, errors.New("descriptors came in the middle of a frame")
	}
	if !r.begun {
		r.files, r.begun = r.Files, true
	}
	return n, nil
}

// limit makes reading or writing fail when ctx ends; the result must be called
// when it is done.
func limit(ctx context.Context, set func(time.Time) error) (end func()) {
	_ = set(time.Time{}) // fails on a closed connection, as will what follows
	ran := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(ran)
		_ = set(time.Unix(1, 0))
	})
	return func() {
		if !stop() {
			<-ran // not later, when another call has set its own
		}
	}
}

// because is the context's error where that is why a call was given up.
func because(ctx context.Context, err error) error {
	if cause := ctx.Err(); cause != nil && errors.Is(err, os.ErrDeadlineExceeded) {
		return cause
	}
	return err
}
