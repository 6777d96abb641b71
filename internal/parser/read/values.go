package read

import (
	"bytes"

	"wvwatch/internal/parser/fieldnames"
	"wvwatch/internal/parser/lex"
	"wvwatch/internal/parser/tape"
)

// A proxy's log writes the same strings again and again: a few request lines, and a few
// bodies of the licence server. What a string shows is kept.

// cached is a string and its tokens, which borrow its memory.
type cached struct {
	text    []byte
	field   fieldnames.Field
	depth   int8
	loud    bool   // an object or a code is in it
	records [2]int // those in it, of the tape's
	made    uint32 // the number of its tokens: no others have had it
	kept    bool   // beyond the record
	used    uint32 // the last record with its tokens
	varied  [2]int // the tenant in the text: another may be there; 0, 0: none
	tenant  int    // the token with this text
	decoded []byte
	texts   [][]byte
	tokens  []tape.Token
}

// The bounds of what is kept.
const (
	maxCachedText = 1 << 10
	cachedValues  = 2048
)

// stringOf returns the tokens of the string t[i:end] of the step st, in which the first
// anchor is given, and the tenant that is in the place of theirs, nil where it is the
// same.
func (s *Reader) stringOf(st *step, t []byte, i, end, anchor int) (c *cached, tenant []byte) {
	if st.at.under == fieldnames.Extra || end == i || end-i > maxCachedText {
		return s.readOnce(st, t[i:end]), nil
	}
	if c := st.last; c != nil {
		if c.is(t[i:end], st.at) {
			c.used = s.record
			return c, nil
		}
		if c.varied[1] > 0 {
			if tenant := c.otherTenant(t[i:end], st.at); tenant != nil && anchor >= i+c.varied[0]+len(tenant) {
				c.used = s.record
				return c, tenant
			}
		}
	}
	if c := s.lookUpString(st, t[i:end]); c != nil {
		st.last = c
		return c, nil
	}
	return s.readOnce(st, t[i:end]), nil
}

// readOnce reads a string that is not kept beyond the record.
func (s *Reader) readOnce(st *step, text []byte) *cached {
	k := len(s.found) // as many as there are strings before it
	for len(s.once) <= k {
		s.once = append(s.once, new(cached))
	}
	s.readInto(s.once[k], st, text)
	return s.once[k]
}

// is reports whether c is the string, at the place.
func (c *cached) is(text []byte, at place) bool {
	return c.field == at.under && c.depth == at.depth && bytes.Equal(c.text, text)
}

// otherTenant returns the tenant in text if it is c's but for that, else nil.
func (c *cached) otherTenant(text []byte, at place) []byte {
	before, behind := c.text[:c.varied[0]], c.text[c.varied[1]:]
	n := len(text) - len(before) - len(behind)
	if n < 1 || c.field != at.under || c.depth != at.depth || !bytes.HasSuffix(text, behind) || !bytes.HasPrefix(text, before) {
		return nil
	}
	tenant := text[len(before) : len(before)+n]
	if !lex.IsName(tenant) || lex.IsRoot(tenant) {
		return nil
	}
	return tenant
}

// addTexts adds what was decoded in a string, and gives the records in it their place.
func (s *Reader) addTexts(c *cached) {
	for k := c.records[0]; k < c.records[1]; k++ {
		in := &s.Records[k]
		in.Texts[0], in.Texts[1] = in.Texts[0]+len(s.Texts), in.Texts[1]+len(s.Texts)
	}
	s.Texts = append(s.Texts, c.texts...)
}

// maxMisses is how many strings of a step may be new, one after another, until only
// one in so many is kept.
const maxMisses = 16

// lookUpString returns what is kept of a string, which is read if it was not; nil where
// it can not be kept.
func (s *Reader) lookUpString(st *step, text []byte) *cached {
	slot := &s.values[lex.Hash(text, uint64(st.at.under))%cachedValues]
	if *slot == nil {
		*slot = new(cached)
	}
	c := *slot
	if c.is(text, st.at) {
		st.misses, c.used = 0, s.record
		return c
	}
	if st.misses++; st.misses > maxMisses && st.misses%maxMisses != 0 || c.used == s.record {
		return nil
	}
	if s.readInto(c, st, text); c.records[1] > c.records[0] {
		c.text = c.text[:0] // the places of the records are the tape's
		return nil
	}
	c.kept = true
	return c
}

// readInto reads a string into c.
func (s *Reader) readInto(c *cached, st *step, text []byte) {
	c.text, c.field, c.depth, c.varied, c.used = append(c.text[:0], text...), st.at.under, st.at.depth, [2]int{}, s.record
	s.strings++
	c.made = s.strings
	outer, arena, in := s.Tape, s.arena, s.in
	s.Tokens, s.Texts, s.arena, s.in = c.tokens[:0], c.texts[:0], c.decoded[:0], &s.value
	s.asked.reset()
	s.in.reset(c.text, s.literals)
	s.str(c.text, 0, len(c.text), st.at)
	c.records = [2]int{len(outer.Records), len(s.Records)}
	outer.Records = s.Records
	c.tokens, c.texts, c.decoded = s.Tokens, s.Texts, s.arena
	s.Tape, s.arena, s.in = outer, arena, in
	s.asked.reset()
	c.loud = c.records[1] > c.records[0] || isLoud(c.tokens)
	c.findTenant(len(s.options.Paths) > 0)
}

// findTenant notes where the tenant is in the text if nothing else depends on it.
func (c *cached) findTenant(named bool) {
	for k := range c.tokens {
		switch t := &c.tokens[k]; {
		case t.Text == nil:
		case named || t.Kind != tape.Path || c.varied[1] > 0:
			c.varied = [2]int{}
			return
		case len(c.texts) == 0:
			i := cap(c.text) - cap(t.Text)
			c.varied, c.tenant = [2]int{i, i + len(t.Text)}, k
		}
	}
}

// isLoud reports whether an object or a code is among the tokens.
func isLoud(tokens []tape.Token) bool {
	for k := range tokens {
		if t := &tokens[k]; t.Kind == tape.Open || t.Kind == tape.Code || t.Kind == tape.Said && t.Word == tape.SessionLimit {
			return true
		}
	}
	return false
}
