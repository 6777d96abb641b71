package replay

import (
	"bytes"
	"encoding/binary"
)

// labelSets numbers the tenants and labels of events, so that a hit
// needs no text. The zero value holds the number 0, of no labels.
type labelSets struct {
	names   []string // of the labels, the tenant aside
	unasked int      // of these, the last ones: see parser.Result
	sets    []labelSet
	numbers map[string]int32
	key     []byte // scratch
}

type labelSet struct {
	tenant []byte
	values [][]byte
}

// number returns the number of a set, of which it keeps a copy.
func (l *labelSets) number(tenant []byte, values [][]byte) int32 {
	said := len(tenant) > 0
	l.key = append(binary.AppendUvarint(l.key[:0], uint64(len(tenant))), tenant...)
	for _, v := range values {
		said = said || len(v) > 0
		l.key = append(binary.AppendUvarint(l.key, uint64(len(v))), v...)
	}
	if !said {
		return 0
	}
	if n, ok := l.numbers[string(l.key)]; ok {
		return n
	}
	if l.numbers == nil {
		l.numbers, l.sets = make(map[string]int32), make([]labelSet, 1)
	}
	s := labelSet{tenant: bytes.Clone(tenant)}
	for _, v := range values {
		s.values = append(s.values, bytes.Clone(v))
	}
	n := int32(len(l.sets))
	l.sets = append(l.sets, s)
	l.numbers[string(l.key)] = n
	return n
}

// of returns the tenant and the values of the set of that number.
func (l *labelSets) of(number int32) (tenant []byte, values [][]byte) {
	if number == 0 {
		return nil, nil
	}
	return l.sets[number].tenant, l.sets[number].values
}
