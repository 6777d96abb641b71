package tailer

import "github.com/cespare/xxhash/v2"

// Position says how far one generation (inode) of a file is counted. It is a
// value: the ledger keeps it beside the counts and the checkpoint saves it.
type Position struct {
	Source   string `json:"source"`
	Name     string `json:"name"`            // the path it was followed under; rotation does not change it
	Place    string `json:"place,omitempty"` // beside what it and its like lie where Name does not tell: a symlink's target, a name in an olddir
	Device   uint64 `json:"device"`
	Inode    uint64 `json:"inode"`
	Offset   int64  `json:"offset"`             // after the last complete record that is counted; of what is compressed, the offset in the plain text
	Head     uint64 `json:"head"`               // hash of the first HeadLen bytes
	HeadLen  int    `json:"head_len"`           // at most 1 KiB; grows with the file until full
	Guard    uint64 `json:"guard"`              // hash of the GuardLen bytes before Offset
	GuardLen int    `json:"guard_len"`          // at most 512
	ModTime  int64  `json:"mod_time,omitempty"` // of the file when it was last read, Unix nanoseconds; 0 unknown
	Marks    string `json:"marks,omitempty"`    // guards of earlier offsets, packed: see marks
	Finished bool   `json:"finished,omitempty"` // read to its end, and nothing was to be added any more
}

// Key identifies the generation a Position belongs to.
type Key struct {
	Source        string
	Device, Inode uint64
}

// Key returns p's identity.
func (p Position) Key() Key { return Key{p.Source, p.Device, p.Inode} }

const (
	headMax  = 1 << 10
	guardMax = 512
)

// fingerprint recognises a text of which a part was consumed: by its first
// bytes and by those before the offset.
type fingerprint struct {
	offset   int64
	head     uint64
	headLen  int
	guard    uint64
	guardLen int
}

func (p Position) fingerprint() fingerprint {
	return fingerprint{offset: p.Offset, head: p.Head, headLen: p.HeadLen, guard: p.Guard, guardLen: p.GuardLen}
}

// in reports whether c begins with what f was taken from. Of nothing, nothing is
// recognised. An error means that c could not be read, not that it differs.
func (f fingerprint) in(c content) (bool, error) {
	if f.offset <= 0 || f.guardLen <= 0 || f.headLen < 0 || f.headLen > headMax || f.guardLen > guardMax || int64(f.guardLen) > f.offset {
		return false, nil
	}
	if same, err := f.headIn(c); !same {
		return false, err
	}
	var b [guardMax]byte
	return hashIs(c, b[:f.guardLen], f.offset-int64(f.guardLen), f.guard)
}

// headIn reports whether c begins with the same bytes.
func (f fingerprint) headIn(c content) (bool, error) {
	var b [headMax]byte
	return hashIs(c, b[:f.headLen], 0, f.head)
}

// hashIs reports whether the len(b) bytes of c at off have the hash want.
func hashIs(c content, b []byte, off int64, want uint64) (bool, error) {
	n, err := readFull(c, b, off)
	if err != nil {
		return false, err
	}
	return n == len(b) && xxhash.Sum64(b) == want, nil
}
