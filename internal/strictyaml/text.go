package strictyaml

import (
	"encoding"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"

	"wvwatch/internal/fault"
)

// parseText reads one value of type t as it is written in a scalar of the file,
// an environment variable or a flag. A list is separated by commas. The error
// names what belongs there.
func parseText(text string, t reflect.Type) (any, error) {
	if t == timeType {
		return parseTime(text)
	}
	if p := reflect.New(t); p.Type().Implements(textType) {
		err := p.Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(text))
		return p.Elem().Interface(), err
	}
	if t == durationType {
		return parseDuration(text)
	}
	switch t.Kind() {
	case reflect.String:
		return text, nil
	case reflect.Bool:
		switch text {
		case "true", "false":
			return text == "true", nil
		}
		return nil, fmt.Errorf("%s is not true or false", fault.Quote(text))
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		n, err := strconv.ParseInt(text, 10, t.Bits())
		if err != nil {
			return nil, fmt.Errorf("%s is not a whole number", fault.Quote(text))
		}
		return n, nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		n, err := strconv.ParseUint(text, 10, t.Bits())
		if err != nil {
			return nil, fmt.Errorf("%s is not a whole number from 0", fault.Quote(text))
		}
		return n, nil
	case reflect.Float64, reflect.Float32:
		x, err := strconv.ParseFloat(text, 64)
		if err != nil || math.IsNaN(x) || math.IsInf(x, 0) {
			return nil, fmt.Errorf("%s is not a number", fault.Quote(text))
		}
		return x, nil
	case reflect.Slice:
		list := reflect.MakeSlice(t, 0, 1)
		for part := range strings.SplitSeq(text, ",") {
			part = strings.TrimSpace(part)
			if part == "" {
				continue
			}
			v, err := parseText(part, t.Elem())
			if err != nil {
				return nil, err
			}
			list = reflect.Append(list, reflect.ValueOf(v).Convert(t.Elem()))
		}
		return list.Interface(), nil
	}
	return nil, fmt.Errorf("cannot be set by a line of text")
}

// parseDuration refuses a number without a unit, which time.Duration would take
// for nanoseconds wherever it is decoded as a number.
func parseDuration(text string) (time.Duration, error) {
	if _, err := strconv.ParseFloat(text, 64); err == nil {
		return 0, fmt.Errorf("%s is a bare number: a duration needs its unit, say %ss", text, text)
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		return 0, fmt.Errorf("%s is not a duration: write 30s, 5m or 1h30m (24h for a day)", fault.Quote(text))
	}
	return d, nil
}

// parseTime reads a time as YAML writes one; without a zone it is in UTC.
func parseTime(text string) (time.Time, error) {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", time.DateTime, time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("%s is not a time: write 2026-11-23T12:00:00Z", fault.Quote(text))
}

// textHook is the decode hook that turns texts into values.
func textHook(_, to reflect.Type, data any) (any, error) {
	text, ok := data.(string)
	if !ok || to.Kind() == reflect.Pointer || to.Kind() == reflect.Interface {
		return data, nil
	}
	if to.Kind() == reflect.Struct && !IsScalar(to) {
		return nil, errors.New("want a mapping")
	}
	return parseText(text, to)
}
