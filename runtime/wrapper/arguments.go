package wrapper

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// invocation is what of a command line concerns the wrapper.
type invocation struct {
	command string            // "" where only help or the version is asked for
	options map[string]string // by their long names; of several the last counts
	id      string            // of a command that makes a container
}

// option returns the value of an option.
func (i *invocation) option(name, otherwise string) string {
	if v, ok := i.options[name]; ok {
		return v
	}
	return otherwise
}

// syntax says for each option whether it takes a value.
type syntax map[string]bool

// short are the options of one letter.
var short = map[string]string{"b": "bundle", "d": "detach", "f": "config"}

// The options of runc (1.1 to 1.5) and crun (1.8 and later).
var (
	globalOptions = syntax{
		"debug": false, "systemd-cgroup": false,
		"log": true, "log-format": true, "root": true, "criu": true, "rootless": true, "cgroup-manager": true,
	}
	createOptions = syntax{
		"bundle": true, "config": true, "console-socket": true, "pidfd-socket": true, "pid-file": true, "preserve-fds": true,
		"no-pivot": false, "no-new-keyring": false, "no-subreaper": false, "keep": false, "detach": false,
	}
	// Whatever else stands there, these only print something.
	informing = []string{"-h", "--help", "-?", "--usage", "-v", "-V", "--version"}
)

// Commands that make a container; all others work on one that is there.
var making = []string{"create", "run", restore}

const restore = "restore" // from a checkpoint

// errUnknown reports an option that the wrapper does not know, and of which it
// can't tell whether the next argument is its value.
var errUnknown = errors.New("unknown option")

// parse reads the arguments of an OCI runtime. Only spellings that runc and crun
// understand in the same way are taken where a container may be made; where none
// can be, the runtime is to judge them itself.
func parse(args []string) (*invocation, error) {
	i := &invocation{options: make(map[string]string)}
	err := i.parse(args)
	if err != nil && !slices.ContainsFunc(args, func(a string) bool { return slices.Contains(making, a) }) {
		return &invocation{options: i.options}, nil
	}
	return i, err
}

func (i *invocation) parse(args []string) error {
	rest, err := i.read(globalOptions, args)
	if err != nil {
		return err
	}
	if len(rest) == 0 {
		return nil
	}
	i.command = rest[0]
	if !slices.Contains(making, i.command) || i.command == restore {
		return nil
	}
	var ids []string
	for rest = rest[1:]; ; rest = rest[1:] { // runc takes options behind the id too
		if rest, err = i.read(createOptions, rest); err != nil || i.command == "" {
			return err
		}
		if len(rest) == 0 {
			break
		}
		ids = append(ids, rest[0])
	}
	if len(ids) != 1 {
		return fmt.Errorf("%s takes one container id, not %d", i.command, len(ids))
	}
	if i.id = ids[0]; i.id == "" {
		return fmt.Errorf("%s: the container's id is empty", i.command)
	}
	return nil
}

// read reads options up to the first argument that is none.
func (i *invocation) read(known syntax, args []string) (rest []string, err error) {
	for len(args) > 0 && len(args[0]) > 1 && args[0][0] == '-' {
		arg := args[0]
		args = args[1:]
		switch {
		case arg == "--":
			return args, nil
		case slices.Contains(informing, arg):
			i.command = ""
			return nil, nil
		}
		name, long := strings.CutPrefix(arg, "--")
		name, value, given := strings.Cut(name, "=")
		if !long {
			name = short[arg[1:]] // no -b=DIR: crun takes the = for a part of the name
		}
		takes, ok := known[name]
		switch {
		case !ok:
			return nil, fmt.Errorf("%w %s", errUnknown, arg)
		case takes && !given:
			if len(args) == 0 {
				return nil, fmt.Errorf("option %s needs a value", arg)
			}
			value, args = args[0], args[1:]
		}
		i.options[name] = value
	}
	return args, nil
}
