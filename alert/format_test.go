package alert_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/callgate/callgate/alert"
)

func sample() *alert.Alert {
	return &alert.Alert{
		Time:     time.Date(2026, 11, 5, 18, 8, 40, 584075795, time.UTC),
		Rule:     "Terminal shell in container",
		Priority: "Notice",
		Hostname: "node-1",
		Output:   "A shell was spawned | user=root tty=34816 parent=<NA>",
		Fields: []alert.Field{
			{"user.name", alert.String("root")},
			{"proc.tty", alert.Int(34816)},
			{"proc.pname", alert.Missing()},
			{"callgate.enforced", alert.Bool(false)},
		},
		Tags: []string{"container", "shell"},
	}
}

func TestFormats(t *testing.T) {
	for _, tt := range []struct {
		name   string
		format alert.Format
		want   string
	}{
		{"text", alert.Format{}, "18:08:40.584075795: Notice A shell was spawned | user=root tty=34816 parent=<NA>\n"},
		{"iso", alert.Format{ISO8601: true}, "2026-11-05T18:08:40.584075795+0000: Notice A shell was spawned | user=root tty=34816 parent=<NA>\n"},
		{"json", alert.Format{JSON: true}, `{"hostname":"node-1",` +
			`"output":"18:08:40.584075795: Notice A shell was spawned | user=root tty=34816 parent=<NA>",` +
			`"output_fields":{"user.name":"root","proc.tty":34816,"proc.pname":null,"callgate.enforced":false,"evt.time":1793902120584075795},` +
			`"priority":"Notice","rule":"Terminal shell in container","source":"syscall","tags":["container","shell"],` +
			`"time":"2026-11-05T18:08:40.584075795Z"}` + "\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, string(tt.format.Append(nil, sample()))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestTextShowsTimeInItsLocation(t *testing.T) {
	a := sample()
	a.Time = a.Time.In(time.FixedZone("X", 2*3600))
	if got := string(alert.Format{}.Append(nil, a)); !strings.HasPrefix(got, "20:08:40.584075795: ") {
		t.Errorf("text: %s", got)
	}
	if got := string(alert.Format{JSON: true}.Append(nil, a)); !strings.Contains(got, `"time":"2026-11-05T18:08:40.584075795Z"`) {
		t.Errorf("json: %s", got)
	}
}

func TestHostileBytesAreEscaped(t *testing.T) {
	for _, tt := range []struct{ in, text, json string }{
		{"a\nb\r\tc", `a\nb\r\tc`, "a\nb\r\tc"},
		{"\x1b[2J\x00\x7f", `\x1b[2J\x00\x7f`, "\x1b[2J\x00\x7f"},
		{"\xff\xc3", `\xff\xc3`, "\ufffd\ufffd"},
		{"\u202etxt.exe", `\u202etxt.exe`, "\u202etxt.exe"},
		{"\u0085\u2028", `\u0085\u2028`, "\u0085\u2028"},
		{"\U000e0041", `\U000e0041`, "\U000e0041"},
		{"ünï 漢字 😀 \"q\" \\n", `ünï 漢字 😀 "q" \n`, "ünï 漢字 😀 \"q\" \\n"},
	} {
		a := sample()
		a.Output = tt.in
		a.Fields = []alert.Field{{"fd.name", alert.String(tt.in)}}
		text := string(alert.Format{}.Append(nil, a))
		if want := "18:08:40.584075795: Notice " + tt.text + "\n"; text != want {
			t.Errorf("text of %q:\n got %q\nwant %q", tt.in, text, want)
		}
		var got record
		decode(t, alert.Format{JSON: true}.Append(nil, a), &got)
		if got.OutputFields["fd.name"] != tt.json {
			t.Errorf("JSON of %q: got %q, want %q", tt.in, got.OutputFields["fd.name"], tt.json)
		}
		if got.Output != strings.TrimSuffix(text, "\n") {
			t.Errorf("JSON output %q differs from the text %q", got.Output, text)
		}
	}
}

// record is the record as falcosidekick reads it: its FalcoPayload type and
// the conditions under which it refuses one.
type record struct {
	Hostname     string         `json:"hostname"`
	Output       string         `json:"output"`
	OutputFields map[string]any `json:"output_fields"`
	Priority     string         `json:"priority"`
	Rule         string         `json:"rule"`
	Source       string         `json:"source"`
	Tags         []string       `json:"tags"`
	Time         time.Time      `json:"time"`
}

func decode(t *testing.T, line []byte, into any) {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(string(line)))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		t.Fatalf("decode %q: %v", line, err)
	}
}

