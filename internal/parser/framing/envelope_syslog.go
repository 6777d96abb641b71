package framing

import (
	"bytes"

	"wvwatch/internal/parser/lex"
	"wvwatch/internal/parser/logtime"
)

// Headers that a daemon or a system log writes before each line: syslog (RFC
// 3164 and 5424, as sent and as kept in files), logcat, and what the command
// lines of containers put before the lines of several. The header stays a
// part of its record, since the program's name may name the code's server, and is
// taken off the lines that go on with it.
func (p *Framer) unwrapSyslog(e *envelope, line []byte) bool {
	i, who := headerOf(line)
	if i <= 0 {
		return false
	}
	e.perLine, e.tag, e.header, e.Text = true, tagOf(who), line[:i], line[i:]
	e.time, _ = p.clock.Parse(logtime.SyslogTime(line))
	return true
}

func hasHeader(line []byte) bool {
	i, _ := headerOf(line)
	return i > 0
}

// headerOf returns the length of the header of a line and what it shows about the
// program that wrote the line; 0 where it has none.
func headerOf(line []byte) (int, []byte) {
	t := logtime.SyslogTime(line)
	priority := len(line) - len(t)
	switch {
	case priority > 0 && bytes.HasSuffix(line[:priority], []byte(">1 ")):
		return header5424(line, priority)
	case len(t) > 16 && t[3] == ' ' && t[6] == ' ' && t[9] == ':' && logtime.Month(t) > 0:
		return headerTag(line, priority+16)
	case len(t) > 30 && lex.IsDigit(t[0]) && t[4] == '-' && t[10] == 'T':
		if i := bytes.IndexByte(t[:min(len(t), 36)], ' '); i > 19 && (t[i-1] == 'Z' || t[i-6] == '+' || t[i-6] == '-') {
			return headerTag(line, priority+i+1)
		}
	case priority == 0 && len(t) >= minWrapped && !lex.IsDigit(t[0]):
		return headerService(t)
	case priority == 0 && len(t) > 30 && t[2] == '-' && t[5] == ' ' && t[14] == '.' && t[18] == ' ':
		return headerLogcat(t)
	}
	return 0, nil
}

// headerTag reads "host program[pid]: " at line[i:].
func headerTag(line []byte, i int) (int, []byte) {
	host := bytes.IndexByte(line[i:], ' ')
	if host <= 0 || host > 255 {
		return 0, nil
	}
	if host > 2 && string(line[i+host-2:i+host]) == "]:" { // as a program sends it to its own machine
		return i + host + 1, line[i : i+host]
	}
	tag := i + host + 1
	for tag < len(line) && line[tag] == ' ' {
		tag++
	}
	if tag == len(line) || !lex.IsWord(line[tag]) && line[tag] != '/' && line[tag] != '(' && line[tag] != '-' && line[tag] != '%' {
		return 0, nil
	}
	end := bytes.IndexByte(line[tag:min(len(line), tag+128)], ' ')
	if end < 2 || line[tag+end-1] != ':' {
		return 0, nil
	}
	return tag + end + 1, line[i : tag+end]
}

// header5424 reads "time host program pid id data " at line[i:]. Where no message follows,
// data of the program is the record's own text.
func header5424(line []byte, i int) (int, []byte) {
	words := [5]int{}
	for w := range words {
		n := bytes.IndexByte(line[i:], ' ')
		if n < 1 {
			return 0, nil
		}
		i += n + 1
		words[w] = i
	}
	who := line[words[0]:words[3]]
	data, own := i, false
	if i < len(line) && line[i] == '-' {
		i++
	}
	for i < len(line) && line[i] == '[' {
		own = own || !lex.BeginsWithOne(line[i+1:], senderData)
		for i++; i < len(line) && line[i] != ']'; i++ {
			if line[i] == '"' {
				end := lex.ClosingQuote(line, i+1, '"')
				if end < 0 {
					return 0, nil
				}
				i = end
			}
		}
		i++
	}
	if i < len(line) && line[i] == ' ' {
		i++
	}
	if i > len(line) {
		return 0, nil
	}
	if bytes.HasPrefix(line[i:], []byte("\xef\xbb\xbf")) {
		i += 3
	}
	if own && len(bytes.TrimSpace(line[i:])) == 0 {
		return data, who
	}
	return i, who
}

// senderData are the beginnings of structured data about the clock, the network and the
// counter of a sender (RFC 5424, section 7), which logger adds to every line, and the labels
// that the HTTP input adds.
var senderData = [][]byte{[]byte("timeQuality "), []byte("origin "), []byte("meta "), []byte("labels")}

// headerLogcat reads "11-23 08:28:19.815  4006  4021 E Tag     : ".
func headerLogcat(t []byte) (int, []byte) {
	end := bytes.Index(t[18:min(len(t), 120)], []byte(": "))
	if end < 0 {
		return 0, nil
	}
	return 18 + end + 2, t[18 : 18+end]
}

// maxService bounds the name of a container in a header.
const maxService = 64

var composeBar = []byte(" | ")

// headerService reads Docker Compose's "service-1  | ", kubectl's
// "[pod/name/container] ", and logcat's "E/Tag( 4006): ".
func headerService(t []byte) (int, []byte) {
	switch {
	case bytes.HasPrefix(t, []byte("[pod/")):
		if i := bytes.Index(t[:min(len(t), 255)], []byte("] ")); i > 0 {
			return i + 2, t[:i]
		}
	case t[1] == '/':
		if i := bytes.Index(t[:min(len(t), 80)], []byte("): ")); i > 0 && lex.IsUpper(t[0]) {
			return i + 3, t[:i]
		}
	default:
		i := bytes.Index(t[:min(len(t), maxService)], composeBar)
		if i <= 0 {
			return 0, nil
		}
		name := bytes.TrimRight(t[:i], " ")
		for _, c := range name {
			if !lex.IsWord(c) && c != '-' && c != '.' {
				return 0, nil
			}
		}
		return i + len(composeBar), name
	}
	return 0, nil
}
