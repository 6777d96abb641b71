package evaluate

import (
	"bytes"

	"wvwatch/internal/parser/fieldnames"
	"wvwatch/internal/parser/lex"
	"wvwatch/internal/parser/tape"
)

// Who asked: an id or an address that is the same in all requests of one device.
// It is counted with and never shown, so it may be private where a label may not.

// noteClient keeps v as the client if its name is more specific than that of the known
// one, or equally specific and further out.
func (s *record) noteClient(k fieldnames.Field, v []byte, r tape.Rank) {
	if s.client != nil && (k > s.clientKey || k == s.clientKey && !r.Before(s.clientRank)) {
		return
	}
	switch k {
	case fieldnames.Device:
		v = clientID(v)
	case fieldnames.Forwarded:
		v = forwardedFor(v)
	case fieldnames.ClientIP:
		v, _ = address(v)
	case fieldnames.Remote:
		if a, _ := address(v); a != nil {
			v = a
		} else {
			v = clientID(v) // a host name, or what anonymises
		}
	}
	if v != nil {
		s.client, s.clientKey, s.clientRank = v, k, r
	}
}

// whoAsked returns the client of the record, nil where none is known. The ids of its
// text have been read.
func (s *Evaluator) whoAsked() []byte {
	if l := s.options.Client; l != nil {
		if v := clientID(s.labelValue(l, s.raw)); v != nil {
			if a, _ := address(v); a != nil {
				return a
			}
			return v
		}
	}
	return s.client
}

// id returns the correlation id of the record, else its request id.
func (s *record) id() []byte {
	if s.correlation != nil {
		return s.correlation
	}
	return s.requestID
}

// sampleSeconds is how long the sample goes on: the tries of one play are mostly
// closer together.
const sampleSeconds = 16

// sampled reports whether the client of a granted request of this time is read: of
// sampleSeconds in a row, once in ClientSample times. A sample by the time is the same
// however a block is cut.
func sampled(nanos int64) bool {
	return uint64(nanos/(sampleSeconds*1e9))*0x9e3779b97f4a7c15>>(64-4) == 0 // one in ClientSample
}

// noClient holds what loggers write where there is no client.
var noClient = lex.Set("-", "null", "nil", "none", "None", "undefined", "unknown", "anonymous", "0", "unix:", "(null)", "<nil>", "N/A")

// clientID returns v if it may be an id.
func clientID(v []byte) []byte {
	if len(v) == 0 || len(v) > lex.MaxName || noClient[string(v)] {
		return nil
	}
	for _, c := range v {
		if lex.EndsID[c] {
			return nil
		}
	}
	return v
}

// forwardedFor returns the first address of X-Forwarded-For, or of Forwarded by RFC
// 7239: for=192.0.2.60;proto=http;by=203.0.113.43.
func forwardedFor(v []byte) []byte {
	for more := true; more; {
		var one []byte
		one, v, more = bytes.Cut(v, []byte{','})
		if i := bytes.Index(one, []byte("for=")); i >= 0 {
			one, _, _ = bytes.Cut(one[i+len("for="):], []byte{';'})
		}
		if a, _ := address(bytes.Trim(one, " \t\\\"")); a != nil {
			return a
		}
	}
	return nil
}

// address returns the IP address at the beginning of v, without its port, and whether
// it had one; nil where v is no address. IPv4 within IPv6 is IPv4.
func address(v []byte) (addr []byte, port bool) {
	if len(v) > 1 && v[0] == '[' {
		end := bytes.IndexByte(v, ']')
		if end < 0 || !isIPv6(v[1:end]) {
			return nil, false
		}
		return v[1:end], end+1 < len(v)
	}
	v = bytes.TrimPrefix(v, mapped)
	if n := lenIPv4(v); n > 0 {
		if n == len(v) {
			return v, false
		}
		if v[n] == ':' && lex.AllDigits(v[n+1:]) || v[n] == '/' {
			return v[:n], true
		}
		return nil, false
	}
	if isIPv6(v) {
		return v, false
	}
	return nil, false
}

var mapped = []byte("::ffff:")

// lenIPv4 returns how long the IPv4 address at the beginning of v is, 0 where there
// is none.
func lenIPv4(v []byte) int {
	i := 0
	for part := range 4 {
		n, digits := 0, 0
		for ; i < len(v) && digits < 4 && lex.IsDigit(v[i]); i++ {
			n, digits = n*10+int(v[i]-'0'), digits+1
		}
		if digits == 0 || digits > 3 || n > 255 {
			return 0
		}
		if part < 3 {
			if i >= len(v) || v[i] != '.' {
				return 0
			}
			i++
		}
	}
	return i
}

