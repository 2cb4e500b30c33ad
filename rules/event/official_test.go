package event_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/callgate/callgate/rules/event"
	"github.com/callgate/callgate/seccomp/syscalls"
)

// officialFields are the fields that Falco's official rules name, in conditions,
// outputs, exceptions and descriptions (rules 5.1.0).
var officialFields = strings.Fields(`
	container.id container.image.repository container.mount.dest container.mounts container.privileged container.start_ts
	evt.arg.cmd evt.arg.domain evt.arg.fd evt.arg.filename evt.arg.flags evt.arg.linkpath evt.arg.mode evt.arg.name
	evt.arg.newpath evt.arg.oldpath evt.arg.path evt.arg.request evt.arg.res_or_fd evt.arg.target evt.arg.uid evt.args evt.buffer
	evt.is_open_exec evt.is_open_read evt.is_open_write evt.num evt.rawres evt.res evt.type
	fd.cip fd.cip.name fd.cnet fd.connected fd.directory fd.filename fd.ip fd.l4proto fd.lip.name fd.lport fd.name
	fd.name_changed fd.nameraw fd.net fd.num fd.port fd.rip fd.rip.name fd.rnet fd.rport fd.sip fd.sip.name fd.snet
	fd.sockfamily fd.sport fd.type fd.typechar
	group.gid group.name k8s.ns.name k8s.pod.name
	proc.aexe proc.aexepath proc.aname proc.args proc.cmdline proc.cwd proc.duration proc.env proc.exe proc.exe_ino.ctime
	proc.exe_ino.ctime_duration_proc_start proc.exe_ino.mtime proc.exepath proc.is_exe_from_memfd proc.is_exe_upper_layer
	proc.is_vpgid_leader proc.name proc.pcmdline proc.pexe proc.pexepath proc.pname proc.ppid.duration proc.sname proc.tty
	proc.vpgid.exe proc.vpgid.name proc.vpid
	thread.cap_effective thread.cap_permitted user.loginname user.loginuid user.name user.uid`)

// officialTypes are the system calls that the official rules name.
var officialTypes = strings.Fields(`
	accept accept4 bpf chmod connect creat dup dup2 dup3 execve execveat fchmod fchmodat finit_module init_module link linkat
	listen mkdir mkdirat open openat openat2 ptrace recvfrom recvmsg rename renameat renameat2 rmdir sendmsg sendto setns
	setuid socket symlink symlinkat unlink unlinkat unshare userfaultfd`)

// officialArgs are the arguments that they name, and of which calls.
var officialArgs = map[string]string{
	"cmd": "bpf", "domain": "socket", "request": "ptrace", "uid": "setuid", "flags": "unshare open openat openat2",
	"target": "symlink symlinkat", "linkpath": "symlink symlinkat",
	"oldpath": "link linkat rename renameat renameat2", "newpath": "link linkat rename renameat renameat2",
	"path": "unlink rmdir mkdir mkdirat", "name": "open openat openat2 creat unlinkat",
	"filename": "chmod fchmodat", "mode": "chmod fchmod fchmodat open openat openat2 creat", "fd": "fchmod",
}

// Everything that the official rules name is there, under Falco's name.
func TestOfficialNames(t *testing.T) {
	for _, name := range officialFields {
		if _, err := event.Lookup(name); err != nil {
			t.Error(err)
		}
	}
	for _, typ := range officialTypes {
		if !slices.Contains(syscalls.Types(), typ) {
			t.Errorf("%s is not decoded", typ)
		}
	}
	for arg, types := range officialArgs {
		for typ := range strings.FieldsSeq(types) {
			for _, e := range syscalls.Entries(syscalls.AMD64, typ) {
				if _, ok := e.Call.Register(arg); !ok && !e.Call.Field(arg) {
					t.Errorf("%s has no argument %s", typ, arg)
				}
			}
		}
	}
}

var (
	fieldName = regexp.MustCompile(`\b(?:evt|fd|proc|user|group|container|k8s|thread|fs)\.[a-z0-9_.]*[a-z0-9_]`)
	typeNames = regexp.MustCompile(`evt\.type\s*(?:=|in)\s*(?:\(([^)]*)\)|([a-z0-9_]+))`)
	comment   = regexp.MustCompile(`(?m)^\s*#.*$`)
	noField   = map[string]bool{"k8s.io": true, "user.log": true} // a registry, a file
)

// The lists above are what the files name.
func TestOfficialFiles(t *testing.T) {
	dir := os.Getenv("CALLGATE_FALCO_RULES")
	files, err := filepath.Glob(filepath.Join(dir, "*.yaml"))
	if dir == "" || err != nil || len(files) == 0 {
		t.Skip("CALLGATE_FALCO_RULES names no directory with the official rules")
	}
	var fields, types []string
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		text := comment.ReplaceAllString(string(b), "")
		for _, name := range fieldName.FindAllString(text, -1) {
			if !noField[name] {
				fields = append(fields, name)
			}
		}
		for _, m := range typeNames.FindAllStringSubmatch(text, -1) {
			types = append(types, strings.FieldsFunc(m[1]+m[2], func(r rune) bool { return r == ',' || r == ' ' || r == '\n' })...)
		}
	}
	for _, list := range []struct{ got, want []string }{{fields, officialFields}, {types, officialTypes}} {
		slices.Sort(list.got)
		got := slices.Compact(list.got)
		for _, name := range got {
			if !slices.Contains(list.want, name) {
				t.Errorf("the files name %s", name)
			}
		}
		for _, name := range list.want {
			if !slices.Contains(got, name) {
				t.Errorf("the files do not name %s", name)
			}
		}
	}
}
