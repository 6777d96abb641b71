package privacy

import (
	"bytes"
	_ "embed"
	"slices"
	"strings"
	"sync"
)

// vocabularyText has the words of technical prose, one a line, in lower case:
// those of the messages of the Go and Python libraries and of operating systems,
// of the licence servers' tables, and of the programs that write such logs. No
// given name, family name or town is among them, and no word that only a person
// would write.
//
//go:embed words.txt
var vocabularyText string

var vocabulary = sync.OnceValue(func() map[string]bool {
	all := make(map[string]bool)
	for w := range strings.Lines(vocabularyText) {
		all[strings.TrimSpace(w)] = true
	}
	for _, f := range families {
		for _, w := range f.words {
			all[w] = true
		}
	}
	for _, w := range slices.Concat(textOnly, ids, vague, kindWords) {
		all[w] = true
	}
	return all
})

// maxWordParts bounds the words that are written together as one.
const maxWordParts = 16

// isKnown reports whether w is a word of the vocabulary, or several that are
// written together: KeyManager, KEY_MANAGER.
func isKnown(w []byte) bool {
	if len(w) == 0 || len(w) > 100 || bytes.IndexByte(w, other) >= 0 {
		return false
	}
	known := vocabulary()
	if known[lower(w)] {
		return len(w) > 1 || w[0] == 'a'
	}
	parts := humps(w)
	if len(parts) < 2 || len(parts) > maxWordParts {
		return false
	}
	for _, p := range parts {
		if l := lower(p); !known[l] || len(l) < 2 {
			return false
		}
	}
	return true
}

// humps splits KeyManagerSDKError at its capitals.
func humps(w []byte) (parts [][]byte) {
	start := 0
	for i := 1; i < len(w); i++ {
		if isUpper(w[i]) && (!isUpper(w[i-1]) || i+1 < len(w) && isLower(w[i+1])) {
			parts, start = append(parts, w[start:i]), i
		}
	}
	return append(parts, w[start:])
}

func isUpper(c byte) bool { return c >= 'A' && c <= 'Z' }

func isLower(c byte) bool { return c >= 'a' && c <= 'z' }

func lower(w []byte) string { return strings.ToLower(string(w)) }

// name is what the name of a field shows about its value.
type name struct {
	private     bool // the value is private whatever it is
	unknown     bool // not of known words
	vague       bool // shows nothing: value
	value       bool // belongs to a name in the same object: {"name":"pin","value":"1234"}
	whole       bool // one name and nothing else
	header      bool // of an HTTP header: the value extends to the end of the line
	numeric     bool // the value is a number of no person: a status, a size
	time        bool
	correlation bool
	tenant      bool
	version     bool
	code        bool // the value is the number of an error
}

// namedThings may have a name that is no person's.
var namedThings = []string{"logger", "log", "thread", "class", "service", "server", "pod", "app", "application", "container", "namespace", "error", "event", "exception", "code", "field",
	"codec", "method", "module", "function", "func", "job", "task", "level", "rule", "alert", "package", "component", "stream", "product", "image", "node", "cluster", "deployment"}

// ofNumbers are the words that explain a number.
var ofNumbers = []string{"status", "code", "extra", "extras", "errorcode", "what", "severity", "level", "line", "lineno", "port", "size", "bytes", "length", "count", "retries", "attempt", "attempts",
	"duration", "elapsed", "latency", "took", "percent", "priority", "timeout", "errno", "flags", "rt", "millis", "pid", "tid", "version", "thread", "worker", "exec", "time", "category",
	"retry", "seconds", "milliseconds", "ms", "bitrate", "queue", "error", "exit", "http", "sent", "received"}

// beforeNumbers are the words that may come before one of ofNumbers in a name:
// a status_code is a number of no person, an area_code is.
var beforeNumbers = []string{"error", "status", "response", "resp", "res", "request", "req", "http", "exit", "result", "return", "reason", "drm", "native", "vendor", "system", "server", "sub", "inner", "detailed", "extra",
	"api", "wv", "widevine", "licence", "license", "body", "bytes", "upstream", "downstream", "header", "sent", "received", "retry", "max", "min", "elb", "target", "origin", "edge", "cache", "read", "write", "connect",
	"connection", "processing", "backend", "proxy", "time", "total", "queue", "thread", "worker", "sdk", "player", "os", "app", "protocol", "schema", "build", "android", "hdcp", "log", "syslog", "local", "remote",
	"source", "destination", "process", "exec", "sc", "cs", "grpc", "content", "event", "media", "playback", "duration", "elapsed", "severity", "what", "latency", "first", "last", "key", "manager", "kms", "ssp", "ssm"}

