package framing

import (
	"bytes"

	"wvwatch/internal/parser/logtime"
)

// heading returns what is before the message of the record in o.
func (o *open) heading() logtime.Heading {
	if o.headed == logtime.Unread {
		first := o.first
		if o.wrapped {
			first, _, _ = bytes.Cut(o.text[o.head:], []byte{'\n'})
		}
		o.headed = logtime.HeadingOf(first)
	}
	return o.headed
}
