package rig

import (
	"context"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestMain(m *testing.M) {
	Dispatch()
	if os.Args[0] == forgetterName {
		os.Exit(forget(os.Args[1] == "true"))
	}
	code := m.Run()
	Cleanup()
	os.Exit(code)
}

func TestWorldDiesWhole(t *testing.T) {
	NeedRoot(t)
	w, err := NewWorld(WorldOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	}()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	out, err := w.Run(ctx, "sh", "-c", "echo $$; ls /run; ip -o link | wc -l; setsid sleep 1000 >/dev/null 2>&1 & mkdir /run/x")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Fields(out)
	if len(lines) != 2 || len(lines[0]) > 3 || lines[1] != "1" {
		t.Errorf("the world is not empty: %q", out)
	}
	if _, err := os.Stat(w.Path("/run/x")); err != nil {
		t.Error(err)
	}
	ps, err := w.Processes()
	if err != nil || len(ps) != 2 {
		t.Errorf("Processes = %v, %v; want the first process and sleep", ps, err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	for _, p := range ps {
		if exe, err := os.Readlink("/proc/" + strconv.Itoa(p.PID) + "/exe"); err == nil {
			t.Errorf("process %d (%s) outlived its world", p.PID, exe)
		}
	}
	if _, err := os.Stat(w.Dir); !os.IsNotExist(err) {
		t.Errorf("%s is left: %v", w.Dir, err)
	}
}
