package syntax

import (
	"strings"
	"unicode/utf8"
)

// match finds the token at the lexer's place in its state: of all that the
// state knows the longest, and of equal ones the lower kind. The first
// character decides quickly in nearly all cases; only what begins with one of
// $ # \ needs to weigh several candidates.
func (l *lexer) match() (tokenKind, int) {
	s := l.src[l.pos:]
	c := s[0]
	if c == '$' || c == '#' || c == '\\' {
		return l.matchOpener(s)
	}
	switch l.state {
	case inText:
		return matchText(s)
	case inRef, inRefMember:
		return l.matchRef(s)
	case inRefIndex:
		// An index is a literal or a reference: names are none, so that true and false are words.
		if c == ']' {
			return tkIndexClose, 1
		}
		if isLetter(c) {
			return matchTruth(s)
		}
		return matchOperand(s)
	case inRefArgs:
		return matchArgs(s)
	case inPreDir:
		return matchPreDir(s)
	case inDir:
		return matchDir(s)
	case inTextBlock:
		// Nothing else ends it: directives and references within are text.
		if strings.HasPrefix(s, "]]#") {
			return tkTextBlock, 3
		}
		return tkMore, firstRune(s)
	case inLineComment:
		// The line end is part of the comment, so that its line prints nothing.
		if w := lineEnd(s); w > 0 {
			return tkCommentEnd, w
		}
	case inMultiComment:
		if strings.HasPrefix(s, "*#") {
			return tkMultiEnd, 2
		}
	case inFormalComment:
		if strings.HasPrefix(s, "*#") {
			return tkFormalEnd, 2
		}
	}
	return tkSkip, firstRune(s)
}

func firstRune(s string) int {
	// In characters and not in bytes: half a character is no text.
	if s[0] < utf8.RuneSelf {
		return 1
	}
	_, w := utf8.DecodeRuneInString(s)
	return w
}

// best collects the longest match; of equal ones the lower kind wins.
type best struct {
	kind  tokenKind
	width int
}

func (b *best) offer(kind tokenKind, width int) {
	if width > b.width || width == b.width && width > 0 && kind < b.kind {
		b.kind, b.width = kind, width
	}
}

func (b *best) literal(s, literal string, kind tokenKind) {
	if strings.HasPrefix(s, literal) {
		b.offer(kind, len(literal))
	}
}

// matchOpener matches what begins with $ # or \. Those can open something in
// every state.
func (l *lexer) matchOpener(s string) (tokenKind, int) {
	b := best{kind: tkNone}
	switch s[0] {
	case '#':
		// Alone it is the beginning of a directive, or text: the parser finds out.
		b.offer(tkHash, 1)
		if len(s) > 1 {
			l.matchHash(&b, s)
		}
	default:
		n := l.slashes(l.pos)
		l.references(&b, n)
		if l.state == inText {
			matchBackslash(&b, s, n)
		}
		if s[0] == '$' && (l.state == inText || l.state == inRef) {
			matchEmptyIndex(&b, s)
		}
	}
	switch l.state {
	case inRef, inRefMember:
		b.offer(tkRefEnd, 1)
	case inPreDir:
		b.offer(tkDirEnd, 1)
	case inTextBlock:
		b.offer(tkMore, 1)
	case inMultiComment, inFormalComment, inLineComment:
		b.offer(tkSkip, 1)
	}
	return b.kind, b.width
}

// matchHash matches what begins with # and is longer.
func (l *lexer) matchHash(b *best, s string) {
	switch s[1] {
	case '[':
		b.literal(s, "#[[", tkOpenText)
	case '*':
		b.offer(tkOpenComment, 2)
		if len(s) > 3 && s[2] == '*' && s[3] != '#' {
			b.offer(tkOpenFormal, 3+firstRune(s[3:]))
		}
	case '#':
		switch l.state {
		case inText, inPreDir, inDir, inRef:
			b.offer(tkLineComment, 2)
		}
	case 's', '{':
		switch l.state {
		case inText, inRef, inRefMember, inRefArgs:
			b.offer(tkSet, setDirective(s))
		}
	}
}

