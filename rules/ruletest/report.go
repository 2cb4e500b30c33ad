package ruletest

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"time"
)

// Failed counts the tests that did not pass.
func Failed(results []Result) (n int) {
	for _, r := range results {
		if len(r.Problems) > 0 {
			n++
		}
	}
	return n
}

// byFile groups results, which stand in the order of the files.
func byFile(results []Result) (groups [][]Result) {
	for i, r := range results {
		if i == 0 || r.File != results[i-1].File {
			groups = append(groups, nil)
		}
		last := &groups[len(groups)-1]
		*last = append(*last, r)
	}
	return groups
}

func seconds(results []Result) (d time.Duration) {
	for _, r := range results {
		d += r.Took
	}
	return d
}

// Text writes results as go test does; verbose tells of those that passed too.
func Text(w io.Writer, results []Result, verbose bool) error {
	var b strings.Builder
	for _, group := range byFile(results) {
		for _, r := range group {
			if verdict := "PASS"; len(r.Problems) > 0 || verbose {
				if len(r.Problems) > 0 {
					verdict = "FAIL"
				}
				fmt.Fprintf(&b, "--- %s: %s (%.2fs)\n", verdict, r.Test.Name, r.Took.Seconds())
			}
			for _, p := range r.Problems {
				fmt.Fprintf(&b, "    %s: %s\n", r.Test.Place, p)
			}
		}
		verdict := "ok  "
		if Failed(group) > 0 {
			verdict = "FAIL"
		}
		noun := "tests"
		if len(group) == 1 {
			noun = "test"
		}
		fmt.Fprintf(&b, "%s\t%s\t%d %s, %d failed\t%.2fs\n", verdict, group[0].File.Name, len(group), noun, Failed(group), seconds(group).Seconds())
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// record is a result as JSON.
type record struct {
	File     string   `json:"file"`
	Line     int      `json:"line"`
	Test     string   `json:"test"`
	Passed   bool     `json:"passed"`
	Seconds  float64  `json:"seconds"`
	Fired    []string `json:"fired"`
	Problems []string `json:"problems"`
}

// JSON writes results as an array, one object a line.
func JSON(w io.Writer, results []Result) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	records := make([]record, 0, len(results))
	for _, r := range results {
		rec := record{r.File.Name, r.Test.Place.Line, r.Test.Name, len(r.Problems) == 0, r.Took.Seconds(), []string{}, append([]string{}, r.Problems...)}
		for _, a := range r.alerts {
			rec.Fired = append(rec.Fired, a.Rule)
		}
		records = append(records, rec)
	}
	return e.Encode(records)
}

// The elements of JUnit's format that its readers agree on.
type (
	suites struct {
		XMLName xml.Name `xml:"testsuites"`
		Suites  []suite  `xml:"testsuite"`
	}
	suite struct {
		Name     string     `xml:"name,attr"`
		Tests    int        `xml:"tests,attr"`
		Failures int        `xml:"failures,attr"`
		Time     string     `xml:"time,attr"`
		Cases    []testcase `xml:"testcase"`
	}
	testcase struct {
		Class   string   `xml:"classname,attr"`
		Name    string   `xml:"name,attr"`
		Time    string   `xml:"time,attr"`
		Failure *failure `xml:"failure"`
	}
	failure struct {
		Message string `xml:"message,attr"`
		Text    string `xml:",chardata"`
	}
)

// JUnit writes results in JUnit's XML.
func JUnit(w io.Writer, results []Result) error {
	all := suites{}
	duration := func(d time.Duration) string { return fmt.Sprintf("%.6f", d.Seconds()) }
	for _, group := range byFile(results) {
		s := suite{Name: group[0].File.Name, Tests: len(group), Failures: Failed(group), Time: duration(seconds(group))}
		for _, r := range group {
			c := testcase{Class: r.File.Name, Name: r.Test.Name, Time: duration(r.Took)}
			if len(r.Problems) > 0 {
				c.Failure = &failure{r.Problems[0], r.Test.Place.String() + ": " + strings.Join(r.Problems, "\n")}
			}
			s.Cases = append(s.Cases, c)
		}
		all.Suites = append(all.Suites, s)
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", "  ")
	if err := e.Encode(all); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}
