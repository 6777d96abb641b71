package web

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"time"

	"wvwatch/internal/codes"
	"wvwatch/internal/metrics"
	"wvwatch/internal/parser"
)

// maxSamples bounds an answer: the newest are in it.
const maxSamples = 200

// samplesBody answers /api/v1/samples.
type samplesBody struct {
	Now     time.Time   `json:"now"`
	Samples []sampleRow `json:"samples"`  // newest first
	LeftOut int         `json:"left_out"` // over the bound
}

// sampleRow is the text of one record, redacted.
type sampleRow struct {
	Source string    `json:"source"`
	File   string    `json:"file"`
	Taken  time.Time `json:"taken"` // when it was read
	DRM    string    `json:"drm,omitempty"`
	Code   int       `json:"code,omitempty"`
	Reason string    `json:"reason,omitempty"` // why it has no code, or a number in it is none
	Number int       `json:"number,omitempty"` // that was refused
	Text   string    `json:"text"`
	Marks  []mark    `json:"marks"` // numbers of Text that count, and those that are ignored
}

// samples answers with the samples of one source, one code or one reason, where
// they are given.
func (a *api) samples(q url.Values) (any, error) {
	fr := a.feed.frame()
	source, drm, reason := q.Get("source"), q.Get("drm"), q.Get("reason")
	if err := checkPlace(fr, source, drm); err != nil {
		return nil, err
	}
	code := 0
	if text := q.Get("code"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < codes.MinCode || n > codes.MaxCode {
			return nil, fmt.Errorf("code: %q is no number from %d to %d", text, codes.MinCode, codes.MaxCode)
		}
		code = n
	}
	if all := reasons(); reason != "" && !slices.Contains(all, reason) {
		return nil, fmt.Errorf("reason: %q is none of %q", reason, all)
	}
	body := samplesBody{Now: fr.status.Now, Samples: []sampleRow{}}
	if a.feed.deps.Samples == nil {
		return body, nil
	}
	list := a.feed.deps.Samples(func(s *metrics.Sample) bool {
		return (source == "" || s.Source == source) && (drm == "" || s.Code != 0 && s.DRM.String() == drm) &&
			(code == 0 || s.Code == code) && (reason == "" || s.Reason == reason)
	})
	body.LeftOut = max(0, len(list)-maxSamples)
	for _, s := range list[:len(list)-body.LeftOut] {
		row := sampleRow{Source: s.Source, File: s.File, Taken: s.Taken.UTC(), Code: s.Code, Reason: s.Reason, Number: s.Number, Text: s.Text, Marks: a.marker.marks(&s, fr.catalogue)}
		if s.Code != 0 {
			row.DRM = s.DRM.String()
		}
		body.Samples = append(body.Samples, row)
	}
	return body, nil
}

// reasons are those for which a number or a record does not count.
func reasons() []string {
	var all []string
	for r := range parser.NoEvidence { // that one is for parse --explain only
		all = append(all, r.String())
	}
	for m := range parser.NumMissing {
		all = append(all, m.String())
	}
	return all
}
