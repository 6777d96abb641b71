// Package privacy decides what of a log leaves the daemon.
//
// Redact shows of a record what is known to be harmless, and nothing else: words
// of technical prose, the names of fields, times, HTTP statuses and other numbers
// that a known name or a unit explains, the path of a licence server with its
// tenant, punctuation, and the evidence for which the record is shown. All else
// becomes a marker. Nothing is shown of the value of a private name, and of an
// unknown one nothing but the evidence. No rule lists what a secret looks like: a
// kind that no one has thought of is hidden because no rule allows it.
//
// CheckName and LabelValue decide which fields and which values may become
// labels. The dictionary of private names is families, the vocabulary words.txt.
//
// Limits: words of the vocabulary are shown wherever no name marks them as
// private, so a password of such words shows in a sentence without
// "password:" before it.
package privacy
