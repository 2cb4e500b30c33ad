package event

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/callgate/callgate/seccomp/syscalls"
)

// anyText is one that a process can have: every byte but NUL.
var anyText = rapid.Custom(func(t *rapid.T) string {
	return strings.ReplaceAll(string(rapid.SliceOf(rapid.Byte()).Draw(t, "bytes")), "\x00", "x")
})

// anyEvent has some fields, with any values.
func anyEvent(t *rapid.T) *Event {
	e := new(Event)
	e.Reset()
	set := func(r Ref) {
		var v any
		switch r.Type {
		case String:
			v = anyText.Draw(t, r.String())
		case Int:
			v = rapid.Int().Draw(t, r.String())
		case Bool:
			v = rapid.Bool().Draw(t, r.String())
		}
		if err := r.Set(e, v); err != nil {
			t.Fatal(err)
		}
	}
	for _, f := range fields {
		r := Ref{Field: f, Index: -1}
		if rapid.IntRange(0, 2).Draw(t, "known") == 0 || f.ends != nil || f.Instead != "" {
			continue
		}
		switch f.Index {
		case NoIndex:
			set(r)
		case IntIndex:
			for r.Index = range rapid.IntRange(0, Depth).Draw(t, "elements") {
				set(r)
			}
		case NameIndex:
			r.Index = rapid.IntRange(0, syscalls.NumArgs-1).Draw(t, "argument")
			r.Key = syscalls.ArgName(r.Index)
			set(r)
		case KeyIndex:
			var v any = []any{"A=" + anyText.Draw(t, "A"), "B="}
			switch f.Name {
			case mounts:
				v = []any{[]any{"/a", anyText.Draw(t, "to")}, []any{anyText.Draw(t, "from"), "/b"}}
			case "container.mount.source":
				continue
			}
			if err := r.Set(e, v); err != nil {
				t.Fatal(err)
			}
		}
	}
	return e
}

// What is written is read again, whatever bytes a process has put into it.
func TestJSONKeepsEvents(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := anyEvent(t)
		text := e.AppendJSON(nil)
		got := new(Event)
		got.Reset()
		if err := got.ReadJSON(text); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if d := cmp.Diff(*e, *got); d != "" {
			t.Fatalf("%s\n%s", text, d)
		}
	})
}

func TestJSON(t *testing.T) {
	e := new(Event)
	e.Reset()
	e.Evt.Type, e.Proc.Name, e.Proc.TTY = "openat", "a<b", 0
	e.Proc.AName[0], e.Proc.AName[2] = "a<b", "x\xff"
	e.Proc.LayerKnown = true
	e.Container.MountBlk = "/a\x00/b\x00/c\x00/d\x00"
	e.Proc.Env, e.Proc.EnvBlk = "A=1 B=", "A=1\x00B=\x00"
	id, _ := syscalls.ArgID("flags")
	e.Evt.Arg[id], e.Evt.RawArg[id] = "O_RDONLY", 0
	const want = `{"evt.type":"openat","evt.is_open_read":false,"evt.is_open_write":false,"evt.is_open_create":false,"evt.is_open_exec":false,"evt.arg.flags":"O_RDONLY","evt.rawarg.flags":0,` +
		`"proc.tty":0,"proc.name":"a<b","proc.env":["A=1","B="],"proc.aname":["a<b",null,{"base64":"eP8="}],"proc.is_exe_upper_layer":false,"container.mount.dest":[["/a","/b"],["/c","/d"]]}`
	if got := string(e.AppendJSON(nil)); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestReadJSONRefuses(t *testing.T) {
	for text, want := range map[string]string{
		`[]`:                                       "read event: json: cannot unmarshal array",
		`{"proc.nam":"x"}`:                         "unknown field proc.nam; did you mean proc.name?",
		`{"proc.name":1}`:                          "set proc.name: it is a string, not 1",
		`{"proc.pid":"1"}`:                         "set proc.pid: it is a number, not 1",
		`{"proc.pid":1.5}`:                         "set proc.pid: it is a number, not 1.5",
		`{"evt.is_open_read":"yes"}`:               "set evt.is_open_read: it is a boolean, not yes",
		`{"proc.aname":"x"}`:                       "set proc.aname: it takes a list of values",
		`{"proc.aname":[1]}`:                       "set proc.aname[0]: it is a string, not 1",
		`{"proc.env":{"A":"1"}}`:                   "set proc.env: it takes a list of NAME=value",
		`{"proc.env":["A=\u0000"]}`:                "set proc.env: it takes a list of NAME=value",
		`{"evt.arg.flagz":"O_RDONLY"}`:             "unknown field evt.arg.flagz; did you mean evt.arg.flags?",
		`{"evt.arg":"O_RDONLY"}`:                   "set evt.arg: it takes a list of values",
		`{"fd.ip":"::1"}`:                          "set fd.ip: it stands for two values",
		`{"evt.res":"SUCCESS"}`:                    "set evt.res: it is a result",
		`{"container.mount.dest":["/a"]}`:          "set container.mount.dest: it takes a list of [SOURCE, DESTINATION], not /a",
		`{"container.mount.source":[["/a","/b"]]}`: "set container.mount.source: container.mount.dest takes",
		`{"proc.name":{"base64":"!"}}`:             "set proc.name: it is a string",
		`{"proc.apid":[` + strings.Repeat("1,", Depth) + `1]}`: "set proc.apid: 17 values are more than 16",
	} {
		e := new(Event)
		e.Reset()
		if err := e.ReadJSON([]byte(text)); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}

// An object from elsewhere makes no message that is as large as itself.
func TestReadJSONBoundsMessages(t *testing.T) {
	var unknown strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&unknown, `"field%d":1,`, i)
	}
	var e Event
	e.Reset()
	for name, object := range map[string]string{
		"unknown fields": "{" + unknown.String() + `"proc.name":"x"}`,
		"large value":    `{"proc.name":[` + strings.Repeat("1,", 100_000) + `1]}`,
		"large element":  `{"proc.env":["A=b",[` + strings.Repeat("1,", 100_000) + `1]]}`,
	} {
		if err := e.ReadJSON([]byte(object)); err == nil || len(err.Error()) > 8000 {
			t.Errorf("%s: %.300v", name, err)
		}
	}
}
