package main

import "strconv"

// port returns the port of an upstream: numbers that are codes elsewhere.
func (g *generator) port() string {
	return [...]string{"6007", "6001", "8443", "1007", "4025", "18901"}[g.rng.IntN(6)]
}

func (g *generator) agent() string {
	return [...]string{
		"okhttp/4.9.3",
		"Dalvik/2.1.0 (Linux; U; Android 11; SHIELD Android TV Build/RQ1A.210105.003)",
		"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/131.0.6007.85 Safari/537.36",
	}[g.rng.IntN(3)]
}

func (g *generator) appendNumber(dst []byte, lo, hi int) []byte {
	return strconv.AppendInt(dst, int64(lo+g.rng.IntN(hi-lo+1)), 10)
}

func (g *generator) appendAddr(dst []byte) []byte {
	n := g.rng.Uint32()
	dst = append(dst, "10."...)
	dst = append(strconv.AppendUint(dst, uint64(n>>16&0xff), 10), '.')
	dst = append(strconv.AppendUint(dst, uint64(n>>8&0xff), 10), '.')
	return strconv.AppendUint(dst, uint64(n&0xff), 10)
}

// appendSeconds appends a duration with a fraction of three digits.
func (g *generator) appendSeconds(dst []byte) []byte {
	return append(append(dst, "0."...), fraction(g.rng.IntN(1000), 3)...)
}

const hexDigits = "0123456789abcdef"

// appendHex appends that many random digits, at most 16.
func (g *generator) appendHex(dst []byte, digits int) []byte {
	for n := g.rng.Uint64(); digits > 0; digits-- {
		dst = append(dst, hexDigits[n&15])
		n >>= 4
	}
	return dst
}

func (g *generator) appendUUID(dst []byte) []byte {
	for i, digits := range [...]int{8, 4, 4, 4, 12} {
		if i > 0 {
			dst = append(dst, '-')
		}
		dst = g.appendHex(dst, digits)
	}
	return dst
}

// fraction returns n with leading zeros to the given number of digits.
func fraction(n, digits int) string {
	s := strconv.Itoa(n)
	return "000000"[:digits-len(s)] + s
}
