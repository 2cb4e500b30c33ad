package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

// kernelPackage depends on the package of the newest kernel that Debian has.
const kernelPackage = "linux-image-amd64"

// moduleNames are the modules that tests use, in the order of loading.
var moduleNames = []string{"overlay"}

// fetchKernel finds a kernel and its modules, downloading Debian's package at
// first.
func fetchKernel(ctx context.Context, dir string) (kernel string, modules []string, err error) {
	archive, err := download(ctx)
	if err != nil {
		return "", nil, err
	}
	if err := unpack(ctx, archive, dir); err != nil {
		return "", nil, fmt.Errorf("unpack %s: %w", archive, err)
	}
	list, err := filepath.Glob(filepath.Join(dir, "boot/vmlinuz-*"))
	if err != nil || len(list) != 1 {
		return "", nil, fmt.Errorf("unpack %s: it has %d kernels", archive, len(list))
	}
	for _, name := range moduleNames {
		found, err := filepath.Glob(filepath.Join(dir, "lib/modules/*/kernel/fs/*", name+".ko*"))
		if err != nil || len(found) != 1 {
			return "", nil, fmt.Errorf("unpack %s: it has %d modules %s", archive, len(found), name)
		}
		modules = append(modules, found[0])
	}
	return list[0], modules, nil
}

// unpack takes the kernel and the modules out of a package, a hundredth of it.
func unpack(ctx context.Context, archive, dir string) error {
	wanted := []string{"--extract", "--wildcards", "./boot/vmlinuz-*"}
	for _, name := range moduleNames {
		wanted = append(wanted, "./lib/modules/*/"+name+".ko*")
	}
	from, to := command(ctx, "", "dpkg-deb", "--fsys-tarfile", archive), command(ctx, dir, "tar", wanted...)
	pipe, err := from.StdoutPipe()
	if err != nil {
		return err
	}
	to.Stdin = pipe
	if err := from.Start(); err != nil {
		return err
	}
	return errors.Join(to.Run(), from.Wait())
}

// download keeps the package in the user's cache.
func download(ctx context.Context) (path string, err error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = os.TempDir() // there is no home
	}
	cache = filepath.Join(cache, "callgate-vm")
	if err := os.MkdirAll(cache, 0o700); err != nil {
		return "", fmt.Errorf("make the cache: %w", err)
	}
	name, err := newest(ctx)
	if err != nil { // apt's lists are not there, or old
		if name, err = update(ctx); err != nil {
			return "", err
		}
	}
	if path, err = cached(cache, name); err == nil {
		return path, nil
	}
	// The sandbox's user may not write into this user's directories.
	get := []string{"-qq", "-o", "APT::Sandbox::User=root", "download", name}
	if err := command(ctx, cache, "apt-get", get...).Run(); err != nil {
		if _, err := update(ctx); err != nil {
			return "", err
		}
		if err := command(ctx, cache, "apt-get", get...).Run(); err != nil {
			return "", fmt.Errorf("download %s: %w", name, err)
		}
	}
	return cached(cache, name)
}

// cached is the downloaded package.
func cached(cache, name string) (string, error) {
	list, err := filepath.Glob(filepath.Join(cache, name+"_*.deb"))
	if err != nil || len(list) == 0 {
		return "", fmt.Errorf("find %s: %w", name, os.ErrNotExist)
	}
	return list[len(list)-1], nil
}

var dependency = regexp.MustCompile(`Depends: (linux-image-[^\s]+)`)

// newest is the package that has the kernel.
func newest(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, "apt-cache", "depends", kernelPackage).Output()
	if err != nil {
		return "", fmt.Errorf("look for %s: %w", kernelPackage, err)
	}
	m := dependency.FindSubmatch(out)
	if m == nil {
		return "", fmt.Errorf("look for %s: apt knows no such kernel", kernelPackage)
	}
	return string(m[1]), nil
}

// update refreshes apt's lists, which takes root.
func update(ctx context.Context) (string, error) {
	argv := []string{"apt-get", "update", "-qq"}
	if os.Getuid() != 0 {
		argv = append([]string{"sudo", "-n"}, argv...)
	}
	if err := command(ctx, "", argv[0], argv[1:]...).Run(); err != nil {
		return "", fmt.Errorf("%s: %w", strings.Join(argv, " "), err)
	}
	return newest(ctx)
}

// command runs in a directory and says on standard error what it has to say.
func command(ctx context.Context, dir, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir, cmd.Stderr = dir, os.Stderr
	return cmd
}
