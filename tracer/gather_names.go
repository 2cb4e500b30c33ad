package tracer

import (
	"errors"

	"github.com/callgate/callgate/rules/event"
)

func (g *gather) readUser(ev *event.Event) (err error) {
	var uerr, gerr error
	ev.User.Name, uerr = g.th.UserName(ev.User.UID)
	ev.Group.Name, gerr = g.th.GroupName(ev.Group.GID)
	return errors.Join(uerr, gerr)
}

func (g *gather) readLogin(ev *event.Event) (err error) {
	if ev.User.LoginUID, err = g.th.LoginUID(); err != nil {
		ev.User.LoginUID = event.Missing
		return err
	}
	if ev.User.LoginUID >= 0 {
		ev.User.LoginName, err = g.th.UserName(ev.User.LoginUID)
	}
	return err
}

// readArgUser finds the name of the user whom the call names; without one the
// number stands.
func (g *gather) readArgUser(ev *event.Event) error {
	uid, arg, ok := g.dec.User()
	if !ok {
		return nil
	}
	name, err := g.th.OwnUserName(uid)
	if name != "" {
		ev.Evt.Arg[arg] = name
	}
	return err
}

// readHosts finds the names of the socket's addresses.
func (g *gather) readHosts(ev *event.Event) error {
	f := &ev.FD
	for _, end := range [...]struct {
		addr string
		name *string
	}{{f.SIP, &f.Server.Name}, {f.CIP, &f.Client.Name}, {f.LIP, &f.Local.Name}, {f.RIP, &f.Remote.Name}} {
		if end.addr != "" {
			*end.name = g.hosts.name(end.addr, g.now())
		}
	}
	return nil
}
