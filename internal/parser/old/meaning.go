package old

// What evidence, reasons and signs mean, in words for people.

var evidenceMeanings = [NumEvidence]string{
	ServerBody:   "an object with errorCode, as the licence server answers",
	ExtraField:   "a field named as the extra",
	Callback:     "the callback onError with what and extra",
	SessionWords: "the session server's words",
	ServerWords:  "the licence server's words, printed outside JSON",
	BareText:     "errorCode in text next to a licence path",
	Configured:   "where the source's configuration says",
}

var reasonMeanings = [NumReasons]string{
	PlayerObject: "the number is a player's own",
	Negative:     "a minus sign: an operating system's error",
	Attached:     "something touches the number",
	OutOfRange:   "not from 1000 to 9999",
	AndroidWhat:  "the Android framework's own error",
	NoObject:     "errorCode outside an object, without the licence server's words",
	OtherPath:    "the record's request went to another service",
	NoEvidence:   "no code can be here",
}

// EvidenceMeaning returns what a kind of evidence is, in words.
func EvidenceMeaning(e Evidence) string { return evidenceMeanings[e] }

// ReasonMeaning returns why a number is no code, in words.
func ReasonMeaning(r Reason) string { return reasonMeanings[r] }

// SignMeaning returns what the sign with a name is, in words; "" for none.
func SignMeaning(name string) string {
	for _, s := range signs {
		if s.name == name && name != "" {
			return s.meaning
		}
	}
	return ""
}
