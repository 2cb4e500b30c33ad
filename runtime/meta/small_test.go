package meta_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/callgate/callgate/runtime/meta"
)

func TestMetadata(t *testing.T) {
	want := meta.Metadata{ID: `a"b`, Namespace: "k8s.io"}
	if got, err := meta.ParseMetadata(want.String()); err != nil || got != want {
		t.Errorf("%+v, %v", got, err)
	}
	for _, bad := range []string{"", "x", "{}", `{"id":7}`, `{"id":"` + strings.Repeat("x", 5000) + `"}`} {
		if got, err := meta.ParseMetadata(bad); err == nil {
			t.Errorf("%.20q is taken: %+v", bad, got)
		}
	}
}

func TestFlag(t *testing.T) {
	for text, want := range map[string]meta.Flag{"true": meta.Yes, "false": meta.No, "null": meta.Unknown} {
		var f meta.Flag
		if err := json.Unmarshal([]byte(text), &f); err != nil || f != want {
			t.Errorf("%s is %v, %v", text, f, err)
		}
		if b, err := json.Marshal(want); err != nil || string(b) != text {
			t.Errorf("%v is %s, %v", want, b, err)
		}
	}
	if err := json.Unmarshal([]byte(`"yes"`), new(meta.Flag)); err == nil {
		t.Error(`"yes" is a flag`)
	}
}
