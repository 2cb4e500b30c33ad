package daemon

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/callgate/callgate/runtime/daemon/containerd"
	"github.com/callgate/callgate/runtime/meta"
)

// What containerd says completes what the bundle said, and changes none of it.
func TestComplete(t *testing.T) {
	at := time.Unix(1000, 0)
	facts := &containerd.Facts{
		Image: "docker.io/library/nginx:1", Digest: "sha256:d", ImageID: "sha256:i", Created: at,
		Labels: map[string]string{"io.kubernetes.container.name": "web"},
	}
	image := meta.Image{Name: facts.Image, Repository: "docker.io/library/nginx", Tag: "1", Digest: "sha256:d", ID: "sha256:i"}
	for name, c := range map[string]struct{ have, want meta.Container }{
		"nothing known":   {meta.Container{ID: "c"}, meta.Container{ID: "c", Name: "web", Image: image, Created: at}},
		"named by its id": {meta.Container{ID: "c", Name: "c"}, meta.Container{ID: "c", Name: "web", Image: image, Created: at}},
		"all known": {
			meta.Container{ID: "c", Name: "own", Image: meta.Image{Name: "own:2", Repository: "own", Tag: "2", Digest: "sha256:e", ID: "sha256:j"}, Created: at.Add(1)},
			meta.Container{ID: "c", Name: "own", Image: meta.Image{Name: "own:2", Repository: "own", Tag: "2", Digest: "sha256:e", ID: "sha256:j"}, Created: at.Add(1)},
		},
	} {
		complete(&c.have, facts)
		if d := cmp.Diff(c.want, c.have); d != "" {
			t.Errorf("%s: want, got:\n%s", name, d)
		}
	}
	nothing := meta.Container{ID: "c", Name: "n"}
	complete(&nothing, &containerd.Facts{})
	if d := cmp.Diff(meta.Container{ID: "c", Name: "n"}, nothing); d != "" {
		t.Errorf("of nothing:\n%s", d)
	}
}
