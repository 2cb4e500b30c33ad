package tracer

import (
	"strings"
	"time"

	"github.com/callgate/callgate/rules/event"
	"github.com/callgate/callgate/tracer/decode"
	"github.com/callgate/callgate/tracer/proc"
)

// gather fills an event with what rules and messages ask for, each source once.
// On execve and execveat proc.* is the program that is about to run.
type gather struct {
	sb    *Sandbox
	entry *Entry // through which the caller's filter came into it
	arena *event.Arena
	dec   *decode.Decoder
	own   []int // callgate's processes: they are no parents of the user's
	hosts *hosts

	time    int // evt.time of the call; 0: nobody has asked yet
	index   int // of the event among those that the call makes
	th      *proc.Thread
	have    event.Need
	missing event.Need // of the source that is being read
	starved bool       // nothing may be read that can take for ever
	exec    bool
	stat    proc.Stat
	image   proc.Image
}

// start begins with a new event of a call.
func (g *gather) start(typ string, index int, th *proc.Thread) {
	g.index, g.th, g.have, g.exec = index, th, event.NeedCall, isExec(typ)
	g.image = proc.Image{}
}

// reader reads one source into the event.
type reader struct {
	need event.Need
	on   event.Need // what it builds on
	read func(*gather, *event.Event) error
	// stalls is what the caller, or whoever owns what is read, can make take for
	// ever. readCall and readName see to that themselves.
	stalls event.Need
}

// ofImage is what readName finds out of an exec's new program all at once.
const ofImage = event.NeedName | event.NeedCmdline | event.NeedExe

// Order matters: a source stands after those that it builds on.
var readers = []reader{
	{need: event.NeedTime, read: (*gather).readTime},
	{need: event.NeedArgs | event.NeedPath | event.NeedFDType | event.NeedAddr | event.NeedSocket | event.NeedArgText, read: (*gather).readCall},
	{need: event.NeedHosts, read: (*gather).readHosts},
	{need: event.NeedName, read: (*gather).readName},
	{need: event.NeedSelf | event.NeedTTY, read: (*gather).readSelf},
	{need: event.NeedStatus, read: (*gather).readStatus},
	{need: event.NeedCmdline, on: event.NeedName, read: (*gather).readCmdline, stalls: event.NeedCmdline},
	{need: event.NeedExe, read: (*gather).readExe, stalls: event.NeedExe},
	{need: event.NeedCWD, read: (*gather).readCWD, stalls: event.NeedCWD},
	{need: event.NeedEnv, read: (*gather).readEnv, stalls: event.NeedEnv},
	{need: event.NeedParent | event.NeedPExe | event.NeedPCmdline | event.NeedPStat, on: event.NeedSelf, read: (*gather).readParent, stalls: event.NeedPExe | event.NeedPCmdline},
	{need: event.NeedAncestors | event.NeedAExe | event.NeedAExePath, on: event.NeedName | event.NeedSelf, read: (*gather).readAncestors, stalls: event.NeedAExe | event.NeedAExePath},
	{need: event.NeedSName, on: event.NeedSelf, read: (*gather).readSession},
	{need: event.NeedVPGID, on: event.NeedSelf, read: (*gather).readGroup, stalls: event.NeedVPGID},
	{need: event.NeedUser, on: event.NeedStatus, read: (*gather).readUser, stalls: event.NeedUser},
	{need: event.NeedLogin, read: (*gather).readLogin, stalls: event.NeedLogin},
	{need: event.NeedArgUser, on: event.NeedArgs, read: (*gather).readArgUser, stalls: event.NeedArgUser},
}

// read fills in what need asks for and is not there yet. A source that can't be
// read leaves its fields missing; the first error is returned when all the
// others have been read.
func (g *gather) read(ev *event.Event, need event.Need) error {
	if need&^g.have == 0 {
		return nil
	}
	for i := range readers {
		if r := &readers[i]; need&r.need != 0 {
			need |= r.on
			if g.exec && r.need&ofImage != 0 {
				need |= event.NeedName
			}
		}
	}
	var first error
	for i := range readers {
		r := &readers[i]
		if need&r.need&^g.have == 0 {
			continue
		}
		g.missing = need & r.need &^ g.have
		g.have |= need & r.need
		err := errStalled
		if !g.starved || g.missing&r.stalls == 0 {
			err = r.read(g, ev)
		}
		if err != nil && first == nil {
			first = err
		}
	}
	return first
}

// now is evt.time, the same for all notifications and events of a call. Most calls are
// decided without, and to read the clock costs as much as to evaluate a rule.
func (g *gather) now() int {
	if g.time == 0 {
		g.time = int(time.Now().UnixNano())
	}
	return g.time
}

func (g *gather) readTime(ev *event.Event) error {
	ev.Evt.Time = g.now()
	if ev.Container.StartTS > 0 {
		ev.Container.Duration = ev.Evt.Time - ev.Container.StartTS
	}
	return nil
}

// readCall decodes arguments in the caller's memory, paths and sockets.
func (g *gather) readCall(ev *event.Event) error { return g.dec.DecodeAt(g.index, ev, g.missing) }

func (g *gather) readName(ev *event.Event) (err error) {
	if g.exec {
		return g.readImage(ev)
	}
	ev.Proc.Name, err = g.th.Name(g.arena)
	return err
}

