package syslog

import "bytes"

// maxMessage bounds a message. Of a longer one the rest is dropped and counted.
const maxMessage = 128 << 10

// framer cuts the stream of one connection into messages: by newlines, or by octet
// counts (RFC 6587, 3.4.1) where the connection begins with one. It never refuses a
// message for its form: what is no count where one belongs is read as a line, which ends
// before the next count, too: senders that count characters instead of bytes leave the ends
// of their messages over.
type framer struct {
	known   bool // which of the two it is
	counted bool
	skip    int  // bytes of a message that is too long, which are still to come
	rest    bool // the rest of a line that is too long is still to come
	cut     int  // messages that were too long
}

// take appends the messages at the begin of data to dst, each with a newline after it,
// and returns how much of data they took and how many they are. At the end of the
// connection, what is left is a message.
func (f *framer) take(dst, data []byte, atEnd bool) (out []byte, taken, messages int) {
	if !f.known {
		_, digits, certain := octetCount(data)
		if !certain && !atEnd {
			return dst, 0, 0
		}
		f.known, f.counted = true, digits > 0 && len(data) > digits+1 && data[digits+1] == '<'
		if digits > 0 && len(data) == digits+1 && !atEnd { // what follows the count decides
			f.known = false
			return dst, 0, 0
		}
	}
	for taken < len(data) {
		n, message, ok := f.next(data[taken:], atEnd)
		taken += n
		if !ok {
			break
		}
		if message = trim(message); len(message) > 0 {
			dst = append(append(dst, message...), '\n')
			messages++
		}
	}
	return dst, taken, messages
}

// next returns the next message and how many bytes of data it takes. ok is false
// where more is needed for it.
func (f *framer) next(data []byte, atEnd bool) (n int, message []byte, ok bool) {
	if f.skip > 0 {
		n = min(f.skip, len(data))
		f.skip -= n
		return n, nil, true
	}
	if f.counted && !f.rest {
		if length, digits, certain := octetCount(data); digits > 0 {
			return f.nextCounted(data, length, digits+1, atEnd)
		} else if !certain && !atEnd {
			return 0, nil, false
		}
	}
	end := bytes.IndexByte(data, '\n')
	if f.rest {
		f.rest = end < 0
		if f.rest {
			end = len(data) - 1
		}
		return end + 1, nil, true
	}
	if f.counted {
		line := data[:min(len(data), maxMessage)]
		if end >= 0 {
			line = line[:min(len(line), end)]
		}
		if at := nextCount(line); at > 0 {
			return at, data[:at], true
		}
	}
	switch {
	case end < 0 && len(data) > maxMessage, end > maxMessage:
		f.cut++
		f.rest = true
		return maxMessage, data[:maxMessage], true
	case end < 0 && atEnd:
		return len(data), data, true
	case end < 0:
		return 0, nil, false
	}
	return end + 1, data[:end], true
}

// nextCounted returns the message of length bytes after the first start bytes of data.
func (f *framer) nextCounted(data []byte, length, start int, atEnd bool) (n int, message []byte, ok bool) {
	data = data[start:]
	switch {
	case length > maxMessage && len(data) >= maxMessage:
		f.cut++
		f.skip = length - maxMessage
		return start + maxMessage, data[:maxMessage], true
	case len(data) >= length:
		return start + length, data[:length], true
	case atEnd:
		return start + len(data), data, true
	}
	return 0, nil, false
}

// Bounds of an octet count. A larger one is none: what follows it would be dropped.
const (
	maxDigits = 7
	maxCount  = 8 * maxMessage
)

// nextCount returns where in data the next count is that a priority follows; 0 for none.
func nextCount(data []byte) int {
	for from := 1; from < len(data); {
		space := bytes.Index(data[from:], []byte(" <"))
		if space < 0 {
			return 0
		}
		space += from
		at := space
		for at > 0 && isDigit(data[at-1]) {
			at--
		}
		if _, digits, _ := octetCount(data[at:]); digits > 0 && at > 0 && isPriority(data[space+1:]) {
			return at
		}
		from = space + 1
	}
	return 0
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// isPriority reports whether data begins with a priority, such as <34>.
func isPriority(data []byte) bool {
	end := bytes.IndexByte(data[:min(len(data), 5)], '>')
	return end > 1 && data[0] == '<' && !bytes.ContainsFunc(data[1:end], func(c rune) bool { return c < '0' || c > '9' })
}

// octetCount reads a count with the space after it. digits is 0 where there is none;
// certain is false where more data decides.
func octetCount(data []byte) (count, digits int, certain bool) {
	for i, c := range data {
		switch {
		case isDigit(c) && i < maxDigits && (i > 0 || c != '0'):
			count = count*10 + int(c-'0')
		case c == ' ' && i > 0 && count <= maxCount:
			return count, i, true
		default:
			return 0, 0, true
		}
	}
	return 0, 0, false
}

// trim takes line ends and the zero bytes off that some senders end a message with.
func trim(message []byte) []byte { return bytes.Trim(message, "\r\n\x00") }
