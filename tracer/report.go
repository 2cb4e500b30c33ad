package tracer

import (
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/alert"
	"github.com/callgate/callgate/rules"
	"github.com/callgate/callgate/rules/event"
	"github.com/callgate/callgate/seccomp/syscalls"
	"github.com/callgate/callgate/tracer/source"
)

// Fields that callgate adds to every alert.
const (
	fieldAction    = "callgate.action"
	fieldEnforced  = "callgate.enforced"
	fieldGuarantee = "callgate.guarantee"
	// fieldRepeat is there, and true, when the same alert may have been given
	// before: by a supervisor that was killed before it had answered the call, or
	// for the same call, which its thread restarted in spite of an answer.
	fieldRepeat = "callgate.repeat"
)

var repeated = alert.Field{Name: fieldRepeat, Value: alert.Bool(true)}

// everyAlert are the fields that every alert carries beside its template's.
var everyAlert = mustLookup("evt.time", "container.id", "container.name", "k8s.ns.name", "k8s.pod.name")

// podMessage is what the message of a pod's alert ends with, in Falco's names,
// unless its template tells the pod by itself: no rule has to think of pods.
var podMessage = mustParse(" k8s_pod_name=%k8s.pod.name k8s_ns_name=%k8s.ns.name")

func mustParse(source string) *event.Template {
	t, err := event.ParseTemplate(source)
	if err != nil {
		panic(err) // the template stands above
	}
	return t
}

// message is the text of a rule's alert.
func message(r *rules.Rule, ev *event.Event) string {
	output := r.Output.Render(ev)
	if ev.K8s.Pod.Name == "" || slices.ContainsFunc(r.Output.Fields(), func(f event.Ref) bool { return f.String() == "k8s.pod.name" }) {
		return output
	}
	return output + podMessage.Render(ev)
}

func mustLookup(names ...string) (list []event.Ref) {
	for _, name := range names {
		f, err := event.Lookup(name)
		if err != nil {
			panic(err) // the names stand above
		}
		list = append(list, f)
	}
	return list
}

// telling is what the alerts of rules rest on beside their events.
type telling struct {
	mode     rules.Mode
	hostname string
	searches *searches
}

// alert adds a rule that matched to the verdict and makes its alert; nil when it
// was given already. Of an exec in mode enforce the arguments must
// have been read.
func (t *telling) alert(v *verdict, r *rules.Rule, ev *event.Event, abi syscalls.ABI) *alert.Alert {
	enforced := t.mode == rules.Enforce && r.Action != rules.Log
	if enforced {
		v.add(r)
	}
	output := message(r, ev)
	if !v.fresh(r.Name, output) {
		return nil
	}
	if enforced && isExec(ev.Evt.Type) && t.searches.repeated(ev, r.Name) {
		return nil
	}
	return &alert.Alert{
		Time: time.Unix(0, int64(ev.Evt.Time)), Rule: r.Name, Priority: r.Priority.String(), Hostname: t.hostname,
		Output: output, Tags: r.Tags, Fields: alertFields(ev, r, enforced, r.Guarantee(t.mode, ev.Evt.Type, abi)),
	}
}

// report makes the alerts of the rules that matched an event and adds them to
// the verdict. It is false when the caller left the call meanwhile: what was
// read for the messages may then be another's.
func (j *judge) report(ev *event.Event, c *source.Call, typ string) (stillThere bool) {
	exec := isExec(typ)
	_ = j.read(ev, event.NeedTime) // before what may take its time
	if exec {
		need := event.NeedName // whether it can run at all decides about its alerts,
		if j.policy.mode == rules.Enforce {
			need |= event.NeedArgs // and whether a denial goes on with a search
		}
		_ = j.read(ev, need)
	}
	if exec && j.image.Err != nil {
		j.unrunnable()
		return true
	}
	for _, r := range j.matched {
		_ = j.read(ev, r.OutputNeeds()) // what can't be read is shown as missing
	}
	if !c.Valid() {
		return false
	}
	t := telling{j.policy.mode, j.s.hostname, j.s.searches}
	for _, r := range j.matched {
		a := t.alert(&j.verdict, r, ev, c.ABI)
		if a != nil && !j.send(c, j.memory.other.tells(r, ev), a) {
			return false
		}
	}
	return true
}

// send gives an alert away, which may be one that was given before; false when
// the call is the judge's no longer.
func (j *judge) send(c *source.Call, repeat bool, a *alert.Alert) bool {
	if repeat || j.repeat {
		a.Fields = append(a.Fields, repeated)
	}
	return c.Act(func() {
		j.sb.alerts.Add(1)
		j.s.cfg.Stats.Alert(a.Rule)
		j.s.cfg.Alerts(a)
	})
}

// unrunnable judges an exec whose path names nothing that can be executed, as a
// shell makes many while it searches PATH. It is not reported, since nothing
// runs; where a rule would deny it, it gets the error that the kernel would
// give, and not the leave to go on with a path that another thread may change.
func (j *judge) unrunnable() {
	if j.policy.mode != rules.Enforce {
		return
	}
	for _, r := range j.matched {
		if r.Action != rules.Log {
			j.verdict.action, j.verdict.errno = rules.Deny, errnoOf(j.image.Err)
			return
		}
	}
}

func errnoOf(err error) unix.Errno {
	if e, ok := err.(unix.Errno); ok { //nolint:errorlint // the image's error is a bare errno
		return e
	}
	return unix.EACCES
}

func alertFields(ev *event.Event, r *rules.Rule, enforced bool, g rules.Guarantee) []alert.Field {
	var list []alert.Field
	add := func(f event.Ref) {
		v, ok := f.Value(ev)
		if !ok {
			v = nil
		}
		list = append(list, alert.Field{Name: f.String(), Value: alert.ValueOf(v)})
	}
	for _, f := range r.Output.Fields() {
		add(f)
	}
	for _, f := range everyAlert {
		add(f)
	}
	return append(list,
		alert.Field{Name: fieldAction, Value: alert.String(r.Action.String())},
		alert.Field{Name: fieldEnforced, Value: alert.Bool(enforced)},
		alert.Field{Name: fieldGuarantee, Value: alert.String(g.String())})
}
