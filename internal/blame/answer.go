package blame

import "encoding/json"

// Answer returns v as an API answers it: with empty lists in place of nil ones, and at most
// 8 kB of JSON. What is over gives way in the dimensions, their least values first.
func (v Verdict) Answer() Verdict {
	v.Named, v.RuledOut = filled(v.Named), filled(v.RuledOut)
	v.FirstSeen, v.Codes = filled(v.FirstSeen), filled(v.Codes)
	dimensions := v.Dimensions
	v.Dimensions = []Dimension{}
	v.Dimensions = fitting(dimensions, maxAnswer-size(v))
	return v
}

// Answer returns b as an API answers it, as that of Verdict.
func (b Breakdown) Answer() Breakdown {
	b.Named = filled(b.Named)
	dimensions := b.Dimensions
	b.Dimensions = []Dimension{}
	b.Dimensions = fitting(dimensions, maxAnswer-size(b))
	return b
}

func filled[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// fitting returns the dimensions with as many of their values as there is room for, the
// largest of each first.
func fitting(list []Dimension, room int) []Dimension {
	const frame = len(`"top":[],`)
	kept := []Dimension{}
	for _, d := range list {
		d.Top = nil
		if room -= size(d) + frame; room < 0 {
			break
		}
		kept = append(kept, d)
	}
	for rank := range maxBars {
		for i := range kept {
			if rank >= len(list[i].Top) || len(kept[i].Top) < rank {
				continue
			}
			bar := list[i].Top[rank]
			if n := size(bar) + len(","); n <= room {
				kept[i].Top = append(kept[i].Top, bar)
				room -= n
			}
		}
	}
	return kept
}

// size returns the bytes of a value as JSON.
func size(value any) int {
	text, _ := json.Marshal(value) // strings, numbers and times always encode
	return len(text)
}
