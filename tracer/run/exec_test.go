package run_test

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// execKinds are the ways to execute a program that differ in what the kernel makes
// of its name, its file and its arguments. Each is done by a child in the
// directory, with the same arguments.
var execKinds = map[string]func(dir string, argv []string) error{
	"plain":                                 func(dir string, argv []string) error { return unix.Exec(dir+"/a-program-of-a-long-name", argv, nil) },
	"relative":                              func(_ string, argv []string) error { return unix.Exec("./a-program-of-a-long-name", argv, nil) },
	"dots":                                  func(dir string, argv []string) error { return unix.Exec(dir+"/sub/..//./"+roleVictim, argv, nil) },
	"symlink":                               func(dir string, argv []string) error { return unix.Exec(dir+"/link", argv, nil) },
	"hard link, set-user-ID without effect": func(dir string, argv []string) error { return unix.Exec(dir+"/suid", argv, nil) },
	"script":                                func(dir string, argv []string) error { return unix.Exec(dir+"/script", argv, nil) },
	"script in a script":                    func(dir string, argv []string) error { return unix.Exec(dir+"/outer", argv, nil) },
	"fexecve":                               func(dir string, argv []string) error { return execDescriptor(dir+"/link", argv) },
	"fexecve of a script":                   func(dir string, argv []string) error { return execDescriptor(dir+"/script", argv) },
	"/proc/self/fd":                         func(dir string, argv []string) error { return execLink(dir+"/link", argv) },
	"/proc/self/fd, a script":               func(dir string, argv []string) error { return execLink(dir+"/script", argv) },
	"anonymous file":                        func(dir string, argv []string) error { return execAnonymous(dir, argv, execAt) },
	"anonymous file by path":                func(dir string, argv []string) error { return execAnonymous(dir, argv, execByPath) },
	"/proc/self/exe":                        func(_ string, argv []string) error { return unix.Exec("/proc/self/exe", argv, nil) },
	"directory and name":                    execBelow,
	"applet of busybox":                     execApplet,
	"deleted while it is open":              execDeleted,
}

// showSelf prints what the kernel has set: name, file, arguments.
func showSelf([]string) error {
	comm, err := os.ReadFile("/proc/self/comm")
	if err != nil {
		return err
	}
	exe, err := os.Readlink("/proc/self/exe")
	if err != nil {
		return err
	}
	cmdline, err := os.ReadFile("/proc/self/cmdline")
	fmt.Printf("%s%s\n%s", comm, exe, cmdline)
	return err
}

// execKind is a child that executes.
func execKind(args []string) error {
	return execKinds[args[0]](args[1], []string{roleVictim, "show", "one two", "", "three"})
}

func execAt(fd int, path string, argv []string, flags int) error {
	p, err := unix.BytePtrFromString(path)
	if err != nil {
		return err
	}
	var list []*byte
	for _, a := range argv {
		b, err := unix.BytePtrFromString(a)
		if err != nil {
			return err
		}
		list = append(list, b)
	}
	list = append(list, nil)
	_, _, e := unix.Syscall6(unix.SYS_EXECVEAT, uintptr(fd), uintptr(unsafe.Pointer(p)), uintptr(unsafe.Pointer(&list[0])), 0, uintptr(flags), 0)
	return e
}

func execDescriptor(file string, argv []string) error {
	fd, err := unix.Open(file, unix.O_RDONLY, 0)
	if err != nil {
		return err
	}
	return execAt(fd, "", argv, unix.AT_EMPTY_PATH)
}

func execLink(file string, argv []string) error {
	fd, err := unix.Open(file, unix.O_RDONLY, 0)
	if err != nil {
		return err
	}
	return execByPath(fd, "", argv, 0)
}

func execByPath(fd int, _ string, argv []string, _ int) error {
	return unix.Exec(fmt.Sprintf("/proc/self/fd/%d", fd), argv, nil)
}

func execAnonymous(dir string, argv []string, start func(int, string, []string, int) error) error {
	b, err := os.ReadFile(dir + "/" + roleVictim)
	if err != nil {
		return err
	}
	fd, err := unix.MemfdCreate("a file of no name", 0)
	if err != nil {
		return err
	}
	if _, err := unix.Write(fd, b); err != nil {
		return err
	}
	return start(fd, "", argv, unix.AT_EMPTY_PATH)
}

