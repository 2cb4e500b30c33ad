package agent

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/callgate/callgate/runtime/internal/fdsock"
)

// read reads the one message of a connection. On an error no descriptor stays
// open.
func read(c *net.UnixConn, maxState int) (r Received, err error) {
	in := &stateReader{Reader: fdsock.Reader{Conn: c, Max: 1}}
	defer func() {
		if err != nil {
			fdsock.Close(in.files)
			err = fmt.Errorf("read container process state: %w", err)
		}
	}()
	limited := &io.LimitedReader{R: in, N: int64(maxState) + 1}
	err = json.NewDecoder(limited).Decode(&r.Raw)
	if limited.N == 0 {
		return r, fmt.Errorf("it is larger than %d bytes", maxState)
	}
	if err != nil {
		return r, err
	}
	if err := json.Unmarshal(r.Raw, &r.State); err != nil {
		return r, err
	}
	if r.Listener, err = listener(in.files, r.State.Fds); err != nil {
		return Received{}, err
	}
	return r, nil
}

// listener picks the listener from the files of a message.
func listener(files []*os.File, names []string) (*os.File, error) {
	switch {
	case len(files) != 1:
		return nil, fmt.Errorf("%d descriptors came, not one", len(files))
	case !slices.Equal(names, []string{specs.SeccompFdName}):
		return nil, fmt.Errorf("the descriptors are called %.100q, not %q", names, specs.SeccompFdName)
	}
	return files[0], checkListener(files[0])
}

// checkListener tells a listener from all other files: by the name that the
// kernel gives it (init_listener in kernel/seccomp.c). No other file can be
// called so, since names of what lies in a file system begin with a slash.
func checkListener(f *os.File) error {
	name, err := os.Readlink(fmt.Sprintf("/proc/self/fd/%d", f.Fd()))
	if err != nil {
		return err
	}
	if name != "anon_inode:seccomp notify" {
		return fmt.Errorf("the descriptor is %.100q, not a seccomp listener", name)
	}
	return nil
}

// stateReader collects the descriptors of one connection.
type stateReader struct {
	fdsock.Reader
	files []*os.File
}

var errSecond = errors.New("more than one descriptor came")

func (r *stateReader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if err != nil {
		return 0, err
	}
	r.files = append(r.files, r.Files...)
	if len(r.files) > 1 {
		return 0, errSecond
	}
	return n, nil
}
