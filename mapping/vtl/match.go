package vtl

import (
	"strings"
	"unicode/utf8"
)

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

// match finds the token at the lexer's place in its state.
func (l *lexer) match() (tokenKind, int) {
	s := l.src[l.pos:]
	b := best{kind: tkNone}
	if c := s[0]; c == '$' || c == '#' || c == '\\' {
		matchOpeners(&b, s)
	}
	switch l.state {
	case inText:
		matchText(&b, s)
	case inRef, inRefMember:
		l.matchRef(&b, s)
	case inRefIndex:
		matchIndex(&b, s)
	case inRefArgs:
		matchArgs(&b, s)
	case inPreDir:
		matchPreDir(&b, s)
	case inDir:
		matchDir(&b, s)
	case inTextBlock:
		matchLiteral(&b, s, "]]#", tkTextBlock)
		b.offer(tkMore, firstRune(s))
	case inMultiComment:
		matchLiteral(&b, s, "*#", tkMultiEnd)
		b.offer(tkSkip, firstRune(s))
	case inFormalComment:
		matchLiteral(&b, s, "*#", tkFormalEnd)
		b.offer(tkSkip, firstRune(s))
	case inLineComment:
		b.offer(tkCommentEnd, lineEnd(s))
		b.offer(tkSkip, firstRune(s))
	}
	return b.kind, b.width
}

func firstRune(s string) int {
	_, w := utf8.DecodeRuneInString(s)
	return w
}

func matchLiteral(b *best, s, literal string, kind tokenKind) {
	if strings.HasPrefix(s, literal) {
		b.offer(kind, len(literal))
	}
}

