package accesslog

import (
	"bytes"
	"strings"

	"github.com/dragoman-gateway/dragoman/mapping/json"
)

// harmless makes the value that begins at from fit for its place, so that no
// client can end a string, an element or a line with what it sends.
//
// Assumed: AWS writes values as they are. Values that need no escaping, as nearly
// all do, are the same in both.
func harmless(dst []byte, from int, at place) []byte {
	value := dst[from:]
	switch at {
	case inString:
		if plain(value, at) {
			return dst
		}
		// RFC 8259, 7: the quotes around it are the format's own.
		escaped := json.AppendBytes(nil, value, json.Compact)
		return append(dst[:from], escaped[1:len(escaped)-1]...)
	case inXML:
		if plain(value, at) {
			return dst
		}
		return appendXML(dst[:from], bytes.Clone(value))
	case quoted:
		if plain(value, at) {
			return dst
		}
		return appendPlain(dst[:from], bytes.Clone(value), true)
	}
	if plain(value, at) {
		return dst
	}
	return appendPlain(dst[:from], bytes.Clone(value), false)
}

// plain says whether every byte of a value may stand in a place as it is.
func plain(value []byte, at place) bool {
	for _, c := range value {
		if escapes[c]&(1<<at) != 0 {
			return false
		}
	}
	return true
}

// escapes say of each byte in which places it has to be escaped: a bit for each place.
var escapes = func() (table [256]uint8) {
	for at, special := range map[place]string{bare: "", inJSON: "", quoted: `"\`, inString: `"\`, inXML: `<>&"'`} {
		for c := range table {
			if c < ' ' || c == 0x7F || strings.IndexByte(special, byte(c)) >= 0 {
				table[c] |= 1 << at
			}
		}
	}
	return table
}()

const hex = "0123456789ABCDEF"

// appendPlain escapes as the logs of web servers do: control characters as \xNN,
// and between quotes the quote and the backslash.
// Documented: Apache HTTP Server, mod_log_config, Format Notes.
func appendPlain(dst, value []byte, quotes bool) []byte {
	for _, c := range value {
		switch {
		case c < ' ' || c == 0x7F:
			dst = append(dst, '\\', 'x', hex[c>>4], hex[c&15])
		case quotes && (c == '"' || c == '\\'):
			dst = append(dst, '\\', c)
		default:
			dst = append(dst, c)
		}
	}
	return dst
}

// appendXML escapes for texts and attributes. Control characters, which XML 1.0
// cannot have at all, become U+FFFD.
// XML 1.0, 2.2 for the characters and 4.6 for the five entities.
func appendXML(dst, value []byte) []byte {
	for _, c := range value {
		switch {
		case c == '<':
			dst = append(dst, "&lt;"...)
		case c == '>':
			dst = append(dst, "&gt;"...)
		case c == '&':
			dst = append(dst, "&amp;"...)
		case c == '"':
			dst = append(dst, "&quot;"...)
		case c == '\'':
			dst = append(dst, "&apos;"...)
		case c < ' ' || c == 0x7F:
			dst = append(dst, "\uFFFD"...)
		default:
			dst = append(dst, c)
		}
	}
	return dst
}
