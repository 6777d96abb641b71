package logtime

import (
	"bytes"
	"strconv"
	"time"

	"wvwatch/internal/parser/fieldnames"
	"wvwatch/internal/parser/lex"
)

// MaxDuration bounds how long a request may have taken; what is longer is
// another number.
const MaxDuration = time.Hour

// DurationOf reads a number in the unit of its key; a text may name its own.
// zap means that the record's logger is zap: its fractions are seconds; those of
// others are milliseconds as often, so none is better than a guess.
func DurationOf(t []byte, unit fieldnames.Field, zap bool) time.Duration {
	whole, billionths, point, ok := decimal(t)
	if !ok {
		return OddDuration(t, unit)
	}
	if unit == fieldnames.Took && point && whole > 0 && !zap {
		return 0
	}
	if whole > int64(MaxDuration) {
		return 0
	}
	d := time.Duration(whole) // each scale has its case: dividing by a variable costs more than the rest
	switch scale := scaleOf(unit, float64(whole), point); {
	case scale == 1:
	case whole > int64(MaxDuration/time.Millisecond):
		return 0
	case scale == time.Millisecond:
		d = d*time.Millisecond + time.Duration(billionths)/1e3
	default:
		d = d*time.Second + time.Duration(billionths)
	}
	if d > MaxDuration {
		return 0
	}
	return d
}

// scaleOf returns what n is a number of; point means that it has a fraction.
func scaleOf(unit fieldnames.Field, n float64, point bool) time.Duration {
	switch unit {
	case fieldnames.Millis:
		return time.Millisecond
	case fieldnames.Nanos:
		return 1
	case fieldnames.Took, fieldnames.Taken:
		switch {
		case !point && n >= 1e6 && unit == fieldnames.Took:
			return 1 // no request lasts a thousand seconds, many log nanoseconds
		case !point:
			return time.Millisecond
		}
	}
	return time.Second
}

// decimal reads a plain number: its whole part, and what is after its point in
// billionths.
func decimal(t []byte) (whole, billionths int64, point, ok bool) {
	i := 0
	for ; i < len(t) && i < 13 && lex.IsDigit(t[i]); i++ {
		whole = whole*10 + int64(t[i]-'0')
	}
	if i == 0 || i == len(t) {
		return whole, 0, false, i > 0 && i < 13
	}
	if t[i] != '.' {
		return 0, 0, false, false
	}
	scale := int64(1e8)
	for i++; i < len(t) && lex.IsDigit(t[i]); i++ {
		billionths += int64(t[i]-'0') * scale
		scale /= 10
	}
	return whole, billionths, true, i == len(t)
}

// OddDuration reads what is no plain number: 1.5e-3, 12ms.
func OddDuration(t []byte, unit fieldnames.Field) time.Duration {
	n, err := strconv.ParseFloat(string(t), 64)
	if err != nil {
		d, err := time.ParseDuration(string(t))
		if err != nil {
			return 0
		}
		return d
	}
	n *= float64(scaleOf(unit, n, bytes.ContainsAny(t, ".eE")))
	if !(n >= 0 && n <= float64(MaxDuration)) {
		return 0
	}
	return time.Duration(n)
}
