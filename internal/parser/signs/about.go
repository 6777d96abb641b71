package signs

import (
	"bytes"

	"wvwatch/internal/parser/fieldnames"
	"wvwatch/internal/parser/lex"
)

// Records about codes that report none: counts, samples of metrics, alerts, settings,
// queries for them.

// countKeys are names of members that count codes, if they are whole numbers.
var countKeys = lex.Set("count", "Count", "counts", "total", "Total", "occurrences", "hits", "doc_count", "threshold")

// alertKeys are names of members of an alert or of a sample of a metric.
var alertKeys = lex.Set("alertname", "alert_name", "alertName", "alertstate", "__name__", "rule_name", "ruleName")

// aboutLiterals are in every object with one of these names.
var aboutLiterals = lex.Words("ount", "otal", "occurrences", "hits", "threshold", "alert", "__name__", "rule")

func isAbout(m *fieldnames.MemberReader) bool {
	return countKeys[string(m.Name)] && lex.AllDigits(m.Value) || alertKeys[string(m.Name)]
}

// CountsCodes reports whether an object with an extra counts codes, or is an alert about
// them.
func CountsCodes(object []byte) bool {
	if !lex.AnyIn(object, aboutLiterals) {
		return false
	}
	for m, n := fieldnames.MembersOf(object), 0; n < maxWeighed && m.Next(); n++ {
		if isAbout(&m) {
			return true
		}
	}
	return false
}

// MentionedIn reports whether an object under the name only mentions a code: the query of
// a request that holds nothing about an error, a rule, an example.
func MentionedIn(name, object []byte) bool {
	return mentionKeys[string(name)] || queryKeys[string(name)] && !lex.HasFold(object, errorParameters)
}

// mentionKeys are names of objects of searches, settings, documents and tests.
var mentionKeys = lex.Set("term", "terms", "match", "filter", "filters", "where", "rule", "example", "stub", "mock", "fixture", "expected", "strings", "i18n", "translations")

var queryKeys = lex.Set("query", "queryParams", "query_params", "queryString", "query_string", "queryStringParameters", "multiValueQueryStringParameters", "searchParams", "search_params")

// errorParameters are words, in lower case, of the query of a report about an error.
var errorParameters = lex.Words("error=", `error"`, "drm", "fail", "licen", "what", "event")

// MentionsCode reports whether the text around the field at t[start], with its value at
// t[value], counts, describes or asks for codes: errors_total{extra="4025"} 17,
// extra=4025 count=17, where extra = 4025, extra=4025 means.
func MentionsCode(t []byte, from, start, value int) bool {
	before := lastLine(t[max(from, start-maxMention):start])
	end := value
	for end < len(t) && (lex.IsDigit(t[end]) || t[end] == '"' || t[end] == '\'' || t[end] == '\\') {
		end++
	}
	after := lex.FirstLine(t[end:min(len(t), end+maxMention)])
	return t[value-1] == '"' && isSample(before, after) || describes.beginsIn(after) || endsCondition(before) || countsIn(before) || countsIn(after)
}

// maxMention is how far before and after a field its line is looked at.
const maxMention = 128

func lastLine(t []byte) []byte { return t[bytes.LastIndexByte(t, '\n')+1:] }

// conditions are words, in lower case, before a field that a statement compares.
var conditions = lex.Words("where ", "having ")

// endsCondition reports whether a condition of a statement is in the text before a field.
func endsCondition(before []byte) bool {
	for _, w := range conditions {
		for i := 0; ; {
			n := lex.IndexFold(before[i:], w)
			if n < 0 {
				break
			}
			if i += n; i > 0 && before[i-1] == ' ' {
				return true
			}
			i += len(w)
		}
	}
	return false
}

// words are the beginnings of a text after a field.
type words [][]byte

var describes = words(lex.Words("means", "stands for", "indicates", "is when"))

// beginsIn reports whether t begins with one of w, after blanks and quotes.
func (w words) beginsIn(t []byte) bool {
	i := 0
	for i < len(t) && i < 4 && (t[i] == ' ' || t[i] == '`' || t[i] == ':') {
		i++
	}
	return i > 0 && lex.BeginsWithOne(t[i:], w)
}

// isSample reports whether a field is the label of a metric's sample, in the form of
// Prometheus: a name, labels in braces, a value.
func isSample(before, after []byte) bool {
	i, k := bytes.LastIndexByte(before, '{'), bytes.IndexByte(after, '}')
	if i <= 0 || k < 0 || !lex.IsWord(before[i-1]) || bytes.IndexByte(before[i:], '}') >= 0 {
		return false
	}
	value := lex.SkipBlanks(after, k+1)
	return value > k+1 && value < len(after) && lex.IsDigit(after[value])
}

var influxInteger = []byte("i")

// IsCompared reports whether the field at t[start] is one that a statement compares.
func IsCompared(t []byte, from, start int) bool {
	return endsCondition(lastLine(t[max(from, start-maxMention):start]))
}

// endsCount are the last letters of the names that countsIn looks for.
var endsCount = [256]bool{'t': true, 'l': true, 's': true, 'd': true, 'e': true, '_': true}

// countsIn reports whether fields of a line count codes, or are an alert's.
func countsIn(t []byte) bool {
	for i := 0; ; i++ {
		n := bytes.IndexByte(t[i:], '=')
		if n < 0 {
			return false
		}
		i += n
		if i == 0 || !endsCount[t[i-1]] {
			continue
		}
		name := lex.FieldName(t, i)
		if alertKeys[string(name)] || string(name) == "alert" && !isBoolean(lex.WordAt(t, i+1)) || string(name) == "threshold" || countKeys[string(name)] && lex.IsNumber(bytes.TrimSuffix(lex.WordAt(t, i+1), influxInteger)) {
			return true
		}
	}
}

func isBoolean(word []byte) bool { return string(word) == "true" || string(word) == "false" }
