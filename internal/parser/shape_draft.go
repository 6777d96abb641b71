package parser

import (
	"bytes"

	"wvwatch/internal/parser/fieldnames"
	"wvwatch/internal/parser/lex"
)

// draft is a shape that is being learned. It knows plain JSON only: whatever
// else a logger may write is the walker's.
type draft struct {
	format *format
	line   []byte
	text   string // the same
	steps  []step
	at     int // what is read
	kept   int // what is in the steps
	arrays int // that are open
	failed bool
}

// object reads the object that begins at d.at.
func (d *draft) object(depth int, under fieldnames.Field) {
	first := len(d.steps)
	d.steps = append(d.steps, step{do: enter, key: under})
	speaks := false
	for d.skip('{'); d.next() != '}'; {
		name, ok := d.name()
		if !ok {
			return
		}
		k := fieldnames.In(under, name)
		if (d.arrays > 0) && (k == fieldnames.Time || k == fieldnames.TS || lex.Contains(fieldnames.PairNames, name)) {
			d.failed = true // an element of a batch, or a pair
			return
		}
		if d.format.extras != nil && d.format.extras[string(name)] {
			k = fieldnames.ExtraCode
		}
		c := d.next()
		d.steps[first].player = d.steps[first].player || k == fieldnames.Player || k == fieldnames.Grade && (c == '{' || c == '[')
		if (k == fieldnames.ErrorCode || k == fieldnames.NamedCode) && (c == '{' || c == '[') {
			d.failed = true // a number with its type
			return
		}
		speaks = speaks || k == fieldnames.ErrorCode || k == fieldnames.NamedCode || k == fieldnames.Extra || k == fieldnames.ExtraCode || k == fieldnames.Code
		d.value(depth+1, k, false)
		if d.failed {
			return
		}
		switch d.next() {
		case ',':
			d.at++
		case '}':
		default:
			d.failed = true
			return
		}
	}
	d.skip('}')
	if speaks {
		d.steps = append(d.steps, step{do: leave})
		return
	}
	// Without a code no frame is of use.
	inner := d.steps[first+1:]
	for i, nested := 0, 0; i < len(inner); i++ {
		switch inner[i].do {
		case enter:
			nested++
		case leave:
			nested--
		default:
			inner[i].note = inner[i].note && nested > 0
		}
	}
	d.steps = append(d.steps[:first], inner...)
}

// value reads a member's value, or an array's element.
func (d *draft) value(depth int, k fieldnames.Field, inArray bool) {
	if depth > maxNested || len(d.steps) >= maxSteps-2 {
		d.failed = true
		return
	}
	switch c := d.next(); {
	case c == '{':
		if inArray {
			k = fieldnames.Other
		}
		d.object(depth, k)
	case c == '[' && (k == fieldnames.Events || k == fieldnames.Entries):
		d.failed = true // records of their own
	case c == '[':
		d.array(depth, k)
	case c == '"':
		d.at++
		st := step{do: quoted, before: d.before(), key: k, note: !inArray, depth: int8(depth)}
		if inArray {
			st.do = element
		}
		end := lex.ClosingQuote(d.line, d.at, '"')
		if end < 0 {
			d.failed = true
			return
		}
		d.steps = append(d.steps, st)
		d.kept, d.at = end, end+1
	default:
		end := lex.ScalarEnd(d.line, d.at)
		if end == d.at {
			d.failed = true
			return
		}
		if !inArray { // in arrays they mean nothing, but they vary
			d.steps = append(d.steps, step{do: bare, before: d.before(), key: k, note: true, depth: int8(depth)})
		} else {
			d.steps = append(d.steps, step{do: bare, before: d.before()})
		}
		d.kept, d.at = end, end
	}
}

func (d *draft) array(depth int, k fieldnames.Field) {
	d.arrays++
	for d.skip('['); d.next() != ']'; {
		if d.value(depth+1, k, true); d.failed {
			return
		}
		switch d.next() {
		case ',':
			d.at++
		case ']':
		default:
			d.failed = true
			return
		}
	}
	d.skip(']')
	d.arrays--
}

// name reads a member's name and the colon behind it.
func (d *draft) name() ([]byte, bool) {
	if d.next() == '"' {
		if name, after := lex.MemberName(d.line, d.at); after > 0 && len(name) > 0 && bytes.IndexByte(name, '\\') < 0 {
			d.at = after
			if d.next() == ':' {
				d.at++
				return name, true
			}
		}
	}
	d.failed = true
	return nil, false
}

// next returns the byte at which the next thing begins, behind blanks.
func (d *draft) next() byte {
	for d.at < len(d.line) && d.line[d.at] == ' ' {
		d.at++
	}
	if d.at >= len(d.line) || d.failed {
		d.failed = true
		return '}' // ends every loop
	}
	return d.line[d.at]
}

func (d *draft) skip(c byte) {
	if d.next() == c {
		d.at++
	} else {
		d.failed = true
	}
}

// before returns the text since the last value.
func (d *draft) before() string { return d.text[d.kept:d.at] }
