package framing

import (
	"bytes"
)

// isBatch reports whether line is a batch as Kinesis hands it over, one object with
// many records in base64, in which no anchor shows what they hold.
func isBatch(line []byte) bool {
	return len(line) > 2 && (line[2]|0x20 == 'r' || line[2] == 'i') && (bytes.HasPrefix(line, []byte(`{"Records":[{`)) && bytes.Contains(line, []byte(`"kinesis"`)) ||
		bytes.HasPrefix(line, []byte(`{"records":[{`)) && bytes.Contains(line, []byte(`"recordId"`)) ||
		bytes.HasPrefix(line, []byte(`{"invocationId"`)) && bytes.Contains(line, []byte(`"records"`)))
}
