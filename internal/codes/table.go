package codes

import (
	"embed"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// tables holds one file per licence server with a public list, the numbers
// seen in the field that no list explains, and what other systems mean by the
// numbers of the Widevine list.
//
//go:embed tables/*.tsv
var tables embed.FS

// serverTables are the servers with a table of their own, in DRM order.
// Descriptions are the vendor's (NAGRA SSP documentation 20.49); the columns
// from category on are this project's judgement.
var serverTables = [...]DRM{Widevine, PlayReady, SSM, PRM}

var (
	serverColumns    = []string{"code", "description", "family", "category", "severity", "owner", "outcome", "hint"}
	observedColumns  = []string{"drm", "code", "description", "hint"}
	collisionColumns = []string{"code", "system", "meaning"}
)

// readTable returns the rows of an embedded table, in order, without its head.
func readTable(name string, columns []string) ([][]string, error) {
	text, err := tables.ReadFile("tables/" + name)
	if err != nil {
		return nil, fmt.Errorf("open table %s: %w", name, err)
	}
	lines := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	if head := strings.Split(lines[0], "\t"); !slices.Equal(head, columns) {
		return nil, fmt.Errorf("table %s: columns are %q, want %q", name, head, columns)
	}
	rows := make([][]string, 0, len(lines)-1)
	for i, line := range lines[1:] {
		row := strings.Split(line, "\t")
		if len(row) != len(columns) {
			return nil, fmt.Errorf("table %s, line %d: %d columns, want %d", name, i+2, len(row), len(columns))
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// parseCode reads a code and refuses a number that can be none.
func parseCode(s string) (int, error) {
	code, err := strconv.Atoi(s)
	if err != nil || code < MinCode || code > MaxCode {
		return 0, fmt.Errorf("bad code %q: a whole number from %d to %d", s, MinCode, MaxCode)
	}
	return code, nil
}

// readServer returns the listed entries of one server.
func readServer(d DRM) ([]Entry, error) {
	name := d.String() + ".tsv"
	rows, err := readTable(name, serverColumns)
	if err != nil {
		return nil, err
	}
	entries := make([]Entry, 0, len(rows))
	for _, r := range rows {
		code, err := parseCode(r[0])
		if err != nil {
			return nil, fmt.Errorf("table %s: %w", name, err)
		}
		entries = append(entries, Entry{
			DRM: d, Code: code, Listed: true,
			Description: r[1], Family: r[2], Category: r[3], Severity: r[4], Owner: r[5], Outcome: r[6], Hint: r[7],
		})
	}
	return entries, nil
}

// readObserved returns the codes that no list holds although they were seen:
// they stay unlisted, but have a description.
func readObserved() ([]Entry, error) {
	rows, err := readTable("observed.tsv", observedColumns)
	if err != nil {
		return nil, err
	}
	entries := make([]Entry, 0, len(rows))
	for _, r := range rows {
		d, err := ParseDRM(r[0])
		if err != nil {
			return nil, fmt.Errorf("table observed.tsv: %w", err)
		}
		code, err := parseCode(r[1])
		if err != nil {
			return nil, fmt.Errorf("table observed.tsv: %w", err)
		}
		e := unlisted(d, code)
		e.Description, e.Hint = r[2], r[3]
		entries = append(entries, e)
	}
	return entries, nil
}
