package seccomp

import (
	"debug/elf"
	"errors"
	"fmt"
	"os"
	"runtime"

	"golang.org/x/sys/unix"
)

// exit386 is exit(0) as an i386 program asks for it.
var exit386 = program{elf.ELFCLASS32, elf.EM_386, []byte{
	0xb8, 1, 0, 0, 0, // mov eax, 1
	0x31, 0xdb, // xor ebx, ebx
	0xcd, 0x80, // int 0x80
}}

// probeI386 runs a 32-bit program. A kernel can be built or booted without
// (CONFIG_IA32_EMULATION, ia32_emulation=0).
func probeI386() error {
	if runtime.GOARCH != "amd64" {
		return fmt.Errorf("no machine for i386: %s", runtime.GOARCH)
	}
	return exit386.withStopped(func(pid int) error {
		status, err := resume(pid)
		if err == nil && (!status.Exited() || status.ExitStatus() != 0) {
			err = fmt.Errorf("a 32-bit program ended with status %#x", status)
		}
		return err
	})
}

// executeStdin are programs that execute what descriptor 0 stands for, which is
// themselves: execveat(0, "", NULL, NULL, AT_EMPTY_PATH).
var executeStdin = map[string]program{
	"amd64": {elf.ELFCLASS64, elf.EM_X86_64, []byte{
		0xb8, 0x42, 1, 0, 0, // mov eax, SYS_execveat
		0x31, 0xff, // xor edi, edi
		0x48, 0x8d, 0x35, 21, 0, 0, 0, // lea rsi, [rip+21]: the last byte
		0x31, 0xd2, // xor edx, edx
		0x45, 0x31, 0xd2, // xor r10d, r10d
		0x41, 0xb8, 0, 0x10, 0, 0, // mov r8d, AT_EMPTY_PATH
		0x0f, 0x05, // syscall
		0xb8, 0xe7, 0, 0, 0, // mov eax, SYS_exit_group
		0x0f, 0x05, // syscall
		0x90, // nop
		0,
	}},
	"arm64": {elf.ELFCLASS64, elf.EM_AARCH64, []byte{
		0x28, 0x23, 0x80, 0xd2, // mov x8, SYS_execveat
		0x00, 0x00, 0x80, 0xd2, // mov x0, 0
		0xe1, 0x00, 0x00, 0x10, // adr x1, 28: the last bytes
		0x02, 0x00, 0x80, 0xd2, // mov x2, 0
		0x03, 0x00, 0x80, 0xd2, // mov x3, 0
		0x04, 0x00, 0x82, 0xd2, // mov x4, AT_EMPTY_PATH
		0x01, 0x00, 0x00, 0xd4, // svc 0
		0xc8, 0x0b, 0x80, 0xd2, // mov x8, SYS_exit_group
		0x01, 0x00, 0x00, 0xd4, // svc 0
		0, 0, 0, 0,
	}},
}

var execNameSince = Version{6, 14}

// probeExecName asks after which of the two the kernel names a program that is
// executed by nothing but its descriptor. Linux 6.14 changed it, and stable
// kernels took it over one by one; where no child can be traced the version has
// to do.
func probeExecName() error {
	p, ok := executeStdin[runtime.GOARCH]
	if !ok {
		return probeVersion(execNameSince)()
	}
	var name []byte
	err := p.withStopped(func(pid int) error {
		status, err := resume(pid)
		if err == nil && !status.Stopped() {
			err = fmt.Errorf("execute a descriptor: status %#x", status)
		}
		if err != nil {
			return err
		}
		name, err = os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid))
		return err
	})
	switch {
	case err != nil:
		return probeVersion(execNameSince)()
	case string(name) == "0\n":
		return errors.New("the kernel names it by its descriptor's number")
	}
	return nil
}

// resume lets a stopped child go on until it stops again or ends.
func resume(pid int) (status unix.WaitStatus, err error) {
	if err := unix.PtraceCont(pid, 0); err != nil {
		return 0, fmt.Errorf("resume a child: %w", err)
	}
	if err := wait(pid, &status); err != nil {
		return 0, fmt.Errorf("wait for a child: %w", err)
	}
	return status, nil
}
