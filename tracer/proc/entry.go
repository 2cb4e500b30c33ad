package proc

import (
	"container/list"
	"errors"
	"strconv"
	"sync"

	"golang.org/x/sys/unix"
)

// entry holds the open handles on one thread. All of them are bound to its
// struct pid.
type entry struct {
	tid, tgid int
	leader    *entry // itself for a thread group's leader
	opened    uint64 // Table.clock when the handles were opened

	dir  int // O_PATH on /proc/TID
	comm int // /proc/TID/comm: the cheapest file that proves life and says something

	lazy  sync.Mutex
	stat  int // /proc/TID/task/TID/stat, of leaders
	pidfd int
	ids   innerIDs
	start int64 // of the process since boot, once known; a thread's exec passes it on

	// Under Table.mu.
	refs  int
	dead  bool // not in the table any more
	place *list.Element
}

// openEntry opens the handles of thread tid, and of its leader.
func (tb *Table) openEntry(tid int) (*entry, error) {
	e, err := tb.openHandles(tid)
	if errors.Is(err, unix.EMFILE) {
		tb.mu.Lock()
		tb.trim(len(tb.entries) / 2)
		tb.mu.Unlock()
		e, err = tb.openHandles(tid)
	}
	if err != nil {
		return nil, err
	}
	if e.tgid == tid {
		e.leader = e
		return e, nil
	}
	if err := tb.attachLeader(e); err != nil {
		e.closeHandles()
		return nil, err
	}
	return e, nil
}

func (tb *Table) openHandles(tid int) (*entry, error) {
	e := &entry{tid: tid, opened: tb.clock.Add(1), dir: -1, comm: -1, stat: -1, pidfd: -1}
	var buf [64]byte
	path := append(strconv.AppendInt(buf[:0], int64(tid), 10), 0)
	var err error
	if e.dir, err = openat(tb.proc, &path[0], unix.O_PATH|unix.O_DIRECTORY); err != nil {
		return nil, e.errno("open /proc entry", err)
	}
	// Not below task/: for a new thread each directory on the way costs as much
	// as the file.
	if e.comm, err = openat(e.dir, dirComm.ptr(), unix.O_RDONLY); err != nil {
		err = e.errno("open comm", err)
	} else {
		e.tgid, err = e.readTGID()
	}
	if err == nil && !e.alive() {
		// Only now is it certain that tgid was told of this thread.
		err = e.errno("open /proc entry", unix.ESRCH)
	}
	if err != nil {
		e.closeHandles()
		return nil, err
	}
	return e, nil
}

// openTask opens a file of the thread itself. The files of /proc/TID/task/TID
// don't add up the whole thread group as those of /proc/TID do.
func (e *entry) openTask(file string, fd *int) (err error) {
	var buf [64]byte
	path := append(strconv.AppendInt(append(buf[:0], "task/"...), int64(e.tid), 10), file...)
	if *fd, err = openat(e.dir, &path[0], unix.O_RDONLY); err != nil {
		return e.errno("open "+file[1:len(file)-1], err)
	}
	return nil
}

// readTGID finds the thread group. pidfd_open without PIDFD_THREAD refuses
// threads that lead none, and costs a tenth of reading status.
func (e *entry) readTGID() (int, error) {
	if fd, err := unix.PidfdOpen(e.tid, 0); err == nil {
		e.pidfd = fd
		return e.tid, nil
	}
	st, err := e.readStatus()
	return st.TGID, err
}

// attachLeader holds the leader's entry as long as e lives.
func (tb *Table) attachLeader(e *entry) error {
	leader, err := tb.Thread(e.tgid)
	if err != nil {
		return err
	}
	defer leader.Release()
	if err := leader.prove(); err != nil {
		return err
	}
	// The leader's number may have been reused in between; but then the whole
	// group is gone, and e with it.
	if !e.alive() {
		return e.errno("open leader", unix.ESRCH)
	}
	tb.mu.Lock()
	defer tb.mu.Unlock()
	e.leader = leader.e
	e.leader.refs++
	return nil
}

// alive reads the name, which fails when the thread is gone.
func (e *entry) alive() bool {
	var b [commSize]byte
	_, err := preadShort(e.comm, b[:])
	return err == nil
}

func (e *entry) closeHandles() {
	for _, fd := range []*int{&e.dir, &e.comm, &e.stat, &e.pidfd} {
		closeFD(*fd)
		*fd = -1
	}
}
