package config

import (
	"encoding"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// parseText reads one value of type t as it is written in a scalar of the file,
// an environment variable or a flag. A list is separated by commas. The error
// says what belongs there.
func parseText(text string, t reflect.Type) (any, error) {
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
		return nil, fmt.Errorf("%s is not true or false", quote(text))
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		n, err := strconv.ParseInt(text, 10, t.Bits())
		if err != nil {
			return nil, fmt.Errorf("%s is not a whole number", quote(text))
		}
		return n, nil
	case reflect.Float64, reflect.Float32:
		x, err := strconv.ParseFloat(text, 64)
		if err != nil || math.IsNaN(x) || math.IsInf(x, 0) {
			return nil, fmt.Errorf("%s is not a number", quote(text))
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
		return 0, fmt.Errorf("%s is not a duration: write 30s, 5m or 1h30m (24h for a day)", quote(text))
	}
	return d, nil
}

// quote makes a stranger's text fit for a message.
func quote(s string) string {
	const longest = 60
	if len(s) > longest {
		s = s[:longest] + "..."
	}
	return strconv.Quote(s)
}

// textHook is the decode hook by which viper turns the text of environment
// variables and flags into values.
func textHook(from, to reflect.Type, data any) (any, error) {
	text, ok := data.(string)
	if !ok || to.Kind() == reflect.String || to.Kind() == reflect.Interface {
		return data, nil
	}
	if to.Kind() == reflect.Struct && !isScalar(to) {
		return nil, errors.New("a mapping belongs here")
	}
	return parseText(text, to)
}
