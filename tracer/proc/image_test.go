package proc

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// execDir makes programs and scripts to be executed.
func execDir(t *testing.T) string {
	t.Helper()
	d := t.TempDir()
	prog := filepath.Join(d, "a-rather-long-program-name")
	copySelf(t, prog)
	scripts := map[string]string{
		"plain.sh":   "#!" + prog + "\n",
		"arg.sh":     "#! \t" + prog + "  one two \t\n rest",
		"noeol":      "#!" + prog,
		"blankeof":   "#!" + prog + "  ",
		"nested":     "#!" + d + "/arg.sh x\n",
		"relative":   "#!./a-rather-long-program-name\n",
		"noname":     "#! \n",
		"empty":      "",
		"text":       "echo hello\n",
		"nul":        "#!" + prog + "\x00 x\n",
		"missing":    "#!/no/such/interpreter\n",
		"longarg":    "#!" + prog + " " + strings.Repeat("y", 300) + "\n",
		"longname":   "#!" + strings.Repeat("/.", 127) + prog + "\n",
		"dirinterp":  "#!" + d + "\n",
		"longspaces": "#!" + strings.Repeat(" ", 300) + prog + "\n",
		"loop":       "#!" + d + "/loop\n",
		"deep0":      "#!" + prog + "\n",
	}
	for i := 1; i < 7; i++ {
		scripts[fmt.Sprint("deep", i)] = fmt.Sprintf("#!%s/deep%d\n", d, i-1)
	}
	for name, text := range scripts {
		writeFile(t, filepath.Join(d, name), text, 0o755)
	}
	writeFile(t, filepath.Join(d, "sub", "inner.sh"), "#!"+prog+"\n", 0o755)
	writeFile(t, filepath.Join(d, "noexec"), "#!"+prog+"\n", 0o644)
	if err := os.Symlink("a-rather-long-program-name", filepath.Join(d, "lnk")); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mkfifo(filepath.Join(d, "fifo"), 0o777); err != nil {
		t.Fatal(err)
	}
	return d
}

// TestImageAgainstTheKernel asks what an exec would run, and lets it run.
func TestImageAgainstTheKernel(t *testing.T) {
	d := execDir(t)
	prog := filepath.Join(d, "a-rather-long-program-name")
	plans := map[string]execPlan{
		"fexecve":              {Open: prog, UseFD: true, Flags: unix.AT_EMPTY_PATH},
		"fexecve link":         {Open: filepath.Join(d, "lnk"), UseFD: true, Flags: unix.AT_EMPTY_PATH},
		"fexecve script":       {Open: filepath.Join(d, "arg.sh"), UseFD: true, Flags: unix.AT_EMPTY_PATH},
		"fexecve closing":      {Open: filepath.Join(d, "arg.sh"), UseFD: true, Flags: unix.AT_EMPTY_PATH, CloExec: true},
		"fexecve dir":          {Open: d, UseFD: true, Flags: unix.AT_EMPTY_PATH},
		"closing binary":       {Open: prog, UseFD: true, Flags: unix.AT_EMPTY_PATH, CloExec: true},
		"dirfd":                {Open: d, UseFD: true, Path: "lnk"},
		"dirfd script":         {Open: d, UseFD: true, Path: "sub/inner.sh"},
		"dirfd nofollow":       {Open: d, UseFD: true, Path: "lnk", Flags: unix.AT_SYMLINK_NOFOLLOW},
		"dirfd is a file":      {Open: prog, UseFD: true, Path: "lnk"},
		"proc self fd":         {Open: prog, Path: "/proc/self/fd/%d"},
		"proc thread-self fd":  {Open: prog, Path: "/proc/thread-self/fd/%d"},
		"proc self fd script":  {Open: filepath.Join(d, "arg.sh"), Path: "/proc/self/fd/%d"},
		"proc self exe":        {Path: "/proc/self/exe"},
		"proc self cwd":        {Dir: d, Path: "/proc/self/cwd/lnk"},
		"proc self root":       {Path: "/proc/self/root" + prog},
		"dev fd":               {Open: prog, Path: "/dev/fd/%d"},
		"memfd":                {Memfd: "hello", Open: prog, UseFD: true, Flags: unix.AT_EMPTY_PATH},
		"memfd by path":        {Memfd: "hello", Open: prog, Path: "/proc/self/fd/%d"},
		"memfd script":         {Memfd: "hello", Open: filepath.Join(d, "plain.sh"), UseFD: true, Flags: unix.AT_EMPTY_PATH},
		"empty path":           {Path: ""},
		"empty path of cwd":    {Path: "", Flags: unix.AT_EMPTY_PATH, Dir: d},
		"no such descriptor":   {UseFD: true, Path: "x"},
		"no argv":              {Dir: d, Path: "arg.sh", Argv: []string{}},
		"no argv, binary":      {Dir: d, Path: "lnk", Argv: []string{}},
		"slash after the file": {Dir: d, Path: "lnk/"},
		"dot dot":              {Dir: d + "/sub", Path: "../sub/../lnk"},
	}
	entries, err := os.ReadDir(d)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		plans["plain "+e.Name()] = execPlan{Dir: d, Path: e.Name()}
		plans["absolute "+e.Name()] = execPlan{Path: filepath.Join(d, e.Name())}
	}
	for name, p := range plans {
		t.Run(name, func(t *testing.T) {
			if p.Argv == nil {
				p.Argv = []string{"ARG0", "arg one", ""}
			}
			if p.Path == "" && !p.UseFD && p.Open == "" && p.Dir == "" && p.Flags != 0 {
				p.Dir = d
			}
			checkImage(t, p)
		})
	}
}

