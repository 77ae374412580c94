package accesslog

import (
	"strings"

	"github.com/dragoman-gateway/dragoman/exchange"
	"github.com/dragoman-gateway/dragoman/resource"
)

// Format is the compiled format of an access log. It is immutable.
type Format struct{ parts []part }

// part is text, or a value when render is set.
type part struct {
	text   string
	render render
	place  place
}

// render appends a value as it is; ok is false when there is none.
type render func(dst []byte, x *exchange.Exchange) (out []byte, ok bool)

// place is what surrounds a value, which decides how it is made harmless.
type place uint8

const (
	bare     place = iota // anywhere in CLF and CSV
	quoted                // between the quotes of CLF and CSV
	inJSON                // in JSON, outside of strings
	inString              // in a string of JSON
	inXML
)

const variable = "$context."

// Parse compiles a format. Every text is one: text outside of variables of
// $context is copied, and a variable without a value becomes "-".
func Parse(format string) *Format {
	// Documented: API Gateway Developer Guide, Customize HTTP API access logs: a log
	// line is one line; editors and templates leave an end of line behind a format.
	format = strings.TrimRight(format, "\r\n")
	f, s := &Format{}, scanner{places: placesOf(format)}
	for format != "" {
		at := strings.Index(format, variable)
		if at < 0 {
			at = len(format)
		}
		name := ""
		if rest := format[at:]; rest != "" {
			name = resource.LogVariable(rest[len(variable):])
		}
		if at < len(format) && name == "" { // a lone "$context."
			at += len(variable)
		}
		if at > 0 {
			f.parts = append(f.parts, part{text: format[:at]})
			s.read(format[:at])
		}
		if name != "" {
			f.parts = append(f.parts, part{render: renderer(name), place: s.place()})
			at += len(variable) + len(name)
		}
		format = format[at:]
	}
	return f
}

// scanner follows the quotes of a format.
type scanner struct {
	places  [2]place // outside and inside of quotes
	inside  bool
	escaped bool
}

// placesOf tells JSON, XML and everything else apart by their first character.
// Documented: API Gateway Developer Guide, Customize HTTP API access logs: its
// examples are CLF, CSV, JSON and XML.
func placesOf(format string) [2]place {
	switch first := strings.TrimLeft(format, " \t"); {
	case strings.HasPrefix(first, "{"), strings.HasPrefix(first, "["):
		return [2]place{inJSON, inString}
	case strings.HasPrefix(first, "<"):
		return [2]place{inXML, inXML}
	}
	return [2]place{bare, quoted}
}

func (s *scanner) read(text string) {
	for i := range len(text) {
		switch c := text[i]; {
		case s.escaped:
			s.escaped = false
		// RFC 8259, 7: outside of strings a backslash escapes nothing.
		case c == '\\' && s.inside:
			s.escaped = true
		case c == '"':
			s.inside = !s.inside
		}
	}
}

func (s *scanner) place() place {
	if s.inside {
		return s.places[1]
	}
	return s.places[0]
}

// maxLine is how many bytes a line may have: the limit of a log event on AWS.
// Documented: Amazon CloudWatch Logs User Guide, CloudWatch Logs quotas.
const maxLine = 1 << 20

// Append appends the line of an exchange, with its line feed.
func (f *Format) Append(dst []byte, x *exchange.Exchange) []byte {
	start := len(dst)
	for i := range f.parts {
		p := &f.parts[i]
		if p.render == nil {
			dst = append(dst, p.text...)
			continue
		}
		from := len(dst)
		var ok bool
		if dst, ok = p.render(dst, x); !ok || len(dst) == from {
			// Common Log Format: a dash stands for what is not known.
			dst = append(dst[:from], '-')
			continue
		}
		dst = harmless(dst, from, p.place)
	}
	// CloudWatch Logs would refuse all of it; most formats begin with what matters.
	if len(dst)-start >= maxLine {
		dst = dst[:start+maxLine-1]
	}
	return append(dst, '\n')
}
