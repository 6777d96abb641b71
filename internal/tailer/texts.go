package tailer

import (
	"cmp"
	"encoding/base64"
	"encoding/binary"
	"slices"
	"time"
)

// Texts is how a checkpoint keeps the finished texts of one name: some 60 bytes
// for each, since rotation may keep hundreds of files and they are remembered for
// weeks.
type Texts struct {
	Source string `json:"source"`
	Name   string `json:"name"`
	Packed string `json:"packed"`
}

// fresh is how long a finished text keeps its marks, by which a copy that was made
// before the last of it was read is known.
const fresh = time.Hour

// PackTexts takes the texts that were finished for a while out of all. What stays
// is returned in its order; now is the time to compare with.
func PackTexts(all []Position, now time.Time) (open []Position, packed []Texts) {
	var finished []Position
	for _, p := range all {
		if p.Finished && p.Place == "" && now.UnixNano()-p.Seen > int64(fresh) {
			finished = append(finished, p)
		} else {
			open = append(open, p)
		}
	}
	slices.SortFunc(finished, func(a, b Position) int {
		return cmp.Or(cmp.Compare(a.Source, b.Source), cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID))
	})
	for len(finished) > 0 {
		first := finished[0]
		var b []byte
		for len(finished) > 0 && finished[0].Source == first.Source && finished[0].Name == first.Name {
			b = appendText(b, &finished[0])
			finished = finished[1:]
		}
		packed = append(packed, Texts{first.Source, first.Name, base64.RawStdEncoding.EncodeToString(b)})
	}
	return open, packed
}

// numbers are the fields of a packed text that are small numbers.
func (p *Position) numbers() [7]int64 {
	return [...]int64{int64(p.Device), int64(p.Inode), p.Born, p.Offset, int64(p.HeadLen), int64(p.GuardLen), p.Seen / int64(time.Second)}
}

func appendText(b []byte, p *Position) []byte {
	for _, v := range [...]uint64{uint64(p.ID), p.Head, p.Guard, uint64(p.ModTime)} {
		b = binary.LittleEndian.AppendUint64(b, v)
	}
	for _, v := range p.numbers() {
		b = binary.AppendVarint(b, v)
	}
	return b
}

// UnpackTexts returns the positions that PackTexts packed; of anything else what
// it can.
func UnpackTexts(packed []Texts) (all []Position) {
	const fixed = 4 * 8
	for _, t := range packed {
		b, err := base64.RawStdEncoding.DecodeString(t.Packed)
		for err == nil && len(b) > fixed {
			p := Position{
				Source: t.Source, Name: t.Name, Finished: true,
				ID: ID(binary.LittleEndian.Uint64(b)), Head: binary.LittleEndian.Uint64(b[8:]),
				Guard: binary.LittleEndian.Uint64(b[16:]), ModTime: int64(binary.LittleEndian.Uint64(b[24:])),
			}
			b = b[fixed:]
			var v [7]int64
			for i := range v {
				value, n := binary.Varint(b)
				if n <= 0 {
					return all
				}
				v[i], b = value, b[n:]
			}
			p.Device, p.Inode, p.Born, p.Offset = uint64(v[0]), uint64(v[1]), v[2], v[3]
			p.HeadLen, p.GuardLen, p.Seen = int(v[4]), int(v[5]), v[6]*int64(time.Second)
			all = append(all, p)
		}
	}
	return all
}
