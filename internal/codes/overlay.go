package codes

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"
)

// overlayKeys are the keys of one entry of an overlay file.
var overlayKeys = []string{"drm", "code", "description", "category", "severity", "owner", "outcome", "hint"}

// maxOverlayEntries keeps every index within its 16 bits, and the number of
// series within reason.
const maxOverlayEntries = 10_000

// maxOverlayText bounds one text, in bytes.
const maxOverlayText = 500

// labelWord is what becomes the value of a label: short, plain, lower case.
var labelWord = regexp.MustCompile(`^[a-z][a-z0-9-]{0,39}$`)

// overlay collects the entries of one file, and its faults.
type overlay struct {
	file    string
	base    *Catalogue
	entries []Entry
	lines   map[overlayID]int // where an entry stands, to name the first of two
	faults  []error
}

type overlayID struct {
	drm  DRM
	code int
}

// readOverlay returns the entries of a user's file as they shall stand in the
// catalogue: those of base with the given fields changed, and new ones. All
// faults of the file are joined in the error.
func readOverlay(file string, base *Catalogue) ([]Entry, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read overlay: %w", err)
	}
	return parseOverlay(file, text, base)
}

func parseOverlay(file string, text []byte, base *Catalogue) ([]Entry, error) {
	dec := yaml.NewDecoder(bytes.NewReader(text))
	var doc yaml.Node
	if err := dec.Decode(&doc); errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("overlay %s: the file is empty: write a list under the key codes, or unset codes.overlay", file)
	} else if err != nil {
		return nil, fmt.Errorf("overlay %s: %w", file, err)
	}
	o := &overlay{file: file, base: base, lines: make(map[overlayID]int)}
	if err := dec.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		o.fault(&doc, "", "a second document follows: keep all codes in one list")
	}
	o.document(doc.Content[0])
	return o.entries, errors.Join(o.faults...)
}

// fault notes what is wrong at a node, and the cure.
func (o *overlay) fault(at *yaml.Node, path, format string, args ...any) {
	if path != "" {
		path += ": "
	}
	o.faults = append(o.faults, fmt.Errorf("overlay %s:%d: %s%s", o.file, at.Line, path, fmt.Sprintf(format, args...)))
}

// fields returns the values of a mapping by key, having noted unknown and
// repeated keys; nil where n is no mapping.
func (o *overlay) fields(n *yaml.Node, path string, keys []string) map[string]*yaml.Node {
	if n.Kind != yaml.MappingNode {
		o.fault(n, path, "must hold keys and values: %s", strings.Join(keys, ", "))
		return nil
	}
	values := make(map[string]*yaml.Node)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if value.Kind == yaml.AliasNode {
			value = value.Alias
		}
		switch {
		case !slices.Contains(keys, key.Value):
			o.fault(key, path, "unknown key %q: one of %s", key.Value, strings.Join(keys, ", "))
		case values[key.Value] != nil:
			o.fault(key, path, "key %q stands twice: keep one", key.Value)
		default:
			values[key.Value] = value
		}
	}
	return values
}

func (o *overlay) document(n *yaml.Node) {
	list := o.fields(n, "", []string{"codes"})["codes"]
	switch {
	case list == nil:
		if len(o.faults) == 0 {
			o.fault(n, "", "holds no codes: write a list under the key codes")
		}
	case list.Kind != yaml.SequenceNode:
		o.fault(list, "codes", "must be a list: begin each entry with a dash")
	case len(list.Content) > maxOverlayEntries:
		o.fault(list, "codes", "%d entries: at most %d are taken", len(list.Content), maxOverlayEntries)
	default:
		for i, n := range list.Content {
			if n.Kind == yaml.AliasNode {
				n = n.Alias
			}
			o.entry(n, fmt.Sprintf("codes[%d]", i))
		}
	}
}

