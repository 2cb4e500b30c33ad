package keeper

import (
	"errors"
	"fmt"
	"os"
	"sync"

	"golang.org/x/sys/unix"
)

// watcher waits for the ends of many things on one goroutine and no thread: an
// epoll instance that itself is in Go's poller. Of a listener it sees only the
// hang-up; to look for calls would wake the shim at every one of them.
type watcher struct {
	file   *os.File
	raw    rawReader
	events chan uint64 // keys of what has ended
	stop   chan struct{}
	ended  sync.WaitGroup
}

type rawReader interface {
	Read(func(uintptr) bool) error
	Control(func(uintptr)) error
}

func newWatcher() (*watcher, error) {
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("create epoll instance: %w", err)
	}
	if err := unix.SetNonblock(fd, true); err != nil { // Go's poller takes nothing else
		_ = unix.Close(fd)
		return nil, fmt.Errorf("set epoll instance non-blocking: %w", err)
	}
	w := &watcher{file: os.NewFile(uintptr(fd), "epoll"), events: make(chan uint64), stop: make(chan struct{})}
	if w.raw, err = w.file.SyscallConn(); err != nil {
		_ = w.file.Close()
		return nil, fmt.Errorf("watch epoll instance: %w", err)
	}
	w.ended.Add(1)
	return w, nil
}

// run passes on events until close.
func (w *watcher) run() {
	defer w.ended.Done()
	var events [16]unix.EpollEvent
	for {
		var n int
		var werr error
		err := w.raw.Read(func(fd uintptr) bool {
			n, werr = unix.EpollWait(int(fd), events[:], 0)
			return n > 0 || werr != nil && !errors.Is(werr, unix.EINTR)
		})
		if err != nil || werr != nil {
			return // closed
		}
		for _, e := range events[:n] {
			select {
			case w.events <- uint64(uint32(e.Fd)) | uint64(uint32(e.Pad))<<32:
			case <-w.stop:
				return
			}
		}
	}
}

// hangup watches for the last task under a listener's filter, once.
func (w *watcher) hangup(listener *os.File, key uint64) error { return w.add(listener, 0, key) }

// exit watches for the end of the process of a pidfd, once.
func (w *watcher) exit(pidfd *os.File, key uint64) error { return w.add(pidfd, unix.EPOLLIN, key) }

// add asks for one event; EPOLLHUP always counts.
func (w *watcher) add(f *os.File, events uint32, key uint64) error {
	e := unix.EpollEvent{Events: events | unix.EPOLLONESHOT, Fd: int32(uint32(key)), Pad: int32(uint32(key >> 32))}
	return w.ctl(unix.EPOLL_CTL_ADD, f, &e)
}

// forget must be called before the file is closed: the daemon's copies would
// keep it in the epoll instance (epoll(7)).
func (w *watcher) forget(f *os.File) { _ = w.ctl(unix.EPOLL_CTL_DEL, f, nil) }

func (w *watcher) ctl(op int, f *os.File, e *unix.EpollEvent) error {
	var err error
	if cerr := w.raw.Control(func(epfd uintptr) { err = unix.EpollCtl(int(epfd), op, int(f.Fd()), e) }); cerr != nil {
		return cerr
	}
	if err != nil {
		return fmt.Errorf("watch %s: %w", f.Name(), err)
	}
	return nil
}

func (w *watcher) close() {
	close(w.stop)
	_ = w.file.Close()
	w.ended.Wait()
}
