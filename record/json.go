package record

import (
	"encoding/base64"
	"strconv"
	"time"
	"unicode/utf8"
)

// timeForm is RFC 3339 with milliseconds.
const timeForm = "2006-01-02T15:04:05.000Z"

// MarshalJSON implements json.Marshaler.
func (r *Record) MarshalJSON() ([]byte, error) { return r.Append(make([]byte, 0, usualPage)), nil }

// Append writes the record as JSON.
func (r *Record) Append(b []byte) []byte {
	b = append(b, `{"id":`...)
	b = appendText(b, r.ID)
	if r.Node != "" {
		b = appendText(appendName(b, "node"), r.Node)
	}
	b = append(b, `,"time":"`...)
	b = r.Time.UTC().AppendFormat(b, timeForm)
	b = append(b, '"')
	for _, m := range [...]struct{ name, value string }{
		{"kind", string(r.Kind)}, {"api", r.Api}, {"apiName", r.ApiName}, {"stage", r.Stage}, {"route", r.Route}, {"connection", r.Connection},
	} {
		b = appendText(appendName(b, m.name), m.value)
	}
	b = strconv.AppendInt(appendName(b, "status"), int64(r.Status), 10)
	b = appendMilliseconds(appendName(b, "duration"), r.Duration)
	b = appendText(appendName(b, "summary"), r.Summary)
	if r.Replay != "" {
		b = appendText(appendName(b, "replay"), r.Replay)
	}
	b = append(b, `,"steps":[`...)
	for i := range r.Steps {
		if i > 0 {
			b = append(b, ',')
		}
		b = r.Steps[i].append(b, r.Time)
	}
	return append(b, "]}"...)
}

func (s *Step) append(b []byte, began time.Time) []byte {
	b = append(b, `{"name":`...)
	b = appendText(b, string(s.Name))
	b = appendMilliseconds(appendName(b, "at"), max(0, s.At.Sub(began)))
	b = appendMilliseconds(appendName(b, "took"), max(0, s.Took))
	outcome := s.Outcome
	if outcome == "" {
		outcome = OK
	}
	b = appendText(appendName(b, "outcome"), string(outcome))
	b = appendText(appendName(b, "why"), s.Why)
	return append(s.Data.append(appendName(b, "data")), '}')
}

// append writes an object.
func (d Data) append(b []byte) []byte {
	b = append(b, '{')
	for i := range d {
		if d[i].kind == absent {
			continue
		}
		if b[len(b)-1] != '{' {
			b = append(b, ',')
		}
		b = append(appendText(b, d[i].Name), ':')
		b = d[i].append(b)
	}
	return append(b, '}')
}

func (v *Value) append(b []byte) []byte {
	switch v.kind {
	case text:
		return appendText(b, v.text)
	case number:
		return strconv.AppendInt(b, v.n, 10)
	case truth:
		return strconv.AppendBool(b, v.n != 0)
	case body:
		return v.appendBody(b)
	case object:
		return Data(v.inner).append(b)
	case header:
		return Data(v.inner).appendHeader(b)
	}
	b = append(b, '[')
	for i := range v.inner {
		if i > 0 {
			b = append(b, ',')
		}
		b = v.inner[i].append(b)
	}
	return append(b, ']')
}

// appendBody writes what of a body was kept, and the members behind it.
func (v *Value) appendBody(b []byte) []byte {
	valid := utf8.ValidString(v.text)
	if valid {
		b = appendText(b, v.text)
	} else {
		b = append(b, '"')
		b = base64.StdEncoding.AppendEncode(b, []byte(v.text))
		b = append(b, '"')
	}
	b = strconv.AppendInt(appendName(b, "bytes"), v.n, 10)
	if !valid {
		b = append(appendName(b, "base64"), "true"...)
	}
	if v.encoding != "" {
		b = appendText(appendName(b, "encoding"), v.encoding)
	}
	return b
}

// appendHeader writes lines by their names, several of one name as a list.
func (d Data) appendHeader(b []byte) []byte {
	b = append(b, '{')
	for i := range d {
		if d.before(i) {
			continue
		}
		if b[len(b)-1] != '{' {
			b = append(b, ',')
		}
		b = append(appendText(b, d[i].Name), ':')
		at, many := len(b), false
		b = appendText(b, d[i].text)
		for j := i + 1; j < len(d); j++ {
			if d[j].Name == d[i].Name {
				many = true
				b = appendText(append(b, ','), d[j].text)
			}
		}
		if many {
			b = append(b, ']', 0)
			copy(b[at+1:], b[at:len(b)-1])
			b[at] = '['
		}
	}
	return append(b, '}')
}

// before says whether the name of a line is that of one before it.
func (d Data) before(i int) bool {
	for j := range i {
		if d[j].Name == d[i].Name {
			return true
		}
	}
	return false
}

func appendName(b []byte, name string) []byte {
	b = append(b, ',', '"')
	b = append(b, name...)
	return append(b, '"', ':')
}

// appendMilliseconds writes a duration as a number of milliseconds, to the microsecond.
func appendMilliseconds(b []byte, d time.Duration) []byte {
	us := d.Microseconds()
	b = strconv.AppendInt(b, us/1000, 10)
	if rest := us % 1000; rest != 0 {
		b = append(b, '.', byte('0'+rest/100), byte('0'+rest/10%10), byte('0'+rest%10))
		for b[len(b)-1] == '0' {
			b = b[:len(b)-1]
		}
	}
	return b
}

const hex = "0123456789abcdef"

// appendText writes a text as JSON that may also stand in HTML; U+FFFD stands for what is
// no UTF-8.
func appendText(b []byte, s string) []byte {
	b = append(b, '"')
	from := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			if c >= ' ' && c != '"' && c != '\\' && c != '<' && c != '>' && c != '&' && c != 0x7F {
				i++
				continue
			}
			b = appendEscape(append(b, s[from:i]...), c)
			i++
			from = i
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && size == 1 || r == '\u2028' || r == '\u2029' {
			b = append(b, s[from:i]...)
			b = append(b, '\\', 'u', hex[r>>12&15], hex[r>>8&15], hex[r>>4&15], hex[r&15])
			from = i + size
		}
		i += size
	}
	return append(append(b, s[from:]...), '"')
}

func appendEscape(b []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(b, '\\', c)
	case '\n':
		return append(b, '\\', 'n')
	case '\r':
		return append(b, '\\', 'r')
	case '\t':
		return append(b, '\\', 't')
	}
	return append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
}
