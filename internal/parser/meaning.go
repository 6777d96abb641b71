package parser

import (
	"wvwatch/internal/parser/result"
	"wvwatch/internal/parser/signs"
)

// What evidence, reasons and signs mean, in words for people.

var evidenceMeanings = [result.NumEvidence]string{
	result.ServerBody:   "an object with errorCode, as the licence server answers",
	result.ExtraField:   "a field named as the extra",
	result.Callback:     "the callback onError with what and extra",
	result.SessionWords: "the session server's words",
	result.ServerWords:  "the licence server's words, printed outside JSON",
	result.BareText:     "errorCode in text next to a licence path",
	result.Configured:   "where the source's configuration says",
}

var reasonMeanings = [result.NumReasons]string{
	result.PlayerObject: "the number is a player's own",
	result.Negative:     "a minus sign: an operating system's error",
	result.Attached:     "something touches the number",
	result.OutOfRange:   "not from 1000 to 9999",
	result.AndroidWhat:  "the Android framework's own error",
	result.NoObject:     "errorCode outside an object, without the licence server's words",
	result.OtherPath:    "the record's request went to another service",
	result.NoEvidence:   "no code can be here",
}

// EvidenceMeaning returns what a kind of evidence is, in words.
func EvidenceMeaning(e result.Evidence) string { return evidenceMeanings[e] }

// ReasonMeaning returns why a number is no code, in words.
func ReasonMeaning(r result.Reason) string { return reasonMeanings[r] }

// SignMeaning returns what the sign with a name is, in words; "" for none.
func SignMeaning(name string) string {
	for _, s := range signs.Signs {
		if s.Name == name && name != "" {
			return s.Meaning
		}
	}
	return ""
}
