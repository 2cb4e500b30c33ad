package proc

import (
	"bytes"
	"testing"
)

func FuzzParseShebang(f *testing.F) {
	for _, s := range []string{"#!/bin/sh\n", "#! /bin/sh -e x \n", "#!", "#!\x00", "#!a\x00b c\n", "\x7fELF"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, head []byte) {
		if len(head) > bprmSize {
			head = head[:bprmSize]
		}
		line, script := parseShebang(head)
		if script != bytes.HasPrefix(head, []byte("#!")) {
			t.Fatalf("script = %v for %q", script, head)
		}
		if bytes.ContainsAny(line.interp, " \t\n\x00") || bytes.ContainsAny(line.arg, "\n\x00") {
			t.Errorf("parseShebang(%q) = %q, %q", head, line.interp, line.arg)
		}
		if len(line.interp) == 0 && line.hasArg && len(line.arg) == bprmSize {
			t.Errorf("an argument without an interpreter in %q", head)
		}
	})
}
