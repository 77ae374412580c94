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
		if strings.HasPrefix(s, "]]#") {
			return tkTextBlock, 3
		}
		return tkMore, firstRune(s)
	case inLineComment:
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
	for n < len(s) && s[n] != '$' && s[n] != '#' && s[n] != '\\' {
		n++
	}
	if c := s[0]; c == ' ' || c == '\t' {
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
	switch s[:w] {
	case "true":
		return tkTrue, w
	case "false":
		return tkFalse, w
	}
	return tkIdentifier, w
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
	case c == ' ' || c == '\t' || c == '\n' || c == '\r':
		n := 1
		for n < len(s) && (s[n] == ' ' || s[n] == '\t' || s[n] == '\n' || s[n] == '\r') {
			n++
		}
		return tkSpace, n
	case c == '"' || c == '\'':
		if w := quoted(s); w > 0 {
			return tkString, w
		}
	case isDigit(c) || c == '-' || c == '.':
		whole, frac := integer(s), float(s)
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

// matchWord matches a bare word or an operator that is one.
func matchWord(s string) (tokenKind, int) {
	w := word(s)
	switch s[:w] {
	case "true":
		return tkTrue, w
	case "false":
		return tkFalse, w
	case "and":
		return tkAnd, w
	case "or":
		return tkOr, w
	case "not":
		return tkNot, w
	case "lt":
		return tkLess, w
	case "le":
		return tkLessEqual, w
	case "gt":
		return tkGreater, w
	case "ge":
		return tkGreaterEqual, w
	case "eq":
		return tkEqual, w
	case "ne":
		return tkNotEqual, w
	}
	return tkWord, w
}

// matchSign matches an operator that is a sign or two.
func matchSign(s string) (tokenKind, int) {
	next := byte(0)
	if len(s) > 1 {
		next = s[1]
	}
	switch s[0] {
	case '-':
		return tkMinus, 1
	case '+':
		return tkPlus, 1
	case '*':
		return tkTimes, 1
	case '/':
		return tkDivide, 1
	case '%':
		return tkModulo, 1
	case '&':
		return both(next == '&', tkAnd, tkNone)
	case '|':
		return both(next == '|', tkOr, tkNone)
	case '<':
		return both(next == '=', tkLessEqual, tkLess)
	case '>':
		return both(next == '=', tkGreaterEqual, tkGreater)
	case '=':
		return both(next == '=', tkEqual, tkAssign)
	case '!':
		return both(next == '=', tkNotEqual, tkNot)
	}
	return tkNone, 0
}

// both picks the operator of two signs or that of one.
func both(two bool, long, short tokenKind) (tokenKind, int) {
	switch {
	case two:
		return long, 2
	case short == tkNone:
		return tkNone, 0
	}
	return short, 1
}
