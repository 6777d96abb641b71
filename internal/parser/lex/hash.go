package lex

import (
	"encoding/binary"
)

// Hash mixes all bytes of a value with a seed.
func Hash(value []byte, seed uint64) uint64 {
	const prime = 0x9e3779b97f4a7c15
	n := len(value)
	a, c := uint64(n)*31+seed, uint64(0) // two lanes, which do not wait for one another
	i := 0
	for ; i+16 <= n; i += 16 {
		a = a*prime ^ binary.LittleEndian.Uint64(value[i:])
		c = c*prime ^ binary.LittleEndian.Uint64(value[i+8:])
	}
	if n >= 16 {
		a = a*prime ^ binary.LittleEndian.Uint64(value[n-16:])
		c = c*prime ^ binary.LittleEndian.Uint64(value[n-8:])
	} else {
		for _, v := range value {
			a = (a ^ uint64(v)) * prime
		}
	}
	a ^= c << 1
	a ^= a >> 32 // what differs in high bytes only is in the low bits, too
	return a * prime >> 40
}
