package framing

import (
	"bytes"

	"wvwatch/internal/parser/fieldnames"
	"wvwatch/internal/parser/lex"
)

// The rows of a W3C extended log (IIS, CloudFront, Tomcat): a header names the columns.
// A row is read as the JSON object of its columns, so that a name means the same in both.

// maxColumns bounds how many columns a header may name.
const maxColumns = 64

// columns are those that the header in force names. It holds scratch memory.
type columns struct {
	header string   // the line that was read
	names  []string // of the members, quoted, with their colons
	coded  bool     // a column may be a code whatever its value is: no literal shows which rows are worth reading
	date   int      // the column of a date without its time, or -1
	time   int      // that of its time, or -1
	values [maxColumns][]byte
	row    []byte
}

// read reads a header. A line that names too many columns is none.
func (c *columns) read(line string) {
	c.header, c.names, c.coded, c.date, c.time = line, c.names[:0], false, -1, -1
	if len(line) > maxHeader {
		return
	}
	for name := range bytes.FieldsSeq(bytes.TrimPrefix([]byte(line), fieldsDirective)) {
		if len(c.names) == maxColumns {
			c.names = c.names[:0]
			return
		}
		switch string(name) {
		case "date":
			c.date = len(c.names)
		case "time":
			c.time = len(c.names)
		}
		member := memberOf(name)
		switch fieldnames.In(fieldnames.Other, member) {
		case fieldnames.ErrorCode, fieldnames.NamedCode, fieldnames.Extra, fieldnames.ExtraCode:
			c.coded = true
		}
		c.names = append(c.names, string(appendQuoted(nil, member, false))+":")
	}
	if c.date < 0 || c.time < c.date {
		c.date, c.time = -1, -1
	}
}

// sidePrefixes are how the format writes whose header or value a column is. Those of the
// server's own (s-ip) and the client's (c-ip) change what a name means and stay.
var sidePrefixes = lex.Words("cs-", "sc-", "rs-", "sr-", "x-")

// memberOf returns the name under which the dictionary may know a column: x-extra-code and
// sc(X-Extra-Code) are extra_code.
func memberOf(column []byte) []byte {
	for name := column; ; {
		rest, side := cutSide(name)
		if known := asKnown(name); known != nil && !(side && fieldnames.In(fieldnames.Other, known) == fieldnames.NamedCode) {
			return known
		}
		if i := bytes.IndexByte(name, '('); i >= 0 && i <= 2 && name[len(name)-1] == ')' {
			column = name[i+1 : len(name)-1]
			name = column
			continue
		}
		if !side {
			return column
		}
		name = rest
	}
}

// cutSide cuts the side off a column's name.
func cutSide(name []byte) (rest []byte, ok bool) {
	for _, p := range sidePrefixes {
		if len(name) > len(p) && bytes.EqualFold(name[:len(p)], p) {
			return name[len(p):], true
		}
	}
	return name, false
}

// errorCode is the name of the code in lower case.
const errorCode = "errorcode"

// asKnown returns name as the dictionary has it: as it is, in lower case, or with its
// dashes as underscores; nil where it means nothing.
func asKnown(name []byte) []byte {
	if lex.EqualFold(name, errorCode) {
		return []byte("errorCode")
	}
	low := bytes.ToLower(name)
	for _, n := range [...][]byte{name, low, bytes.ReplaceAll(low, []byte{'-'}, []byte{'_'})} {
		if fieldnames.In(fieldnames.Other, n) != fieldnames.Other {
			return n
		}
	}
	return nil
}

// beginColumns reads the header in force before a block.
func (p *Framer) beginColumns() {
	line := ""
	if p.header != nil {
		line = p.header.line
	}
	if p.headers = p.headers[:0]; line != p.columns.header {
		p.columns.read(line)
	}
}

// passHeaders moves the header over the first bytes of the block.
func (p *Framer) passHeaders(consumed int) {
	for _, h := range p.headers {
		if h.Start < consumed {
			p.header.set(bytes.TrimSuffix(p.block[h.Start:h.End], []byte{'\n'}))
		}
	}
}

