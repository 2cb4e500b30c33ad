package profiles_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"

	"github.com/callgate/callgate/runtime/daemon/profiles"
	"github.com/callgate/callgate/seccomp"
	"github.com/callgate/callgate/seccomp/oci"
	"github.com/callgate/callgate/seccomp/syscalls"
)

const base = `{"defaultAction":"SCMP_ACT_ERRNO","syscalls":[{"names":["setns","read","unshare"],"action":"SCMP_ACT_ALLOW"}]}`

var native = syscalls.Native()[0]

// filter notifies calls.
func filter(t *testing.T, calls ...string) *seccomp.Filter {
	t.Helper()
	f := &seccomp.Filter{}
	for _, name := range calls {
		nr, ok := syscalls.Number(native, name)
		if !ok {
			t.Fatal("no", name)
		}
		f.Add(seccomp.Key{ABI: native, NR: nr}, nil, seccomp.Notify)
	}
	return f
}

func merge(t *testing.T, c *profiles.Cache, base string, f *seccomp.Filter, o oci.Options) *specs.LinuxSeccomp {
	t.Helper()
	text, err := c.Merge([]byte(base), f, o)
	if err != nil {
		t.Fatal(err)
	}
	var p *specs.LinuxSeccomp
	if err := json.Unmarshal(text, &p); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return p
}

func decide(t *testing.T, p *specs.LinuxSeccomp, call string) seccomp.Action {
	t.Helper()
	m, err := oci.NewModel(p)
	if err != nil {
		t.Fatal(err)
	}
	nr, _ := syscalls.Number(native, call)
	a, sure := m.Decide(native, nr, &[6]uint64{})
	if !sure {
		t.Errorf("%s: not sure", call)
	}
	return a
}

func listening(at string) oci.Options {
	return oci.Options{ListenerPath: at, ListenerMetadata: `{"id":"of ` + at + `"}`}
}

// What is remembered of one container has the next one's listener, and is used
// for nothing else than what it was made for.
func TestCache(t *testing.T) {
	var c profiles.Cache
	one, other := filter(t, "setns"), filter(t, "unshare")
	enforcing, killable := listening("/e"), listening("/k")
	enforcing.Refuse, killable.WaitKillable = true, true
	for range 2 { // the second time it is remembered
		for _, row := range []struct {
			base           string
			filter         *seccomp.Filter
			options        oci.Options
			setns, unshare seccomp.Action
			killable       bool
		}{
			{base: base, filter: one, options: listening("/a"), setns: seccomp.Notify, unshare: seccomp.Allow},
			{base: base, filter: one, options: listening("/b"), setns: seccomp.Notify, unshare: seccomp.Allow},
			{base: base, filter: other, options: listening("/a"), setns: seccomp.Allow, unshare: seccomp.Notify},
			{base: "", filter: one, options: listening("/a"), setns: seccomp.Notify, unshare: seccomp.Allow},
			{base: strings.Replace(base, `"unshare"`, `"seccomp"`, 1), filter: one, options: listening("/c"), setns: seccomp.Notify, unshare: seccomp.Errno(unix.EPERM)},
			{base: base, filter: one, options: enforcing, setns: seccomp.Notify, unshare: seccomp.Allow},
			{base: base, filter: one, options: killable, setns: seccomp.Notify, unshare: seccomp.Allow, killable: true},
		} {
			p := merge(t, &c, row.base, row.filter, row.options)
			if a := decide(t, p, "setns"); a != row.setns {
				t.Errorf("%+v: setns %v", row, a)
			}
			if a := decide(t, p, "unshare"); a != row.unshare {
				t.Errorf("%+v: unshare %v", row, a)
			}
			if p.ListenerPath != row.options.ListenerPath || p.ListenerMetadata != row.options.ListenerMetadata {
				t.Errorf("%+v: listener %s %s", row, p.ListenerPath, p.ListenerMetadata)
			}
			if (len(p.Flags) > 0) != row.killable {
				t.Errorf("%+v: flags %v", row, p.Flags)
			}
		}
	}
}

