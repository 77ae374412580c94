package tree

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A sight is a look at the lines of a text in YAML: only as much of its grammar is known
// here as tells where texts in quotes and groups in brackets end.
type sight struct {
	lines [][]byte
	gap   // what is looked at
}

// wrong is an error at a place of the lines.
func wrongAt(lines [][]byte, at gap, message, hint string) *Error {
	return &Error{Line: at.line + 1, Column: 1 + utf8.RuneCount(lines[at.line][:min(at.before, len(lines[at.line]))]), Message: message, Hint: hint}
}

// value finds where a value ends that begins with a quote or bracket: the place behind it,
// or what is wrong with how it is closed. ended is false for other values.
func (s *sight) value(until int) (ended bool, wrong *Error) {
	s.properties()
	switch s.byte() {
	case '"', '\'':
		wrong = s.quoted(until)
	case '[', '{':
		wrong = s.group(until)
	default:
		return false, nil
	}
	return wrong == nil, wrong
}

// byte is the next one of the line, 0 at its end.
func (s *sight) byte() byte {
	if s.line >= len(s.lines) || s.before >= len(s.lines[s.line]) {
		return 0
	}
	return s.lines[s.line][s.before]
}

// properties passes over the tag and the anchor of a value.
func (s *sight) properties() {
	for s.byte() == '!' || s.byte() == '&' {
		rest := s.lines[s.line][s.before:]
		word := bytes.IndexAny(rest, " \t")
		if word < 0 {
			word = len(rest)
		}
		s.before += word
		s.blanks()
	}
}

func (s *sight) blanks() {
	for s.byte() == ' ' || s.byte() == '\t' {
		s.before++
	}
}

// comment passes over one, which begins where this is asked.
func (s *sight) comment() {
	if s.byte() == '#' {
		s.before = len(s.lines[s.line])
	}
}

// quoted passes over a text in quotes, which may have several lines.
func (s *sight) quoted(until int) *Error {
	begins, quote := s.gap, s.byte()
	s.before++
	for ; s.line < until; s.line, s.before = s.line+1, 0 {
		for line := s.lines[s.line]; s.before < len(line); s.before++ {
			switch {
			// Documented: YAML 1.2, sections 7.3.1 and 7.3.2: \" is a quote in the text,
			// and so are two single ones.
			case quote == '"' && line[s.before] == '\\':
				s.before++
			case line[s.before] == quote && quote == '\'' && s.before+1 < len(line) && line[s.before+1] == quote:
				s.before++
			case line[s.before] == quote:
				s.before++
				return nil
			}
		}
	}
	return wrongAt(s.lines, begins, "the text that begins here is never closed", "close it with "+string(quote)+", or leave the quotes out")
}

// opened is a bracket that waits for its end.
type opened struct {
	gap
	closing byte
}

// group passes over a group in brackets and those within it. It looks for ends alone: what
// is wrong with commas and colons the parser tells.
func (s *sight) group(until int) *Error {
	var open []opened
	for ; s.line < until; s.line, s.before = s.line+1, 0 {
		for begins := true; s.byte() != 0; {
			switch b := s.byte(); {
			case b == '[' || b == '{':
				// In ASCII ] is two behind [, and } behind {.
				open, begins = append(open, opened{s.gap, b + 2}), true
				s.before++
			case b == ']' || b == '}':
				if last := open[len(open)-1]; b != last.closing {
					return wrongAt(s.lines, s.gap, string(b)+" stands where "+string(last.closing)+" is expected", "what begins on line "+strconv.Itoa(last.line+1)+" with "+string(last.closing-2)+" ends with "+string(last.closing))
				}
				s.before++
				if open = open[:len(open)-1]; len(open) == 0 {
					return nil
				}
				begins = false
			case b == ' ' || b == '\t':
				s.blanks()
				s.comment()
			case b == '#' && s.before == 0:
				s.comment()
			// YAML 1.2, section 7.3.3: within a plain text quotes are letters.
			case begins && (b == '"' || b == '\''):
				line := s.line
				if wrong := s.quoted(until); wrong != nil {
					return wrong
				}
				begins = s.line != line
			default:
				begins = b == ',' || b == ':' || b == '!' || b == '&'
				s.before++
				// The rest of a plain text or tag: quotes within it are letters.
				for !begins && s.byte() != 0 && strings.IndexByte(",[]{}: \t", s.byte()) < 0 {
					s.before++
				}
				if b == '!' || b == '&' {
					for s.byte() != 0 && strings.IndexByte(",[]{} \t", s.byte()) < 0 {
						s.before++
					}
				}
			}
		}
	}
	last := open[len(open)-1]
	return wrongAt(s.lines, last.gap, string(last.closing-2)+" is never closed", "close it with "+string(last.closing))
}
