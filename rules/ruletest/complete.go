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
	completeOpen(e, given)
	p, fd := &e.Proc, &e.FD
	if p.CmdLine == "" && p.Name != "" {
		p.CmdLine = strings.TrimSpace(p.Name + " " + p.Args)
	}
	if i := strings.LastIndexByte(fd.Name, '/'); i >= 0 && fd.Name[0] == '/' && fd.Directory == "" && fd.Filename == "" {
		fd.Directory, fd.Filename = fd.Name[:max(i, 1)], fd.Name[i+1:]
	}
	if fd.SIP != "" && fd.Net == "" {
		fd.Net = fd.SIP
	}
	if fd.SIP != "" && fd.SockFamily == "" {
		fd.SockFamily = "ip"
	}
	return nil
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
func completeOpen(e *event.Event, given map[string]any) {
	var read, write, create bool
	switch id, _ := syscalls.ArgID("flags"); e.Evt.Type {
	case "creat":
		write, create = true, true
	case "open", "openat", "openat2":
		if e.Evt.RawArg[id] == event.Missing {
			return
		}
		read, write, create = event.OpenIntent(uint64(e.Evt.RawArg[id]))
	default:
		return
	}
	for _, f := range []struct {
		name  string
		field *bool
		value bool
	}{
		{"evt.is_open_read", &e.Evt.IsOpenRead, read},
		{"evt.is_open_write", &e.Evt.IsOpenWrite, write},
		{"evt.is_open_create", &e.Evt.IsOpenCreate, create},
	} {
		if _, ok := given[f.name]; !ok {
			*f.field = f.value
		}
	}
}
