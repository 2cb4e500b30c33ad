package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

const measured = `# Benchmarks

2 × some CPU, Linux 6.18, go1.26, strace 6.1.

| call | callers | plain | filter, no match | floor | callgate | strace | callgate / floor | strace / callgate |
|---|---|---|---|---|---|---|---|---|
| setns | 1 | 0.10 | 0.17 | 5.00 | 6.00 | 30.00 | 1.20 | 5.00 |
| setns | 8 | 0.11 | 0.18 | 9.00 | 9.90 | 90.00 | 1.10 | 9.09 |
| getppid | 1 | 0.05 | 0.11 | 5.00 | 0.12 | 30.00 | 0.02 | 250.00 |

No rule names getppid: under callgate it costs 70 ns more than plain (one caller).
`

func TestCosts(t *testing.T) {
	const want = `a
` + costsBegin + `
Measured on 2 × some CPU, Linux 6.18, go1.26, strace 6.1.

| call | plain | floor | callgate | strace | callgate / floor | strace / callgate |
|---|---|---|---|---|---|---|
| setns | 0.10 | 5.00 | 6.00 | 30.00 | 1.20 | 5.00 |

No rule names getppid: under callgate it costs 70 ns more than plain (one caller).

` + costsEnd + "b\n"
	got, err := withCosts("a\n"+costsBegin+"old\n"+costsEnd+"b\n", measured)
	if err != nil || got != want {
		t.Errorf("%v\n%s", err, got)
	}
	for _, bad := range []string{"", "| call | callers |\n|---|---|\n| setns | 1 |\n"} {
		if _, err := withCosts(want, bad); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
	if _, err := withCosts("no place", measured); err == nil {
		t.Error("a README without a place for the figures was taken")
	}
}

// What the README quotes is what was measured last.
func TestReadmeQuotesBenchmarks(t *testing.T) {
	root := filepath.Join("..", "..", "..")
	figures, err := os.ReadFile(filepath.Join(root, "docs", "benchmarks.md"))
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("nothing has been measured: make bench")
	}
	if err != nil {
		t.Fatal(err)
	}
	readme, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	if want, err := withCosts(string(readme), string(figures)); err != nil || want != string(readme) {
		t.Errorf("README.md does not quote docs/benchmarks.md (%v); run make generate", err)
	}
}
