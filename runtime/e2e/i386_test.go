package e2e

import (
	"strings"
	"testing"

	"github.com/callgate/callgate/runtime/internal/rig"
)

// TestProgramOf32Bits: an i386 program connects through socketcall, which is
// judged as connect is, without a profile and under one.
func TestProgramOf32Bits(t *testing.T) {
	s := newSite(t, "containerd 1.6.20", "runc 1.1.5", connectRules, "")
	ctx := bounded(t, 2*patience)
	if _, err := s.CtrRun(ctx, rig.Container{ID: "plain", Handler: rig.StockHandler, Flags: []string{"--rm"}, Command: []string{rig.Probe32Path, "traceme"}}); err != nil {
		if strings.Contains(err.Error(), "exec format error") || strings.Contains(err.Error(), "no such file") {
			rig.Need(t, &rig.MissingError{What: "a kernel that runs i386 programs"})
		}
		t.Fatal(err)
	}
	for id, flags := range map[string][]string{"none": nil, "default": {"--seccomp"}} {
		out, err := s.CtrRun(ctx, rig.Container{
			ID: id, Handler: rig.Handler, Flags: append(flags, "--rm", "--net-host"), Command: []string{rig.Probe32Path, "connect", "127.0.0.1:9"},
		})
		if err != nil || out != "connect: ECONNREFUSED\n" {
			t.Errorf("%s: %q, %v", id, out, err)
		}
		eventually(ctx, t, id+"'s connect is reported", func() bool { return len(s.alerts(t, in(id))) == 1 })
	}
}
