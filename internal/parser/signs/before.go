package signs

import (
	"bytes"

	"wvwatch/internal/parser/lex"
	"wvwatch/internal/parser/servers"
)

// What is before an object in its line: the logger, the program or the service that
// printed it.

// maxBefore is how much of the line is looked at.
const maxBefore = 160

// PrintedByOther reports whether t, before an object that is printed, names another service
// as what wrote it: [billing-api], com.example.payment.Client :, Twilio error. A name with a
// word for licences in it or after it is none.
func PrintedByOther(t []byte) bool {
	t = bytes.TrimRight(t, " \t\r\n")
	t = t[bytes.LastIndexByte(t, '\n')+1:]
	t = t[max(0, len(t)-maxBefore):]
	for i := 0; i < len(t); i++ {
		if !lex.IsWord(t[i]) {
			continue
		}
		start := i
		for i < len(t) && (lex.IsWord(t[i]) || t[i] == '-' || t[i] == '.' || t[i] == '/') {
			i++
		}
		if isOtherName(t[start:i], marksName(t, start, i)) && !lex.HasFold(t[start:], servers.LicenceWords) {
			return true
		}
	}
	return false
}

// marksName reports whether the word t[start:end] is where loggers write names: before a
// colon, a stroke or a bracket, or as the value of a field for a name.
func marksName(t []byte, start, end int) bool {
	k := lex.SkipBlanks(t, end)
	switch {
	case k >= len(t), t[k] == ':' || t[k] == '|' || t[k] == ']' || t[k] == ')' || t[k] == '>', end < len(t) && (t[end] == '[' || t[end] == '('):
		return true
	case k > end && t[k] == '-' && k+1 < len(t) && t[k+1] == ' ':
		return true
	case k > end && serviceParts[string(lex.FirstWord(t[k:]))]: // payment gateway
		return true
	case start > 1 && (t[start-1] == '=' || t[start-1] == '"' && t[start-2] == '='):
		var low [lex.MaxField]byte
		name := lex.FieldName(t, bytes.LastIndexByte(t[:start], '='))
		return len(name) <= len(low) && namingKeys[string(lex.Lower(low[:0], name))]
	}
	return false
}

// isOtherName reports whether a word is another service's name. One that is no vendor's
// must be marked as a name.
func isOtherName(word []byte, marked bool) bool {
	noun, part := false, bytes.IndexByte(word, '.') > 0 && bytes.IndexByte(word, '.') < bytes.LastIndexByte(word, '.')
	var low [lex.MaxField]byte
	for len(word) > 0 {
		n := endOfPart(word)
		for k := 0; k < n; k++ {
			if !lex.IsWord(word[k]) || word[k] == '_' {
				n = k
			}
		}
		if n <= len(low) {
			switch name := lex.Lower(low[:0], word[:n]); {
			case vendors[string(name)], marked && businesses[string(name)]:
				return true
			default:
				noun, part = noun || backEnds[string(name)], part || serviceParts[string(name)]
			}
		}
		for word = word[n:]; len(word) > 0 && (!lex.IsWord(word[0]) || word[0] == '_'); {
			word = word[1:]
		}
	}
	return marked && noun && part
}

// vendors are names, in lower case, of companies and products with codes of their own.
var vendors = lex.Set("stripe", "paypal", "adyen", "braintree", "klarna", "zuora", "twilio", "sendgrid", "mailgun", "keycloak", "salesforce", "appsflyer", "okta", "auth0",
	"pusher", "discord", "slack", "zendesk", "braze")

// businesses are names, in lower case, of an operator's services that sell, list and send.
var businesses = lex.Set("billing", "payment", "payments", "checkout", "invoice", "invoices", "crm", "epg", "cms", "sms", "fcm", "apns", "recommendation", "recommendations")

// serviceParts are words, in lower case, that make a name a service's: order-service,
// OrderClient.
var serviceParts = lex.Set("service", "svc", "api", "client", "gateway", "server", "backend", "worker", "controller", "manager")

// namesVendor reports whether a word of a text is a vendor's name.
func namesVendor(t []byte) bool {
	for i := 0; i < len(t) && i < maxBefore; i++ {
		start := i
		for i < len(t) && lex.IsWord(t[i]) {
			i++
		}
		if i > start && isOtherName(t[start:i], false) {
			return true
		}
	}
	return false
}
