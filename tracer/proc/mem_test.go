package proc

import (
	"bytes"
	"errors"
	"os"
	"strconv"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

func itoa(n int) string { return strconv.Itoa(n) }

// TestReadMem reads this process's own memory: the calls are the same.
func TestReadMem(t *testing.T) {
	th, _ := look(t, os.Getpid())
	const pages = 40
	m, err := unix.Mmap(-1, 0, (pages+1)*pageSize, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = unix.Munmap(m) }()
	for i := range m {
		m[i] = byte(i>>12) ^ byte(i)
	}
	if err := unix.Mprotect(m[pages*pageSize:], unix.PROT_NONE); err != nil {
		t.Fatal(err)
	}
	base := uint64(uintptr(unsafe.Pointer(&m[0])))
	whole := pages * pageSize
	for _, k := range []struct{ from, size, want int }{
		{0, 10, 10},
		{0, 0, 0},
		{100, pageSize, pageSize},
		{0, whole, whole},
		{17, whole, whole - 17},
		{whole - 5, 4096, 5},
		{whole - pageSize - 5, 3 * pageSize, pageSize + 5},
		{whole - 1, 1, 1},
		{1, maxRead + 1, whole - 1},
	} {
		b := make([]byte, k.size)
		n, err := th.ReadMem(base+uint64(k.from), b)
		if err != nil || n != k.want || !bytes.Equal(b[:n], m[k.from:k.from+n]) {
			t.Errorf("ReadMem(+%d, %d) = %d, %v; want %d", k.from, k.size, n, err, k.want)
		}
	}
	for _, addr := range []uint64{0, base + uint64(whole), 1 << 63, 1<<64 - 1, 1<<64 - 4096} {
		if n, err := th.ReadMem(addr, make([]byte, 3*pageSize)); n != 0 || !errors.Is(err, unix.EFAULT) {
			t.Errorf("ReadMem(%#x) = %d, %v", addr, n, err)
		}
	}
}
