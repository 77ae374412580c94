package grammar

import (
	"bytes"
	"strings"
)

// HeadEnd finds where the head in data ends, behind its empty line; 0 when more is
// needed. from is how far data was looked at before, and looked how far it has been
// now. Every line must end with CR LF, and none is empty but the last; with bare LF
// alone will do. RFC 9112 section 2.2 allows a server to be more lenient; what
// another server reads differently is a way past it. Errors: BareLine, EmptyLine.
func HeadEnd(data []byte, from int, bare bool) (end, looked int, err error) {
	for {
		i := bytes.IndexByte(data[from:], '\n')
		if i < 0 {
			return 0, from, nil
		}
		at := from + i
		whole := i > 0 && data[at-1] == '\r'
		if !whole && !bare {
			return 0, from, BareLine
		}
		if i == 0 || whole && i == 1 {
			if from == 0 {
				return 0, from, EmptyLine
			}
			return at + 1, at + 1, nil
		}
		from = at + 1
	}
}

// NextLine takes the first line of a head, without its end.
func NextLine(text string) (line, rest string) {
	line = text
	if i := strings.IndexByte(text, '\n'); i >= 0 {
		line, rest = text[:i], text[i+1:]
	}
	return strings.TrimSuffix(line, "\r"), rest
}

// Line cuts a line that ends with CR LF off data, and says how many bytes it took
// with its end; 0 when more is needed. The first bytes, searched, are known to have
// no LF, which alone ends no line here: two readers that disagree on that read two
// different messages (RFC 9112 section 11.2). Errors: BareLine, LongLine for more than limit bytes.
func Line(data []byte, searched, limit int) (line []byte, took int, err error) {
	i := bytes.IndexByte(data[searched:], '\n')
	if i < 0 {
		if len(data) > limit+1 {
			return nil, 0, LongLine
		}
		return nil, 0, nil
	}
	end := searched + i
	switch {
	case end == 0 || data[end-1] != '\r':
		return nil, 0, BareLine
	case end > limit+1:
		return nil, 0, LongLine
	}
	return data[:end-1], end + 1, nil
}

// Field reads a header line. canonical says that the name is spelled as net/http
// spells it. No space may stand before the colon (RFC 9112 section 5.1), and no line
// goes on in the next one (section 5.2): that one would begin with a space, which
// begins no name. Errors: NoName, BadValue.
func Field(line string) (name, value string, canonical bool, err error) {
	colon, canonical := nameEnd(line)
	if colon <= 0 {
		return "", "", false, NoName
	}
	value = Trim(line[colon+1:])
	if !FieldValue(value) {
		return "", "", false, BadValue
	}
	return line[:colon], value, canonical, nil
}

// nameEnd finds the colon after a header's name, a token (RFC 9110 section 5.6.2),
// and says whether the name is spelled canonically; -1 when there is no colon or no
// proper name before it.
func nameEnd(line string) (colon int, canonical bool) {
	var odd uint8
	wrong := isLower // where a word of the name begins
	for i := range len(line) {
		c := line[i]
		kind := alphabet[c]
		if kind&isToken == 0 {
			if c == ':' {
				return i, odd == 0
			}
			break
		}
		odd |= kind & wrong
		if wrong = isUpper; c == '-' {
			wrong = isLower
		}
	}
	return -1, false
}

// AppendField writes a header line.
func AppendField(b []byte, name, value string) []byte {
	b = append(append(b, name...), ": "...)
	return append(append(b, value...), "\r\n"...)
}
