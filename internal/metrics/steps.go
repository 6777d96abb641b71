package metrics

import (
	"bytes"
	"fmt"
	"strconv"
)

// Steps is a history in short: three numbers a step, which are how many steps
// of 10 s it is after the one before (the first: after 1970), occurrences and
// incidents. Its text is the numbers with blanks between them: as JSON numbers a
// checkpoint would spend most of its time on them.
type Steps []int64

// append adds the steps of a history to f, which must be empty.
func (f Steps) append(steps []step) Steps {
	var before int64
	for _, s := range steps {
		f = append(f, s.at-before, int64(s.occurrences), int64(s.incidents))
		before = s.at
	}
	return f
}

// each calls do for every step; an incomplete last one is left out.
func (f Steps) each(do func(step)) {
	var at int64
	for ; len(f) >= 3; f = f[3:] {
		at += f[0]
		do(step{at: at, counts: counts{occurrences: uint32(f[1]), incidents: uint32(f[2])}})
	}
}

// IsZero makes encoding/json leave an empty history out.
func (f Steps) IsZero() bool { return len(f) == 0 }

// MarshalText implements encoding.TextMarshaler.
func (f Steps) MarshalText() ([]byte, error) { return f.AppendText(make([]byte, 0, 3*len(f)+8)) }

// AppendText implements encoding.TextAppender.
func (f Steps) AppendText(text []byte) ([]byte, error) {
	for i, n := range f {
		if i > 0 {
			text = append(text, ' ')
		}
		text = strconv.AppendInt(text, n, 10)
	}
	return text, nil
}

// UnmarshalText implements encoding.TextUnmarshaler.
func (f *Steps) UnmarshalText(text []byte) error {
	*f = make(Steps, 0, bytes.Count(text, []byte{' '})+1)
	for len(text) > 0 {
		var word []byte
		word, text, _ = bytes.Cut(text, []byte{' '})
		n, err := strconv.ParseInt(string(word), 10, 64)
		if err != nil {
			return fmt.Errorf("steps: number %d: %w", len(*f)+1, err)
		}
		*f = append(*f, n)
	}
	return nil
}
