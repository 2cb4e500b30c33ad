package daemon_test

import (
	"context"
	"encoding/json"
	"os"
	"testing"
	"time"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/callgate/callgate/runtime/control"
	"github.com/callgate/callgate/runtime/meta"
	"github.com/callgate/callgate/tracer/notify"
)

// testKeeper is a shim's part of the protocol.
type testKeeper struct {
	t         *testing.T
	place     *place
	conn      *control.Conn
	container meta.Container
	admission control.Admission
	listeners []keptListener
	answers   chan control.Message
}

type keptListener struct {
	id       uint64
	listener *os.File
	slots    *notify.Slots
	tid      int
}

// podContainer is a container as CRI's shim describes it.
func podContainer(id string, annotations map[string]string) meta.Container {
	return meta.Container{
		ID: id, Namespace: "k8s.io", Name: "main", Runtime: "containerd", HostPID: meta.No, HostNetwork: meta.No,
		Pod:         meta.Pod{Name: "pod-of-" + id, Namespace: "default", UID: "uid"},
		Annotations: annotations,
	}
}

// admit asks for a container's admission.
func (p *place) admit(c meta.Container) control.Admission {
	p.t.Helper()
	var a control.Admission
	if err := p.ask(control.KindAdmit, control.Admit{Version: control.Version, Container: c}, control.KindAdmitted, &a); err != nil {
		p.t.Fatal(err)
	}
	return a
}

// keep begins to keep a container that was admitted.
func (p *place) keep(c meta.Container) *testKeeper {
	p.t.Helper()
	k := &testKeeper{t: p.t, place: p, container: c, admission: p.admit(c)}
	if err := k.connect(false); err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() {
		k.conn.Close()
		for _, l := range k.listeners {
			l.slots.Close()
		}
	})
	return k
}

// connect opens the keeper's connection.
func (k *testKeeper) connect(again bool) error {
	k.t.Helper()
	k.conn = k.place.dial()
	m, err := control.NewMessage(control.KindKeep, control.Keep{
		Version: control.Version, Container: k.container, Policy: k.admission.Policy, Reconnect: again,
	})
	if err != nil {
		k.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(k.t.Context(), patience)
	defer cancel()
	if err := k.conn.Ask(ctx, m, control.KindKept, nil); err != nil {
		return err
	}
	k.answers = make(chan control.Message, 1000)
	go func(conn *control.Conn, answers chan control.Message) {
		defer close(answers)
		for {
			m, err := conn.Receive(context.Background())
			if err != nil {
				return
			}
			answers <- m
		}
	}(k.conn, k.answers)
	return nil
}

// next is the next message of the daemon.
func (k *testKeeper) next() control.Message {
	k.t.Helper()
	select {
	case m, open := <-k.answers:
		if !open {
			k.t.Fatal("the daemon closed the keeper's connection")
		}
		return m
	case <-time.After(patience):
		k.t.Fatal("the daemon does not answer")
		return control.Message{}
	}
}

func (k *testKeeper) send(kind control.Kind, body any, files ...*os.File) {
	k.t.Helper()
	m, err := control.NewMessage(kind, body, files...)
	if err == nil {
		err = k.conn.Send(k.t.Context(), m)
	}
	if err != nil {
		k.t.Fatal(err)
	}
}

// add hands a victim's listener over.
func (k *testKeeper) add(v *victims, victim int) {
	k.t.Helper()
	slots, err := notify.NewSlots()
	if err != nil {
		k.t.Fatal(err)
	}
	l := keptListener{uint64(victim), v.listeners[victim], slots, v.tids[victim]}
	k.listeners = append(k.listeners, l)
	k.hand(l, false)
}

func (k *testKeeper) hand(l keptListener, again bool) {
	k.t.Helper()
	state, err := json.Marshal(specs.ContainerProcessState{Pid: l.tid, State: specs.State{ID: k.container.ID}})
	if err != nil {
		k.t.Fatal(err)
	}
	k.send(control.KindListener, control.Listener{ID: l.id, State: state, WaitKillable: true, Repeat: again}, l.listener, l.slots.File())
	if m := k.next(); m.Kind != control.KindServing {
		k.t.Fatalf("a listener was answered by %s: %s", m.Kind, m.Body)
	}
}

// again hands everything to the daemon's successor.
func (k *testKeeper) again() {
	k.t.Helper()
	if err := k.connect(true); err != nil {
		k.t.Fatal(err)
	}
	for _, l := range k.listeners {
		k.hand(l, true)
	}
}

// handNull hands over a file that is no listener, with slots.
func (k *testKeeper) handNull(null *os.File) {
	slots, err := notify.NewSlots()
	if err != nil {
		k.t.Fatal(err)
	}
	defer slots.Close()
	k.send(control.KindListener, control.Listener{ID: 1, State: []byte("{}")}, null, slots.File())
}
