package codes

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"wvwatch/internal/humanize"
)

// Explain writes what is known of each number. It returns an error for unknown
// numbers, after the others have been explained.
func (c *Catalogue) Explain(w io.Writer, numbers []int) error {
	var b strings.Builder
	var unknown []string
	for _, n := range numbers {
		entries, others := c.known(n), c.Collisions(n)
		if len(entries)+len(others) == 0 {
			unknown = append(unknown, strconv.Itoa(n))
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('\n')
		}
		writeExplanation(&b, n, entries, others)
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return err
	}
	if len(unknown) > 0 {
		return fmt.Errorf("nothing is known of %s: no server's list has it; wvwatch codes prints the lists, --overlay adds to them",
			strings.Join(unknown, ", "))
	}
	return nil
}

// known returns the entries of all servers for a number, also of one that is in
// no list but was seen in the field.
func (c *Catalogue) known(number int) []Entry {
	var entries []Entry
	for d := Widevine; int(d) < NumDRM; d++ {
		if e := c.Resolve(d, number); e.Listed || e.Description != "" {
			entries = append(entries, e)
		}
	}
	return entries
}

func writeExplanation(b *strings.Builder, number int, entries []Entry, others []Collision) {
	if len(entries) == 0 {
		fmt.Fprintf(b, "%d is no licence server's code\n", number)
	}
	for i, e := range entries {
		if i > 0 {
			b.WriteByte('\n')
		}
		writeColumns(b, 0, len("4025 playready"), fmt.Sprintf("%d %s", e.Code, e.DRM), e.Description)
		for _, field := range [][2]string{
			{"category", e.Category},
			{"severity", e.Severity},
			{"owner", e.Owner},
			{"outcome", e.Outcome},
			{"family", e.Family},
			{"hint", e.Hint},
		} {
			if field[1] != "" {
				writeColumns(b, len("4025 "), len("playready"), field[0], field[1])
			}
		}
	}
	if len(others) == 0 {
		return
	}
	fmt.Fprintf(b, "\n%d also means something else to others:\n", number)
	width := 0
	for _, o := range others {
		width = max(width, utf8.RuneCountInString(o.System))
	}
	for _, o := range others {
		writeColumns(b, 2, min(width, 44), o.System, o.Meaning)
	}
}

// writeColumns writes two texts side by side, each wrapped within its column.
func writeColumns(b *strings.Builder, indent, width int, left, right string) {
	l, r := humanize.Wrap(left, width), humanize.Wrap(right, humanize.Width-indent-width-2)
	for i := range max(len(l), len(r)) {
		var ls, rs string
		if i < len(l) {
			ls = l[i]
		}
		if i < len(r) {
			rs = r[i]
		}
		pad := max(width-utf8.RuneCountInString(ls), 0)
		line := strings.Repeat(" ", indent) + ls + strings.Repeat(" ", pad+2) + rs
		b.WriteString(strings.TrimRight(line, " "))
		b.WriteByte('\n')
	}
}
