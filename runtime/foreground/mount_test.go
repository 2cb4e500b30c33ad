package foreground

import "testing"

func TestShorten(t *testing.T) {
	for _, tt := range []struct{ options, want, dir string }{
		{"", "", "/"},
		{"lowerdir=/a/1/fs:/a/2/fs", "lowerdir=/a/1/fs:/a/2/fs", "/"},
		{"index=off,workdir=/s/snapshots/9/work,upperdir=/s/snapshots/9/fs,lowerdir=/s/snapshots/8/fs:/s/snapshots/1/fs:/other/fs",
			"index=off,workdir=9/work,upperdir=9/fs,lowerdir=8/fs:1/fs:/other/fs", "/s/snapshots"},
	} {
		if got, dir := shorten(tt.options); got != tt.want || dir != tt.dir {
			t.Errorf("%s: %s in %s", tt.options, got, dir)
		}
	}
}
