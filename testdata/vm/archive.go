package main

import (
	"bufio"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// writeArchive packs a directory as the kernel unpacks it into its first root:
// cpio in the "newc" form, everything owned by root
// (Documentation/driver-api/early-userspace/buffer-format.rst).
func writeArchive(path, root string) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	a := archive{w: bufio.NewWriterSize(f, 1<<20)}
	err = filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, path)
		if err != nil || name == "." {
			return err
		}
		return a.add(path, name)
	})
	if err != nil {
		return err
	}
	a.entry("TRAILER!!!", 0, nil)
	if err := a.w.Flush(); err != nil {
		return err
	}
	return f.Close()
}

type archive struct {
	w       *bufio.Writer
	entries int
}

// add puts a file, a directory or a link into the archive.
func (a *archive) add(path, name string) error {
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	var content []byte
	kind := 0o100000
	switch mode := info.Mode(); {
	case mode.IsDir():
		kind = 0o040000
	case mode&fs.ModeSymlink != 0:
		kind = 0o120000
		target, err := os.Readlink(path)
		if err != nil {
			return err
		}
		content = []byte(target)
	default:
		if content, err = os.ReadFile(path); err != nil {
			return err
		}
	}
	a.entry(name, kind|int(info.Mode().Perm()), content)
	return nil
}

// entry writes one entry; an error stays with the writer until it is flushed.
func (a *archive) entry(name string, mode int, content []byte) {
	a.entries++
	const links, device, checksum = 1, 0, 0
	fmt.Fprint(a.w, "070701")
	for _, v := range []int{a.entries, mode, 0, 0, links, 0, len(content), device, device, device, device, len(name) + 1, checksum} {
		fmt.Fprintf(a.w, "%08x", v)
	}
	const header = 6 + 13*8
	fmt.Fprint(a.w, name)
	a.pad(header+len(name)+1, 1)
	_, _ = a.w.Write(content)
	a.pad(len(content), 0)
}

// pad ends a part of so many bytes with zeros, up to the next multiple of four.
func (a *archive) pad(size, zeros int) {
	for range zeros + (4-size%4)%4 {
		_ = a.w.WriteByte(0)
	}
}
