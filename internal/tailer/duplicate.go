package tailer

import (
	"bytes"

	"wvwatch/internal/tailer/logfs"
)

// skipShared steps over what g and its duplicate have in common: two open files that
// get the same bytes are one stream, seen through two mounts, and it is read in
// the duplicate. What the duplicate does not get is read here once nothing more is to come.
func (r *reader) skipShared(l *logPath, g *generation, b block) (out outcome, skipped bool) {
	data := b.data[b.keep:]
	switch {
	case g.duplicate.phase == finished:
		g.duplicate = g.duplicate.duplicate
		return advanced, g.duplicate != nil
	case g.duplicate.file == nil: // closed for want of descriptors
		return ended, !g.closed()
	}
	common := make([]byte, len(data))
	n, err := logfs.ReadFull(g.duplicate.file, common, g.print.Offset)
	if err != nil {
		return ended, true
	}
	same := 0
	for same < n && common[same] == data[same] {
		same++
	}
	if same < n || n == len(data) {
		same = bytes.LastIndexByte(data[:same], '\n') + 1
	}
	switch {
	case same > 0:
		g.advance(b.data[:b.keep+same], same, b.all)
		r.note(l, g)
		return advanced, true
	case n < len(data) && !g.closed():
		return ended, true // the duplicate may get it yet
	}
	return ended, false
}
