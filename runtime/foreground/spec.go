package foreground

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	imagespec "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// defaultPath is for images whose environment has no PATH.
const defaultPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// writeSpec writes the configuration of a container of an image whose root is
// mounted below dir.
func writeSpec(ctx context.Context, dir, runtime string, image *imagespec.Image, args []string) error {
	text, err := defaultSpec(ctx, dir, runtime)
	if err != nil {
		return err
	}
	var spec specs.Spec
	if err := json.Unmarshal(text, &spec); err != nil {
		return fmt.Errorf("read the runtime's default configuration: %w", err)
	}
	c := image.Config
	p := spec.Process
	if p == nil || spec.Root == nil {
		return fmt.Errorf("read the runtime's default configuration: it has no process or no root")
	}
	if len(args) == 0 {
		args = c.Cmd
	}
	if p.Args = append(slices.Clone(c.Entrypoint), args...); len(p.Args) == 0 {
		return fmt.Errorf("start container: the image names no command; give one after --")
	}
	p.Env = c.Env
	if !slices.ContainsFunc(p.Env, func(e string) bool { return strings.HasPrefix(e, "PATH=") }) {
		p.Env = append(slices.Clone(p.Env), defaultPath)
	}
	p.Cwd = cmp.Or(c.WorkingDir, "/")
	p.Terminal = isTerminal(os.Stdin) && isTerminal(os.Stdout)
	if p.User.UID, p.User.GID, err = userOf(filepath.Join(dir, rootfsName), c.User); err != nil {
		return err
	}
	spec.Root = &specs.Root{Path: filepath.Join(dir, rootfsName)}
	return writeConfig(dir, spec)
}

func isTerminal(f *os.File) bool {
	_, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	return err == nil
}

// userOf resolves an image's user: USER, USER:GROUP, each a name in the root's
// passwd and group or a number. Empty is root.
func userOf(root, user string) (uid, gid uint32, err error) {
	name, group, _ := strings.Cut(user, ":")
	fail := func(err error) (uint32, uint32, error) {
		return 0, 0, fmt.Errorf("find the image's user %q: %w", user, err)
	}
	if name != "" {
		entry, err := lookUp(root, "etc/passwd", name)
		if err != nil {
			return fail(err)
		}
		uid, gid = entry[0], entry[1]
	}
	if group != "" {
		entry, err := lookUp(root, "etc/group", group)
		if err != nil {
			return fail(err)
		}
		gid = entry[0]
	}
	return uid, gid, nil
}

// lookUp finds a name or number in passwd or group (passwd(5), group(5)): the
// numbers of its third and fourth field. A number need not be there. The file is
// the image's, so a link in it does not lead out of the root.
func lookUp(root, path, name string) (found [2]uint32, err error) {
	number, nerr := strconv.ParseUint(name, 10, 32)
	dir, err := os.OpenRoot(root)
	if err != nil {
		return found, err
	}
	defer dir.Close() //nolint:errcheck // only read
	f, err := dir.Open(path)
	switch {
	case err != nil && nerr == nil:
		return [2]uint32{uint32(number)}, nil
	case err != nil:
		return found, err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		fields := strings.Split(lines.Text(), ":")
		if len(fields) < 3 || fields[0] != name && fields[2] != name {
			continue
		}
		for i := range min(2, len(fields)-2) {
			n, err := strconv.ParseUint(fields[2+i], 10, 32)
			if err != nil && i == 0 {
				return found, fmt.Errorf("%s: %w", path, err)
			}
			found[i] = uint32(n)
		}
		return found, nil
	}
	if nerr == nil {
		return [2]uint32{uint32(number)}, nil
	}
	return found, fmt.Errorf("%s has no %s", path, name)
}
