package parser

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"wvwatch/internal/parser/lex"
)

// private is a family of names whose values point to one person, device, play or
// request. A label of them would tell who watches what, and has a value for each.
type private struct {
	what    string   // what a value names
	instead string   // what groups such values and may be a label
	words   []string // private alone
	withID  []string // private only as an id of it
}

var privateNames = []private{
	{what: "a device", instead: "device_type, device_model or platform", words: []string{
		"device", "handset", "udid", "did", "imei", "imsi", "idfa", "idfv", "gaid", "esn", "mac", "serial", "duid", "hwid",
	}, withID: []string{"client", "drm", "hardware", "installation", "install", "machine", "chip", "android", "advertising", "ad", "key", "stb", "tv"}},
	{what: "a person", instead: "tenant, country or plan", words: []string{
		"account", "subscriber", "user", "viewer", "household", "customer", "consumer", "login", "email", "mail", "phone", "msisdn", "sub",
	}, withID: []string{"profile", "subscription", "member", "person", "owner", "contract", "identity"}},
	{what: "a content", instead: "content_type or stream_type", words: []string{
		"content", "asset", "title", "movie", "episode", "kid",
	}, withID: []string{"media", "video", "vod", "program", "programme", "channel", "manifest", "event", "stream", "recording", "season", "series", "item"}},
	{what: "a session", instead: "platform or app_version", words: []string{"session", "sid", "ssid"},
		withID: []string{"play", "playback", "playing", "view", "connection", "ticket", "visit"}},
	{what: "a secret", instead: "token_type or issuer", words: []string{
		"token", "jwt", "cookie", "authorization", "authorizations", "authorisation", "auth", "bearer", "secret", "password", "passwd", "challenge", "credential", "nonce", "signature",
	}, withID: []string{"licence", "license"}},
	{what: "a network address", instead: "region, country or isp", words: []string{
		"ip", "ips", "ipv4", "ipv6", "addr", "address", "xff", "forwarded", "clientip", "remoteip", "userip", "sourceip", "srcip", "peerip",
	}},
	{what: "a request", instead: "platform, app_version or region", words: []string{"cid", "rid"},
		withID: []string{"request", "req", "correlation", "trace", "span", "transaction", "tx", "message", "log", "operation"}},
}

// ids end a name that tells one from all others.
var ids = []string{"id", "ids", "uuid", "guid", "uid", "urn", "hash", "ref", "number", "nr", "no", "serial"}

// vague names say nothing of their own: the member around them does.
var vague = []string{"name", "value", "text", "raw", "string", "data", "key", "info", "details", "meta", "properties", "attributes"}

// kindWords end a name that groups: a device_type is no device.
var kindWords = []string{
	"type", "class", "kind", "model", "make", "brand", "vendor", "manufacturer", "family", "os", "platform", "category", "tier", "plan", "level",
	"country", "region", "city", "zone", "language", "locale", "status", "state", "version", "generation", "group", "role", "tenant", "operator",
	"provider", "mode", "server", "format", "agent", "issuer", "scheme", "count", "quality", "method", "reason", "isp", "network",
}

// checkPrivate tells why a path, by its members, may not be a label's.
func checkPrivate(path []string) error {
	id := false
	for len(path) > 0 {
		name := path[len(path)-1]
		path = path[:len(path)-1]
		words := wordsOf(name)
		if len(words) == 0 || lex.AllDigits([]byte(name)) { // * or the index of an array
			continue
		}
		rest := words
		for len(rest) > 0 && slices.Contains(ids, rest[len(rest)-1]) {
			rest, id = rest[:len(rest)-1], true
		}
		if len(rest) > 0 && slices.Contains(kindWords, rest[len(rest)-1]) && (len(words) > 1 || !isPrivate(words)) {
			return nil
		}
		for _, p := range privateNames {
			for i, w := range words {
				if slices.Contains(p.words, w) || id && slices.Contains(p.withID, w) && i < len(rest) {
					return fmt.Errorf("%q names %s: it points to one and has as many values as there are, so it never becomes a label; take what groups them, such as %s", name, p.what, p.instead)
				}
			}
		}
		if len(rest) > 0 && !slices.Contains(vague, rest[len(rest)-1]) {
			return nil
		}
	}
	if id {
		return fmt.Errorf("the name says an id, but not of what: ids of devices, accounts, contents, sessions or requests never become labels; name the member around it too, such as operator.id")
	}
	return nil
}

func isPrivate(words []string) bool {
	for _, p := range privateNames {
		for _, w := range words {
			if slices.Contains(p.words, w) {
				return true
			}
		}
	}
	return false
}

// wordsOf splits a name at what is no letter or digit, where capitals begin a
// word, and where a private word is written together with what follows it.
func wordsOf(name string) []string {
	if lower := strings.ToLower(name); isPrivate([]string{lower}) {
		return []string{lower}
	}
	var words []string
	runes := []rune(name)
	start := 0
	end := func(i int) {
		if i > start {
			words = append(words, splitGlued(strings.ToLower(string(runes[start:i])))...)
		}
		start = i
	}
	for i, r := range runes {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			end(i)
			start = i + 1
		case i > start && unicode.IsUpper(r) && (!unicode.IsUpper(runes[i-1]) || i+1 < len(runes) && unicode.IsLower(runes[i+1])):
			end(i)
		}
	}
	end(len(runes))
	return words
}

// splitGlued splits deviceid, username and accesstoken.
func splitGlued(word string) []string {
	for _, p := range privateNames {
		for _, w := range slices.Concat(p.words, p.withID) {
			rest, ok := strings.CutPrefix(word, w)
			if !ok || rest == "" {
				continue
			}
			if rest == "s" || slices.Contains(ids, rest) || slices.Contains(kindWords, rest) || slices.Contains(vague, rest) {
				return []string{w, rest}
			}
		}
		for _, w := range p.words {
			if rest, ok := strings.CutSuffix(word, w); ok && len(w) >= 4 && rest != "" {
				return []string{rest, w}
			}
		}
	}
	return []string{word}
}