func (g *gather) readSelf(ev *event.Event) (err error) {
	if g.missing&event.NeedTTY != 0 {
		g.stat, err = g.th.Stat(g.arena)
	} else {
		g.stat, err = g.th.Brief(g.arena)
	}
	if err != nil {
		return err
	}
	if g.stat.TTY != proc.NoTTY {
		ev.Proc.TTY = g.stat.TTY
	}
	ev.Proc.SID = g.stat.Session
	ev.Proc.IsVPGIDLeader, ev.Proc.GroupKnown = g.stat.PGRP == g.th.TGID(), true
	g.setAge(ev)
	g.entry.first(g.th.TGID(), g.stat.Boot)
	if g.stat.PPID > 0 && !g.sb.hasEntry(g.th.TGID(), g.stat.Boot) {
		ev.Proc.PPID = g.stat.PPID
	}
	if !g.exec {
		ev.Proc.Since = g.now() - int(g.stat.Start)
	}
	return nil
}

// readImage finds the program that an exec is about to run.
func (g *gather) readImage(ev *event.Event) (err error) {
	x, ok := g.dec.Exec()
	if !ok {
		return nil
	}
	path, err := x.Path()
	if err != nil {
		return err
	}
	argv, err := x.Argv()
	if err != nil {
		return err
	}
	if g.image, err = g.th.Image(g.arena, x.Dir(), path, x.Flags(), argv); err != nil {
		return err
	}
	g.have |= ofImage
	p := &ev.Proc
	p.Name = g.image.Comm
	if g.image.Reached {
		p.ExePath, p.IsExeFromMemfd, p.ExeKnown = g.image.ExePath, g.image.Memfd, true
		g.setTimes(ev, g.image.Times)
	}
	p.IsExeUpperLayer, p.LayerKnown = g.image.UpperLayer && g.image.Known, g.image.Known
	g.setArgv(ev, g.image.Argv)
	return g.image.Blocked
}

// setArgv fills in what follows from the program's name and arguments.
func (g *gather) setArgv(ev *event.Event, argv []string) {
	p := &ev.Proc
	if len(argv) > 0 {
		p.Exe = argv[0]
		copy(p.Arg[:], argv[1:])
	}
	p.CmdLine = commandLine(g.arena, p.Name, argv)
	if len(argv) > 1 {
		p.Args = p.CmdLine[len(p.Name)+1:]
	}
}

func (g *gather) readCmdline(ev *event.Event) error {
	argv, err := g.th.Cmdline(g.arena)
	if err != nil {
		return err
	}
	g.setArgv(ev, argv)
	return nil
}

func (g *gather) readExe(ev *event.Event) error {
	x, err := g.th.Exe(g.arena)
	if err != nil {
		return err
	}
	p := &ev.Proc
	p.ExePath, p.IsExeFromMemfd, p.ExeKnown = x.Path, x.Memfd, true
	p.IsExeUpperLayer, p.LayerKnown = x.UpperLayer && x.Known, x.Known
	g.setTimes(ev, x.Times)
	return nil
}

// setTimes fills in when the executable was changed.
func (g *gather) setTimes(ev *event.Event, t proc.Times) {
	ino := &ev.Proc.ExeIno
	ino.CTime, ino.MTime = int(t.Changed), int(t.Written)
	if g.have&(event.NeedSelf|event.NeedTTY) != 0 {
		g.setAge(ev)
	}
}

// setAge fills in what follows from the executable's times and the process's
// start, whichever of the two was read last.
func (g *gather) setAge(ev *event.Event) {
	if ino := &ev.Proc.ExeIno; ino.CTime != event.Missing && g.stat.Start != 0 {
		ino.Age = int(g.stat.Start) - ino.CTime
	}
}

func (g *gather) readCWD(ev *event.Event) (err error) {
	ev.Proc.CWD, err = g.th.CWD(g.arena)
	return err
}

func (g *gather) readEnv(ev *event.Event) (err error) {
	if g.exec {
		ev.Proc.EnvBlk, err = g.newEnv()
	} else {
		ev.Proc.EnvBlk, err = g.th.Environ(g.arena)
	}
	m := g.arena.Mark()
	for v := range strings.SplitSeq(strings.TrimSuffix(ev.Proc.EnvBlk, "\x00"), "\x00") {
		if g.arena.Mark() > m {
			g.arena.Append(" ")
		}
		g.arena.Append(v)
	}
	ev.Proc.Env = g.arena.Since(m)
	return err
}

// newEnv is the environment that an exec gives to the new program,
// NUL-separated.
func (g *gather) newEnv() (string, error) {
	x, ok := g.dec.Exec()
	if !ok {
		return "", nil
	}
	env, err := x.Envp()
	m := g.arena.Mark()
	for _, v := range env {
		g.arena.Append(v)
		g.arena.Append("\x00")
	}
	return g.arena.Since(m), err
}

func (g *gather) readStatus(ev *event.Event) error {
	st, err := g.th.Status()
	if err != nil {
		return err
	}
	a := g.arena
	ev.Proc.VPID, ev.User.UID, ev.Group.GID = st.VPID, st.UID, st.GID
	ev.Thread.CapEffective = proc.CapNames(st.Caps.Effective, a)
	ev.Thread.CapPermitted = proc.CapNames(st.Caps.Permitted, a)
	ev.Thread.CapInheritable = proc.CapNames(st.Caps.Inheritable, a)
	return nil
}