// references matches $ and $! behind n backslashes and with more between.
func (l *lexer) references(b *best, n int) {
	if l.pos+n == len(l.src) || l.src[l.pos+n] != '$' {
		return
	}
	// The backslashes are part of the token: whether they escape is known when it is rendered, for
	// \$x hides the backslash where x has a value and shows it where it has none.
	b.offer(tkDollar, n+1)
	m := n + 1 + l.slashes(l.pos+n+1)
	if l.pos+m < len(l.src) && l.src[l.pos+m] == '!' {
		b.offer(tkDollarBang, m+1)
	}
}

func backslashes(s string) int {
	n := 0
	for n < len(s) && s[n] == '\\' {
		n++
	}
	return n
}

// matchBackslash matches n backslashes as text, and with a directive behind them.
func matchBackslash(b *best, s string, n int) {
	if n == 0 {
		return
	}
	b.offer(tkBackslash, 1)
	b.literal(s, `\\`, tkTwoBackslash)
	// Of an even number each escapes another, and the directive behind them is one.
	if n%2 == 1 && n < len(s) && s[n] == '#' {
		if w := anyWord(s[n+1:]); w > 0 {
			b.offer(tkEscapedDir, n+1+w)
		}
	}
}

// matchEmptyIndex matches what looks like a reference and never is one.
//
// Source: EMPTY_INDEX of Parser.jjt of Velocity 1.7.
func matchEmptyIndex(b *best, s string) {
	for _, literal := range [...]string{"$[", "$![", `$\![`, "$."} {
		b.literal(s, literal, tkEmptyIndex)
	}
}

// matchText matches all up to a character that may open something. Blanks before #set are
// a token with it where no text comes first, and so vanish.
//
// Source: TEXT and SET_DIRECTIVE of Parser.jjt of Velocity 1.7.
func matchText(s string) (tokenKind, int) {
	n := 1
	for n < len(s) && classes[s[n]]&opener == 0 {
		n++
	}
	if classes[s[0]]&blank != 0 && n < len(s) && s[n] == '#' {
		if w := setDirective(s); w > n {
			return tkSet, w
		}
	}
	return tkText, n
}

// setDirective measures #set( with the blanks before it, which print nothing.
func setDirective(s string) int {
	i := skipBlanks(s, 0)
	switch {
	case strings.HasPrefix(s[i:], "#set"):
		i += len("#set")
	case strings.HasPrefix(s[i:], "#{set}"):
		i += len("#{set}")
	default:
		return 0
	}
	// Source: SET_DIRECTIVE of Parser.jjt of Velocity 1.7: spaces alone before the parenthesis.
	for i < len(s) && s[i] == ' ' {
		i++
	}
	if i < len(s) && s[i] == '(' {
		return i + 1
	}
	return 0
}

// skipBlanks steps over spaces and tabs.
func skipBlanks(s string, i int) int {
	for i < len(s) && (s[i] == ' ' || s[i] == '\t') {
		i++
	}
	return i
}

func (l *lexer) matchRef(s string) (tokenKind, int) {
	switch c := s[0]; {
	case isLetter(c) || c == '_':
		return matchName(s)
	case c == '[':
		return tkIndexOpen, 1
	case c == '{':
		return tkRefOpen, 1
	case c == '}':
		return tkRefClose, 1
	case c == '.' && len(s) > 1 && isLetter(s[1]):
		return tkDot, 2
	// Only behind a member: in "$a(b)" the parenthesis is text.
	case c == '(' && l.state == inRefMember:
		return tkOpenParen, 1
	case c == ' ' || c == '\t':
		if w := setDirective(s); w > 0 {
			return tkSet, w
		}
	}
	return tkRefEnd, firstRune(s)
}

// matchName matches an identifier, of which true and false are not ones.
func matchName(s string) (tokenKind, int) {
	w := identifier(s)
	return nameKind(s[:w]), w
}

func nameKind(name string) tokenKind {
	switch name {
	case "true":
		return tkTrue
	case "false":
		return tkFalse
	}
	return tkIdentifier
}

// matchTruth matches true and false where no names are.
func matchTruth(s string) (tokenKind, int) {
	switch {
	case strings.HasPrefix(s, "true"):
		return tkTrue, 4
	case strings.HasPrefix(s, "false"):
		return tkFalse, 5
	}
	return tkNone, 0
}