// addHeader takes a line in if it is a header.
func (p *Framer) addHeader(text []byte, at Span) {
	if p.header == nil || !bytes.HasPrefix(text, fieldsDirective) {
		return
	}
	p.headers = append(p.headers, at)
	if string(text) != p.columns.header {
		p.columns.read(string(text))
	}
}

// addRow hands over a line with a value for each column, as an object of them, and reports
// whether it is one.
func (p *Framer) addRow(text []byte, at Span) bool {
	c := &p.columns
	if len(text) == 0 || text[0] == '#' || !c.split(text) {
		return false
	}
	if p.plain.live {
		p.finish(&p.plain)
	}
	if p.end(at) || c.coded {
		p.record = Record{Text: c.object(), At: at, Wrapped: true, Joined: c.coded}
		p.from, p.idle = at.End, p.each(&p.record)
	}
	return true
}

// split reads the values of a row, borrowed, and reports whether there is one for each
// column. They are separated by tabs where the row has one, else by blanks; one in quotes
// may hold either.
func (c *columns) split(row []byte) bool {
	separator := byte(' ')
	if bytes.IndexByte(row, '\t') >= 0 {
		separator = '\t'
	}
	row = bytes.TrimRight(row, " ")
	for i := range c.names {
		if len(row) == 0 {
			return false
		}
		end := endOfValue(row, separator)
		if end == len(row) != (i == len(c.names)-1) {
			return false
		}
		c.values[i] = row[:end]
		row = row[min(end+1, len(row)):]
	}
	return true
}

// endOfValue returns where the first value of a row ends.
func endOfValue(row []byte, separator byte) int {
	if row[0] == '"' {
		for i := 1; i < len(row); i++ {
			n := bytes.IndexByte(row[i:], '"')
			if n < 0 {
				break
			}
			if i += n + 1; i == len(row) || row[i] == separator {
				return i
			}
		}
	}
	if n := bytes.IndexByte(row, separator); n >= 0 {
		return n
	}
	return len(row)
}

// object returns the row that was split as a JSON object, borrowed until the next one.
func (c *columns) object() []byte {
	b := append(c.row[:0], '{')
	for i, name := range c.names {
		v := c.values[i]
		if len(v) == 0 || string(v) == "-" || i == c.date && string(c.values[c.time]) != "-" {
			continue
		}
		if len(b) > 1 {
			b = append(b, ',')
		}
		b = append(b, name...)
		switch {
		case i == c.time: // the format's times are UTC
			b = append(append(b, '"'), c.values[c.date]...)
			b = append(append(append(b, 'T'), v...), `Z"`...)
		case isNumber(v):
			b = append(b, v...)
		default:
			n := len(v)
			quoted := n > 1 && v[0] == '"' && v[n-1] == '"'
			if quoted {
				v = v[1 : n-1]
			}
			b = appendQuoted(b, v, quoted)
		}
	}
	c.row = append(b, '}')
	return c.row
}

// appendQuoted appends v as a JSON string. doubled is true where each quote in v is
// doubled.
func appendQuoted(b, v []byte, doubled bool) []byte {
	b = append(b, '"')
	for i := 0; i < len(v); i++ {
		switch c := v[i]; {
		case c == '"':
			b = append(b, '\\', '"')
			if doubled && i+1 < len(v) && v[i+1] == '"' {
				i++
			}
		case c == '\\':
			b = append(b, '\\', '\\')
		case c < ' ':
			b = append(b, ' ')
		default:
			b = append(b, c)
		}
	}
	return append(b, '"')
}

// isNumber reports whether v is a number without quotes in JSON, too.
func isNumber(v []byte) bool {
	whole, fraction, point := bytes.Cut(v, []byte{'.'})
	return lex.IsNumber(whole) && (!point || lex.AllDigits(fraction))
}
