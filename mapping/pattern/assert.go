package pattern

import (
	"unicode"
	"unicode/utf8"
)

// look runs the body of a look-around. Behind, it starts at every place that is
// between least and max characters back and must end here. What a negative one
// captured is undone: it holds where its body did not match.
//
// Documented: the class, Special constructs: look-around is of zero width, so the place
// does not move.
func (m *machine) look(s *step, at int) bool {
	mark := len(m.stack)
	ok := false
	if s.behind {
		ok = m.lookBehind(s, at)
	} else {
		_, ok = m.run(s.body, at, anywhere)
	}
	if ok && s.negate {
		m.unwind(mark)
	}
	return ok
}

// Java looks from the shortest length to the longest, which decides what a group
// within captures. Each place costs a step, since the longest may be the whole
// text.
func (m *machine) lookBehind(s *step, at int) bool {
	// Java reckons in 32 bits where to begin; what overflows twice begins anywhere.
	most := s.max
	if from := int32(at) - int32(s.max); s.max < 0 && from > 0 {
		return false
	} else if s.max < 0 {
		most = len(m.text)
	}
	start := at
	for back := 0; back <= most; back++ {
		if back >= s.least {
			if _, ok := m.run(s.body, start, at); ok {
				return true
			}
		}
		if m.steps--; m.steps < 0 {
			m.over = true
		}
		if start == 0 || m.over {
			break
		}
		_, w := utf8.DecodeLastRuneInString(m.text[:start])
		if start -= w; s.units && w == 4 {
			back++ // a pair of surrogates
		}
	}
	return false
}

// unwind undoes the captures made above a mark.
func (m *machine) unwind(mark int) {
	for len(m.stack) > mark {
		f := m.stack[len(m.stack)-1]
		m.stack = m.stack[:len(m.stack)-1]
		switch f.kind {
		case undoCap:
			m.caps[f.x] = int(f.place)
		case undoReg:
			m.regs[f.x] = int(f.place)
		}
	}
}

// holds tests an anchor.
// Documented: the class, Line terminators: by default ^ and $ ignore them but for
// the one at the very end, under m they hold at each, and under d only a line
// feed is one.
func (m *machine) holds(kind anchorKind, at int) bool {
	t := m.text
	switch kind {
	case beginText:
		return at == 0
	case endText:
		return at == len(t)
	case endTextLine:
		return at == len(t) || lastLineEnd(t, at)
	case endTextUnix:
		return at == len(t) || at == len(t)-1 && t[at] == '\n'
	case beginLine:
		return at < len(t) && (at == 0 || afterLineEnd(t, at))
	case beginLineUnix:
		return at < len(t) && (at == 0 || t[at-1] == '\n')
	case endLine:
		return at == len(t) || lineEndAt(t, at) > 0 && !insideCRLF(t, at)
	case endLineUnix:
		return at == len(t) || t[at] == '\n'
	case wordEdge:
		return m.edge(at, isWordRune)
	case notWordEdge:
		return !m.edge(at, isWordRune)
	case unicodeEdge:
		return m.edge(at, isUnicodeWord)
	case notUnicodeEdge:
		return !m.edge(at, isUnicodeWord)
	case lastMatch:
		return at == m.from
	}
	return false
}

// lineEndAt reports the width of the line terminator at a place, 0 if none.
// Documented: the class, Line terminators: CR LF counts as one.
func lineEndAt(t string, at int) int {
	switch r, w := utf8.DecodeRuneInString(t[at:]); r {
	case '\r':
		if at+1 < len(t) && t[at+1] == '\n' {
			return 2
		}
		return 1
	case '\n', 0x85, 0x2028, 0x2029:
		return w
	}
	return 0
}

// No line ends or begins between the two halves of CR LF.
func insideCRLF(t string, at int) bool {
	return at > 0 && t[at-1] == '\r' && at < len(t) && t[at] == '\n'
}

// Between CR and LF at the very end no line ends: the two are one terminator.
func lastLineEnd(t string, at int) bool {
	w := lineEndAt(t, at)
	return w > 0 && at+w == len(t) && !insideCRLF(t, at)
}

// The end of the text begins no line: Observed in Java, where ^ under m does not
// hold behind the last line terminator.
func afterLineEnd(t string, at int) bool {
	switch r, _ := utf8.DecodeLastRuneInString(t[:at]); r {
	case '\r':
		return t[at] != '\n'
	case '\n', 0x85, 0x2028, 0x2029:
		return true
	}
	return false
}

// edge tells whether exactly one side of the place is a word character: a letter,
// a digit, an underscore, or a mark upon one. Java 17 asks this of all of Unicode
// even without the flag U, although \w does not: Observed.
//
// Documented: the class, Boundary matchers, \b and \B. The ends of the text count as no
// word characters.
func (m *machine) edge(at int, isWord func(rune) bool) bool {
	left, right := false, false
	if at > 0 {
		r, _ := utf8.DecodeLastRuneInString(m.text[:at])
		left = isWord(r) || unicode.Is(unicode.Mn, r) && m.marked(at)
	}
	if at < len(m.text) {
		r, _ := utf8.DecodeRuneInString(m.text[at:])
		right = isWord(r) || unicode.Is(unicode.Mn, r) && m.marked(at)
	}
	return left != right
}

// Documented: the class, Unicode support, \w under UNICODE_CHARACTER_CLASS.
func isUnicodeWord(r rune) bool {
	return unicode.In(r, unicode.L, unicode.Nl, unicode.Other_Alphabetic, unicode.M, unicode.Nd, unicode.Pc, unicode.Join_Control)
}

// Documented: the class, Boundary matchers; what \b takes for a word was
// recorded.
func isWordRune(r rune) bool {
	if r < utf8.RuneSelf {
		return r == '_' || r >= '0' && r <= '9' || r|0x20 >= 'a' && r|0x20 <= 'z'
	}
	return unicode.In(r, unicode.L, unicode.Nd)
}

// marked tells whether before the place is a letter or a digit, perhaps with marks.
func (m *machine) marked(at int) bool {
	for at > 0 {
		r, w := utf8.DecodeLastRuneInString(m.text[:at])
		if unicode.In(r, unicode.L, unicode.Nd) {
			return true
		}
		if !unicode.Is(unicode.Mn, r) {
			return false
		}
		at -= w
		m.steps--
	}
	return false
}