// matchOpeners matches what can begin in every state.
func matchOpeners(b *best, s string) {
	if s[0] == '#' {
		b.offer(tkHash, 1)
		matchLiteral(b, s, "#[[", tkOpenText)
		matchLiteral(b, s, "#*", tkOpenComment)
		if strings.HasPrefix(s, "#**") && len(s) > 3 && s[3] != '#' {
			b.offer(tkOpenFormal, 3+firstRune(s[3:]))
		}
		return
	}
	n := backslashes(s)
	if n == len(s) || s[n] != '$' {
		return
	}
	b.offer(tkDollar, n+1)
	m := n + 1 + backslashes(s[n+1:])
	if m < len(s) && s[m] == '!' {
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

func matchText(b *best, s string) {
	switch s[0] {
	case '\\':
		b.offer(tkBackslash, 1)
		matchLiteral(b, s, `\\`, tkTwoBackslash)
		if n := backslashes(s); n%2 == 1 && n < len(s) && s[n] == '#' {
			if w := anyWord(s[n+1:]); w > 0 {
				b.offer(tkEscapedDir, n+1+w)
			}
		}
	case '$':
		matchEmptyIndex(b, s)
	case '#':
		matchLiteral(b, s, "##", tkLineComment)
		b.offer(tkSet, setDirective(s))
	default:
		n := strings.IndexAny(s, `$#\`)
		if n < 0 {
			n = len(s)
		}
		b.offer(tkText, n)
		b.offer(tkSet, setDirective(s))
	}
}

// matchEmptyIndex matches what looks like a reference and never is one.
func matchEmptyIndex(b *best, s string) {
	for _, literal := range [...]string{"$[", "$![", `$\![`, "$."} {
		matchLiteral(b, s, literal, tkEmptyIndex)
	}
}

// setDirective measures #set( with the blanks before it.
func setDirective(s string) int {
	i := skipAny(s, 0, " \t")
	switch {
	case strings.HasPrefix(s[i:], "#set"):
		i += len("#set")
	case strings.HasPrefix(s[i:], "#{set}"):
		i += len("#{set}")
	default:
		return 0
	}
	i = skipAny(s, i, " ")
	if i < len(s) && s[i] == '(' {
		return i + 1
	}
	return 0
}

func skipAny(s string, i int, cutset string) int {
	for i < len(s) && strings.IndexByte(cutset, s[i]) >= 0 {
		i++
	}
	return i
}

func (l *lexer) matchRef(b *best, s string) {
	c := s[0]
	switch {
	case c == '[':
		b.offer(tkIndexOpen, 1)
	case c == '{':
		b.offer(tkRefOpen, 1)
	case c == '}':
		b.offer(tkRefClose, 1)
	case c == '.' && len(s) > 1 && isLetter(s[1]):
		b.offer(tkDot, 2)
	case c == '(' && l.state == inRefMember:
		b.offer(tkOpenParen, 1)
	case c == '$' && l.state == inRef:
		matchEmptyIndex(b, s)
	case c == '#' && l.state == inRef:
		matchLiteral(b, s, "##", tkLineComment)
	}
	if c == '#' || c == ' ' || c == '\t' {
		b.offer(tkSet, setDirective(s))
	}
	matchName(b, s)
	b.offer(tkRefEnd, firstRune(s))
}

// matchName matches an identifier, of which true and false are not ones.
func matchName(b *best, s string) {
	matchLiteral(b, s, "true", tkTrue)
	matchLiteral(b, s, "false", tkFalse)
	b.offer(tkIdentifier, identifier(s))
}

func matchIndex(b *best, s string) {
	if s[0] == ']' {
		b.offer(tkIndexClose, 1)
	}
	matchLiteral(b, s, "true", tkTrue)
	matchLiteral(b, s, "false", tkFalse)
	matchOperand(b, s)
}

// matchOperand matches what can stand in any kind of brackets.
func matchOperand(b *best, s string) {
	b.offer(tkSpace, skipAny(s, 0, " \t\n\r"))
	b.offer(tkString, quoted(s))
	b.offer(tkInteger, integer(s))
	b.offer(tkFloat, float(s))
}

func matchArgs(b *best, s string) {
	matchBrackets(b, s)
	switch c := s[0]; {
	case c == ')':
		b.offer(tkCloseArgs, 1)
	case c == '.' && len(s) > 1 && isLetter(s[1]):
		b.offer(tkDot, 2)
	case c == '#' || c == ' ' || c == '\t':
		b.offer(tkSet, setDirective(s))
	}
	matchName(b, s)
	matchOperand(b, s)
}

// matchBrackets matches the punctuation of lists, maps and ranges.
func matchBrackets(b *best, s string) {
	switch s[0] {
	case '[':
		b.offer(tkOpenBracket, 1)
	case ']':
		b.offer(tkCloseBracket, 1)
	case ',':
		b.offer(tkComma, 1)
	case ':':
		b.offer(tkColon, 1)
	case '{':
		b.offer(tkOpenCurly, 1)
	case '}':
		b.offer(tkCloseCurly, 1)
	case '.':
		matchLiteral(b, s, "..", tkDots)
	}
}

func matchPreDir(b *best, s string) {
	matchLiteral(b, s, "##", tkLineComment)
	matchKeyword(b, s, "end", tkEnd, true)
	matchKeyword(b, s, "if", tkIf, false)
	matchKeyword(b, s, "elseif", tkElseIf, false)
	matchKeyword(b, s, "else", tkElse, true)
	b.offer(tkInteger, integer(s))
	b.offer(tkFloat, float(s))
	b.offer(tkWord, word(s))
	b.offer(tkBracketedWord, bracketedWord(s))
	b.offer(tkDirEnd, firstRune(s))
}

// matchKeyword matches a directive word with or without braces and, where
// asked for, the blanks and the line end behind it.
func matchKeyword(b *best, s, name string, kind tokenKind, swallow bool) {
	n := len(name)
	switch {
	case strings.HasPrefix(s, name):
	case s[0] == '{' && strings.HasPrefix(s[1:], name) && strings.HasPrefix(s[1+n:], "}"):
		n += 2
	default:
		return
	}
	if swallow {
		n += restOfLine(s[n:])
	}
	b.offer(kind, n)
}

// restOfLine measures blanks followed by a line end, 0 if anything else comes.
func restOfLine(s string) int {
	i := skipAny(s, 0, " \t")
	if w := lineEnd(s[i:]); w > 0 {
		return i + w
	}
	return 0
}

func lineEnd(s string) int {
	switch {
	case strings.HasPrefix(s, "\r\n"):
		return 2
	case s != "" && (s[0] == '\n' || s[0] == '\r'):
		return 1
	}
	return 0
}

func matchDir(b *best, s string) {
	matchBrackets(b, s)
	c := s[0]
	switch c {
	case '(':
		b.offer(tkOpenParen, 1)
	case ')':
		b.offer(tkCloseParen, 1+restOfLine(s[1:]))
	case '#':
		matchLiteral(b, s, "##", tkLineComment)
	}
	for i := range operators {
		if o := &operators[i]; o.text[0] == c {
			matchLiteral(b, s, o.text, o.kind)
		}
	}
	matchLiteral(b, s, "true", tkTrue)
	matchLiteral(b, s, "false", tkFalse)
	matchOperand(b, s)
	b.offer(tkWord, word(s))
	b.offer(tkBracketedWord, bracketedWord(s))
}

var operators = [...]struct {
	text string
	kind tokenKind
}{
	{"-", tkMinus}, {"+", tkPlus}, {"*", tkTimes}, {"/", tkDivide}, {"%", tkModulo},
	{"&&", tkAnd}, {"and", tkAnd}, {"||", tkOr}, {"or", tkOr},
	{"<", tkLess}, {"lt", tkLess}, {"<=", tkLessEqual}, {"le", tkLessEqual},
	{">", tkGreater}, {"gt", tkGreater}, {">=", tkGreaterEqual}, {"ge", tkGreaterEqual},
	{"==", tkEqual}, {"eq", tkEqual}, {"!=", tkNotEqual}, {"ne", tkNotEqual},
	{"!", tkNot}, {"not", tkNot}, {"=", tkAssign},
}