func checkImage(t *testing.T, p execPlan) {
	t.Helper()
	arg, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	c := start(t, "exec", string(arg), nil)
	fd, err := strconv.Atoi(c.say)
	if err != nil {
		t.Fatal(err)
	}
	th, a := look(t, c.pid())
	dirfd := unix.AT_FDCWD
	if p.UseFD {
		dirfd = fd
	}
	im, err := th.Image(a, dirfd, []byte(p.path(fd)), p.Flags, p.Argv)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.in.Write([]byte("go\n")); err != nil {
		t.Fatal(err)
	}
	line, err := c.out.ReadBytes('\n')
	if err != nil {
		t.Fatal(err)
	}
	if failed, isErr := bytes.CutPrefix(line, []byte("error: ")); isErr {
		said := strings.TrimSpace(string(failed))
		if im.Err == nil || im.Err.Error() != said {
			t.Errorf("the kernel says %q, Image.Err = %v; %+v", said, im.Err, im)
		}
		return
	}
	var got shown
	if err := json.Unmarshal(line, &got); err != nil {
		t.Fatal(err)
	}
	got.Exe = strings.TrimSuffix(got.Exe, " (deleted)")
	if im.Memfd {
		got.Exe = strings.TrimPrefix(got.Exe, "/")
	}
	if im.Err != nil || im.Comm != got.Comm || im.ExePath != got.Exe || !slices.Equal(im.Argv, got.Argv) || !im.Exact {
		t.Errorf("Image = %+v; the program says %+v", im, got)
	}
	var st unix.Stat_t
	if unix.Stat(got.Exe, &st) == nil && im.Times != timesOf(&st) {
		t.Errorf("Times = %+v; the file has %+v", im.Times, timesOf(&st))
	}
	if im.Memfd != strings.HasPrefix(got.Exe, "memfd:") {
		t.Errorf("Memfd = %v for %s", im.Memfd, got.Exe)
	}
}

func TestImageWithoutRight(t *testing.T) {
	needRoot(t)
	d := t.TempDir()
	th, a := unprivileged(t)
	for name, mode := range map[string]os.FileMode{"0700": 0o700, "0644": 0o644, "0711": 0o711, "0755": 0o755} {
		path := filepath.Join(d, name)
		writeFile(t, path, "#!/bin/sh\n", mode)
		openUp(t, d)
		im, err := th.Image(a, unix.AT_FDCWD, []byte(path), 0, []string{"x"})
		if err != nil {
			t.Fatal(err)
		}
		if denied := errors.Is(im.Err, unix.EACCES); denied != (mode&1 == 0) {
			t.Errorf("mode %s: Err = %v", name, im.Err)
		}
	}
}
