package condition_test

import (
	"testing"

	"github.com/callgate/callgate/rules/event"
	"github.com/callgate/callgate/seccomp/syscalls"
)

// shell is a bash with a terminal in a container that runs execve.
func shell(e *event.Event) {
	e.Evt.Type = "execve"
	e.Evt.IsOpenWrite = true
	set := func(name, text string, n int) {
		id, ok := syscalls.ArgID(name)
		if !ok {
			panic(name)
		}
		e.Evt.Arg[id], e.Evt.RawArg[id] = text, n
	}
	set("flags", "O_WRONLY|O_CREAT|O_TRUNC", 0x241)
	set("domain", "AF_PACKET", 17)
	e.Container.ID = "0123456789ab"
	e.Proc.Name, e.Proc.ExePath, e.Proc.Args = "bash", "/usr/bin/bash", "-il /tmp/X"
	e.Proc.Arg[0], e.Proc.Arg[1] = "-il", "/tmp/X"
	e.Proc.AName = [event.Depth]string{"bash", "sshd", "systemd"}
	e.Proc.APID = [event.Depth]int{30, 20, 1}
	for i := 3; i < event.Depth; i++ {
		e.Proc.APID[i] = event.Missing
	}
	e.Proc.EnvBlk = "HOME=/root\x00EMPTY=\x00LD_PRELOAD=/tmp/evil.so\x00"
	e.Proc.TTY, e.Proc.PID = 34816, 30
	e.Proc.LayerKnown, e.Proc.ExeKnown, e.Proc.IsExeFromMemfd = true, true, true
	e.FD.CIP, e.FD.CPort, e.Container.MountBlk = "172.17.0.5", 40000, "/proc\x00/host/proc\x00"
	e.FD.SIP, e.FD.SPort, e.FD.Name = "10.96.0.1", 443, "/etc/shadow"
	e.User.UID, e.Group.GID = 0, 0
}

func TestMeaning(t *testing.T) {
	tests := []struct {
		source string
		want   bool
	}{
		{`proc.name == "bash"`, true},
		{`"bash" == proc.name`, true},
		{`proc.name != "bash"`, false},
		{`proc.name in shells`, true},
		{`proc.name in [shells, "x"] and true`, true},
		{`proc.name not in ["sh", "zsh"]`, true},
		{`not proc.name in shells`, false},
		{`not (proc.name in ["sh"])`, true},
		{`!(proc.name == "sh") && container`, true},
		{`not container or never`, false},
		{`not proc.name startsWith "ba"`, false},
		{`proc.tty != 0 and proc.tty == 34816`, true},
		{`0 < proc.tty and proc.tty > 34815 and proc.tty <= 34816`, true},
		{`100 > proc.tty`, false},
		{`proc.tty in [1, 34816, 2, 3, 4, 5]`, true},
		{`fd.sport in ports`, true},
		{`evt.is_open_write`, true},
		{`evt.is_open_write == true and evt.is_open_read == false and evt.is_open_write != false`, true},
		{`not evt.is_open_write == true`, false},
		{`evt.arg.flags contains "O_TRUNC" and hasFlag(evt.arg.flags, "O_CREAT")`, true},
		{`hasFlag(evt.arg.flags, "O_EXCL")`, false},
		{`evt.rawarg.domain == 17 and evt.arg["domain"] == "AF_PACKET"`, true},
		{`evt.rawarg.domain >= -1`, true},
		{`proc.exepath matches "^/usr/s?bin/"`, true},
		{`proc.exepath not matches "x$"`, true},
		{`basename(proc.exepath) == "bash" and basename(proc.exepath) in shells`, true},
		{`glob(proc.exepath, "/usr/*/b?s[a-h]")`, true},
		{`iglob(proc.exepath, "/USR/*")`, true},
		{`pathMatch(fd.name, ["/tmp", "/etc/"])`, true},
		{`pathMatch(fd.name, "/etc/shad")`, false},
		{`cidr(fd.sip, nets) and not cidr(fd.sip, "192.168.0.0/16")`, true},
		{`cidr(fd.sip, "10.96.0.1")`, true},
		{`icontains(proc.args, ["nothing", "/TMP/x"]) and istartsWith(proc.args, "-IL") and iendsWith(proc.args, "x")`, true},
		{`iequals(proc.name, "BASH")`, true},
		{`fd.ip == "10.96.0.1" and fd.ip == "172.17.0.5" and fd.ip in ["x", "172.17.0.5"]`, true},
		{`fd.ip != "10.96.0.1" or fd.ip != "172.17.0.5" or fd.ip not in ["x", "172.17.0.5"] or fd.ip == "x"`, false},
		{`fd.ip != "0.0.0.0" and has(fd.ip) and not cidr(fd.net, "127.0.0.0/8") and cidr(fd.net, ["172.16.0.0/12"])`, true},
		{`cidr(fd.snet, "172.16.0.0/12") or cidr(fd.lnet, "0.0.0.0/0")`, false},
		{`fd.port == 443 and fd.port == 40000 and fd.port < 1000 and fd.port not in [1, 2] and fd.cnet startsWith "172."`, true},
		{`container.mount.dest["/proc*"] == "/host/proc" and not has(container.mount.dest["/etc"])`, true},
		{`container.mount.source["/host/*"] in ["/proc"]`, true},
		{`proc.arg[1] == "/tmp/X" and proc.arg == "-il"`, true},
		{`proc.aname[1] == "sshd" and proc.aname[2] endsWith "temd"`, true},
		{`proc.aname == "systemd"`, true},
		{`proc.aname == "bash"`, false}, // the process itself is no ancestor
		{`proc.aname in ["x", "sshd"]`, true},
		{`proc.aname not in ["x", "y"]`, true},
		{`proc.aname != "sshd"`, false},
		{`proc.apid == 1 and proc.apid[1] == 20 and not proc.apid == 30`, true},
		{`proc.env["LD_PRELOAD"] startsWith "/tmp" and has(proc.env["HOME"])`, true},
		{`has(proc.env["EMPTY"]) or has(proc.env["PATH"])`, false},
		{`proc.pid == thread.tid`, false}, // the other side is missing
		{`proc.tty > proc.pid and proc.pid >= user.uid`, true},
		{`proc.exepath endsWith proc.name and basename(proc.exepath) == proc.name`, true},
		{`proc.is_exe_upper_layer == false and not proc.is_exe_upper_layer and has(proc.is_exe_upper_layer)`, true},
		{`proc.is_exe_upper_layer != false or proc.is_exe_upper_layer`, false},
		{`proc.is_exe_from_memfd and proc.is_exe_from_memfd == true and has(proc.is_exe_from_memfd)`, true},
		{`proc.is_exe_from_memfd == false`, false},
		{`user.uid == 0 and has(user.uid) and has(proc.name)`, true},
	}
	for _, tt := range tests {
		if got := judge(t, parse(t, tt.source), shell); got != tt.want {
			t.Errorf("%s is %t", tt.source, got)
		}
	}
}

