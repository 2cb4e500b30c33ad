package e2e

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

// alert is a line of a JSON sink.
type alert struct {
	Hostname string         `json:"hostname"`
	Output   string         `json:"output"`
	Fields   map[string]any `json:"output_fields"`
	Priority string         `json:"priority"`
	Rule     string         `json:"rule"`
	Source   string         `json:"source"`
	Tags     []string       `json:"tags"`
	Time     time.Time      `json:"time"`
}

// sink is what has been read of the daemon's alerts.
type sink struct {
	read    int64
	records []alert
	texts   []string // lines that are no JSON
}

// update reads what is new.
func (s *site) update(t testing.TB) {
	t.Helper()
	lines, next, err := s.daemon.Alerts(s.read)
	if err != nil {
		t.Fatal(err)
	}
	s.read = next
	for _, line := range lines {
		if !strings.HasPrefix(line, "{") {
			s.texts = append(s.texts, line)
			continue
		}
		var a alert
		if err := json.Unmarshal([]byte(line), &a); err != nil {
			t.Logf("a daemon was killed while it wrote %q", line)
			continue
		}
		s.records = append(s.records, a)
	}
}

// alerts are those so far that a condition selects.
func (s *site) alerts(t testing.TB, wanted func(alert) bool) (all []alert) {
	t.Helper()
	s.update(t)
	for _, a := range s.records {
		if wanted(a) {
			all = append(all, a)
		}
	}
	return all
}

// lines are those of a text sink so far that contain a text.
func (s *site) lines(t testing.TB, text string) (all []string) {
	t.Helper()
	s.update(t)
	for _, line := range s.texts {
		if strings.Contains(line, text) {
			all = append(all, line)
		}
	}
	return all
}

func ruleNames(alerts []alert) (names []string) {
	for _, a := range alerts {
		names = append(names, a.Rule)
	}
	return names
}

// in selects the alerts of a container.
func in(id string) func(alert) bool {
	return func(a alert) bool { return a.Fields["container.full_id"] == id }
}
