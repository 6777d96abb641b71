package strictyaml

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"regexp"
	"sort"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"wvwatch/internal/fault"
)

// maxNodes bounds the values of a file with its aliases expanded.
const maxNodes = 1 << 20

// reader reads the YAML of one file into a document by the types of the schema.
type reader struct {
	*Document
	schema reflect.Type
	expand func(string) (string, error) // nil for none
	nodes  int
}

// document reads a whole file.
func (r *reader) document(data []byte) map[string]any {
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	var doc yaml.Node
	if err := decoder.Decode(&doc); errors.Is(err, io.EOF) {
		return nil // nothing but comments
	} else if err != nil {
		r.syntax(data, err)
		return nil
	}
	var second yaml.Node
	if err := decoder.Decode(&second); err == nil {
		r.fault(&second, "", "remove the --- line", "a second document begins here, but a file holds one")
	} else if !errors.Is(err, io.EOF) {
		r.syntax(data, err)
	}
	if len(doc.Content) == 0 {
		return nil
	}
	values, _ := r.value(doc.Content[0], r.schema, "").(map[string]any)
	return values
}

var syntaxLine = regexp.MustCompile(`^(?:yaml: )?(?:line (\d+): )?(?:yaml: )?`)

// syntax reports the syntax errors of the YAML library.
func (r *reader) syntax(data []byte, err error) {
	message := err.Error()
	m := syntaxLine.FindStringSubmatch(message)
	message, fix := message[len(m[0]):], ""
	line, _ := strconv.Atoi(m[1])
	if line == 0 { // the library leaves out the first
		line = misplaced(data, err)
	} else if strings.HasPrefix(message, "did not find expected") && !inFlow.MatchString(message) {
		line, message, fix = misplaced(data, err), "the line does not fit the list or mapping that it is in", "indent it as far as the other items or keys, and look for an open quote above it"
	}
	if line > 0 {
		// The library counts from 0 in some messages and from 1 in others: a tab
		// is looked for on both lines.
		for _, l := range []int{line, line + 1} {
			if indentedByTab(data, l) {
				line, message, fix = l, "a tab indents this line", "YAML wants spaces"
				break
			}
		}
	}
	r.faults = append(r.faults, &fault.Error{File: r.File, Line: line, Message: message, Fix: fix})
	r.spoilt = append(r.spoilt, "")
}

// inFlow matches the errors of an open [ or {, which the library reports at that.
var inFlow = regexp.MustCompile(`',' or '[\]}]'`)

// misplaced returns the line at which the parser stopped with err. The library reports the
// line on which the list or mapping begins instead: the line wanted is the last of the
// shortest part of the file that has the error.
func misplaced(data []byte, err error) int {
	lines := bytes.SplitAfter(data, []byte("\n"))
	return sort.Search(len(lines), func(n int) bool {
		part := syntaxError(bytes.Join(lines[:n], nil))
		return part != nil && part.Error() == err.Error()
	})
}

