package web

import (
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"time"

	"wvwatch/internal/blame"
	"wvwatch/internal/codes"
)

// defaultBreakdown is the window of a breakdown that names none.
const defaultBreakdown = 15 * time.Minute

// verdict answers /api/v1/verdict: of an alert that is pending or firing, or without
// one of the last minutes.
func (a *api) verdict(q url.Values) (any, error) {
	name, by := q.Get("alert"), q.Get("by")
	if name == "" && by != "" {
		return nil, errors.New("by: of which alert? give alert too")
	}
	var v blame.Verdict
	if a.feed.deps.Verdict != nil {
		var err error
		if v, err = a.feed.deps.Verdict(name, by, time.Now()); err != nil {
			return nil, err
		}
	}
	return v.Answer(), nil
}

// breakdown answers /api/v1/breakdown.
func (a *api) breakdown(q url.Values) (any, error) {
	b := BreakdownQuery{Category: q.Get("category"), Dimension: q.Get("dimension"), Over: defaultBreakdown}
	if text := q.Get("code"); text != "" {
		if b.Category != "" {
			return nil, errors.New("code and category: give one of them")
		}
		n, err := strconv.Atoi(text)
		if err != nil || n < codes.MinCode || n > codes.MaxCode {
			return nil, fmt.Errorf("code: %q is no number from %d to %d", text, codes.MinCode, codes.MaxCode)
		}
		b.Code = n
	}
	if err := checkCategory(a.feed.frame(), b.Category, "gateway"); err != nil {
		return nil, err
	}
	if text := q.Get("over"); text != "" {
		d, err := time.ParseDuration(text)
		if err != nil || d < time.Minute || d > blame.Memory {
			return nil, fmt.Errorf("over: %q is no duration from 1m to 1h: write 15m", text)
		}
		b.Over = d
	}
	var answer blame.Breakdown
	if a.feed.deps.Breakdown != nil {
		var err error
		if answer, err = a.feed.deps.Breakdown(b, time.Now()); err != nil {
			return nil, err
		}
	}
	return answer.Answer(), nil
}