func TestRecordIsNeverRefused(t *testing.T) {
	for name, a := range map[string]*alert.Alert{
		"full":      sample(),
		"no fields": {Time: time.Unix(1, 0), Rule: "r", Priority: "Debug"},
		"far time":  {Time: time.Date(20000, 1, 1, 0, 0, 0, 0, time.UTC), Rule: "r", Priority: "Debug"},
		"twice": {Time: time.Unix(1, 0), Rule: "r", Priority: "Debug", Fields: []alert.Field{
			{"k8s.ns.name", alert.Missing()}, {"k8s.ns.name", alert.Int(1)}, {"evt.time", alert.Int(7)}}},
	} {
		t.Run(name, func(t *testing.T) {
			line := alert.Format{JSON: true}.Append(nil, a)
			var got record
			decode(t, line, &got)
			if got.Rule == "" || got.Priority == "" || got.Time.IsZero() || len(got.OutputFields) == 0 {
				t.Errorf("falcosidekick would refuse %s", line)
			}
			if got.OutputFields["k8s.ns.name"] != nil {
				t.Errorf("of two fields with one name the first must count: %s", line)
			}
			if strings.Count(string(line), `"evt.time"`) != 1 {
				t.Errorf("evt.time must be there once: %s", line)
			}
		})
	}
}

func TestValueOf(t *testing.T) {
	for _, tt := range []struct {
		in   any
		want alert.Value
	}{
		{"s", alert.String("s")}, {7, alert.Int(7)}, {true, alert.Bool(true)}, {false, alert.Bool(false)},
		{nil, alert.Missing()}, {1.5, alert.Missing()},
	} {
		if got := alert.ValueOf(tt.in); got != tt.want {
			t.Errorf("ValueOf(%v) = %+v, want %+v", tt.in, got, tt.want)
		}
	}
	if !alert.Missing().IsMissing() || alert.String("").IsMissing() {
		t.Error("an empty string is a value")
	}
}

func TestParseFormat(t *testing.T) {
	if f, err := alert.ParseFormat("json"); err != nil || !f.JSON {
		t.Errorf("json: %v, %v", f, err)
	}
	if f, err := alert.ParseFormat("text"); err != nil || f.JSON {
		t.Errorf("text: %v, %v", f, err)
	}
	if _, err := alert.ParseFormat("xml"); err == nil || !strings.Contains(err.Error(), "text or json") {
		t.Errorf("xml: %v", err)
	}
}

func FuzzFormat(f *testing.F) {
	f.Add("rule", "out\nput", "fd.name", "\xff\x1b[0m", int64(0))
	f.Add("", "\u202e", "", "😀\x00", int64(-1))
	f.Fuzz(func(t *testing.T, rule, output, name, value string, ns int64) {
		a := &alert.Alert{
			Time: time.Unix(0, ns).UTC(), Rule: rule, Priority: "Notice", Output: output, Hostname: value,
			Fields: []alert.Field{{"x." + name, alert.String(value)}, {"x.int", alert.Int(int(ns))}},
			Tags:   []string{name, value},
		}
		for _, format := range []alert.Format{{}, {ISO8601: true}, {JSON: true}} {
			line := string(format.Append(nil, a))
			body, ok := strings.CutSuffix(line, "\n")
			if !ok || !utf8.ValidString(body) || strings.ContainsFunc(body, unicode.IsControl) {
				t.Fatalf("%+v: not one clean line: %q", format, line)
			}
			if !format.JSON {
				continue
			}
			var got record
			decode(t, []byte(line), &got)
			if want := strings.ToValidUTF8(rule, "\ufffd"); utf8.ValidString(rule) && got.Rule != want {
				t.Fatalf("rule %q came back as %q", rule, got.Rule)
			}
			if !got.Time.Equal(a.Time) {
				t.Fatalf("time %v came back as %v", a.Time, got.Time)
			}
			if utf8.ValidString(value) && utf8.ValidString(name) && name != "int" && got.OutputFields["x."+name] != value {
				t.Fatalf("field %q came back as %q", value, got.OutputFields["x."+name])
			}
		}
	})
}