func execBelow(dir string, argv []string) error {
	fd, err := unix.Open(dir, unix.O_PATH, 0)
	if err != nil {
		return err
	}
	return execAt(fd, "script", argv, 0)
}

func execApplet(dir string, _ []string) error {
	return unix.Exec(dir+"/sh", []string{"sh", "-c", `cat /proc/$$/comm; readlink /proc/$$/exe; cat /proc/$$/cmdline; :`}, []string{"PATH=/bin:/usr/bin"})
}

func execDeleted(dir string, argv []string) error {
	fd, err := unix.Open(dir+"/a-program-of-a-long-name", unix.O_RDONLY, 0)
	if err != nil {
		return err
	}
	if err := os.Remove(dir + "/a-program-of-a-long-name"); err != nil {
		return err
	}
	return execAt(fd, "", argv, unix.AT_EMPTY_PATH)
}

// What an alert says of a program that is about to run is what the kernel makes of
// it then.
func TestExecShowsWhatTheKernelSets(t *testing.T) {
	const rules = `
- rule: exec
  desc: test
  condition: evt.type in ["execve", "execveat"]
  output: "%proc.name %proc.exepath %proc.exe %proc.args %proc.cmdline %proc.is_exe_from_memfd"
  priority: notice
`
	users := bothUsers()
	for _, kind := range slices.Sorted(maps.Keys(execKinds)) {
		for _, uid := range users {
			t.Run(kind+" as "+theUser(uid).Username, func(t *testing.T) {
				dir := makePrograms(t)
				o := (&job{rules: rules, uid: uid, dir: dir, argv: []string{dir + "/" + roleVictim, "exec", kind, dir}}).run(t)
				comm, rest, _ := strings.Cut(o.stdout, "\n")
				exe, cmdline, ok := strings.Cut(rest, "\n")
				if !ok || len(o.alerts) < 2 {
					t.Fatalf("status %d, printed %q, stderr %q, alerts %v", o.status, o.stdout, o.stderr, o.alerts)
				}
				memfd := strings.HasPrefix(exe, "/memfd:")
				if memfd { // the kernel shows it as a deleted file of the root
					exe = strings.TrimSuffix(exe[1:], " (deleted)")
				}
				argv := strings.Split(strings.TrimSuffix(cmdline, "\x00"), "\x00")
				args := strings.Join(argv[1:], " ")
				a := o.alerts[1] // the first is the command's
				for name, want := range map[string]any{
					"proc.name": comm, "proc.exepath": exe, "proc.exe": argv[0], "proc.args": args, "proc.cmdline": comm + " " + args,
					"proc.is_exe_from_memfd": memfd,
				} {
					if a.Fields[name] != want {
						t.Errorf("%s is %q, the kernel has %q", name, a.Fields[name], want)
					}
				}
			})
		}
	}
}

// makePrograms makes what execKinds execute. The owner is who runs them: a file of
// another user may not be linked to (protected_hardlinks).
func makePrograms(t *testing.T) string {
	t.Helper()
	dir := makeStage(t)
	must(t, os.Rename(filepath.Join(dir, "parent"), filepath.Join(dir, roleVictim)))
	must(t, os.Rename(filepath.Join(dir, "child"), filepath.Join(dir, "a-program-of-a-long-name")))
	must(t, os.Remove(filepath.Join(dir, "link")))
	must(t, os.Symlink("a-program-of-a-long-name", filepath.Join(dir, "link")))
	must(t, os.Rename(copySelf(t, dir), filepath.Join(dir, "suid")))
	must(t, os.Chmod(filepath.Join(dir, "suid"), 0o755|os.ModeSetuid))
	for name, interpreter := range map[string]string{"script": roleVictim + " show", "outer": "script  more "} {
		path := filepath.Join(dir, name)
		must(t, os.WriteFile(path, []byte("#! "+dir+"/"+interpreter+"\n"), 0o755))
		must(t, os.Chmod(path, 0o755))
	}
	busybox, err := exec.LookPath("busybox")
	if err != nil {
		missing(t, "busybox")
	}
	must(t, os.Symlink(busybox, filepath.Join(dir, "sh")))
	return dir
}
