package tracer

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// Names are the file's: the first of an address, and after a change the new ones.
func TestHosts(t *testing.T) {
	file := filepath.Join(t.TempDir(), "hosts")
	h := hosts{path: file}
	now := int(time.Now().UnixNano())
	check := func(what string, names map[string]string) {
		t.Helper()
		now += hostsFresh
		for addr, want := range names {
			if got := h.name(addr, now); got != want {
				t.Errorf("%s: %s is %q, want %q", what, addr, got, want)
			}
		}
	}
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	check("no file", map[string]string{"127.0.0.1": ""})
	write("127.0.0.1 localhost me\n127.0.0.1\tother\n::1 ip6-localhost # 192.0.2.1 no\n#192.0.2.2 no\n" +
		"  ::ffff:192.0.2.3   mapped\nnonsense name\n192.0.2.4\n2001:db8::1 six")
	known := map[string]string{
		"127.0.0.1": "localhost", "::1": "ip6-localhost", "192.0.2.1": "", "192.0.2.2": "", "192.0.2.3": "mapped", "192.0.2.4": "",
		"2001:db8:0::1": "six", "": "", "nonsense": "",
	}
	check("the file", known)
	write("192.0.2.9 new\n")
	if got := h.name("127.0.0.1", now); got != "localhost" {
		t.Errorf("within a second the file was looked at again: %q", got)
	}
	check("a new one", map[string]string{"127.0.0.1": "", "192.0.2.9": "new"})
	if n := testing.AllocsPerRun(100, func() { h.name("192.0.2.9", now) }); n != 0 {
		t.Errorf("a name costs %v allocations", n)
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	check("removed", map[string]string{"192.0.2.9": ""})
	if err := os.Mkdir(file, 0o700); err != nil {
		t.Fatal(err)
	}
	check("a directory", map[string]string{"192.0.2.9": ""})
}
