package wrapper

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// report tells why no container was made, where callers of runc look for it: on
// standard error, and in the log that they asked for, from which containerd and
// docker take the text that they show.
func report(stderr io.Writer, i *invocation, err error) {
	text := "callgate-runc: " + err.Error()
	fmt.Fprintln(stderr, text)
	path := i.option("log", "")
	switch scheme, rest, ok := strings.Cut(path, ":"); { // crun's
	case ok && scheme == "file":
		path = rest
	case ok && (scheme == "journald" || scheme == "syslog"):
		return
	}
	if path == "" || path == "/dev/stderr" {
		return
	}
	line := logLine(i.option("log-format", "text"), text, time.Now())
	if lerr := appendLine(path, line); lerr != nil {
		fmt.Fprintf(stderr, "callgate-runc: write log: %v\n", lerr)
	}
}

// logLine is a message as runc logs it.
func logLine(format, text string, now time.Time) []byte {
	when := now.Format(time.RFC3339)
	if format != "json" {
		return fmt.Appendf(nil, "time=%q level=error msg=%q\n", when, text)
	}
	b, err := json.Marshal(map[string]string{"level": "error", "msg": text, "time": when})
	if err != nil {
		panic(err) // strings
	}
	return append(b, '\n')
}

func appendLine(path string, line []byte) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return err
	}
	if _, err := f.Write(line); err != nil {
		_ = f.Close()
		return err
	}
	return f.Close()
}
