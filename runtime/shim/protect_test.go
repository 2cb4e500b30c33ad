package shim

import (
	"errors"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/runtime/prepare"
)

func TestHide(t *testing.T) {
	defer func() {
		if err := unix.Prctl(unix.PR_SET_DUMPABLE, 1, 0, 0, 0); err != nil {
			t.Error(err)
		}
	}()
	if err := hide(); err != nil {
		t.Fatal(err)
	}
	if got, err := unix.PrctlRetInt(unix.PR_GET_DUMPABLE, 0, 0, 0, 0); err != nil || got != 0 {
		t.Errorf("dumpable: %d, %v", got, err)
	}
}

func TestRootOnly(t *testing.T) {
	if err := rootOnly(unix.Ucred{Pid: 1}); err != nil {
		t.Error(err)
	}
	if err := rootOnly(unix.Ucred{Pid: 1, Uid: 65534}); err == nil {
		t.Error("nobody may hand over listeners")
	}
}

func TestAdvise(t *testing.T) {
	missing := &prepare.UnavailableError{Socket: "/run/x.sock", Err: unix.ENOENT}
	if err := advise(missing); !errors.Is(err, unix.ENOENT) || !strings.Contains(err.Error(), "when_unavailable") {
		t.Errorf("got %v", err)
	}
	if err := advise(unix.ENOSPC); err != unix.ENOSPC {
		t.Errorf("got %v", err)
	}
}
