package wrapper

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestReport(t *testing.T) {
	dir := t.TempDir()
	log := filepath.Join(dir, "log")
	const text = `callgate-runc: no "daemon"`
	for name, k := range map[string]struct {
		options map[string]string
		logged  bool
	}{
		"nothing":  {nil, false},
		"json":     {map[string]string{"log": log, "log-format": "json"}, true},
		"text":     {map[string]string{"log": log, "log-format": "text"}, true},
		"default":  {map[string]string{"log": log}, true},
		"crun's":   {map[string]string{"log": "file:" + log}, true},
		"journald": {map[string]string{"log": "journald:" + log}, false},
		"stderr":   {map[string]string{"log": "/dev/stderr"}, false},
		"no file":  {map[string]string{"log": filepath.Join(dir, "no", "log")}, false},
	} {
		t.Run(name, func(t *testing.T) {
			if err := os.WriteFile(log, []byte("before\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			var stderr strings.Builder
			report(&stderr, &invocation{options: k.options}, errors.New(`no "daemon"`))
			if !strings.HasPrefix(stderr.String(), text+"\n") || (name == "no file") != strings.Contains(stderr.String(), "write log") {
				t.Errorf("stderr: %q", stderr.String())
			}
			got, err := os.ReadFile(log)
			if err != nil {
				t.Fatal(err)
			}
			line, ok := strings.CutPrefix(string(got), "before\n")
			if !ok || (line != "") != k.logged {
				t.Fatalf("log: %q", got)
			}
			if k.logged && k.options["log-format"] != "json" && (!strings.HasPrefix(line, `time="`) || !strings.HasSuffix(line, ` level=error msg="callgate-runc: no \"daemon\""`+"\n")) {
				t.Errorf("log: %q", line)
			}
		})
	}
	// As containerd's go-runc and docker read it.
	var entry struct {
		Level, Msg string
		Time       time.Time
	}
	now := time.Unix(1700000000, 0)
	if err := json.Unmarshal(logLine("json", text, now), &entry); err != nil || entry.Level != "error" || entry.Msg != text || !entry.Time.Equal(now) {
		t.Errorf("%+v, %v", entry, err)
	}
}
