package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// makeRoot makes what the machine has for a root: this program as its init, the
// compiled tests, and the tools that these use with their libraries.
func makeRoot(ctx context.Context, root string, modules []string) error {
	for _, dir := range []string{"dev", "etc", "modules", "proc", "root", "sys", "tests", "tmp", "usr/bin", "usr/lib", "usr/lib64", "usr/sbin"} {
		if err := os.MkdirAll(filepath.Join(root, dir), 0o755); err != nil { //nolint:gosec // for every user of the machine
			return err
		}
	}
	for _, dir := range []string{"bin", "lib", "lib64", "sbin"} { // as Debian has it since 12
		if err := os.Symlink("usr/"+dir, filepath.Join(root, dir)); err != nil {
			return err
		}
	}
	if err := compile(ctx, root); err != nil {
		return err
	}
	for _, name := range moduleNames {
		for _, m := range modules {
			if strings.HasPrefix(filepath.Base(m), name+".ko") {
				if err := copyFile(m, filepath.Join(root, "modules", name)); err != nil {
					return err
				}
			}
		}
	}
	files, err := withLibraries(ctx, tools)
	if err != nil {
		return err
	}
	for _, f := range append(files, copied...) {
		to := f
		if rest, ok := strings.CutPrefix(f, "/usr/"); !ok && strings.Contains(f, "/lib") || !ok && strings.HasPrefix(f, "/bin/") {
			to = "/usr" + f
		} else if ok {
			to = "/usr/" + rest
		}
		if err := copyFile(f, filepath.Join(root, to)); err != nil {
			return err
		}
	}
	return nil
}

// compile makes the tests and init without cgo: they need no libraries.
func compile(ctx context.Context, root string) error {
	build := func(args ...string) error {
		cmd := command(ctx, "", "go", args...)
		cmd.Env, cmd.Stdout = append(os.Environ(), "CGO_ENABLED=0"), os.Stderr
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("go %s: %w", strings.Join(args, " "), err)
		}
		return nil
	}
	for i, s := range suites {
		if slices.ContainsFunc(suites[:i], func(before suite) bool { return before.pkg == s.pkg }) {
			continue
		}
		if len(os.Args) > 1 && !slices.Contains(os.Args[1:], s.pkg) {
			continue
		}
		if err := build("test", "-c", "-ldflags", "-s -w", "-o", filepath.Join(root, testPath(s.pkg)), s.pkg); err != nil {
			return err
		}
	}
	for _, bits := range []string{"64", "32"} { // for tracer/run, see callsProgram there
		if err := command(ctx, "", "gcc", "-m"+bits, "-static", "-o", filepath.Join(root, "tests", "calls"+bits), "tracer/run/testdata/calls.c").Run(); err != nil {
			return fmt.Errorf("compile calls.c for %s bits: %w", bits, err)
		}
	}
	return build("build", "-o", filepath.Join(root, "init"), "./testdata/vm")
}

// testPath is where a package's compiled test lies, named as go test names it.
func testPath(pkg string) string {
	return filepath.Join("/tests", pkg, filepath.Base(pkg)+".test")
}

// withLibraries are the paths of programs and of all that ldd(1) lists for them.
func withLibraries(ctx context.Context, names []string) (files []string, err error) {
	seen := make(map[string]bool)
	add := func(path string) {
		if !seen[path] {
			seen[path] = true
			files = append(files, path)
		}
	}
	for _, name := range names {
		path, err := exec.LookPath(name)
		if err != nil {
			return nil, err
		}
		add(path)
		out, err := exec.CommandContext(ctx, "ldd", path).Output()
		if err != nil {
			continue // a static program
		}
		for word := range strings.FieldsSeq(string(out)) {
			if strings.HasPrefix(word, "/") {
				add(word)
			}
		}
	}
	return files, nil
}

// copyFile copies a file; a link with the file that it leads to, if that lies in
// the same directory.
func copyFile(from, to string) error {
	if target, err := os.Readlink(from); err == nil && !strings.Contains(target, "/") {
		if err := errors.Join(os.MkdirAll(filepath.Dir(to), 0o755), os.Symlink(target, to)); err != nil { //nolint:gosec // for every user of the machine
			return err
		}
		from, to = filepath.Join(filepath.Dir(from), target), filepath.Join(filepath.Dir(to), target)
	}
	b, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	info, err := os.Stat(from)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil { //nolint:gosec // for every user of the machine
		return err
	}
	return os.WriteFile(to, b, info.Mode().Perm())
}