// The result is that of a merge without memory.
func TestSame(t *testing.T) {
	var c profiles.Cache
	f := filter(t, "setns", "unshare")
	merge(t, &c, base, f, listening("/first"))
	got := merge(t, &c, base, f, listening("/second"))
	var p specs.LinuxSeccomp
	if err := json.Unmarshal([]byte(base), &p); err != nil {
		t.Fatal(err)
	}
	want, err := oci.Merge(&p, f, listening("/second"))
	if err != nil {
		t.Fatal(err)
	}
	if g, w := encoded(t, got), encoded(t, want); g != w {
		t.Errorf("got  %s\nwant %s", g, w)
	}
}

func encoded(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// A profile that sends its own notifications to the same socket keeps them.
func TestOwnListener(t *testing.T) {
	var c profiles.Cache
	own := `{"defaultAction":"SCMP_ACT_ALLOW","listenerPath":"/a","listenerMetadata":"x","syscalls":[{"names":["read"],"action":"SCMP_ACT_NOTIFY"}]}`
	f := filter(t, "setns")
	for range 2 {
		if p := merge(t, &c, own, f, listening("/a")); p.ListenerPath != "/a" || decide(t, p, "read") != seccomp.Notify {
			t.Errorf("%+v", p)
		}
		var refused *oci.RefusedError
		if _, err := c.Merge([]byte(own), f, listening("/b")); !errors.As(err, &refused) || !strings.Contains(err.Error(), `"/a"`) {
			t.Errorf("for another listener: %v", err)
		}
	}
}

// Where nothing is wanted, a profile stays and none stays none.
func TestNothing(t *testing.T) {
	var c profiles.Cache
	for range 2 {
		if p := merge(t, &c, "", &seccomp.Filter{}, listening("/a")); p != nil {
			t.Errorf("%+v", p)
		}
		if p := merge(t, &c, base, &seccomp.Filter{}, listening("/a")); p == nil || p.ListenerPath != "" || len(p.Syscalls) != 1 {
			t.Errorf("%+v", p)
		}
	}
}

func TestRefused(t *testing.T) {
	for name, k := range map[string]struct{ base, want string }{
		"unknown member":   {`{"defaultAction":"SCMP_ACT_ALLOW","new":1}`, `unknown field "new"`},
		"unknown action":   {`{"defaultAction":"SCMP_ACT_NEW"}`, "SCMP_ACT_NEW"},
		"foreign listener": {`{"defaultAction":"SCMP_ACT_ALLOW","listenerPath":"/other.sock"}`, `"/other.sock"`},
		"no object":        {`[]`, "decode linux.seccomp"},
		"two":              {base + base, "something follows"},
		"all notified":     {`{"defaultAction":"SCMP_ACT_NOTIFY"}`, "as default action"},
	} {
		t.Run(name, func(t *testing.T) {
			var c profiles.Cache
			for range 2 { // a refusal is not remembered as anything else
				if text, err := c.Merge([]byte(k.base), filter(t, "setns"), listening("/a")); err == nil || !strings.Contains(err.Error(), k.want) {
					t.Errorf("%s, %v, want %s", text, err, k.want)
				}
			}
		})
	}
}

// There is an end to what is remembered, and many may ask.
func TestMany(t *testing.T) {
	var c profiles.Cache
	f := filter(t, "setns")
	var all sync.WaitGroup
	for n := range 8 {
		all.Go(func() {
			for i := range 100 {
				at := fmt.Sprintf("/%d-%d", n, i)
				named := fmt.Sprintf(`{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["call%d"],"action":"SCMP_ACT_LOG"}]}`, i)
				if text, err := c.Merge([]byte(named), f, listening(at)); err != nil || !strings.Contains(string(text), fmt.Sprintf("call%d", i)) ||
					!strings.HasPrefix(string(text), `{"listenerPath":"`+at+`"`) {
					t.Errorf("%s: %s, %v", at, text, err)
				}
			}
		})
	}
	all.Wait()
}

// A profile that many containers have at once is merged once: without a listener
// all get the same text.
func TestAtOnce(t *testing.T) {
	var c profiles.Cache
	f, texts := &seccomp.Filter{}, make([][]byte, 16)
	var all sync.WaitGroup
	for i := range texts {
		all.Go(func() {
			var err error
			if texts[i], err = c.Merge([]byte(base), f, listening("/a")); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	for _, text := range texts {
		if len(text) == 0 || &text[0] != &texts[0][0] {
			t.Errorf("merged again: %s", text)
		}
	}
}
