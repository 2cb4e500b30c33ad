package seccomp

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"fmt"

	"golang.org/x/sys/unix"
)

// program is an executable of a few instructions, for questions that only a
// program of its own can ask the kernel.
type program struct {
	class   elf.Class
	machine elf.Machine
	code    []byte
}

// programBase is where it is loaded: above vm.mmap_min_addr.
const programBase = 0x10000

// header is an ELF header followed by its one segment, in both classes.
func (p *program) header(size int) any {
	ident := [elf.EI_NIDENT]byte{0x7f, 'E', 'L', 'F', byte(p.class), byte(elf.ELFDATA2LSB), byte(elf.EV_CURRENT)}
	const flags = uint32(elf.PF_R | elf.PF_X)
	if p.class == elf.ELFCLASS32 {
		const head, all = 52, 52 + 32
		return struct {
			elf.Header32
			elf.Prog32
		}{
			elf.Header32{Ident: ident, Type: uint16(elf.ET_EXEC), Machine: uint16(p.machine), Version: 1, Entry: programBase + all, Phoff: head, Ehsize: head, Phentsize: all - head, Phnum: 1},
			elf.Prog32{Type: uint32(elf.PT_LOAD), Vaddr: programBase, Filesz: uint32(all + size), Memsz: uint32(all + size), Flags: flags, Align: 0x1000}, //nolint:gosec // some bytes
		}
	}
	const head, all = 64, 64 + 56
	return struct {
		elf.Header64
		elf.Prog64
	}{
		elf.Header64{Ident: ident, Type: uint16(elf.ET_EXEC), Machine: uint16(p.machine), Version: 1, Entry: programBase + all, Phoff: head, Ehsize: head, Phentsize: all - head, Phnum: 1},
		elf.Prog64{Type: uint32(elf.PT_LOAD), Vaddr: programBase, Filesz: uint64(all + size), Memsz: uint64(all + size), Flags: flags, Align: 0x1000}, //nolint:gosec // some bytes
	}
}

// file is the program in an anonymous file.
func (p *program) file() (fd int, err error) {
	var b bytes.Buffer
	if err := binary.Write(&b, binary.LittleEndian, p.header(len(p.code))); err != nil {
		return -1, fmt.Errorf("make a program: %w", err)
	}
	b.Write(p.code)
	if fd, err = unix.MemfdCreate("callgate-probe", unix.MFD_CLOEXEC); err != nil {
		return -1, fmt.Errorf("make an anonymous file: %w", err)
	}
	if _, err := unix.Write(fd, b.Bytes()); err != nil {
		unix.Close(fd) //nolint:errcheck // it is thrown away
		return -1, fmt.Errorf("write an anonymous file: %w", err)
	}
	return fd, nil
}

// withStopped runs the program, its file as descriptor 0, up to before its first
// instruction and hands it to use.
func (p *program) withStopped(use func(pid int) error) error {
	fd, err := p.file()
	if err != nil {
		return err
	}
	defer unix.Close(fd) //nolint:errcheck // it is thrown away
	return withStoppedChild("/proc/self/fd/0", []uintptr{uintptr(fd)}, use)
}