var (
	ofCorrelation = []string{"correlation", "cid", "rid", "request", "req", "trace", "span"}
	ofTimes       = []string{"time", "timestamp", "ts", "datetime", "date", "msec", "epoch", "at", "millis", "t"}
	ofContents    = []string{"length", "encoding", "disposition", "range", "protection"}          // of Content-Length
	bindNames     = []string{"args", "argv", "params", "parameters", "binds", "bindings", "rows"} // the names of the values are elsewhere
	valueNames    = []string{"value", "val", "v", "stringvalue", "string", "text", "content", "data", "integer", "int", "real", "date"}
)

// nameOf returns what w shows as the name of a field.
func nameOf(w []byte) name {
	if !isName(w) || len(w) > 100 {
		return name{unknown: true}
	}
	words := wordsOf(string(w))
	k := name{whole: true, unknown: len(words) == 0}
	last := ""
	for _, word := range words {
		if strings.Trim(word, "0123456789") == "" && len(word) < 3 {
			continue
		}
		last = word
		if word == "x" { // of a header's name
			continue
		}
		if !isKnown([]byte(word)) || len(word) == 1 {
			k.unknown = true
		}
	}
	if k.unknown && isKnown(w) && len(w) > 1 {
		k.unknown = false
	}
	rest := words
	for len(rest) > 1 && slices.Contains(ids, rest[len(rest)-1]) {
		rest = rest[:len(rest)-1]
	}
	has := func(list []string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return slices.Contains(list, w) })
	}
	k.correlation = len(rest) < len(words) && has(ofCorrelation) || last == "cid" || last == "rid"
	k.header = last == "cookie" || has([]string{"authorization", "authorizations", "authorisation"})
	k.value = slices.Contains(valueNames, strings.ToLower(string(w))) || last == "value"
	k.vague = last == "value" || slices.Contains(bindNames, last)
	k.tenant = rest[max(len(rest)-1, 0):] != nil && slices.Contains(rest, "tenant")
	k.version, k.code = last == "version", slices.Contains([]string{"code", "errorcode", "status", "extra", "extras", "error"}, last)
	k.time = slices.Contains(ofTimes, last)
	k.numeric = slices.Contains(ofNumbers, last)
	for _, w := range words {
		k.numeric = k.numeric && (slices.Contains(ofNumbers, w) || slices.Contains(beforeNumbers, w))
	}
	k.numeric = k.numeric || slices.Contains(ofNumbers, strings.Join(words, ""))
	switch {
	case k.tenant, k.correlation && !isPrivate(rest):
	case groups(words, rest) && len(rest) == len(words):
	case last == "name" && has(namedThings), len(words) > 1 && words[len(words)-2] == "content" && slices.Contains(ofContents, last):
	case isPrivate(words), slices.ContainsFunc(words, func(w string) bool { return slices.Contains(textOnly, w) }):
		k.private = true
	case len(rest) < len(words) || len(words) == 1 && slices.Contains(ids, last):
		k.private = !k.numeric
	}
	if k.private && k.correlation && (last == "cid" || last == "rid") && len(words) == 1 {
		k.private = false
	}
	if k.private {
		k.numeric, k.time = false, false
	}
	return k
}

// isName reports whether w can be the name of a field.
func isName(w []byte) bool {
	letters := 0
	for i, c := range w {
		switch {
		case c|0x20 >= 'a' && c|0x20 <= 'z', c == other:
			letters++
		case c == '_' || c == '-' || c == '.' || c == '@' && i == 0 || c == '$' && i == 0 || c == '+' || c == '\'' && i == 1:
		case isDigit(c):
		case c == '[' || c == ']' || c == ' ':
			return false
		default:
			return false
		}
	}
	return letters > 0
}
