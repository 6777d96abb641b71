package spool

import (
	"github.com/cespare/xxhash/v2"

	"wvwatch/internal/tailer"
)

// InputName is what the positions of spools have as their Input.
const InputName = "spool"

// PositionID returns the ID of the position of the source's spool.
func PositionID(source string) tailer.ID {
	return tailer.ID(xxhash.Sum64String("spool\x00"+source) | 1)
}

// PositionIn returns the offset up to which the source's spool is counted.
func PositionIn(all []tailer.Position, source string) int64 {
	for _, p := range all {
		if p.ID == PositionID(source) {
			return p.Offset
		}
	}
	return 0
}
