package proc

import (
	"testing"
)

func TestParseMount(t *testing.T) {
	line := `36 35 0:52 /ro\040ot /mnt\134\011x rw,noatime master:1 shared:2 - overlay overlay rw,lowerdir=/l1:/l2,upperdir=/up\054per\040,workdir=/w`
	m, ok := parseMount([]byte(line))
	if !ok || m.id != 36 || string(m.dev) != "0:52" || string(m.root) != "/ro ot" || string(m.point) != "/mnt\\\tx" || string(m.fsType) != "overlay" {
		t.Fatalf("parseMount = %+v, %v", m, ok)
	}
	if upper, ok := m.option("upperdir"); !ok || string(upper) != "/up,per " {
		t.Errorf("upperdir = %q, %v", upper, ok)
	}
	if _, ok := m.option("redirect"); ok {
		t.Error("an option that isn't there")
	}
	for name, want := range map[string]string{
		"/mnt\\\tx/a/b": "/ro ot/a/b", "/mnt\\\tx": "/ro ot", "/mnt\\\txy": "", "/": "",
	} {
		if got, ok := m.inside([]byte(name)); string(got) != want || ok != (want != "") {
			t.Errorf("inside(%q) = %q, %v", name, got, ok)
		}
	}
	m, ok = parseMount([]byte("1 0 0:1 / / rw - tmpfs  rw,size=1"))
	if !ok || string(m.super) != "rw,size=1" {
		t.Errorf("without a source: %+v, %v", m, ok)
	}
	if got, ok := m.inside([]byte("/x")); !ok || string(got) != "/x" {
		t.Errorf("inside of the root = %q, %v", got, ok)
	}
	for _, bad := range []string{"", "1", "x 0 0:1 / / rw - tmpfs a b", "1 0 0:1 / / rw master:1", "1 0 0:1 / / rw - tmpfs"} {
		if m, ok := parseMount([]byte(bad)); ok {
			t.Errorf("parseMount(%q) = %+v", bad, m)
		}
	}
}

func FuzzParseMount(f *testing.F) {
	f.Add([]byte(`36 35 0:52 /r /m rw - overlay o rw,upperdir=/u\0401`), []byte("/m/x"))
	f.Add([]byte(`36 35 0:52 \ \\ rw - \999 o =,=`), []byte(""))
	f.Fuzz(func(t *testing.T, line, name []byte) {
		m, ok := parseMount(line)
		if !ok {
			return
		}
		if len(m.root) > len(line) || len(m.point) > len(line) {
			t.Errorf("parseMount(%q) = %+v", line, m)
		}
		_, _ = m.option("upperdir")
		_, _ = m.inside(name)
	})
}
