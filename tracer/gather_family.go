package tracer

import (
	"errors"
	"slices"

	"github.com/callgate/callgate/rules/event"
	"github.com/callgate/callgate/tracer/proc"
)

// readParent reads the parent: of the process that calls, on an exec too. What
// the runtime put into the sandbox has none.
func (g *gather) readParent(ev *event.Event) error {
	if ev.Proc.PPID == event.Missing {
		return nil
	}
	a := g.arena
	parent, name, err := g.th.Parent(a, g.stat)
	if err != nil {
		return noParent(err)
	}
	defer parent.Release()
	ev.Proc.PName = name
	if g.missing&event.NeedPExe != 0 {
		x, xerr := parent.Exe(a)
		ev.Proc.PExePath, err = x.Path, xerr
	}
	if g.missing&event.NeedPCmdline != 0 {
		argv, cerr := parent.Cmdline(a)
		ev.Proc.PCmdLine, err = commandLine(a, name, argv), errors.Join(err, cerr)
		if len(argv) > 0 {
			ev.Proc.PExe = argv[0]
		}
	}
	if g.missing&event.NeedPStat != 0 {
		st, serr := parent.Brief(a)
		if err = errors.Join(err, serr); serr == nil {
			ev.Proc.Parent.Since = g.now() - int(st.Start)
		}
	}
	return err
}

// noParent turns "there is no parent to be seen" into no error: the field is
// missing then, which is what is true.
func noParent(err error) error {
	if errors.Is(err, proc.ErrNoParent) || errors.Is(err, proc.ErrGone) {
		return nil
	}
	return err
}

// readAncestors walks up to the sandbox's first program. What can't be read of
// one ancestor does not hide those above it.
func (g *gather) readAncestors(ev *event.Event) error {
	a := g.arena
	ev.Proc.AName[0], ev.Proc.APID[0] = ev.Proc.Name, ev.Proc.PID
	unread := g.describeSelf(ev)
	th, st := g.th, g.stat
	var held *proc.Thread
	defer func() { held.Release() }()
	for i := 1; i < event.Depth; i++ {
		if g.sb.hasEntry(th.TGID(), st.Boot) || slices.Contains(g.own, st.PPID) {
			return unread
		}
		parent, name, err := th.Parent(a, st)
		if err != nil {
			return errors.Join(noParent(err), unread)
		}
		held.Release()
		held, th = parent, parent
		ev.Proc.AName[i], ev.Proc.APID[i] = name, parent.TGID()
		if err := noParent(g.describe(ev, i, parent)); err != nil && unread == nil {
			unread = err
		}
		if st, err = parent.Stat(a); err != nil {
			return errors.Join(noParent(err), unread)
		}
	}
	return unread
}

// describeSelf is describe for the process itself: on an exec the new program.
func (g *gather) describeSelf(ev *event.Event) error {
	if g.missing&(event.NeedAExe|event.NeedAExePath) == 0 || !g.exec {
		return g.describe(ev, 0, g.th)
	}
	l := &ev.Ancestors
	l.AExe[0], l.AExePath[0] = ev.Proc.Exe, ev.Proc.ExePath
	return nil
}

// describe fills in what is asked for of the i-th ancestor beside its name.
func (g *gather) describe(ev *event.Event, i int, th *proc.Thread) (err error) {
	l := &ev.Ancestors
	if g.missing&event.NeedAExe != 0 {
		l.AExe[i], err = th.FirstArg(g.arena)
	}
	if g.missing&event.NeedAExePath != 0 {
		x, xerr := th.Exe(g.arena)
		l.AExePath[i], err = x.Path, errors.Join(err, xerr)
	}
	return err
}

func (g *gather) readSession(ev *event.Event) error {
	if ev.Proc.SID <= 0 {
		return nil
	}
	name, err := g.th.NameOf(g.arena, ev.Proc.SID)
	ev.Proc.SName = name
	return noParent(err)
}

// readGroup reads the leader of the process group, whose number means nobody else
// as long as the group has members.
func (g *gather) readGroup(ev *event.Event) error {
	if g.stat.PGRP <= 0 {
		return nil
	}
	leader, err := g.th.Other(g.stat.PGRP)
	if err != nil {
		return noParent(err)
	}
	defer leader.Release()
	p := &ev.Proc.Group
	if p.Name, err = leader.Name(g.arena); err == nil {
		p.Exe, err = leader.FirstArg(g.arena)
	}
	return noParent(err)
}

// commandLine is a program's name and its arguments.
func commandLine(a *event.Arena, name string, argv []string) string {
	m := a.Mark()
	a.Append(name)
	for _, s := range argv[min(1, len(argv)):] {
		a.Append(" ")
		a.Append(s)
	}
	return a.Since(m)
}
