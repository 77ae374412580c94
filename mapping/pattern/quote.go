package pattern

import "strings"

// unquote replaces \Q…\E by escapes of what is between them, which is the first thing
// that Java does with a pattern: so a quantifier behind belongs to the last character,
// and within brackets the last one may begin a range.
func unquote(src string) string {
	if !quotes(src) {
		return src
	}
	var b strings.Builder
	for rest := src; rest != ""; {
		switch {
		case strings.HasPrefix(rest, `\Q`):
			text, after, _ := strings.Cut(rest[2:], `\E`)
			escapeAll(&b, text)
			rest = after
		case rest[0] == '\\' && len(rest) > 1:
			b.WriteString(rest[:2])
			rest = rest[2:]
		default:
			b.WriteByte(rest[0])
			rest = rest[1:]
		}
	}
	return b.String()
}

// quotes tells whether \Q comes up other than behind a backslash.
func quotes(src string) bool {
	for i := 0; i+1 < len(src); i++ {
		if src[i] == '\\' {
			if src[i+1] == 'Q' {
				return true
			}
			i++
		}
	}
	return false
}

// escapeAll writes characters so that each stands for itself.
// Documented: the class, Backslashes, escapes, and quoting: a backslash may stand
// before anything that is no letter. A digit at the beginning could else belong
// to an escape before it.
func escapeAll(b *strings.Builder, text string) {
	for i, r := range text {
		switch {
		case r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z':
		case r >= '0' && r <= '9':
			if i == 0 {
				b.WriteString(`\x3`)
			}
		default:
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
}
