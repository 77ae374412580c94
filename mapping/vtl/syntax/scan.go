package syntax

// The functions of this file measure a lexical element at the beginning of a
// text and return its length in bytes, 0 if there is none.

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }
func isSpace(c byte) bool  { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }
func isDigit(c byte) bool  { return c >= '0' && c <= '9' }

// identifier is the name of a variable, property or method.
//
// Source: VTL Reference, "Variables": letters, digits, hyphens and underscores, so that
// $a-b is one name.
func identifier(s string) int {
	if s == "" || !isLetter(s[0]) && s[0] != '_' {
		return 0
	}
	return run(s, 1, namePart)
}

// word is the name of a directive.
//
// Source: WORD of Parser.jjt of Velocity 1.7; no hyphen, unlike the names of variables.
func word(s string) int {
	if s == "" || !isLetter(s[0]) && s[0] != '_' && s[0] != '@' {
		return 0
	}
	return run(s, 1, wordPart)
}

// bracketedWord is the name of a directive in braces.
func bracketedWord(s string) int {
	if len(s) < 3 || s[0] != '{' || !isLetter(s[1]) && s[1] != '_' {
		return 0
	}
	if i := run(s, 2, wordPart); i < len(s) && s[i] == '}' {
		return i + 1
	}
	return 0
}

func anyWord(s string) int { return max(word(s), bracketedWord(s)) }

func digitRun(s string, i int) int {
	for i < len(s) && isDigit(s[i]) {
		i++
	}
	return i
}

// integer is a whole number; the dots of a range behind it are matched too,
// lest they be taken for a decimal point, and given back later.
//
// Source: INTEGER_LITERAL of Parser.jjt of Velocity 1.7, whose minus makes 1-2 two
// numbers side by side, which does not parse.
func integer(s string) int {
	i := sign(s)
	end := digitRun(s, i)
	if end == i {
		return 0
	}
	if len(s) >= end+2 && s[end:end+2] == ".." {
		end += 2
	}
	return end
}

func sign(s string) int {
	if s != "" && s[0] == '-' {
		return 1
	}
	return 0
}

// float is a number with a decimal point, an exponent, or both.
//
// Source: FLOATING_POINT_LITERAL of Parser.jjt of Velocity 1.7. Digits may miss on either
// side of the point, not on both.
func float(s string) int {
	start := sign(s)
	end := digitRun(s, start)
	whole := end - start
	if end < len(s) && s[end] == '.' {
		fraction := digitRun(s, end+1)
		if whole == 0 && fraction == end+1 {
			return 0
		}
		return exponent(s, fraction)
	}
	if whole == 0 {
		return 0
	}
	if e := exponent(s, end); e > end {
		return e
	}
	return 0
}

// exponent returns the end of an exponent that begins at i, or i.
func exponent(s string, i int) int {
	if i >= len(s) || s[i]|0x20 != 'e' {
		return i
	}
	j := i + 1
	if j < len(s) && (s[j] == '+' || s[j] == '-') {
		j++
	}
	if end := digitRun(s, j); end > j {
		return end
	}
	return i
}

// quoted is a string literal. A doubled quote does not end it, unless the
// template ends before another quote.
//
// Source: STRING_LITERAL of Parser.jjt of Velocity 1.7, which lets a quote stand for
// itself when doubled; a backslash escapes none.
func quoted(s string) int {
	q := s[0]
	if q != '"' && q != '\'' {
		return 0
	}
	end := 0
	for i := 1; i < len(s); i++ {
		if s[i] != q {
			continue
		}
		end = i + 1
		if i+1 >= len(s) || s[i+1] != q {
			break
		}
		i++
	}
	return end
}
