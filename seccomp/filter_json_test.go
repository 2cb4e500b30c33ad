package seccomp_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
	"pgregory.net/rapid"

	"github.com/callgate/callgate/seccomp"
	"github.com/callgate/callgate/seccomp/syscalls"
)

func TestFilterJSON(t *testing.T) {
	f := &seccomp.Filter{ABIs: []syscalls.ABI{syscalls.AMD64, syscalls.I386}}
	f.Add(seccomp.Key{ABI: syscalls.I386, NR: 102}, nil, seccomp.Notify)
	f.Add(seccomp.Key{ABI: syscalls.AMD64, NR: 9999}, nil, seccomp.Errno(4000))
	f.Add(seccomp.Key{ABI: syscalls.AMD64, NR: 257}, seccomp.Cube{{Arg: 2, Mask: 3, Value: 1}, {Arg: 1, Mask: ^uint64(0), Value: 1 << 63}}, seccomp.Notify)
	f.Add(seccomp.Key{ABI: syscalls.AMD64, NR: 257}, seccomp.Cube{{Arg: 2, Mask: 3, Value: 2}}, seccomp.Errno(unix.EPERM))
	f.Add(seccomp.Key{ABI: syscalls.AMD64, NR: 257}, nil, seccomp.Kill)
	const want = `{"abis":["amd64","i386"],"calls":[` +
		`{"abi":"amd64","call":"openat","rules":[{"when":[{"arg":2,"mask":"0x3","value":"0x1"},{"arg":1,"mask":"0xffffffffffffffff","value":"0x8000000000000000"}],"action":"notify"},` +
		`{"when":[{"arg":2,"mask":"0x3","value":"0x2"}],"action":"EPERM"},{"action":"kill"}]},` +
		`{"abi":"amd64","call":"9999","rules":[{"action":"errno 4000"}]},` +
		`{"abi":"i386","call":"socketcall","rules":[{"action":"notify"}]}]}`
	got, err := json.Marshal(f)
	if err != nil || string(got) != want {
		t.Errorf("%v\n%s\n%s", err, got, want)
	}
	var back seccomp.Filter
	if err := json.Unmarshal(got, &back); err != nil || !reflect.DeepEqual(&back, f) {
		t.Errorf("%v: %+v", err, back)
	}
}

// The form and the filter are the same.
func TestFilterJSONRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := &seccomp.Filter{}
		for range rapid.IntRange(0, 5).Draw(t, "calls") {
			abi := rapid.SampledFrom(syscalls.Native()).Draw(t, "abi")
			k := seccomp.Key{ABI: abi, NR: rapid.IntRange(0, 500).Draw(t, "nr")}
			var cube seccomp.Cube
			for range rapid.IntRange(0, 3).Draw(t, "comparisons") {
				mask := uint64(rapid.Uint32().Draw(t, "mask"))
				cube = append(cube, seccomp.Cmp{Arg: uint8(rapid.IntRange(0, 5).Draw(t, "arg")), Mask: mask, Value: rapid.Uint64().Draw(t, "value") & mask})
			}
			f.Add(k, cube, rapid.SampledFrom([]seccomp.Action{
				seccomp.Allow, seccomp.Notify, seccomp.Kill, seccomp.Errno(unix.Errno(rapid.IntRange(1, 4095).Draw(t, "errno"))),
			}).Draw(t, "action"))
		}
		text, err := json.Marshal(f)
		if err != nil {
			t.Fatal(err)
		}
		var back seccomp.Filter
		if err := json.Unmarshal(text, &back); err != nil {
			t.Fatalf("%v: %s", err, text)
		}
		if !reflect.DeepEqual(&back, f) {
			t.Fatalf("%+v\n%+v", f, &back)
		}
	})
}

// What was not understood as a whole is not taken in part.
func TestFilterJSONIsStrict(t *testing.T) {
	call := func(c string) string { return `{"calls":[` + c + `]}` }
	rule := func(r string) string { return call(`{"abi":"amd64","call":"openat","rules":[` + r + `]}`) }
	for name, tt := range map[string]struct{ text, want string }{
		"member":        {`{"calls":[],"more":1}`, "more"},
		"member inside": {rule(`{"action":"notify","unless":[]}`), "unless"},
		"action":        {rule(`{"action":"log"}`), `unknown action "log"`},
		"no action":     {rule(`{}`), `unknown action ""`},
		"errno":         {rule(`{"action":"ENOTHING"}`), `unknown action "ENOTHING"`},
		"errno 1":       {rule(`{"action":"errno 1"}`), `unknown action "errno 1"`}, // is EPERM
		"errno 9999":    {rule(`{"action":"errno 9999"}`), `unknown action "errno 9999"`},
		"abi":           {call(`{"abi":"mips","call":"open","rules":[{"action":"notify"}]}`), `unknown ABI "mips"`},
		"abis":          {`{"abis":["mips"],"calls":[]}`, `unknown ABI "mips"`},
		"call":          {call(`{"abi":"amd64","call":"opeen","rules":[{"action":"notify"}]}`), `amd64 has no call "opeen"`},
		"named number":  {call(`{"abi":"amd64","call":"257","rules":[{"action":"notify"}]}`), `amd64 has no call "257"`},
		"sign":          {call(`{"abi":"amd64","call":"+9999","rules":[{"action":"notify"}]}`), "no call"},
		"twice":         {call(`{"abi":"amd64","call":"open","rules":[{"action":"kill"}]},{"abi":"amd64","call":"open","rules":[{"action":"allow"}]}`), "twice"},
		"no rules":      {call(`{"abi":"amd64","call":"open","rules":[]}`), "no rules"},
		"number":        {rule(`{"when":[{"arg":0,"mask":3,"value":"0x0"}],"action":"notify"}`), "mask"},
		"decimal":       {rule(`{"when":[{"arg":0,"mask":"3","value":"0x0"}],"action":"notify"}`), `"3" is not`},
		"leading zero":  {rule(`{"when":[{"arg":0,"mask":"0x03","value":"0x0"}],"action":"notify"}`), `"0x03" is not`},
		"65 bits":       {rule(`{"when":[{"arg":0,"mask":"0x10000000000000000","value":"0x0"}],"action":"notify"}`), "is not"},
		"register":      {rule(`{"when":[{"arg":6,"mask":"0x1","value":"0x0"}],"action":"notify"}`), "registers 0 to 5"},
		"value":         {rule(`{"when":[{"arg":0,"mask":"0x1","value":"0x2"}],"action":"notify"}`), "outside the mask"},
		"x32":           {`{"abis":["x32"],"calls":[]}`, "x32"},
		"no JSON":       {`{"calls":`, "unexpected end"},
	} {
		t.Run(name, func(t *testing.T) {
			f := seccomp.Filter{ABIs: []syscalls.ABI{syscalls.I386}}
			text := tt.text
			if len(syscalls.Native()) > 0 && syscalls.Native()[0] != syscalls.AMD64 {
				text = strings.Replace(text, `{"calls"`, `{"abis":["amd64"],"calls"`, 1)
			}
			err := json.Unmarshal([]byte(text), &f)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %s", err, tt.want)
			}
			if len(f.ABIs) != 1 || f.Calls != nil {
				t.Errorf("changed: %+v", f)
			}
		})
	}
	bad := &seccomp.Filter{}
	bad.Add(seccomp.Key{ABI: syscalls.Native()[0], NR: 1}, nil, seccomp.Action(1))
	if _, err := json.Marshal(bad); err == nil {
		t.Error("an invalid filter was encoded")
	}
}
