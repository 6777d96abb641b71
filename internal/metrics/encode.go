package metrics

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"slices"
	"strconv"
)

// A state is encoded as a sequence of JSON values, a line each: the state without
// sources, then each source without codes, followed by its codes. So neither side holds
// the text as a whole.

type stateHead struct {
	State
	Sources int `json:"sources"` // that follow
}

type sourceHead struct {
	SourceState
	Codes *json.RawMessage `json:"codes,omitempty"` // none: they follow, up to a value null
}

// Encode writes st to w.
func (st State) Encode(w io.Writer) error {
	b := bufio.NewWriterSize(w, 16<<10)
	e := json.NewEncoder(b)
	e.SetEscapeHTML(false)
	if err := e.Encode(stateHead{State: st, Sources: len(st.Sources)}); err != nil {
		return err
	}
	for i := range st.Sources {
		if err := e.Encode(sourceHead{SourceState: st.Sources[i]}); err != nil {
			return err
		}
		for c := range st.codeStates(i) {
			line, err := c.appendJSON(b.AvailableBuffer())
			if err != nil {
				return err
			}
			if _, err := b.Write(append(line, '\n')); err != nil {
				return err
			}
		}
		if _, err := b.WriteString("null\n"); err != nil {
			return err
		}
	}
	return b.Flush()
}

// codeStates returns the codes of source i. Each is valid until the next.
func (st State) codeStates(i int) iter.Seq[*CodeState] {
	if st.snapshots != nil {
		return st.snapshots[i].codeStates(st.snapshot)
	}
	list := st.Sources[i].Codes
	return func(yield func(*CodeState) bool) {
		for i := range list {
			if !yield(&list[i]) {
				return
			}
		}
	}
}

// Decode reads what Encode wrote.
func (st *State) Decode(d *json.Decoder) error {
	var head stateHead
	if err := d.Decode(&head); err != nil {
		return err
	}
	*st = head.State
	for n := range head.Sources {
		var source sourceHead
		if err := d.Decode(&source); err != nil {
			return fmt.Errorf("source %d: %w", n+1, err)
		}
		for {
			var c *CodeState
			if err := d.Decode(&c); err != nil {
				return fmt.Errorf("code %d of source %q: %w", len(source.SourceState.Codes)+1, source.Name, err)
			}
			if c == nil {
				break
			}
			source.SourceState.Codes = append(source.SourceState.Codes, *c)
		}
		source.SourceState.Codes = slices.Clip(source.SourceState.Codes)
		st.Sources = append(st.Sources, source.SourceState)
	}
	return nil
}

// appendJSON appends st as encoding/json would write it. There may be a hundred thousand
// of them every few seconds.
func (st *CodeState) appendJSON(b []byte) ([]byte, error) {
	b = appendJSONString(append(b, `{"drm":`...), st.DRM)
	b = strconv.AppendInt(append(b, `,"code":`...), int64(st.Code), 10)
	if st.Tenant != "" {
		b = appendJSONString(append(b, `,"tenant":`...), st.Tenant)
	}
	b = strconv.AppendUint(append(b, `,"occurrences":`...), st.Occurrences, 10)
	b = strconv.AppendUint(append(b, `,"incidents":`...), st.Incidents, 10)
	for _, f := range [...]struct {
		name  string
		value int64
	}{{`,"first":`, st.First}, {`,"last":`, st.Last}, {`,"created":`, st.Created}} {
		if f.value != 0 {
			b = strconv.AppendInt(append(b, f.name...), f.value, 10)
		}
	}
	if st.Seen {
		b = append(b, `,"seen":true`...)
	}
	if !st.Steps.IsZero() {
		b, _ = st.Steps.AppendText(append(b, `,"steps":"`...))
		b = append(b, '"')
	}
	if len(st.Labels) > 0 {
		labels, err := json.Marshal(st.Labels)
		if err != nil {
			return nil, err
		}
		b = append(append(b, `,"labels":`...), labels...)
	}
	return append(b, '}'), nil
}

// appendJSONString appends a string in quotes.
func appendJSONString(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			quoted, err := json.Marshal(s)
			if err != nil {
				return append(b, `""`...) // a string can always be encoded
			}
			return append(b, quoted...)
		}
	}
	return append(append(append(b, '"'), s...), '"')
}
