package lex

import "encoding/binary"

// In8 reports whether the first eight bytes of t, which has as many, hold c.
func In8(t []byte, c byte) bool {
	const ones = 0x0101010101010101
	x := binary.LittleEndian.Uint64(t) ^ ones*uint64(c) // a zero byte where c is
	return (x-ones)&^x&(ones<<7) != 0
}
