package parser

import (
	"wvwatch/internal/parser/result"
	"wvwatch/internal/parser/signs"
)

// EvidenceMeaning returns what a kind of evidence is, in words.
func EvidenceMeaning(e result.Evidence) string { return e.Meaning() }

// ReasonMeaning returns why a number is no code, in words.
func ReasonMeaning(r result.Reason) string { return r.Meaning() }

// SignMeaning returns what the sign with a name is, in words; "" for none.
func SignMeaning(name string) string { return signs.Meaning(name) }
