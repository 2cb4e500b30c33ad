// Package systemd talks to the service manager: it tells the state of the
// service (sd_notify(3)), takes the sockets that systemd listens on
// (sd_listen_fds(3)), and has it keep descriptors over a restart (systemd's FILE
// DESCRIPTOR STORE).
package systemd

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Manager is the service manager. Without one (a nil Manager) nothing is told.
type Manager struct {
	socket string
	// Watchdog is the time within which Alive must be told again and again; 0:
	// nobody waits for it.
	Watchdog time.Duration
}

// Environment variables of the protocols.
const (
	envNotify       = "NOTIFY_SOCKET"
	envWatchdog     = "WATCHDOG_USEC"
	envWatchdogPID  = "WATCHDOG_PID"
	envListenPID    = "LISTEN_PID"
	envListenFDs    = "LISTEN_FDS"
	envListenNames  = "LISTEN_FDNAMES"
	firstDescriptor = 3 // SD_LISTEN_FDS_START
)

// FromEnvironment finds the manager that started this process, nil when there
// is none. Its variables are removed, so that no child takes them for its own.
func FromEnvironment() *Manager {
	m := &Manager{socket: os.Getenv(envNotify)}
	if pid := os.Getenv(envWatchdogPID); pid == "" || pid == strconv.Itoa(os.Getpid()) {
		if us, err := strconv.ParseInt(os.Getenv(envWatchdog), 10, 64); err == nil && us > 0 {
			m.Watchdog = time.Duration(us) * time.Microsecond
		}
	}
	for _, name := range []string{envNotify, envWatchdog, envWatchdogPID} {
		_ = os.Unsetenv(name) // fails on malformed names only
	}
	if m.socket == "" {
		return nil
	}
	return m
}

// Ready tells that the service has started, or has reloaded.
func (m *Manager) Ready(status string) error { return m.send("READY=1\nSTATUS=" + oneLine(status)) }

// Status tells what the service is doing, in one line.
func (m *Manager) Status(status string) error { return m.send("STATUS=" + oneLine(status)) }

// Reloading tells that the service reloads; Ready ends it.
func (m *Manager) Reloading() error {
	var now unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &now); err != nil {
		return fmt.Errorf("notify service manager: read clock: %w", err)
	}
	return m.send(fmt.Sprintf("RELOADING=1\nMONOTONIC_USEC=%d", now.Nano()/int64(time.Microsecond)))
}

// Stopping tells that the service is about to end.
func (m *Manager) Stopping() error { return m.send("STOPPING=1") }

// Alive feeds the watchdog.
func (m *Manager) Alive() error { return m.send("WATCHDOG=1") }

// Store has the manager keep duplicates of files under a name until Drop, or
// until it finds that one has hung up. They are handed back by Descriptors to
// the next process of the service.
func (m *Manager) Store(name string, files ...*os.File) error {
	return m.send("FDSTORE=1\nFDNAME="+name, files...)
}

// Drop has the manager close what it keeps under a name.
func (m *Manager) Drop(name string) error { return m.send("FDSTOREREMOVE=1\nFDNAME=" + name) }

// Barrier waits until the manager has dealt with all that was told: what a
// process that is dead tells is thrown away, descriptors included
// (sd_notify_barrier(3)).
func (m *Manager) Barrier(ctx context.Context) error {
	if m == nil {
		return nil
	}
	r, w, err := os.Pipe()
	if err != nil {
		return fmt.Errorf("wait for service manager: %w", err)
	}
	defer r.Close() //nolint:errcheck // nothing was written
	err = m.send("BARRIER=1", w)
	_ = w.Close()
	if err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, func() { _ = r.SetReadDeadline(time.Unix(1, 0)) })
	defer stop()
	// The pipe ends when the manager has closed its copy.
	if _, err := r.Read(make([]byte, 1)); errors.Is(err, os.ErrDeadlineExceeded) {
		return fmt.Errorf("wait for service manager: %w", ctx.Err())
	}
	return nil
}

func oneLine(s string) string { return strings.ReplaceAll(s, "\n", " ") }

// send sends one datagram.
func (m *Manager) send(state string, files ...*os.File) error {
	if m == nil {
		return nil
	}
	address := m.socket
	if strings.HasPrefix(address, "@") {
		address = "\x00" + address[1:] // the abstract namespace
	}
	c, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Net: "unixgram"})
	if err != nil {
		return fmt.Errorf("notify service manager: %w", err)
	}
	defer c.Close() //nolint:errcheck // a datagram is sent or not
	var rights []byte
	if len(files) > 0 {
		fds := make([]int, len(files))
		for i, f := range files {
			fds[i] = int(f.Fd())
		}
		rights = unix.UnixRights(fds...)
	}
	if _, _, err := c.WriteMsgUnix([]byte(state), rights, &net.UnixAddr{Name: address, Net: "unixgram"}); err != nil {
		return fmt.Errorf("notify service manager: %w", err)
	}
	return nil
}
