package notify

import (
	"errors"
	"fmt"
	"os"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Slots is a table in shared memory in which a source keeps the calls that it
// has received and not answered. Whoever holds the table and the listener can
// take over from a source that was killed at any instruction.
//
// It is used by one source at a time: a successor begins when the process of its
// predecessor has been waited for, or has stopped (Source.Stop).
type Slots struct {
	file *os.File
	mem  []byte
	head *header
}

// header is the table's first slot-sized piece. Its layout and that of slot are
// what two versions of callgate share: a change is a new slotsVersion.
type header struct {
	magic    uint64
	version  uint32
	count    uint32
	used     uint32 // slots that were ever in use: the first ones
	entered  uint32 // see SetEntered
	next     uint32 // in the list of suspects
	reserved [100]byte
}

const (
	slotsMagic   = 0x73746f6c732d6763 // "cg-slots" in memory
	slotsVersion = 1
	slotSize     = unsafe.Sizeof(slot{})
	suspectsAt   = int(slotSize) * (1 + maxWorkers)
	// tableSize has room for the header, a slot for each worker and suspects.
	tableSize = suspectsAt + int(unsafe.Sizeof(suspectList{}))
	// slotSeals keep another holder of the table from cutting it, which would
	// be a SIGBUS for those that have it mapped (memfd_create(2)).
	slotSeals = unix.F_SEAL_SHRINK | unix.F_SEAL_GROW
)

// NewSlots makes an empty table.
func NewSlots() (*Slots, error) {
	fd, err := unix.MemfdCreate("callgate-slots", unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
	if err != nil {
		return nil, fmt.Errorf("create slot table: %w", err)
	}
	f := os.NewFile(uintptr(fd), "callgate-slots")
	s, err := newSlots(f)
	if err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("create slot table: %w", err)
	}
	return s, nil
}

func newSlots(f *os.File) (*Slots, error) {
	// Its pages are there from the beginning: a receipt can't fail for want of
	// memory.
	if err := unix.Fallocate(int(f.Fd()), 0, 0, int64(tableSize)); err != nil {
		return nil, fmt.Errorf("allocate %d bytes: %w", tableSize, err)
	}
	if _, err := unix.FcntlInt(f.Fd(), unix.F_ADD_SEALS, slotSeals|unix.F_SEAL_SEAL); err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	s, err := mapSlots(f)
	if err != nil {
		return nil, err
	}
	s.head.magic, s.head.version, s.head.count = slotsMagic, slotsVersion, maxWorkers
	return s, nil
}

// OpenSlots takes over a table that another process made, with what is in it.
// The file becomes the table's; on an error it stays the caller's.
func OpenSlots(f *os.File) (*Slots, error) {
	var st unix.Stat_t
	if err := unix.Fstat(int(f.Fd()), &st); err != nil {
		return nil, fmt.Errorf("open slot table: %w", err)
	}
	seals, err := unix.FcntlInt(f.Fd(), unix.F_GET_SEALS, 0)
	if err != nil || seals&slotSeals != slotSeals {
		return nil, errors.New("open slot table: it is no memfd whose size is sealed")
	}
	if st.Size != int64(tableSize) {
		return nil, fmt.Errorf("open slot table: it has %d bytes and not %d", st.Size, tableSize)
	}
	s, err := mapSlots(f)
	if err != nil {
		return nil, fmt.Errorf("open slot table: %w", err)
	}
	h := s.head
	if h.magic != slotsMagic || h.version != slotsVersion || h.count != maxWorkers || h.used > maxWorkers {
		err := fmt.Errorf("open slot table: it is of version %d with %d slots, %d used; this callgate knows version %d with %d", h.version, h.count, h.used, slotsVersion, maxWorkers)
		_ = unix.Munmap(s.mem)
		return nil, err
	}
	return s, nil
}

func mapSlots(f *os.File) (*Slots, error) {
	mem, err := unix.Mmap(int(f.Fd()), 0, tableSize, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("map: %w", err)
	}
	return &Slots{file: f, mem: mem, head: (*header)(unsafe.Pointer(&mem[0]))}, nil
}

// File is the table's memfd, to be passed on. It stays the table's.
func (s *Slots) File() *os.File { return s.file }

// Close unmaps the table. No source may be using it: one that has returned with
// ErrStopped still does when Stop left a receiver behind.
func (s *Slots) Close() error {
	err := unix.Munmap(s.mem)
	s.mem, s.head = nil, nil
	return errors.Join(err, s.file.Close())
}

// Owned is the number of calls in the table: received and not answered.
func (s *Slots) Owned() (n int) {
	for i := range s.used() {
		if s.slot(i).id() != 0 {
			n++
		}
	}
	return n
}

// SetEntered notes that the filter's first process was seen to execute the
// user's program: from then on its calls are the user's. A successor must know.
func (s *Slots) SetEntered() { atomic.StoreUint32(&s.head.entered, 1) }

// Entered reports whether SetEntered was called, by whichever process.
func (s *Slots) Entered() bool { return atomic.LoadUint32(&s.head.entered) != 0 }

func (s *Slots) used() int { return int(atomic.LoadUint32(&s.head.used)) }

// use notes that slot i is used; the slots before it were before.
func (s *Slots) use(i int) {
	if i >= s.used() {
		atomic.StoreUint32(&s.head.used, uint32(i)+1)
	}
}

func (s *Slots) slot(i int) *slot {
	return (*slot)(unsafe.Pointer(&s.mem[(1+i)*int(slotSize)]))
}
