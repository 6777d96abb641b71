package codes

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"wvwatch/internal/fault"
	"wvwatch/internal/strictyaml"
)

// maxOverlayEntries keeps every index within its 16 bits, and the number of
// series within reason.
const maxOverlayEntries = 10_000

// maxOverlayText bounds one text, in bytes.
const maxOverlayText = 500

// labelWord is what becomes the value of a label: short, plain, lower case.
var labelWord = regexp.MustCompile(`^[a-z][a-z0-9-]{0,39}$`)

// overlayFile is the form of an overlay file.
type overlayFile struct {
	Codes []overlayEntry `mapstructure:"codes"`
}

// overlayEntry is one entry of it. A field that is not given is nil.
type overlayEntry struct {
	DRM         *string `mapstructure:"drm"`
	Code        *string `mapstructure:"code"`
	Description *string `mapstructure:"description"`
	Category    *string `mapstructure:"category"`
	Severity    *string `mapstructure:"severity"`
	Owner       *string `mapstructure:"owner"`
	Outcome     *string `mapstructure:"outcome"`
	Hint        *string `mapstructure:"hint"`
}

// overlayField is a text of an entry of an overlay.
type overlayField struct {
	key   string
	given *string
	entry *string // what it replaces
}

// texts returns the fields of o that replace those of e.
func (o overlayEntry) texts(e *Entry) []overlayField {
	return []overlayField{
		{"description", o.Description, &e.Description}, {"category", o.Category, &e.Category}, {"severity", o.Severity, &e.Severity},
		{"owner", o.Owner, &e.Owner}, {"outcome", o.Outcome, &e.Outcome}, {"hint", o.Hint, &e.Hint},
	}
}

type overlayID struct {
	drm  DRM
	code int
}

// readOverlay returns the entries of a user's file as they shall be in the
// catalogue: those of base with the given fields changed, and new ones. The error is
// a fault.List with all faults of the file, but for a file that can not be read.
func readOverlay(file string, base *Catalogue) ([]Entry, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read overlay: %w", err)
	}
	return parseOverlay(file, text, base)
}

func parseOverlay(file string, text []byte, base *Catalogue) ([]Entry, error) {
	doc := strictyaml.Read[overlayFile](file, text, strictyaml.Options{})
	var o overlayFile
	doc.Decode(&o)
	var fs fault.List
	entries := o.entries(&fs, base, doc.Line)
	doc.Validated(fs.Err(), nil)
	return entries, doc.Err()
}

// entries returns the entries of the catalogue that o makes. line returns that of a path.
func (o overlayFile) entries(fs *fault.List, base *Catalogue, line func(path string) int) (entries []Entry) {
	switch {
	case len(o.Codes) == 0:
		fs.AddFix("", "write a list under the key codes, or unset codes.overlay", "holds no codes")
	case len(o.Codes) > maxOverlayEntries:
		fs.Add("codes", "%d entries: at most %d are taken", len(o.Codes), maxOverlayEntries)
		return nil
	}
	first := make(map[overlayID]string) // its path
	for i, c := range o.Codes {
		path := fmt.Sprintf("codes[%d]", i)
		before := len(*fs)
		id := c.identity(fs.At(path))
		if other, twice := first[id]; twice {
			fs.AddFix(path, "keep one", "%s %d is there twice, first in line %d", id.drm, id.code, line(other))
		} else if id.drm != Unknown && id.code != 0 {
			first[id] = path
		}
		e := base.Resolve(id.drm, id.code)
		if !e.Listed {
			e.Listed, e.Family, e.Category, e.Hint = true, familyOf(id.code), "", ""
		}
		c.apply(&e, fs.At(path))
		if len(*fs) > before {
			continue
		}
		if e.Description == "" || e.Category == "" {
			fs.AddFix(path, "give it a description and a category", "%s %d is in no table", id.drm, id.code)
			continue
		}
		entries = append(entries, e)
	}
	return entries
}

// identity returns the server and the number that an entry is about.
func (o overlayEntry) identity(fs fault.Scope) (id overlayID) {
	var err error
	if o.DRM == nil {
		fs.AddFix("", "one of "+strings.Join(drmNames[Widevine:], ", "), "key drm is missing")
	} else if id.drm, err = ParseDRM(strings.TrimSpace(*o.DRM)); err != nil {
		fs.Add("drm", "%v", err)
	}
	if o.Code == nil {
		fs.Add("", "key code is missing: a whole number from %d to %d", MinCode, MaxCode)
	} else if id.code, err = parseCode(strings.TrimSpace(*o.Code)); err != nil {
		fs.Add("code", "%v", err)
	}
	return id
}

// apply changes the texts of e that are given.
func (o overlayEntry) apply(e *Entry, fs fault.Scope) {
	for _, f := range o.texts(e) {
		if f.given == nil {
			continue
		}
		text := strings.TrimSpace(*f.given)
		if wrong := textFault(text); wrong != "" {
			fs.Add(f.key, "%s", wrong)
			continue
		}
		*f.entry = text
		switch accepted := map[string][]string{"severity": Severities(), "outcome": Outcomes()}[f.key]; {
		case accepted != nil && !slices.Contains(accepted, text):
			fs.AddFix(f.key, "one of "+strings.Join(accepted, ", "), "unknown %s %q", f.key, text)
		case (f.key == "category" || f.key == "owner") && !labelWord.MatchString(text):
			fs.Add(f.key, "bad %s %q: a word of up to 40 letters a-z, digits and dashes", f.key, text)
		case f.key == "category" && text == CategoryUnlisted:
			fs.AddFix(f.key, "choose another", "%q is kept for codes in no table", CategoryUnlisted)
		}
	}
}

// textFault returns what is wrong with a text, or "": what is printed and exported has
// to be one line.
func textFault(s string) string {
	switch {
	case s == "":
		return "is empty: leave the key out to keep what the table has"
	case len(s) > maxOverlayText:
		return fmt.Sprintf("%d bytes: at most %d are taken", len(s), maxOverlayText)
	case strings.ContainsFunc(s, unicode.IsControl):
		return "holds a line break, tab or control character: write it as one line"
	}
	return ""
}
