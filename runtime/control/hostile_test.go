package control_test

import (
	"encoding/binary"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/runtime/control"
)

func frame(body string) []byte {
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(body))), body...)
}

// write sends bytes with n descriptors.
func write(t *testing.T, c *net.UnixConn, b []byte, n int) {
	t.Helper()
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	var oob []byte
	if n > 0 {
		fds := make([]int, n)
		for i := range fds {
			fds[i] = int(null.Fd())
		}
		oob = unix.UnixRights(fds...)
	}
	if _, _, err := c.WriteMsgUnix(b, oob, nil); err != nil {
		t.Fatal(err)
	}
}

// null counts this process's descriptors of /dev/null: what write has sent and
// the receiver has not closed.
func null(t *testing.T) (n int) {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if to, err := os.Readlink("/proc/self/fd/" + e.Name()); err == nil && to == os.DevNull {
			n++
		}
	}
	return n
}

// Whatever comes, every descriptor is closed and the connection ends.
func TestHostileFrames(t *testing.T) {
	const good = `{"kind":"ps"}`
	type piece struct {
		bytes []byte
		files int
	}
	for name, row := range map[string]struct {
		pieces []piece
		want   string
	}{
		"nothing":                    {nil, "EOF"},
		"length 0":                   {[]piece{{frame(""), 1}}, "a frame of 0 bytes"},
		"huge":                       {[]piece{{[]byte{0xff, 0xff, 0xff, 0xff}, 4}}, "a frame of 4294967295 bytes"},
		"one too long":               {[]piece{{binary.BigEndian.AppendUint32(nil, control.MaxFrame+1), 1}}, "is not between"},
		"half a length":              {[]piece{{[]byte{0, 0}, 2}}, "unexpected EOF"},
		"half a body":                {[]piece{{frame(good)[:8], 2}}, "unexpected EOF"},
		"no body":                    {[]piece{{frame(good)[:4], 2}}, "unexpected EOF"},
		"no JSON":                    {[]piece{{frame(`{"kind":`), 1}}, "unexpected end of JSON"},
		"no kind":                    {[]piece{{frame(`{"body":{}}`), 1}}, "no kind"},
		"no object":                  {[]piece{{frame(`["ps"]`), 1}}, "cannot unmarshal"},
		"too many files":             {[]piece{{frame(good), control.MaxFiles + 1}}, "too many descriptors"},
		"very many files":            {[]piece{{frame(good), 253}}, "too many descriptors"},
		"files twice in the length":  {[]piece{{frame(good)[:2], 1}, {frame(good)[2:], 1}}, "middle of a frame"},
		"files inside the body":      {[]piece{{frame(good)[:7], 1}, {frame(good)[7:], 1}}, "middle of a frame"},
		"too many inside the body":   {[]piece{{frame(good)[:7], 1}, {frame(good)[7:], 100}}, "too many descriptors"},
		"files at the body's start":  {[]piece{{frame(good)[:4], 1}, {frame(good)[4:], 1}}, "middle of a frame"},
		"deeply nested":              {[]piece{{frame(strings.Repeat("[", 100_000)), 1}}, "exceeded max depth"},
		"a bad one after a good one": {[]piece{{frame(good), 1}, {frame("x"), 3}}, "invalid character"},
	} {
		t.Run(name, func(t *testing.T) {
			before := null(t)
			c, raw := pair(t)
			for _, p := range row.pieces {
				write(t, raw, p.bytes, p.files)
			}
			raw.Close()
			var err error
			for err == nil {
				var m control.Message
				if m, err = c.Receive(limit(t)); err == nil {
					if m.Kind != control.KindPs || len(m.Files) != 1 {
						t.Errorf("a message of kind %s with %d files came", m.Kind, len(m.Files))
					}
					m.CloseFiles()
				}
			}
			if !strings.Contains(err.Error(), row.want) {
				t.Errorf("got %v, want %s", err, row.want)
			}
			if _, err := c.Receive(limit(t)); !errors.Is(err, net.ErrClosed) {
				t.Errorf("the connection goes on: %v", err)
			}
			if after := null(t); after != before {
				t.Errorf("%d descriptors are open, %d were", after, before)
			}
		})
	}
}

