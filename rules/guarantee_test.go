package rules

import (
	"testing"

	"github.com/callgate/callgate/seccomp/syscalls"
)

func TestGuarantee(t *testing.T) {
	const amd64, i386 = syscalls.AMD64, syscalls.I386
	for _, tt := range []struct {
		condition string
		action    string
		call      string
		abi       syscalls.ABI
		mode      Mode
		want      Guarantee
	}{
		{`evt.type == "setns"`, "deny", "setns", amd64, Enforce, Enforced},
		{`evt.type == "setns"`, "deny", "setns", amd64, Monitor, Audit},
		{`evt.type == "setns"`, "log", "setns", amd64, Enforce, Audit},
		{`evt.type == "setns"`, "kill", "setns", i386, Enforce, Enforced},
		{`evt.type == "setns"`, "deny", "unshare", amd64, Enforce, BestEffort}, // not what the rule is about
		{`evt.type == "setns" and container and user.uid == 0`, "deny", "setns", amd64, Enforce, Enforced},
		{`evt.type == "setns" and proc.name == "a"`, "deny", "setns", amd64, Enforce, BestEffort},
		{`evt.type == "setns" and not has(proc.name)`, "deny", "setns", amd64, Enforce, BestEffort},
		{`evt.type == "setns" and evt.arg.nstype == "CLONE_NEWNS"`, "deny", "setns", amd64, Enforce, Enforced},
		{`evt.type == "setns" or (evt.type == "bind" and fd.name == "a")`, "deny", "setns", amd64, Enforce, Enforced},
		{`evt.type == "setns" or (evt.type == "bind" and fd.name == "a")`, "deny", "bind", amd64, Enforce, BestEffort},
		{`evt.type == "socket" and evt.arg.domain == "AF_PACKET"`, "deny", "socket", amd64, Enforce, Enforced},
		{`evt.type == "socket" and evt.arg.domain == "AF_PACKET"`, "deny", "socket", i386, Enforce, BestEffort}, // socketcall
		{`evt.type == "connect" and fd.sip == "10.0.0.1"`, "deny", "connect", amd64, Enforce, BestEffort},
		{`open_write`, "deny", "openat", amd64, Enforce, Enforced},
		{`open_write`, "deny", "creat", amd64, Enforce, Enforced},
		{`open_write`, "deny", "openat2", amd64, Enforce, BestEffort},
		{`open_write and evt.arg.name == "/x"`, "deny", "openat", amd64, Enforce, BestEffort},
		{`evt.type == "openat2" and evt.rawarg.flags == 1`, "deny", "openat2", amd64, Enforce, BestEffort},
		{`spawned_process and proc.exepath == "/x"`, "deny", "execve", amd64, Enforce, BestEffort},
		{`evt.type == "setns" and proc.exepath == "/x"`, "deny", "setns", amd64, Enforce, BestEffort}, // PR_SET_MM_MAP
		{`evt.type == "setns" and proc.pexepath == "/x"`, "deny", "setns", amd64, Enforce, BestEffort},
		{`evt.type == "setns" and proc.tty == 0`, "deny", "setns", amd64, Enforce, BestEffort}, // TIOCNOTTY
		{`evt.type == "setns" and proc.sid == 1`, "deny", "setns", amd64, Enforce, BestEffort},
		{`evt.type == "setns" and user.uid != 0`, "deny", "setns", amd64, Enforce, Enforced}, // credentials are the thread's own
		{`evt.type == "setns" and thread.tid == proc.pid`, "deny", "setns", amd64, Enforce, Enforced},
		{`evt.type == "setns" and proc.exepath endsWith proc.name`, "deny", "setns", amd64, Enforce, BestEffort},
	} {
		s, err := loadText(ruleText("R", tt.condition) + "  action: " + tt.action + "\n")
		if err != nil {
			t.Fatal(err)
		}
		if got := rule(t, s, "R").Guarantee(tt.mode, tt.call, tt.abi); got != tt.want {
			t.Errorf("%s %s, %v %s, %v: %v, want %v", tt.action, tt.condition, tt.abi, tt.call, tt.mode, got, tt.want)
		}
	}
}
