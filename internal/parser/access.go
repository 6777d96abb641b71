package parser

import (
	"bytes"
	"time"
)

// Where the access logs of servers and balancers keep the status of the answer,
// and how long it took.

// lineStatus finds the status around a request line: behind it as nginx, Apache,
// Envoy and most others write it, or far before it.
func (s *scan) lineStatus(before, rest []byte) int {
	i := 0 // what is left of the protocol's name
	for i < len(rest) && i < 12 && rest[i] != '"' && rest[i] != ' ' {
		i++
	}
	if i < len(rest) && i < 12 {
		if i+1 < len(rest) && rest[i] == '"' && rest[i+1] == ' ' {
			i++
		}
		if status, ok := statusAt(rest, i+1); ok {
			s.textDuration(rest[i+4:])
			return status
		}
	}
	if status := s.haproxyStatus(before); status != 0 {
		return status
	}
	return s.balancerStatus(before)
}

// statusAt reads three digits that nothing touches.
func statusAt(t []byte, i int) (int, bool) {
	v, ok := number(t, i, 3)
	if !ok || v < 100 || v > 599 || i+3 < len(t) && touches(t[i+3]) {
		return 0, false
	}
	return v, true
}

// haproxyStatus finds the status in HAProxy's httplog, which stands behind five
// timers joined by slashes, far before the request.
func (s *scan) haproxyStatus(t []byte) int {
	for i := 0; i < len(t); {
		n := bytes.IndexByte(t[i:], ' ')
		if n < 0 {
			break
		}
		if word := t[i : i+n]; len(word) >= 9 && bytes.Count(word, []byte{'/'}) == 4 && timers(word) {
			if status, ok := statusAt(t, i+n+1); ok {
				total := word[bytes.LastIndexByte(word, '/')+1:]
				s.took, s.tookUnit = value{text: bytes.TrimPrefix(total, []byte{'+'})}, keyMillis
				return status
			}
		}
		i += n + 1
	}
	return 0
}

func timers(word []byte) bool {
	for _, c := range word {
		if !isDigit(c) && c != '/' && c != '-' && c != '+' {
			return false
		}
	}
	return true
}

// plainStatus reads what follows a path without a protocol: " 400 12.3 ms" as
// morgan writes it, or IIS's fields, which end in status, two more numbers and
// the milliseconds.
func (s *scan) plainStatus(rest []byte) (int, bool) {
	rest = rest[:min(len(rest), 4<<10)]
	if i := bytes.IndexByte(rest, '\n'); i >= 0 {
		rest = rest[:i]
	}
	if status, ok := statusAt(rest, 1); ok && rest[0] == ' ' {
		if f := bytes.Fields(rest[4:min(len(rest), 32)]); len(f) > 1 && string(f[1]) == "ms" {
			s.took, s.tookUnit = value{text: f[0]}, keyMillis
		}
		return status, true
	}
	end := len(rest)
	var last [4][]byte
	for k := 3; k >= 0; k-- {
		i := bytes.LastIndexByte(rest[:end], ' ')
		if i < 0 || !allDigits(rest[i+1:end]) {
			return 0, false
		}
		last[k], end = rest[i+1:end], i
	}
	status, ok := statusAt(last[0], 0)
	if ok {
		s.took, s.tookUnit = value{text: last[3]}, keyMillis
	}
	return status, ok
}

// balancerStatus finds the status in the log of an AWS load balancer: three
// times in seconds, then the status, before the request.
func (s *scan) balancerStatus(t []byte) int {
	end := len(t)
	var word [8][]byte // the last words before the quote of the request
	for k := 7; k >= 0; k-- {
		for end > 0 && (t[end-1] == ' ' || t[end-1] == '"') {
			end--
		}
		i := bytes.LastIndexByte(t[:end], ' ')
		if i < 0 {
			return 0
		}
		word[k], end = t[i+1:end], i
	}
	var total time.Duration
	for _, w := range word[1:4] {
		if bytes.IndexByte(w, '.') < 0 && string(w) != "-1" {
			return 0
		}
		total += durationOf(value{text: w}, keySeconds)
	}
	status, ok := statusAt(word[4], 0)
	if !ok {
		return 0
	}
	s.lasted = total
	return status
}

func allDigits(t []byte) bool {
	for _, c := range t {
		if !isDigit(c) {
			return false
		}
	}
	return len(t) > 0
}
