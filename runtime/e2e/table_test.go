package e2e

import (
	"os"
	"strings"
	"testing"

	"github.com/callgate/callgate/runtime/internal/rig"
)

const tablePath = "../../docs/compatibility.md"

const tableHead = `<!-- Made by the tests of runtime/e2e: CALLGATE_LONG=1 go test ./runtime/e2e -run TestMatrix -update -->

# Which containers callgate supervises

Each cell is a test that ran: a container, and an exec into it, make a call that is
judged, one that a rule denies, one that the container's own profile denies, and
execute a program. All that was to be reported was reported, all that was to be stopped
was stopped, and what the profile denied stayed denied. NNP stands for
noNewPrivileges. crun 1.8.1 is not tried under containerd 2, whose version of the OCI
specification it refuses. Every change runs the rows of three combinations (Debian's
containerd with runc and with crun, the newest of both); make test-long runs all.

`

// columns of the table.
func columns() (cells []string) {
	for _, k := range kinds {
		cells = append(cells, cellName(k.name, false), cellName(k.name, true))
	}
	return cells
}

// table renders the rows that a run has filled.
func table(passed map[string]bool) string {
	var b strings.Builder
	b.WriteString(tableHead + "| containerd | runtime | client |")
	for _, c := range columns() {
		b.WriteString(" " + strings.Replace(c, "noNewPrivileges", "NNP", 1) + " |")
	}
	b.WriteString("\n|" + strings.Repeat("---|", 3+len(columns())) + "\n")
	for _, e := range engines() {
		for _, client := range []string{"ctr", "CRI"} {
			if row, ran := tableRow(passed, e, client); ran {
				b.WriteString(row)
			}
		}
	}
	return b.String()
}

func tableRow(passed map[string]bool, e engine, client string) (row string, ran bool) {
	row = "| " + strings.TrimPrefix(e.containerd, "containerd ") + " | " + e.runtime + " | " + client + " |"
	for _, c := range columns() {
		ok, known := passed[cellKey(e, client, c)]
		ran = ran || known
		if ok {
			row += " yes |"
		} else {
			row += " no |"
		}
	}
	return row + "\n", ran
}

// checkTable compares the rows that ran with the document, or writes it.
func checkTable(t *testing.T, passed map[string]bool) {
	if *update {
		if !rig.Long() {
			t.Error("-update writes the whole table: set CALLGATE_LONG=1")
		} else if err := os.WriteFile(tablePath, []byte(table(passed)), 0o644); err != nil {
			t.Error(err)
		}
		return
	}
	document, err := os.ReadFile(tablePath)
	if err != nil {
		t.Fatal(err)
	}
	for row := range strings.Lines(table(passed)) {
		if !strings.Contains(string(document), row) {
			t.Errorf("docs/compatibility.md does not say %s", row)
		}
	}
}