// isIPv6 reports whether v may be an IPv6 address: hexadecimal digits in eight parts,
// or in fewer and two colons in a row.
func isIPv6(v []byte) bool {
	if zone := bytes.IndexByte(v, '%'); zone > 0 {
		v = v[:zone]
	}
	if len(v) < 2 || len(v) > 45 {
		return false
	}
	colons, short, digits := 0, false, 0
	for i, c := range v {
		switch {
		case c == ':':
			short = short || i > 0 && v[i-1] == ':'
			colons, digits = colons+1, 0
		case lex.IsDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'f':
			if digits++; digits > 4 {
				return false
			}
		default:
			return false
		}
	}
	return colons == 7 || short && colons >= 2 && colons < 7 && len(v) > 2
}

// lineClient finds the client in the line of an access log: an address in quotes
// after the request is that of X-Forwarded-For, the first address before it is that of
// the connection.
func (s *record) lineClient() {
	if s.line == nil || s.client != nil && s.clientKey <= fieldnames.Forwarded {
		return
	}
	before := s.line[:s.lineStart]
	if len(s.raw) > 0 && &s.line[0] == &s.raw[0] {
		before = before[min(s.head, len(before)):]
	}
	if bytes.IndexByte(s.raw[:max(len(s.raw)-1, 0)], '\n') >= 0 { // a record of several lines
		before = before[bytes.LastIndexByte(before, '\n')+1:]
	}
	behind := lex.FirstLine(s.line[s.lineEnd:])
	if v := quotedAddress(behind); v != nil {
		s.noteClient(fieldnames.Forwarded, v, 1)
		return
	}
	v := iisClient(before, behind)
	if v == nil {
		v = firstAddress(before[max(0, len(before)-lex.MaxLine):])
	}
	if v == nil {
		if i := bytes.Index(behind, []byte(`" from `)); i >= 0 { // chi
			v, _ = address(lex.WordAt(behind, i+len(`" from `)))
		}
	}
	if v != nil && (s.client == nil || s.clientKey == fieldnames.Remote) {
		s.client, s.clientKey, s.clientRank = v, fieldnames.Remote, 1
	}
}

// quotedAddress returns the quoted text in t that begins with an address without a
// port; upstream servers are logged with theirs.
func quotedAddress(t []byte) []byte {
	for {
		i := bytes.IndexByte(t, '"')
		if i < 0 || i+1 >= len(t) {
			return nil
		}
		t = t[i+1:]
		if !lex.IsDigit(t[0]) && !isHex(t[0]) && t[0] != ':' {
			continue
		}
		end := bytes.IndexByte(t, '"')
		if end < 0 {
			return nil
		}
		first, _, _ := bytes.Cut(t[:end], []byte{','})
		if a, port := address(first); a != nil && !port {
			return t[:end]
		}
	}
}

func isHex(c byte) bool { return lex.IsDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'f' }

// iisClient returns the client's address in a line of IIS: date, time, the server's
// address, method, path, query, port, user, the client's address.
func iisClient(before, behind []byte) []byte {
	if len(before) < len("2026-11-23 08:26:40 1.1.1.1 POST ") || before[4] != '-' || before[10] != ' ' {
		return nil
	}
	server, _, _ := bytes.Cut(before[len("2026-11-23 08:26:40 "):], []byte{' '})
	if a, port := address(server); a == nil || port {
		return nil
	}
	a, _ := address(lex.FourWords(behind)[3])
	return a
}

// firstAddress returns the first word of t that is an address.
func firstAddress(t []byte) []byte {
	for i := 0; i < len(t); {
		start := i
		for i < len(t) && !endsWord[t[i]] {
			i++
		}
		word := t[start:i]
		i++
		if len(word) < 3 {
			continue
		}
		if after, ok := bytes.CutPrefix(word, []byte("host:")); ok { // LTSV
			word = after
		}
		if a, _ := address(word); a != nil {
			return a
		}
	}
	return nil
}

// endsWord holds what separates the words of an access log.
var endsWord = [256]bool{' ': true, '\t': true, '"': true, '|': true, ',': true, ';': true, '=': true, '(': true, ')': true, '\'': true}
