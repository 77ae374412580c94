package terminal

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Safe is a text from elsewhere as a terminal may show it: control characters, those that
// reorder what is beside them, and bytes that are no UTF-8 stand as escapes. Lines and
// tabs stay.
func Safe(text string) string { return safe(text, "\n\t") }

// SafeLine is Safe for what has to stay in its line.
func SafeLine(text string) string { return safe(text, "") }

func safe(text, stay string) string {
	if !strings.ContainsFunc(text, hidden) {
		return text
	}
	var b strings.Builder
	for i, r := range text {
		switch {
		case !hidden(r) || r < utf8.RuneSelf && strings.ContainsRune(stay, r):
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == utf8.RuneError && !strings.HasPrefix(text[i:], "\uFFFD"):
			fmt.Fprintf(&b, `\x%02x`, text[i])
		case r == utf8.RuneError:
			b.WriteRune(r)
		case r < 0x100:
			fmt.Fprintf(&b, `\x%02x`, r)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}

// hidden says that a character would do something instead of being seen. Unicode, UAX #9:
// characters of the category Cf turn the direction of what follows; the two joiners there
// only shape letters and emoji.
func hidden(r rune) bool {
	if r == '\u200c' || r == '\u200d' {
		return false
	}
	return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == '\u2028' || r == '\u2029' || r == utf8.RuneError
}
