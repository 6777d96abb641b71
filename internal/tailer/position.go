package tailer

import (
	"math/rand/v2"

	"wvwatch/internal/tailer/logfs"
)

// ID identifies the text that a Position is of, for as long as it is remembered.
// Names, inodes and sources change; the ID does not.
type ID uint64

// newID returns an ID that no other position has, in this run or another.
func newID() ID { return ID(rand.Uint64() | 1) }

// Position is how far one text is counted: a log file, or one that was rotated.
// It is a value: the ledger keeps it with the counts and the checkpoint saves it.
type Position struct {
	ID       ID     `json:"id,omitempty"`
	Source   string `json:"source"`
	Name     string `json:"name"`            // the path it was followed under; rotation does not change it
	Place    string `json:"place,omitempty"` // where its siblings are, if not next to Name: a symlink's target, a name in an olddir
	Device   uint64 `json:"device"`
	Inode    uint64 `json:"inode"`
	Born     int64  `json:"born,omitempty"`     // birth of the inode, Unix nanoseconds; 0 unknown
	Offset   int64  `json:"offset"`             // after the last complete record that is counted; of what is compressed, the offset in the plain text
	Head     uint64 `json:"head"`               // hash of the first HeadLen bytes
	HeadLen  int    `json:"head_len"`           // at most 1 KiB; grows with the file until full
	Guard    uint64 `json:"guard"`              // hash of the GuardLen bytes before Offset
	GuardLen int    `json:"guard_len"`          // at most 512
	ModTime  int64  `json:"mod_time,omitempty"` // of the file when it was last read, Unix nanoseconds; 0 unknown
	Marks    string `json:"marks,omitempty"`    // guards of earlier offsets, packed: see logfs.Fingerprint
	Finished bool   `json:"finished,omitempty"` // read to its end, left out at the first start, or lost: only what is added counts
	Rotated  bool   `json:"rotated,omitempty"`  // its file was rotated away and read to its end: nothing is lost if it is gone
	Seen     int64  `json:"seen,omitempty"`     // of a finished text: when a file held it last, Unix nanoseconds
	Input    string `json:"input,omitempty"`    // the input that the position belongs to, such as spool; empty for a file. The tailer keeps out of those
	Cursor   string `json:"cursor,omitempty"`   // of an input that has no offset, such as journald
	Followed int64  `json:"followed,omitempty"` // since when Name, a configured path or glob, is followed, Unix nanoseconds; 0 for a text
}

// sameInode reports whether the text was last seen in the inode id. Positions of
// an old checkpoint have no birth.
func (p *Position) sameInode(id logfs.Identity) bool {
	return p.Device == id.Dev && p.Inode == id.Ino && (p.Born == 0 || id.Born == 0 || p.Born == id.Born)
}

// fingerprint returns what recognises the text.
func (p *Position) fingerprint() logfs.Fingerprint {
	f := logfs.Fingerprint{Offset: p.Offset, Head: p.Head, HeadLen: p.HeadLen, Guard: p.Guard, GuardLen: p.GuardLen}
	f.UnpackMarks(p.Marks)
	return f
}

// setFingerprint takes over what recognises the text.
func (p *Position) setFingerprint(f *logfs.Fingerprint) {
	p.Offset, p.Head, p.HeadLen, p.Guard, p.GuardLen = f.Offset, f.Head, f.HeadLen, f.Guard, f.GuardLen
	p.Marks = f.PackMarks()
}