// Frames that lie in one buffer keep their own files, and frames that come in
// single bytes are whole in the end.
func TestFrameBoundaries(t *testing.T) {
	before := null(t)
	c, raw := pair(t)
	both := append(frame(`{"kind":"ps"}`), frame(`{"kind":"reload"}`)...)
	write(t, raw, both, 1)
	write(t, raw, frame(`{"kind":"gone"}`), 2)
	write(t, raw, frame(`{"kind":"end"}`), 0)
	for i, b := range frame(`{"kind":"version"}`) {
		n := 0
		if i == 0 {
			n = control.MaxFiles
		}
		write(t, raw, []byte{b}, n)
	}
	raw.Close()
	for _, want := range []struct {
		kind  control.Kind
		files int
	}{{control.KindPs, 1}, {control.KindReload, 0}, {control.KindGone, 2}, {control.KindEnd, 0}, {control.KindVersion, control.MaxFiles}} {
		m, err := c.Receive(limit(t))
		if err != nil || m.Kind != want.kind || len(m.Files) != want.files {
			t.Errorf("got %s with %d files, %v; want %+v", m.Kind, len(m.Files), err, want)
		}
		m.CloseFiles()
	}
	if _, err := c.Receive(limit(t)); !errors.Is(err, io.EOF) {
		t.Errorf("at the end: %v", err)
	}
	if after := null(t); after != before {
		t.Errorf("%d descriptors are open, %d were", after, before)
	}
}

// A received descriptor is not inherited by programs that are executed.
func TestReceivedFilesCloseOnExec(t *testing.T) {
	c, raw := pair(t)
	write(t, raw, frame(`{"kind":"ps"}`), 1)
	m, err := c.Receive(limit(t))
	if err != nil {
		t.Fatal(err)
	}
	defer m.CloseFiles()
	flags, err := unix.FcntlInt(m.Files[0].Fd(), unix.F_GETFD, 0)
	if err != nil || flags&unix.FD_CLOEXEC == 0 {
		t.Errorf("flags %#x, %v", flags, err)
	}
}

// FuzzReceive takes any bytes, cut into two writes, with descriptors at both.
func FuzzReceive(f *testing.F) {
	f.Add(frame(`{"kind":"ps"}`), uint(3), byte(1), byte(0))
	f.Add(append(frame(`{"kind":"ps","body":{}}`), frame("{}")...), uint(9), byte(0), byte(2))
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 1}, uint(4), byte(200), byte(9))
	f.Add([]byte{0, 0, 0, 0}, uint(0), byte(4), byte(4))
	f.Fuzz(func(t *testing.T, b []byte, cut uint, first, second byte) {
		if len(b) > 64<<10 {
			return // must fit into the socket's buffer
		}
		before := null(t)
		c, raw := pair(t)
		defer raw.Close()
		at := int(cut % uint(len(b)+1))
		for _, p := range []struct {
			bytes []byte
			files byte
		}{{b[:at], first}, {b[at:], second}} {
			if len(p.bytes) > 0 {
				write(t, raw, p.bytes, int(p.files)%200)
			}
		}
		raw.Close()
		for read := 0; ; {
			m, err := c.Receive(limit(t))
			if err != nil {
				break
			}
			if read += 4 + len(m.Body); read > len(b) || m.Kind == "" || len(m.Files) > control.MaxFiles {
				t.Fatalf("%d bytes give %s with %d of body, %d files", len(b), m.Kind, len(m.Body), len(m.Files))
			}
			m.CloseFiles()
		}
		if after := null(t); after != before {
			t.Fatalf("%d descriptors are open, %d were", after, before)
		}
	})
}

// A frame that is announced costs no memory before it comes.
func TestAnnouncedFrame(t *testing.T) {
	c, raw := pair(t)
	write(t, raw, binary.BigEndian.AppendUint32(nil, control.MaxFrame), 0)
	done := make(chan error, 1)
	go func() {
		_, err := c.Receive(limit(t))
		done <- err
	}()
	select {
	case err := <-done:
		t.Fatalf("it did not wait for the body: %v", err)
	case <-time.After(100 * time.Millisecond):
	}
	raw.Close()
	if err := <-done; !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("got %v", err)
	}
}
