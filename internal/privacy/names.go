package privacy

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"unicode"
)

// family is a set of names with values that point to one person, device, play or
// request. A label with such a value would show who watches what, and would have a
// value for each.
type family struct {
	what    string   // what a value identifies
	instead string   // labels that group such values
	words   []string // private alone
	withID  []string // private only as an id of it
}

// families is the dictionary of private names: a new name is a word here and
// nothing else.
var families = []family{
	{what: "a device", instead: "device_type, device_model or platform", words: []string{
		"device", "handset", "udid", "did", "imei", "imsi", "iccid", "meid", "sim", "idfa", "idfv", "gaid", "adid", "ssaid", "esn", "mac", "bssid", "serial", "sn", "duid", "hwid",
		"smartcard", "casn", "nuid", "stb", "fingerprint",
	}, withID: []string{"client", "drm", "hardware", "installation", "install", "machine", "chip", "android", "advertising", "ad", "key", "tv"}},
	{what: "a person", instead: "tenant, country or plan", words: []string{
		"account", "acct", "subscriber", "user", "viewer", "household", "customer", "consumer", "login", "email", "mail", "phone", "mobile", "tel", "telephone", "msisdn", "sub",
		"person", "firstname", "lastname", "surname", "fullname", "nickname", "holder", "owner", "born", "birth", "birthday", "dob", "age", "gender", "sex", "passport",
		"ssn", "ahv", "plate", "handle", "contact", "usr", "uname", "cust", "nick", "alias", "member", "spouse", "guest", "addressee", "diagnosis", "note", "comment", "feedback", "hh",
	}, withID: []string{"profile", "subscription", "contract", "agreement", "identity", "national", "document", "tax"}},
	{what: "a content", instead: "content_type or stream_type", words: []string{
		"content", "asset", "title", "movie", "episode", "kid",
	}, withID: []string{"media", "video", "vod", "program", "programme", "channel", "manifest", "event", "stream", "recording", "season", "series", "item"}},
	{what: "a session", instead: "platform or app_version", words: []string{"session", "sess", "sessid", "sid", "ssid", "phpsessid", "jsessionid"},
		withID: []string{"play", "playback", "playing", "view", "connection", "ticket", "visit"}},
	{what: "a secret", instead: "token_type or issuer", words: []string{
		"token", "jwt", "cookie", "authorization", "authorizations", "authorisation", "auth", "bearer", "secret", "password", "passwd", "pwd", "passphrase", "passcode", "challenge",
		"credential", "credentials", "cred", "creds", "pw", "psw", "nonce", "signature", "sig", "hmac", "otp", "pin", "cvv", "cvc", "mfa", "tfa", "tan", "pssh",
	}, withID: []string{"licence", "license"}},
	{what: "money", instead: "plan or country", words: []string{"iban", "card", "pan", "bank"}},
	{what: "a place", instead: "region or country", words: []string{
		"geo", "gps", "lat", "latitude", "lon", "lng", "longitude", "coords", "coordinates", "position", "location", "street", "postal", "postcode",
	}},
	{what: "a network address", instead: "region, country or isp", words: []string{
		"ip", "ips", "ipv4", "ipv6", "addr", "address", "addresses", "xff", "forwarded", "clientip", "remoteip", "userip", "sourceip", "srcip", "peerip",
	}},
	{what: "a request", instead: "platform, app_version or region", words: []string{"cid", "rid"},
		withID: []string{"request", "req", "correlation", "trace", "span", "transaction", "tx", "message", "log", "operation"}},
}

// textOnly are names that are private in a text, and groups often enough that a
// label may have them: its values are checked by themselves.
var textOnly = []string{
	"name", "pass", "verification", "verifier", "security", "ticket", "contract", "profile", "programme", "city", "zip", "recording", "agreement",
}

// ids end a name that distinguishes one thing from all others.
var ids = []string{"id", "ids", "uuid", "guid", "uid", "urn", "hash", "ref", "number", "nr", "no", "serial"}

// vague names mean nothing of their own: the member around them does.
var vague = []string{"name", "value", "text", "raw", "string", "data", "key", "info", "details", "meta", "properties", "attributes"}

// kindWords end a name that groups: a device_type is no device.
var kindWords = []string{
	"type", "class", "kind", "model", "make", "brand", "vendor", "manufacturer", "family", "os", "platform", "category", "tier", "plan", "level",
	"country", "region", "city", "zone", "language", "locale", "status", "state", "version", "generation", "group", "role", "tenant", "operator",
	"provider", "mode", "server", "format", "agent", "issuer", "scheme", "count", "quality", "method", "reason", "isp", "network",
}

// CheckName returns an error if a label may not get its value from path, the
// names of a field and of the objects around it, outermost first: the value would
// identify a device, a person, a content, a session, a request or an address, or
// be a secret.
func CheckName(path []string) error {
	id := false
	for len(path) > 0 {
		name := path[len(path)-1]
		path = path[:len(path)-1]
		words := wordsOf(name)
		if len(words) == 0 || strings.Trim(name, "0123456789") == "" { // * or the index of an array
			continue
		}
		rest := words
		for len(rest) > 0 && slices.Contains(ids, rest[len(rest)-1]) {
			rest, id = rest[:len(rest)-1], true
		}
		if groups(words, rest) {
			return nil
		}
		for _, f := range families {
			for i, w := range words {
				if slices.Contains(f.words, w) || id && slices.Contains(f.withID, w) && i < len(rest) {
					return fmt.Errorf("%q names %s: it points to one and has as many values as there are, so it never becomes a label; take what groups them, such as %s", name, f.what, f.instead)
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

// groups reports whether a name of these words, the last ids cut off in rest, is
// the name of a group.
func groups(words, rest []string) bool {
	return len(rest) > 0 && slices.Contains(kindWords, rest[len(rest)-1]) && (len(words) > 1 || !isPrivate(words))
}

func isPrivate(words []string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return privateWords()[w] })
}

// privateWords are the words of the families that are private alone.
var privateWords = sync.OnceValue(func() map[string]bool {
	all := make(map[string]bool)
	for _, f := range families {
		for _, w := range f.words {
			all[w] = true
		}
	}
	return all
})

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

// gluedWords are the words of the families: what begins or ends with one is split.
var gluedWords = sync.OnceValue(func() map[string]bool {
	all := make(map[string]bool)
	for _, f := range families {
		for _, w := range slices.Concat(f.words, f.withID) {
			all[w] = true
		}
	}
	return all
})

// splitGlued splits deviceid, username and accesstoken.
func splitGlued(word string) []string {
	private := privateWords()
	if private[word] {
		return []string{word}
	}
	for i := len(word) - 1; i > 0; i-- {
		if rest := word[i:]; gluedWords()[word[:i]] && (rest == "s" || slices.Contains(ids, rest) || slices.Contains(kindWords, rest) || slices.Contains(vague, rest)) {
			return []string{word[:i], rest}
		}
	}
	for i := 1; i <= len(word)-4; i++ {
		if private[word[i:]] {
			return []string{word[:i], word[i:]}
		}
	}
	return []string{word}
}
