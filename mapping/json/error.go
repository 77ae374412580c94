package json

import (
	"errors"
	"strconv"
	"unicode/utf8"
)

// Errors of writing a value that templates have built up.
var (
	ErrTooLong = errors.New("value is too long to write")
	ErrTooDeep = errors.New("value is nested too deeply to write")
	ErrChanged = errors.New("value was changed while it was written")
)

// ErrTooMany says that a payload has more keys and values than it may.
var ErrTooMany = errors.New("too many values")

// SyntaxError says why a payload could not be read. Its text is the one API
// Gateway's own parser gives, json-smart, which clients see behind "Could not
// process payload".
// Observed: that text with its class.
type SyntaxError struct {
	Pos    int    // position, in UTF-16 code units from 0
	Text   string // the message without its class
	Number bool   // a number that Java cannot read, which is another exception
}

func (e *SyntaxError) Error() string { return e.Text }

// Class is the Java class of the exception.
func (e *SyntaxError) Class() string {
	if e.Number {
		return "java.lang.NumberFormatException"
	}
	return "net.minidev.json.parser.ParseException"
}

// pos turns a byte offset into a position in UTF-16 code units, which is what
// Java counts. It looks through the text before it, once for a payload that is
// refused anyway.
func (p *parser) pos(i int) int {
	over := i - len(p.b) // positions past the end count too
	if over < 0 {
		over = 0
	}
	return utf16Len(p.text[:i-over]) + over
}

// Characters beyond the Basic Multilingual Plane are two units (RFC 2781 section
// 2.1).
func utf16Len(s string) int {
	n := 0
	for _, r := range s {
		n++
		if r > 0xFFFF {
			n++
		}
	}
	return n
}

// The texts below are json-smart's to the letter, its spelling too. back is how
// far its position lies before the fault.
func (p *parser) eof(i, back int, object string) error {
	pos := p.pos(i) - back
	return &SyntaxError{Pos: pos, Text: "Unexpected End Of File position " + strconv.Itoa(pos) + ": " + object}
}

func (p *parser) badChar(i, back int) error {
	pos := p.pos(i) - back
	return &SyntaxError{Pos: pos, Text: "Unexpected character (" + p.charAt(i) + ") at position " + strconv.Itoa(pos) + "."}
}

func (p *parser) badToken(token string, i, back int) error {
	pos := p.pos(i) - back
	return &SyntaxError{Pos: pos, Text: "Unexpected token " + token + " at position " + strconv.Itoa(pos) + "."}
}

func (p *parser) badUnicode(i int) error {
	pos := p.pos(i)
	return &SyntaxError{Pos: pos, Text: "Unexpected unicode escape sequence " + p.charAt(i) + " at position " + strconv.Itoa(pos) + "."}
}

func (p *parser) leadingZero(token string, i int) error {
	pos := p.pos(i)
	return &SyntaxError{Pos: pos, Text: "Unexpected leading 0 in digit for token:" + token + " at position " + strconv.Itoa(pos) + "."}
}

func (p *parser) tooDeep(i int) error {
	pos := p.pos(i)
	return &SyntaxError{Pos: pos, Text: "Malicious payload, having non natural depths, parsing stoped on " + p.charAt(i) + " at position " + strconv.Itoa(pos) + "."}
}

// Java says one thing of numbers that its parser refuses and another of exponents
// that overflow.
func (p *parser) badNumber(i, j int) error {
	text := "For input string: \"" + p.text[i:j] + "\""
	if j-i > 18 {
		text = "Too many nonzero exponent digits."
	}
	return &SyntaxError{Pos: p.pos(i), Number: true, Text: text}
}

// AWS refuses such payloads before they are read, so this text is ours.
func (p *parser) tooLong() error {
	return &SyntaxError{Text: "payload of " + strconv.Itoa(len(p.b)) + " bytes is over the limit"}
}

// Java's reader has U+001A for the end of the text and shows it as a character.
func (p *parser) charAt(i int) string {
	if i >= len(p.b) {
		return "\x1a"
	}
	r, n := utf8.DecodeRuneInString(p.text[i:])
	if r > 0xFFFF {
		return "?" // Observed: half a surrogate pair
	}
	return p.text[i : i+n]
}
