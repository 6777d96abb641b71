package logfs

import "bytes"

// IsBinary reports whether head, the first bytes of a file, is no text, by its
// control characters: a log has hardly any but the end of lines, colours, and the
// NULs that a crash leaves in a hole.
func IsBinary(head []byte) bool {
	head = bytes.TrimLeft(head, "\x00")
	control := 0
	for _, c := range head {
		if c < ' ' && c != '\n' && c != '\t' && c != '\r' && c != 0x1b {
			control++
		}
	}
	return control > len(head)/32
}