// matchOperand matches what can stand in any kind of brackets.
func matchOperand(s string) (tokenKind, int) {
	switch c := s[0]; {
	case isSpace(c):
		n := 1
		for n < len(s) && isSpace(s[n]) {
			n++
		}
		return tkSpace, n
	case c == '"' || c == '\'':
		// One that is not closed is no token, and the fault stands at its quote.
		if w := quoted(s); w > 0 {
			return tkString, w
		}
	case isDigit(c) || c == '-' || c == '.':
		whole, frac := integer(s), float(s)
		// Of equal length it is an integer; "1.." is longer than the decimal "1." as a range needs it.
		if whole >= frac && whole > 0 {
			return tkInteger, whole
		}
		if frac > 0 {
			return tkFloat, frac
		}
	}
	return tkNone, 0
}

// matchArgs matches within the parentheses of a method call, which know no operators.
func matchArgs(s string) (tokenKind, int) {
	c := s[0]
	switch {
	case c == ')':
		return tkCloseArgs, 1
	case isLetter(c) || c == '_':
		return matchName(s)
	case c == ' ' || c == '\t':
		if w := setDirective(s); w > 0 {
			return tkSet, w
		}
	// A method of what an argument refers to: $a.b($c.d).
	case c == '.' && len(s) > 1 && isLetter(s[1]):
		return tkDot, 2
	}
	if k, w := matchOperand(s); w > 0 {
		return k, w
	}
	return matchBracket(s)
}

// matchBracket matches the punctuation of lists, maps and ranges.
func matchBracket(s string) (tokenKind, int) {
	switch s[0] {
	case '[':
		return tkOpenBracket, 1
	case ']':
		return tkCloseBracket, 1
	case ',':
		return tkComma, 1
	case ':':
		return tkColon, 1
	case '{':
		return tkOpenCurly, 1
	case '}':
		return tkCloseCurly, 1
	case '.':
		// One dot alone is nothing here: decimals are matched before, and members have a letter.
		if strings.HasPrefix(s, "..") {
			return tkDots, 2
		}
	}
	return tkNone, 0
}

func matchPreDir(s string) (tokenKind, int) {
	c := s[0]
	switch {
	case isLetter(c) || c == '_' || c == '@':
		w := word(s)
		return keyword(s, s[:w], w, tkWord)
	case c == '{':
		if w := bracketedWord(s); w > 0 {
			return keyword(s, s[1:w-1], w, tkBracketedWord)
		}
	case isDigit(c) || c == '-' || c == '.':
		if k, w := matchOperand(s); w > 0 {
			return k, w
		}
	}
	return tkDirEnd, firstRune(s)
}

// keyword tells the words that the grammar knows itself; end and else take the
// blanks and the line end behind them, so that a line with nothing else prints nothing.
//
// Source: END, ELSE_DIRECTIVE, IF_DIRECTIVE and ELSEIF_DIRECTIVE of Parser.jjt.
func keyword(s, name string, w int, other tokenKind) (tokenKind, int) {
	switch name {
	case "end":
		return tkEnd, w + restOfLine(s[w:])
	case "else":
		return tkElse, w + restOfLine(s[w:])
	case "if":
		return tkIf, w
	case "elseif":
		return tkElseIf, w
	}
	return other, w
}

// restOfLine measures blanks followed by a line end, 0 if anything else comes.
func restOfLine(s string) int {
	i := skipBlanks(s, 0)
	if w := lineEnd(s[i:]); w > 0 {
		return i + w
	}
	return 0
}

func lineEnd(s string) int {
	switch {
	case s == "":
		return 0
	case s[0] == '\r' && len(s) > 1 && s[1] == '\n':
		return 2
	case s[0] == '\n' || s[0] == '\r':
		return 1
	}
	return 0
}

// matchDir matches behind the word of a directive. The closing parenthesis takes the rest
// of its line if that is blank, so that a directive on a line of its own prints nothing.
//
// Source: RPAREN of Parser.jjt of Velocity 1.7. Blanks before the directive stay.
func matchDir(s string) (tokenKind, int) {
	c := s[0]
	switch {
	case isLetter(c) || c == '_' || c == '@':
		return matchWord(s)
	case c == '(':
		return tkOpenParen, 1
	case c == ')':
		return tkCloseParen, 1 + restOfLine(s[1:])
	case c == '{':
		if w := bracketedWord(s); w > 1 {
			return tkBracketedWord, w
		}
	}
	if k, w := matchOperand(s); w > 0 {
		return k, w
	}
	if k, w := matchSign(s); w > 0 {
		return k, w
	}
	return matchBracket(s)
}
