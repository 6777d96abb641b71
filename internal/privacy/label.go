package privacy

import "bytes"

// MaxLabel bounds a label's value, in bytes.
const MaxLabel = 128

// Bounds on what of a label's value is no name of a group.
const (
	maxLabelDigits = 8  // in all: more are a telephone number, a card's, an account's
	maxDigitRun    = 6  // side by side
	minToken       = 12 // letters and digits mixed: a token, a serial number
	minHex         = 8  // a hash, half a UUID
)

// LabelValue reports whether value may become the value of a label. A network
// address, an email, the number of a card, an account or a telephone, a date, a
// UUID, a token or a path may not: it identifies one of many. The test is of the
// form alone: a name of a person has the form of a tenant's. It is for the path of
// a line and allocates nothing.
func LabelValue(value []byte) bool {
	if len(value) == 0 || len(value) > MaxLabel {
		return false
	}
	digits, dots, colons := 0, 0, 0
	var word labelWord
	for _, c := range value {
		switch {
		case isDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'z' || c >= 0x80:
			if word.add(c); isDigit(c) {
				digits++
			}
			if word.digitRun > maxDigitRun {
				return false
			}
			continue
		case c == '@', c < ' ':
			return false
		case c == '.':
			dots++
		case c == ':':
			colons++
		}
		if word.identifies() {
			return false
		}
		word = labelWord{}
	}
	return !word.identifies() && digits <= maxLabelDigits && colons < 2 && !(dots == 3 && digits >= 4 && allIn(value, "0123456789.:/")) &&
		!(digits >= 6 && allIn(value, "0123456789-/. ")) && !bytes.HasPrefix(value, []byte("eyJ")) && !bytes.Contains(value, []byte("%40"))
}

// labelWord is what is known of a run of letters and digits.
type labelWord struct{ letters, digits, digitRun, hex, changes int }

func (w *labelWord) add(c byte) {
	if isDigit(c) {
		if w.letters > 0 && w.digitRun == 0 {
			w.changes++
		}
		w.digits++
		w.digitRun++
		w.hex++
		return
	}
	if w.digitRun > 0 {
		w.changes++
	}
	w.letters++
	w.digitRun = 0
	if c|0x20 >= 'a' && c|0x20 <= 'f' {
		w.hex++
	}
}

// identifies reports whether the word is a token or a hash.
func (w *labelWord) identifies() bool {
	n := w.letters + w.digits
	return n >= minToken && w.digits > 0 && w.letters > 0 && w.changes > 1 || n >= minHex && w.hex == n && w.digits > 0 && w.letters > 0 ||
		n >= minToken && w.digits > 3 || n > 40
}

func allIn(value []byte, set string) bool {
	for _, c := range value {
		if bytes.IndexByte([]byte(set), c) < 0 {
			return false
		}
	}
	return true
}
