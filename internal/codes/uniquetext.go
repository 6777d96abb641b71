package codes

import (
	"cmp"
	"slices"
	"strings"
)

// UniqueText is a description that only one sibling server's list (never
// Widevine's) has for a code, so that the text alone names the server. It may be
// searched for within a record: where that holds one of Unless, it is another
// server's text that has been found.
type UniqueText struct {
	DRM    DRM
	Text   string   // lower case, no final full stop
	Unless []string // in the same form: other servers' texts for the code that contain it; not to be changed
}

// sessionLimit is SSM's other word for its code 1007: servers send it, the list
// does not have it.
var sessionLimit = UniqueText{DRM: SSM, Text: "user_reached_maximum_sessions_limit"}

const sessionLimitCode = 1007

// uniqueTexts returns, by number, the texts that are in the list of one
// sibling server and nowhere else, at whatever number. They are compared by the
// letter: the lists spell authorisation both ways, and so do the servers.
func uniqueTexts(listed []Entry) map[int][]UniqueText {
	owner := make(map[string]DRM) // Unknown where several lists share the text
	texts := make([]string, len(listed))
	for i, e := range listed {
		key := plainText(e.Description)
		texts[i] = key
		if d, seen := owner[key]; seen && d != e.DRM {
			owner[key] = Unknown
		} else {
			owner[key] = e.DRM
		}
	}
	byCode := make(map[int][]UniqueText)
	for i, e := range listed {
		text := texts[i]
		if d := owner[text]; d != e.DRM || d == Widevine {
			continue
		}
		u := UniqueText{DRM: e.DRM, Text: text}
		for j, o := range listed {
			if other := texts[j]; o.Code == e.Code && o.DRM != e.DRM && strings.Contains(other, text) && !slices.Contains(u.Unless, other) {
				u.Unless = append(u.Unless, other)
			}
		}
		byCode[e.Code] = append(byCode[e.Code], u)
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
