package evaluate

import "encoding/binary"

// Sample is the number of requests of which one has its labels read, and the number of
// events of which one has its automatic labels read; 0 for none.
type Sample struct{ Requests, Events uint32 }

// drawn reports whether the record raw of a time is one of every. That depends on its
// text alone.
func drawn(every uint32, raw []byte, nanos int64) bool {
	if every <= 1 {
		return every == 1
	}
	h := uint64(nanos) ^ uint64(len(raw))<<40
	if n := len(raw); n >= 32 { // ids and addresses are somewhere inside
		for _, at := range [...]int{n / 4, n / 2, n - n/4, n - 8} {
			h = (h ^ binary.LittleEndian.Uint64(raw[min(at, n-8):])) * 0x9E3779B97F4A7C15
			h ^= h >> 29
		}
	}
	return uint32(h*0x9E3779B97F4A7C15>>32)%every == 0
}
