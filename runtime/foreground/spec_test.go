package foreground

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestUserOf(t *testing.T) {
	root := t.TempDir()
	if err := os.Mkdir(filepath.Join(root, "etc"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"passwd": "root:x:0:0::/:/bin/sh\nweb:x:33:34::/:/bin/sh\n", "group": "root:x:0:\nlog:x:4:web\n",
	} {
		if err := os.WriteFile(filepath.Join(root, "etc", name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		user     string
		uid, gid uint32
		err      string
	}{
		{"", 0, 0, ""}, {"web", 33, 34, ""}, {"33", 33, 34, ""}, {"1000", 1000, 0, ""}, {"1000:2000", 1000, 2000, ""}, {"web:log", 33, 4, ""},
		{"nobody", 0, 0, "etc/passwd has no nobody"}, {"web:none", 0, 0, "etc/group has no none"},
	} {
		uid, gid, err := userOf(root, tt.user)
		if uid != tt.uid || gid != tt.gid || (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
			t.Errorf("%q: %d, %d, %v", tt.user, uid, gid, err)
		}
	}
	// A link of the image does not lead to the host's files.
	outside := t.TempDir()
	if err := os.WriteFile(filepath.Join(outside, "passwd"), []byte("host:x:1:1::/:\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	linked := t.TempDir()
	if err := os.Symlink(outside, filepath.Join(linked, "etc")); err != nil {
		t.Fatal(err)
	}
	if uid, _, err := userOf(linked, "host"); err == nil {
		t.Error("found the host's user", uid)
	}
}
