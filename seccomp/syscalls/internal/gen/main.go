// Gen writes the tables of system call numbers, *_table.go.
//
// Their source are the numbers that golang.org/x/sys/unix, at the version that
// go.mod pins, took from the kernel's own headers: so the tables follow the
// pinned module, not whatever headers a machine happens to have. Run with
// -check it writes nothing and fails when a checked-in table differs.
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

func main() {
	check := flag.Bool("check", false, "compare with the files instead of writing them")
	dir := flag.String("dir", ".", "directory of package syscalls")
	flag.Parse()
	if err := run(*dir, *check); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

func run(dir string, check bool) error {
	mod, err := moduleDir("golang.org/x/sys")
	if err != nil {
		return err
	}
	tables, err := load(filepath.Join(mod, "unix"))
	if err != nil {
		return err
	}
	var errs []error
	for _, t := range tables {
		src, err := t.source()
		if err != nil {
			return err
		}
		// Not table_amd64.go: the go tool would build that on amd64 alone.
		file := filepath.Join(dir, t.abi+"_table.go")
		if check {
			errs = append(errs, compare(file, src))
			continue
		}

		errs = append(errs, os.WriteFile(file, src, 0o644))
	}
	return errors.Join(errs...)
}

func compare(file string, want []byte) error {
	got, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if !bytes.Equal(got, want) {
		return fmt.Errorf("check %s: differs from what the kernel's numbers give (run go generate)", file)
	}
	return nil
}

func moduleDir(path string) (string, error) {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", path).Output()
	if err != nil {
		return "", fmt.Errorf("find module %s: %w", path, err)
	}
	return strings.TrimSpace(string(out)), nil
}
