package privacy

// value decides on the value that begins at i or after the separator there.
func (r *redactor) value(i, hi int, k name, m mode) int {
	for i < hi && (r.b[i] == ' ' || r.b[i] == '\t' || r.b[i] == '=' || r.b[i] == '>' || r.b[i] == ':') {
		r.allow(i, i+1)
		i++
	}
	// What is written between the name and the separator is punctuation.
	for j := i - 1; j >= 0 && (r.b[j] == ' ' || r.b[j] == '\t' || r.b[j] == '=' || r.b[j] == '>' || r.b[j] == ':' || r.b[j] == '-' && r.b[j+1] == '>'); j-- {
		r.allow(j, j+1)
	}
	if k.private || k.unknown {
		if i+1 < hi && (r.b[i] == '|' || r.b[i] == '>') && r.b[i+1] == '\n' { // a block of YAML
			r.allow(i, i+1)
			i++
		}
		i = r.nextLine(i, hi)
	}
	if m == secret || k.private {
		m = secret
	} else if m = prose; k.unknown || k.vague {
		m = loose
	}
	if i >= hi {
		return hi
	}
	if typ := typePrefix(r.b[i:hi]); typ > 0 { // b'text', s:9:"text"
		r.allow(i, i+typ)
		i += typ
	}
	switch c := r.b[i]; {
	case isQuote(c) || c == '{' || c == '[' || c == '(':
		return r.enclosed(i, hi, k, m)
	case m == secret:
		end := r.valueEnd(i, hi, k)
		r.keepEvidence(i, end)
		return end
	case isSpace(c) || isDelimiter(c) || r.nameAt(i, hi):
		return i
	}
	if end := int(r.times[i]); end > 0 && end <= hi {
		if m == prose {
			r.allow(i, end)
		}
		return end
	}
	end := r.wordEnd(i, hi)
	if end == i {
		return i
	}
	if end-i > maxWord {
		return end
	}
	core := end
	for core > i+1 && trails(r.b[core-1]) {
		core--
	}
	if literalColon(r.b[i:core]) { // key:value is a name itself
		return i
	}
	if end < hi && r.b[end] == '(' { // Some("text")
		r.judge(i, core, hi, m, name{})
		return r.value(end, hi, k, m)
	}
	r.judge(i, core, hi, m, k)
	r.allow(core, end)
	return end
}

// enclosed decides on the value that begins with a quote or a bracket at i, and returns
// where it ends.
func (r *redactor) enclosed(i, hi int, k name, m mode) int {
	c := r.b[i]
	var end int
	if isQuote(c) {
		end = r.end(i, hi)
	} else {
		end = r.closes(i, hi)
	}
	r.allow(i, i+1)
	r.allow(end, min(end+1, hi))
	switch {
	case isQuote(c):
		r.inside(i+1, end, k, m)
	case m == secret:
		r.members(i+1, end)
	default:
		lo, to := i+1, end
		if c == '[' && lo < end && isQuote(r.b[lo]) { // a header's value
			if only := r.end(lo, end); only == end-1 {
				r.allow(lo, lo+1)
				r.allow(only, end)
				lo, to = lo+1, only
			}
		}
		r.inside(lo, to, k, m)
	}
	return min(end+1, hi)
}

// inside decides on the text of a string or a list that is the value of k.
func (r *redactor) inside(lo, hi int, k name, m mode) {
	switch {
	case m == secret:
		r.keepEvidence(lo, hi)
	case r.wordEnd(lo, hi) == hi && lo < hi && hi-lo <= maxWord && (r.times[lo] == 0 || k.private) && !literalColon(r.b[lo:hi]):
		r.judge(lo, hi, hi, m, k)
	default:
		r.word = ""
		if k.numeric {
			r.word = "number"
		}
		r.walk(lo, hi, m)
	}
	r.word = ""
}

// members shows the punctuation and the names of a private object.
func (r *redactor) members(lo, hi int) {
	for i := lo; i < hi; {
		c := r.b[i]
		switch {
		case isQuote(c):
			end := r.end(i, hi)
			r.allow(i, i+1)
			r.allow(end, min(end+1, hi))
			if _, ok := r.separator(min(end+1, hi), hi); ok {
				r.name(i+1, end, nameOf(r.b[i+1:end]), loose)
			} else {
				r.keepEvidence(i+1, end)
			}
			i = min(end+1, hi)
		case isDelimiter(c) || isSpace(c) || c == ':':
			r.allow(i, i+1)
			i++
		default:
			end := max(r.wordEnd(i, hi), i+1)
			if _, ok := r.separator(end, hi); ok && isName(r.b[i:end]) {
				r.name(i, end, nameOf(r.b[i:end]), loose)
			}
			i = end
		}
	}
	r.keepEvidence(lo, hi)
}

// paired decides on what follows the string that is a private name itself: the
// next of a list, or the value of an object with a name and a value.
func (r *redactor) paired(i, hi int, k name) int {
	v := r.gap(i, hi)
	if v < hi && (r.b[v] == ',' || r.b[v] == ';') {
		v = r.gap(v+1, hi)
		for v < hi && r.b[v] == '\n' {
			v = r.gap(v+1, hi)
		}
		if typ := typePrefix(r.b[v:hi]); typ > 0 {
			r.allow(v, v+typ)
			v += typ
		}
		r.allow(i, v)
		if v < hi && isQuote(r.b[v]) {
			end := r.end(v, hi)
			if s, ok := r.separator(min(end+1, hi), hi); ok {
				if !nameOf(r.b[v+1:end]).value && string(r.b[v+1:end]) != "value" {
					return v
				}
				r.allow(v, s)
				return r.value(s, hi, k, prose)
			}
			return r.value(v, hi, k, prose)
		}
		if v < hi && !r.nameAt(v, hi) {
			return r.value(v, hi, k, prose)
		}
	}
	if end := r.wordEnd(v, hi); v > i && end > v && v < hi && isName(r.b[v:end]) && nameOf(r.b[v:end]).value {
		if s, ok := r.separator(end, hi); ok {
			r.allow(i, s)
			return r.value(s, hi, k, prose)
		}
	}
	if v > i && v < hi && isQuote(r.b[v]) {
		r.allow(i, v)
		return r.value(v, hi, k, prose)
	}
	return i
}
