package codes

import (
	"cmp"
	"slices"
	"strings"
)

// UniqueText is a description that only one sibling server's list (never
// Widevine's) has for a code, so that the text alone names the server. It may be
// searched for within a record: no other server's text for that code contains
// it, other than one that stands before it in the same UniqueTexts.
type UniqueText struct {
	DRM  DRM
	Text string // lower case, no final full stop
}

// sessionLimit is SSM's other word for its code 1007: servers send it, the list
// does not have it.
var sessionLimit = UniqueText{DRM: SSM, Text: "user_reached_maximum_sessions_limit"}

const sessionLimitCode = 1007

// uniqueTexts returns, by number, the texts that stand in the list of one
// sibling server and nowhere else, at whatever number.
func uniqueTexts(listed []Entry) map[int][]UniqueText {
	owner := make(map[string]DRM) // Unknown where several lists share the text
	for _, e := range listed {
		key := spelling(e.Description)
		if d, seen := owner[key]; seen && d != e.DRM {
			owner[key] = Unknown
		} else {
			owner[key] = e.DRM
		}
	}
	unique := func(e Entry) bool {
		d := owner[spelling(e.Description)]
		return d == e.DRM && d != Widevine
	}
	byCode := make(map[int][]UniqueText)
	for _, e := range listed {
		within := func(o Entry) bool {
			return o.Code == e.Code && o.DRM != e.DRM && !unique(o) &&
				strings.Contains(spelling(o.Description), spelling(e.Description))
		}
		if unique(e) && !slices.ContainsFunc(listed, within) {
			byCode[e.Code] = append(byCode[e.Code], UniqueText{DRM: e.DRM, Text: plainText(e.Description)})
		}
	}
	byCode[sessionLimitCode] = append(byCode[sessionLimitCode], sessionLimit)
	for _, texts := range byCode {
		// A text that contains another is the better match.
		slices.SortStableFunc(texts, func(a, b UniqueText) int { return cmp.Compare(len(b.Text), len(a.Text)) })
	}
	return byCode
}

// plainText returns a description as it is compared with a message.
func plainText(description string) string {
	return strings.TrimSuffix(strings.ToLower(description), ".")
}

// spelling returns a key under which two spellings of one description meet:
// the vendor's lists spell authorisation both ways.
func spelling(description string) string {
	return strings.ReplaceAll(plainText(description), "authoris", "authoriz")
}
