package ruletest

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/callgate/callgate/rules/event"
	"github.com/callgate/callgate/seccomp/syscalls"
)

// complete fills in what follows from the fields that are given: who writes a test
// says what matters, and the event must not contradict itself.
func complete(e *event.Event, given map[string]any) error {
	call, err := callOf(e.Evt.Type)
	if err != nil {
		return err
	}
	for _, args := range [][]syscalls.Arg{call.Args, call.Fields} {
		for i := range args {
			if err := completeArg(e, &args[i]); err != nil {
				return err
			}
		}
	}
	completeOpen(e, call, given)
	completeFD(e)
	if p := &e.Proc; p.CmdLine == "" && p.Name != "" {
		p.CmdLine = strings.TrimSpace(p.Name + " " + p.Args)
	}
	return nil
}

// completeFD fills in the parts of a path, and the ends of a connection.
func completeFD(e *event.Event) {
	fd := &e.FD
	if i := strings.LastIndexByte(fd.Name, '/'); i >= 0 && fd.Name[0] == '/' && fd.Directory == "" && fd.Filename == "" {
		fd.Directory, fd.Filename = fd.Name[:max(i, 1)], fd.Name[i+1:]
	}
	if fd.TypeChar == "" {
		fd.TypeChar = event.TypeChar(fd.Type)
	}
	if fd.SIP != "" && fd.SockFamily == "" {
		fd.SockFamily = "ip"
	}
	switch e.Evt.Type {
	case "connect", "sendto", "sendmsg", "sendmmsg":
		if fd.RIP == "" {
			fd.RIP = fd.SIP
		}
		if fd.RPort == event.Missing {
			fd.RPort = fd.SPort
		}
	}
}

// callOf is the description of a call, on whichever ABI has it.
func callOf(typ string) (*syscalls.Call, error) {
	if typ == "" {
		return nil, fmt.Errorf("the event has no evt.type")
	}
	for _, abi := range []syscalls.ABI{syscalls.AMD64, syscalls.ARM64, syscalls.I386} {
		if entries := syscalls.Entries(abi, typ); len(entries) > 0 {
			return entries[0].Call, nil
		}
	}
	return nil, fmt.Errorf("evt.type: callgate decodes no call %s", typ)
}

// completeArg makes an argument's number of its text and the other way round.
func completeArg(e *event.Event, a *syscalls.Arg) error {
	id, ok := syscalls.ArgID(a.Name)
	if !ok {
		return nil
	}
	text, number := &e.Evt.Arg[id], &e.Evt.RawArg[id]
	switch {
	case *text != "" && *number == event.Missing:
		n, ok, err := numberOf(a, *text)
		if err != nil {
			return err
		}
		if ok {
			*number = n
		}
	case *text == "" && *number != event.Missing && a.Kind.Scalar():
		*text = strconv.Itoa(*number)
		if a.Symbols != nil {
			*text = a.Symbols.Render(uint64(*number))
		}
	}
	return nil
}

func numberOf(a *syscalls.Arg, text string) (int, bool, error) {
	if !a.Kind.Scalar() {
		return 0, false, nil
	}
	if a.Symbols == nil {
		n, err := strconv.Atoi(text)
		return n, err == nil, nil
	}
	var v uint64
	for name := range strings.SplitSeq(text, "|") {
		bits, ok := a.Symbols.Value(name)
		if !ok {
			n, err := strconv.ParseUint(name, 0, 64)
			if err != nil {
				return 0, false, fmt.Errorf("evt.arg.%s: it has no value %s", a.Name, name)
			}
			bits = n
		}
		v |= bits
	}
	return int(v), true, nil
}

// completeOpen sets what an open call asks for.
func completeOpen(e *event.Event, call *syscalls.Call, given map[string]any) {
	var read, write, create, exec bool
	number := func(name string) uint64 {
		id, _ := syscalls.ArgID(name)
		return uint64(max(e.Evt.RawArg[id], 0))
	}
	id, _ := syscalls.ArgID("flags")
	switch known := e.Evt.RawArg[id] != event.Missing; {
	case e.Evt.Type == "creat":
		write, create = true, true
	case strings.HasPrefix(e.Evt.Type, "open") && call.Path >= 0 && known:
		read, write, create = event.OpenIntent(number("flags"))
	default:
		return
	}
	exec = create && event.ExecMode(number("mode"))
	for _, f := range []struct {
		name  string
		field *bool
		value bool
	}{
		{"evt.is_open_read", &e.Evt.IsOpenRead, read},
		{"evt.is_open_write", &e.Evt.IsOpenWrite, write},
		{"evt.is_open_create", &e.Evt.IsOpenCreate, create},
		{"evt.is_open_exec", &e.Evt.IsOpenExec, exec},
	} {
		if _, ok := given[f.name]; !ok {
			*f.field = f.value
		}
	}
	if e.FD.Type == "" {
		e.FD.Type = event.OpenType(number("flags"), directoryFlag(call))
	}
}

// directoryFlag is O_DIRECTORY, which differs between architectures.
func directoryFlag(call *syscalls.Call) uint64 {
	for _, args := range [][]syscalls.Arg{call.Args, call.Fields} {
		for _, a := range args {
			if a.Symbols != nil && a.Name == "flags" {
				v, _ := a.Symbols.Value("O_DIRECTORY")
				return v
			}
		}
	}
	return 0
}
