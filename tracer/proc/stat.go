package proc

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/rules/event"
)

// commSize holds what comm can say: 15 bytes, up to 64 for kernel workers.
const commSize = 80

// nsPerTick: stat counts time in USER_HZ, which is 100 on every architecture
// that Go runs Linux on.
const nsPerTick = 1_000_000_000 / 100

// Stat is /proc/PID/stat of the process a thread belongs to.
type Stat struct {
	Name    string // comm of the thread group's leader
	PPID    int    // 0 when outside of callgate's pid namespace
	PGRP    int
	Session int
	TTY     int   // device number of the controlling terminal, 0 without one
	Start   int64 // ns since the epoch, in steps of 10 ms, rounded down
	Boot    int64 // the same since the machine's start: with the id it tells a process from all others

	read uint64 // Table.clock before the read
}

// Stat reads the process's line of /proc. One system call for a leader, two for
// another thread.
func (t *Thread) Stat(a *event.Arena) (Stat, error) {
	if err := t.proveUnlessLeader(); err != nil {
		return Stat{}, err
	}
	clock := t.tb.clock.Load()
	st, err := t.e.leader.readStat(a)
	if t.renew(err) {
		return t.Stat(a)
	}
	st.read = clock
	st.Start = st.Boot + t.tb.offset.Load()
	return st, err
}

// readStat leaves Start to be derived from Boot.
func (e *entry) readStat(a *event.Arena) (Stat, error) {
	fd, err := e.lazyFD(&e.stat, e.openStat)
	if err != nil {
		return Stat{}, err
	}
	var b [1536]byte // 52 fields, most of them small: about 300 bytes
	n, err := unix.Pread(fd, b[:], 0)
	if err != nil {
		return Stat{}, e.errno("read stat", err)
	}
	st, name, ok := parseStat(b[:n])
	if !ok {
		return Stat{}, e.errno("parse stat", errFormat)
	}
	st.Name = a.String(name)
	e.lazy.Lock()
	e.start = st.Boot
	e.lazy.Unlock()
	return st, nil
}

func (e *entry) openStat() (fd int, err error) {
	err = e.openTask("/stat\x00", &fd)
	return fd, err
}

// lazyFD opens a handle that not every thread needs.
func (e *entry) lazyFD(slot *int, open func() (int, error)) (int, error) {
	e.lazy.Lock()
	defer e.lazy.Unlock()
	if *slot >= 0 {
		return *slot, nil
	}
	fd, err := open()
	if err == nil {
		*slot = fd
	}
	return fd, err
}

// name reads comm.
func (e *entry) name(a *event.Arena) (string, error) {
	var b [commSize]byte
	n, err := preadShort(e.comm, b[:])
	if err != nil {
		return "", e.errno("read comm", err)
	}
	return a.String(bytes.TrimSuffix(b[:n], []byte{'\n'})), nil
}

// ppid is the parent's process id.
func (e *entry) ppid() (int, error) {
	if info, ok := e.info(); ok {
		return int(info.Ppid), nil
	}
	var a event.Arena
	st, err := e.readStat(&a)
	return st.PPID, err
}

var errFormat = errors.New("unexpected format")

// parseStat parses proc_pid_stat(5). The name is not escaped and may hold
// anything, but what follows its closing parenthesis are numbers, so the last
// parenthesis of the line is the name's.
func parseStat(b []byte) (st Stat, name []byte, ok bool) {
	open, end := bytes.IndexByte(b, '('), bytes.LastIndexByte(b, ')')
	if open < 0 || end < open || end-open > commSize {
		return Stat{}, nil, false
	}
	name = b[open+1 : end]
	rest := b[end+1:]
	for field := 3; field <= 22; field++ {
		var word []byte
		if word, rest, ok = nextWord(rest); !ok {
			return Stat{}, nil, false
		}
		var dst *int
		switch field {
		case 4:
			dst = &st.PPID
		case 5:
			dst = &st.PGRP
		case 6:
			dst = &st.Session
		case 7:
			dst = &st.TTY
		case 22:
			ticks, ok := parseUint(word, 10)
			if !ok || ticks > 1<<63/nsPerTick {
				return Stat{}, nil, false
			}
			st.Boot = int64(ticks) * nsPerTick
			continue
		default:
			continue
		}
		if *dst, ok = parseInt(word); !ok {
			return Stat{}, nil, false
		}
	}
	return st, name, true
}

// setClock measures how far the wall clock is from the one since boot. It
// moves when somebody sets the time.
func (tb *Table) setClock() error {
	var boot, wall unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &boot); err != nil {
		return fmt.Errorf("read boot clock: %w", err)
	}
	if err := unix.ClockGettime(unix.CLOCK_REALTIME, &wall); err != nil {
		return fmt.Errorf("read wall clock: %w", err)
	}
	tb.offset.Store(wall.Nano() - boot.Nano())
	return nil
}

// Boot is Stat.Boot alone.
func (t *Thread) Boot() (int64, error) {
	var a event.Arena
	st, err := t.Stat(&a)
	return st.Boot, err
}

// StartOf is Stat.Boot of a process of which nothing else is to be known.
func StartOf(pid int) (int64, error) {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return 0, fmt.Errorf("read start of process %d: %w", pid, err)
	}
	st, _, ok := parseStat(b)
	if !ok {
		return 0, fmt.Errorf("read start of process %d: %w", pid, errFormat)
	}
	return st.Boot, nil
}
