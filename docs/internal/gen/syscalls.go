package main

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/callgate/callgate/seccomp/syscalls"
)

// kindNames say how the kernel reads an argument.
var kindNames = map[syscalls.Kind]string{
	syscalls.Int: "number", syscalls.Uint: "number", syscalls.Long: "number", syscalls.Ulong: "number",
	syscalls.Mode: "mode", syscalls.ID16: "number", syscalls.FD: "descriptor", syscalls.DirFD: "directory",
	syscalls.Ptr: "address", syscalls.Path: "path", syscalls.String: "text", syscalls.Argv: "arguments",
	syscalls.Envp: "environment", syscalls.Sockaddr: "socket address", syscalls.Msghdr: "message",
	syscalls.Mmsghdr: "messages", syscalls.OpenHow: "struct open_how", syscalls.CloneArgs: "struct clone_args",
	syscalls.CapHeader: "capability header", syscalls.CapData: "capabilities", syscalls.BPFAttr: "union bpf_attr",
	syscalls.SockArgs: "socketcall's arguments", syscalls.Bytes: "text",
}

var listedABIs = []syscalls.ABI{syscalls.AMD64, syscalls.I386, syscalls.ARM64}

func writeSyscalls(b *bytes.Buffer) error {
	b.WriteString(`# System calls

The values of ` + "`evt.type`" + ` that callgate decodes, with the names of their arguments for
` + "`evt.arg.NAME`" + ` and ` + "`evt.rawarg.NAME`" + `. Calls that do the same under another number
share one name: a rule on chown sees chown32 too. Arguments that are numbers lie
in registers, which nothing can change after the decision; all others lie in
memory.

| evt.type | arguments | kernel's names |
|---|---|---|
`)
	for _, typ := range syscalls.Types() {
		entries, err := entriesOf(typ)
		if err != nil {
			return err
		}
		args, err := arguments(entries)
		if err != nil {
			return fmt.Errorf("%s: %w", typ, err)
		}
		fmt.Fprintf(b, "| %s | %s | %s |\n", code(typ), args, names(entries))
	}
	return nil
}

// entriesOf are the call's numbers on every ABI; socketcall is left out unless
// the call has no other way in.
func entriesOf(typ string) (all []syscalls.Entry, err error) {
	for _, abi := range listedABIs {
		for _, e := range syscalls.Entries(abi, typ) {
			if e.Call.Type == typ {
				all = append(all, e)
			}
		}
	}
	if all != nil {
		return all, nil
	}
	for n := 1; ; n++ {
		call, _, ok := syscalls.SocketCall(n)
		if !ok {
			return nil, fmt.Errorf("%s has no number on any ABI", typ)
		}
		if call.Type == typ {
			return []syscalls.Entry{{ABI: syscalls.I386, Name: "socketcall", Call: call}}, nil
		}
	}
}

// arguments lists every argument once; ABIs differ in their order.
func arguments(entries []syscalls.Entry) (string, error) {
	var out []string
	seen := make(map[string]bool)
	for _, e := range entries {
		for _, a := range append(append([]syscalls.Arg(nil), e.Call.Args...), e.Call.Fields...) {
			if a.Name != "" && !seen[a.Name] {
				seen[a.Name] = true
				kind := kindName(a)
				if kind == "" {
					return "", fmt.Errorf("kind %d of argument %s has no name", a.Kind, a.Name)
				}
				out = append(out, code(a.Name)+" "+kind)
			}
		}
	}
	return strings.Join(out, ", "), nil
}

func kindName(a syscalls.Arg) string {
	if a.Symbols != nil {
		return "symbols"
	}
	return kindNames[a.Kind]
}

// names lists the kernel's names, with the ABIs of those that not all have.
func names(entries []syscalls.Entry) string {
	var order []string
	abis := make(map[string][]string)
	for _, e := range entries {
		if abis[e.Name] == nil {
			order = append(order, e.Name)
		}
		abis[e.Name] = append(abis[e.Name], e.ABI.String())
	}
	for i, name := range order {
		if len(abis[name]) < len(listedABIs) {
			order[i] = name + " (" + strings.Join(abis[name], ", ") + ")"
		}
	}
	return strings.Join(order, ", ")
}