// syntaxError returns the first syntax error of a file; nil for none.
func syntaxError(data []byte) error {
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	for {
		var doc yaml.Node
		if err := decoder.Decode(&doc); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

func indentedByTab(data []byte, line int) bool {
	for range line - 1 {
		_, data, _ = bytes.Cut(data, []byte("\n"))
	}
	data, _, _ = bytes.Cut(data, []byte("\n"))
	return bytes.HasPrefix(bytes.TrimLeft(data, " -"), []byte("\t"))
}

// fault adds a fault of n; fix may be empty.
func (r *reader) fault(n *yaml.Node, path, fix, format string, args ...any) {
	r.faults = append(r.faults, &fault.Error{File: r.File, Line: n.Line, Path: path, Message: fmt.Sprintf(format, args...), Fix: fix})
	r.spoilt = append(r.spoilt, path)
}

// want adds a fault of n, which is not of the wanted kind.
func (r *reader) want(n *yaml.Node, path, wanted, fix string) {
	subject := ""
	if path == "" {
		subject = "the file "
	}
	r.fault(n, path, fix, "%sis %s; want %s", subject, kindOf(n), wanted)
}

// value reads n as a t; nil where nothing is written there or a fault was found.
func (r *reader) value(n *yaml.Node, t reflect.Type, path string) any {
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if r.nodes++; r.nodes >= maxNodes {
		if r.nodes == maxNodes {
			r.fault(n, path, "write fewer aliases", "the file holds more than %d values", maxNodes)
		}
		return nil
	}
	if n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" {
		// Where the last item of a list was taken out, or commented out, an empty
		// list or the default may be meant.
		if t.Kind() == reflect.Slice {
			r.fault(n, path, "write a list ([] is an empty one), or remove the key for its default", "no value")
		}
		return nil
	}
	if path != "" {
		r.lines[path] = n.Line
	}
	switch {
	case IsScalar(t) && (t.Kind() != reflect.Struct || n.Kind == yaml.ScalarNode): // such a type has a short form and a long one
		return r.scalar(n, path)
	case t.Kind() == reflect.Slice:
		return r.list(n, t.Elem(), path)
	case t.Kind() == reflect.Map:
		return r.words(n, path)
	}
	return r.mapping(n, t, path)
}

func (r *reader) scalar(n *yaml.Node, path string) any {
	if n.Kind != yaml.ScalarNode {
		r.want(n, path, "a single value", "")
		return nil
	}
	text := n.Value
	if r.expand != nil {
		var err error
		if text, err = r.expand(text); err != nil {
			r.fault(n, path, "", "%s", err)
			return nil
		}
	}
	return text
}

func (r *reader) list(n *yaml.Node, elem reflect.Type, path string) any {
	if n.Kind != yaml.SequenceNode {
		fix := "begin each item with \"- \""
		if n.Kind == yaml.ScalarNode {
			fix = fmt.Sprintf("write [%s]", n.Value)
		}
		r.want(n, path, "a list", fix)
		return nil
	}
	elem = Elem(elem)
	list := make([]any, 0, len(n.Content))
	for i, item := range n.Content {
		p := fmt.Sprintf("%s[%d]", path, i)
		v := r.value(item, elem, p)
		if v == nil && item.Kind == yaml.ScalarNode && item.ShortTag() == "!!null" {
			r.fault(item, p, "write a value or remove the line", "empty item")
		}
		if v == nil { // keep the indexes of what follows, for its paths
			v = placeholder(elem)
		}
		list = append(list, v)
	}
	return list
}

func placeholder(t reflect.Type) any {
	if IsScalar(t) {
		return reflect.Zero(t).Interface()
	}
	return map[string]any{}
}

// words reads a mapping with keys that the user is free to name.
func (r *reader) words(n *yaml.Node, path string) any {
	words := map[string]string{}
	r.pairs(n, path, func(key, value *yaml.Node, p string) {
		if v, ok := r.value(value, reflect.TypeFor[string](), p).(string); ok {
			words[key.Value] = v
		}
	})
	return words
}

func (r *reader) mapping(n *yaml.Node, t reflect.Type, path string) any {
	known := Fields(t)
	values := map[string]any{}
	r.pairs(n, path, func(key, value *yaml.Node, p string) {
		for _, f := range known {
			if f.Key == key.Value {
				if v := r.value(value, f.Type, p); v != nil {
					values[f.Key] = v
				}
				return
			}
		}
		r.unknown(key, p, path, known)
	})
	return values
}

func (r *reader) unknown(key *yaml.Node, p, path string, known []Field) {
	keys := make([]string, len(known))
	for i, f := range known {
		keys[i] = f.Key
	}
	if near := fault.Nearest(key.Value, keys); near != "" {
		r.fault(key, p, "", "unknown key, did you mean %s?", near)
		r.spoilt = append(r.spoilt, fault.Join(path, near))
		return
	}
	if home, ok := homeOf(r.schema, key.Value); ok {
		r.fault(key, p, "write it below "+home, "unknown key here")
		return
	}
	r.fault(key, p, "", "unknown key; known here: %s", strings.Join(keys, ", "))
}

// pairs calls f for each key of mapping n, once.
func (r *reader) pairs(n *yaml.Node, path string, f func(key, value *yaml.Node, path string)) {
	if n.Kind != yaml.MappingNode {
		r.want(n, path, "a mapping", "write \"key: value\" lines below it")
		return
	}
	seen := make(map[string]int, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		p := fault.Join(path, plainKey(key.Value))
		switch first := seen[key.Value]; {
		case key.Kind != yaml.ScalarNode:
			r.fault(key, path, "write a word", "a key is %s", kindOf(key))
		case key.ShortTag() == "!!merge":
			r.fault(key, path, "write the keys out", "merge keys (<<) are not supported")
		case first != 0:
			r.fault(key, p, "keep one of the two", "duplicate key, first on line %d", first)
		default:
			seen[key.Value] = key.Line
			f(key, value, p)
		}
	}
}

var plain = regexp.MustCompile(`^[A-Za-z0-9_-]{1,60}$`)

// plainKey returns a key as it is written in a path.
func plainKey(key string) string {
	if plain.MatchString(key) {
		return key
	}
	return fault.Quote(key)
}

func kindOf(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	case yaml.AliasNode:
		return "an alias"
	}
	return fault.Quote(n.Value)
}
