package bundle

import (
	"encoding/json"
	"reflect"
	"testing"
)

// Whatever stands in a config.json: when a section is found, another can be put
// in its place, is found there, is what Go's decoder reads, and the rest says
// what it said.
func FuzzSection(f *testing.F) {
	for _, text := range []string{
		`{"linux":{"seccomp":{"defaultAction":"SCMP_ACT_ALLOW"}}}`, `{"linux":{ }}`, `{"linux":{"a":1},"b":[{}]}`,
		`{"linux":{"seccomp":null}}`, ` { "linux" : { "seccomp" : [1,"}"] , "x" : "{" } , "y" : 1e999 } `,
		`{"linux":{"a":1},"linux":{}}`, `{"Linux":{}}`, `{"linux":{"\u0073eccomp":1}}`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := findSeccomp(text)
		if err != nil {
			return
		}
		const value = `{"defaultAction":"X"}`
		out := s.replaced(text, []byte(value))
		again, err := findSeccomp(out)
		if err != nil || string(again.value) != value {
			t.Fatalf("%q: %v", out, err)
		}
		var read struct {
			Linux struct {
				Seccomp struct {
					DefaultAction string `json:"defaultAction"`
				} `json:"seccomp"`
			} `json:"linux"`
		}
		if err := json.Unmarshal(out, &read); err == nil && read.Linux.Seccomp.DefaultAction != "X" {
			t.Fatalf("%q reads as %+v", out, read)
		}
		if before, after := without(t, text), without(t, out); !reflect.DeepEqual(before, after) {
			t.Fatalf("%q\n%q", text, out)
		}
	})
}

// without is what a text says beside its section.
func without(t *testing.T, text []byte) map[string]json.RawMessage {
	t.Helper()
	var top, linux map[string]json.RawMessage
	if err := json.Unmarshal(text, &top); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(top["linux"], &linux); err != nil {
		t.Fatal(err)
	}
	delete(top, "linux")
	delete(linux, "seccomp")
	for name, value := range linux {
		top["linux."+name] = value
	}
	return top
}
