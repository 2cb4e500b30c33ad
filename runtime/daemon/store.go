package daemon

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/runtime/bundle"
	"github.com/callgate/callgate/runtime/control"
	"github.com/callgate/callgate/runtime/meta"
	"github.com/callgate/callgate/tracer"
	"github.com/callgate/callgate/tracer/notify"
)

// Listeners that no shim keeps are kept by the service manager: under one name
// the listener, its slots, and a record of what the next daemon must know.

// storePrefix begins the names.
const storePrefix = "callgate-"

// keptRecord is what is kept of a listener beside its descriptors.
type keptRecord struct {
	Container meta.Container `json:"container"`
	Policy    control.Policy `json:"policy"`
	Profile   bundle.Profile `json:"profile"`
	PID       int            `json:"pid"` // of the process under the listener
}

const (
	recordName = "callgate-record" // of the memfd
	maxRecord  = 1 << 20
	// storeTime is how long the service manager may take to store a listener.
	// Its container's calls wait meanwhile.
	storeTime = 5 * time.Second
)

// store has the service manager keep a listener, until the listener ends.
func (d *Daemon) store(ctx context.Context, c *container, h *handover) error {
	if d.manager == nil {
		return nil
	}
	f, err := writeRecord(keptRecord{c.known(), c.policy, c.profile, h.pid})
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // the manager has its own
	name := storePrefix + tracer.NewID()
	ctx, cancel := context.WithTimeout(ctx, storeTime)
	defer cancel()
	if err := errors.Join(d.manager.Store(name, h.listener, h.slots.File(), f), d.manager.Barrier(ctx)); err != nil {
		return err
	}
	h.ended = func() { d.tellManager(d.manager.Drop(name)) }
	return nil
}

func writeRecord(r keptRecord) (*os.File, error) {
	content, err := json.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("record listener: %w", err)
	}
	fd, err := unix.MemfdCreate(recordName, unix.MFD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("record listener: %w", err)
	}
	f := os.NewFile(uintptr(fd), recordName)
	if _, err := f.Write(content); err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("record listener: %w", err)
	}
	return f, nil
}

// restore serves the listeners that the service manager kept.
func (d *Daemon) restore(kept map[string][]*os.File) {
	for name, files := range kept {
		if !strings.HasPrefix(name, storePrefix) {
			continue
		}
		if err := d.restoreOne(name, files); err != nil {
			d.log.Error("a listener that the service manager kept is lost", "name", name, "error", err)
			d.tellManager(d.manager.Drop(name))
		}
	}
}

func (d *Daemon) restoreOne(name string, files []*os.File) (err error) {
	k := kept{}
	for _, f := range files {
		k.sort(f)
	}
	defer func() {
		if err != nil {
			k.close()
		}
	}()
	if k.listener == nil || k.slots == nil || k.record == nil {
		return errors.New("a part of it is missing: its last task has ended, or too many are kept (FileDescriptorStoreMax)")
	}
	r, err := readRecord(k.record)
	if err != nil {
		return err
	}
	slots, err := notify.OpenSlots(k.slots)
	if err != nil {
		return err
	}
	k.slots = nil // the table's
	c := d.registry.get(keyOf(&r.Container))
	if c == nil {
		c = d.newContainer(r.Container, r.Policy)
		c.profile = r.Profile
		d.registry.put(c)
		d.enrich(c)
	}
	listener := k.listener
	k.listener = nil
	return d.serve(c, handover{
		listener: listener, slots: slots, pid: r.PID, waitKillable: r.Profile.WaitKillable, seesExecs: r.Profile.SeesExecs,
		ended: func() { d.tellManager(d.manager.Drop(name)) },
	})
}

// kept are the descriptors of a name. The service manager keeps no order.
type kept struct{ listener, slots, record *os.File }

// sort takes a descriptor for what it is. The kernel names those of memfds and
// of seccomp listeners in /proc (proc(5)).
func (k *kept) sort(f *os.File) {
	target, _ := os.Readlink(filepath.Join("/proc/self/fd", strconv.Itoa(int(f.Fd()))))
	place := &k.listener
	switch {
	case strings.HasPrefix(target, "/memfd:"+recordName):
		place = &k.record
	case strings.HasPrefix(target, "/memfd:"):
		place = &k.slots
	}
	if *place != nil {
		_ = (*place).Close()
	}
	*place = f
}

func (k *kept) close() {
	for _, f := range []*os.File{k.listener, k.slots, k.record} {
		if f != nil {
			_ = f.Close()
		}
	}
}

func readRecord(f *os.File) (r keptRecord, err error) {
	content, err := io.ReadAll(io.NewSectionReader(f, 0, maxRecord))
	_ = f.Close()
	if err == nil {
		err = json.Unmarshal(content, &r)
	}
	if err != nil {
		return r, fmt.Errorf("read record of listener: %w", err)
	}
	return r, nil
}
