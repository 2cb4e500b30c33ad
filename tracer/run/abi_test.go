package run_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/callgate/callgate/seccomp"
)

// logCalls tells of every call of testdata/calls.c what the two ABIs must agree on.
const logCalls = `
- rule: call
  desc: test
  condition: >
    proc.name == "calls" and evt.type in ["open", "openat", "mkdir", "symlink", "chmod", "chown", "rename", "link", "truncate",
    "unlink", "mount", "umount2", "setns", "unshare", "prctl", "dup2", "setuid", "kill", "execve", "connect", "sendto",
    "sendmsg", "sendmmsg", "bind", "openat2"]
  output: "%evt.type %evt.arg.flags %evt.arg.mode %evt.arg.uid %evt.arg.length %evt.arg.option %fd.num %fd.nameraw %fd.filename
    %fs.path.sourceraw %fs.path.targetraw %fd.type %fd.l4proto %fd.sip %fd.sport %proc.args"
  priority: notice
`

const denyAddress = `
- rule: address
  desc: test
  condition: evt.type in ["connect", "sendto", "sendmsg", "sendmmsg"] and fd.sip == "127.0.0.9"
  output: "%evt.type %fd.sip"
  priority: notice
  action: deny
  errno: EXDEV
`

// callsProgram is testdata/calls.c, compiled for that many bits. Where there is no
// compiler it must have been compiled before.
func callsProgram(t *testing.T, bits string) string {
	t.Helper()
	dir := t.TempDir()
	must(t, os.Chmod(filepath.Dir(dir), 0o755))
	must(t, os.Chmod(dir, 0o755))
	program := filepath.Join(dir, "calls")
	if ready := os.Getenv("CALLGATE_PROGRAMS"); ready != "" {
		b, err := os.ReadFile(filepath.Join(ready, "calls"+bits))
		must(t, err)
		must(t, os.WriteFile(program, b, 0o755))
		return program
	}
	out, err := exec.Command("gcc", "-m"+bits, "-static", "-o", program, "testdata/calls.c").CombinedOutput()
	if errors.Is(err, exec.ErrNotFound) || err != nil && bits == "32" && runtime.GOARCH == "amd64" && strings.Contains(string(out), "not found") {
		missing(t, "gcc and its libraries for "+bits+" bits")
	}
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	must(t, os.Chmod(program, 0o755))
	return program
}

// answers are the lines that the program prints under callgate, and the alerts.
func answers(t *testing.T, program []string, rules string, enforce bool) (lines []string, alerts []record) {
	t.Helper()
	j := job{rules: rules, enforce: enforce, dir: emptyDir(t), argv: append(program[:1:1], append([]string{"."}, program[1:]...)...)}
	if os.Getuid() == 0 {
		j.uid = 65534
	}
	o := j.run(t)
	if o.status != 0 {
		t.Fatalf("status %d: %s", o.status, o.stderr)
	}
	return strings.Split(strings.TrimSpace(o.stdout), "\n"), o.alerts
}

func emptyDir(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	must(t, os.Chmod(filepath.Dir(dir), 0o755))
	must(t, os.Chmod(dir, 0o777))
	return dir
}

func needBits(t *testing.T, bits string) {
	t.Helper()
	if runtime.GOARCH != "amd64" {
		t.Skip("a test of amd64 and i386")
	}
	if err := seccomp.Require(seccomp.I386Calls); err != nil && bits == "32" {
		if os.Getenv("CALLGATE_VM") == "1" {
			t.Fatal(err)
		}
		t.Skipf("runs in make test-vm: %v", err)
	}
}

// A program gets the same answers as without callgate, be its calls good or bad;
// a rule that denies an address denies each call that names it, as the second of
// several too, and no other.
func TestAnswersOfTheKernelStand(t *testing.T) {
	for _, bits := range []string{"64", "32"} {
		t.Run(bits, func(t *testing.T) {
			needBits(t, bits)
			program, barred := []string{callsProgram(t, bits)}, map[string]int{"64": 4, "32": 5}[bits]
			if bits == "64" && seccomp.Require(seccomp.I386Calls) == nil {
				program, barred = append(program, "int 0x80"), 6
			}
			argv := append([]string{program[0], "."}, program[1:]...)
			if os.Getuid() == 0 {
				argv = append([]string{"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"}, argv...)
			}
			plain := exec.Command(argv[0], argv[1:]...)
			plain.Dir = emptyDir(t)
			out, err := plain.Output()
			must(t, err)
			want := strings.Split(strings.TrimSpace(string(out)), "\n")
			if got, _ := answers(t, program, logCalls, false); !slices.Equal(got, want) {
				t.Errorf("every call is logged: %s", difference(want, got))
			}
			got, alerts := answers(t, program, denyAddress, false)
			if !slices.Equal(got, want) {
				t.Errorf("in mode monitor: %s", difference(want, got))
			}
			for i, line := range want {
				if name, _, _ := strings.Cut(line, ":"); strings.HasSuffix(name, " barred") {
					want[i] = name + ": EXDEV"
				}
			}
			got, enforced := answers(t, program, denyAddress, true)
			if !slices.Equal(got, want) {
				t.Errorf("in mode enforce: %s", difference(want, got))
			}
			if len(alerts) != barred || len(enforced) != barred {
				t.Errorf("%d alerts in mode monitor, %d in mode enforce, want %d:\n%v\n%v", len(alerts), len(enforced), barred, alerts, enforced)
			}
		})
	}
}

// A 32-bit program makes the same events as a 64-bit one.
func TestEventsOf32BitPrograms(t *testing.T) {
	needBits(t, "32")
	var events [2][]string
	for i, bits := range []string{"64", "32"} {
		program := callsProgram(t, bits)
		_, alerts := answers(t, []string{program}, logCalls, false)
		for _, a := range alerts {
			events[i] = append(events[i], strings.ReplaceAll(a.Output, program, "calls"))
		}
	}
	const own = 2 // the last of the 64-bit program's calls are its own
	n := min(len(events[0])-own, len(events[1]))
	if n < 40 || !slices.Equal(events[0][:n], events[1][:n]) {
		t.Errorf("%d and %d events; from 64 to 32 bits: %s", len(events[0]), len(events[1]), difference(events[0][:n], events[1][:n]))
	}
}

// difference shows the lines that two lists do not share.
func difference(want, got []string) string {
	var b strings.Builder
	for i := range max(len(want), len(got)) {
		var w, g string
		if i < len(want) {
			w = want[i]
		}
		if i < len(got) {
			g = got[i]
		}
		if w != g {
			b.WriteString("\n- " + w + "\n+ " + g)
		}
	}
	return b.String()
}