func (o *overlay) entry(n *yaml.Node, path string) {
	before := len(o.faults)
	values := o.fields(n, path, overlayKeys)
	if values == nil {
		return
	}
	text := make(map[string]string, len(values))
	for _, key := range overlayKeys {
		if value := values[key]; value != nil {
			if s, ok := o.text(value, path+"."+key); ok {
				text[key] = s
			}
		}
	}

	id := o.identity(n, path, values, text)
	o.check(values, text, path)
	if line, twice := o.lines[id]; twice {
		o.fault(n, path, "%s %d stands twice, first in line %d: keep one", id.drm, id.code, line)
	} else if id.drm != Unknown && id.code != 0 {
		o.lines[id] = n.Line
	}
	if len(o.faults) > before {
		return
	}

	e := o.base.Resolve(id.drm, id.code)
	if !e.Listed {
		e.Listed, e.Family, e.Category, e.Hint = true, familyOf(id.code), "", ""
	}
	for key, field := range map[string]*string{
		"description": &e.Description, "category": &e.Category, "severity": &e.Severity,
		"owner": &e.Owner, "outcome": &e.Outcome, "hint": &e.Hint,
	} {
		if s, given := text[key]; given {
			*field = s
		}
	}
	if e.Description == "" || e.Category == "" {
		o.fault(n, path, "%s %d is in no table: give it a description and a category", id.drm, id.code)
		return
	}
	o.entries = append(o.entries, e)
}

// text returns a scalar's text, or false where it has noted a fault: what is
// printed and exported has to be one line.
func (o *overlay) text(n *yaml.Node, path string) (string, bool) {
	s := strings.TrimSpace(n.Value)
	switch {
	case n.Kind != yaml.ScalarNode:
		o.fault(n, path, "must be a single value")
	case s == "" || n.Tag == "!!null":
		o.fault(n, path, "is empty: leave the key out to keep what stands in the table")
	case len(s) > maxOverlayText:
		o.fault(n, path, "%d bytes: at most %d are taken", len(s), maxOverlayText)
	case strings.ContainsFunc(s, unicode.IsControl):
		o.fault(n, path, "holds a line break, tab or control character: write it as one line")
	default:
		return s, true
	}
	return "", false
}

// identity returns the server and the number that an entry is about.
func (o *overlay) identity(n *yaml.Node, path string, values map[string]*yaml.Node, text map[string]string) (id overlayID) {
	var err error
	if values["drm"] == nil {
		o.fault(n, path, "key drm is missing: one of %s", strings.Join(drmNames[Widevine:], ", "))
	} else if s, ok := text["drm"]; ok {
		if id.drm, err = ParseDRM(s); err != nil {
			o.fault(values["drm"], path+".drm", "%v", err)
		}
	}
	if values["code"] == nil {
		o.fault(n, path, "key code is missing: a whole number from %d to %d", MinCode, MaxCode)
	} else if s, ok := text["code"]; ok {
		if id.code, err = parseCode(s); err != nil {
			o.fault(values["code"], path+".code", "%v", err)
		}
	}
	return id
}

// check notes the fields whose values are none of the accepted ones.
func (o *overlay) check(values map[string]*yaml.Node, text map[string]string, path string) {
	oneOf := func(key string, accepted []string) {
		if s, given := text[key]; given && !slices.Contains(accepted, s) {
			o.fault(values[key], path+"."+key, "unknown %s %q: one of %s", key, s, strings.Join(accepted, ", "))
		}
	}
	oneOf("severity", Severities())
	oneOf("outcome", Outcomes())
	for _, key := range []string{"category", "owner"} {
		if s, given := text[key]; given && !labelWord.MatchString(s) {
			o.fault(values[key], path+"."+key, "bad %s %q: a word of up to 40 letters a-z, digits and dashes", key, s)
		}
	}
	if text["category"] == CategoryUnlisted {
		o.fault(values["category"], path+".category", "%q is kept for codes in no table: choose another", CategoryUnlisted)
	}
}