// Every comparison with a missing field is false, its negated form too; only a
// negation of the whole comparison is true.
func TestMissing(t *testing.T) {
	comparisons := []string{
		`proc.name == "a"`, `proc.name != "a"`, `proc.name in ["a"]`, `proc.name not in ["a"]`, `proc.name in []`,
		`proc.name contains ""`, `proc.name matches ".*"`, `proc.name not matches "a"`, `proc.name not startsWith "a"`,
		`glob(proc.name, "*")`, `pathMatch(fd.name, "")`, `icontains(proc.name, "")`, `proc.name == proc.pname`,
		`proc.name != proc.pname`, `basename(proc.exepath) != "a"`, `proc.env["A"] != "a"`, `proc.aname != "a"`,
		`proc.aname[3] not in ["a"]`, `proc.arg not in ["a"]`, `evt.arg.flags != "O_RDWR"`, `has(proc.name)`, `has(fd.ip)`, `fd.ip != "a"`, `fd.port != 1`, `cidr(fd.net, "0.0.0.0/0")`, `has(container.mount.dest["*"])`,
		`fd.connected == false`, `fd.name_changed != true`, `proc.is_vpgid_leader == false`,
		`proc.tty == 0`, `proc.tty != 0`, `proc.tty < 5`, `proc.tty <= 5`, `proc.tty > -5`, `proc.tty >= -5`, `proc.tty not in [1]`,
		`proc.is_exe_upper_layer`, `proc.is_exe_upper_layer == false`, `proc.is_exe_upper_layer != true`, `has(proc.is_exe_upper_layer)`,
		`proc.is_exe_from_memfd == false`, `proc.apid != 1`, `proc.apid[2] < 1`, `proc.tty != proc.pid`, `proc.tty <= proc.pid`, `evt.rawarg.flags < 1`, `has(proc.tty)`,
	}
	for _, c := range comparisons {
		if judge(t, parse(t, c), (*event.Event).Reset) {
			t.Errorf("%s is true of a blank event", c)
		}
		if !judge(t, parse(t, "not ("+c+")"), (*event.Event).Reset) {
			t.Errorf("not (%s) is false of a blank event", c)
		}
	}
}
