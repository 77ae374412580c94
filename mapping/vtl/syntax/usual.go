package syntax

// What nearly all templates are made of is matched here at a stroke, where match, more and
// act take several. All of it could be left to them: what is not sure is.

// What a character can be part of.
const (
	letter   uint8 = 1 << iota // a letter
	namePart                   // what stands in the names of variables behind the first letter
	wordPart                   // and in those of directives
	opener                     // what can open something in every state
	blank                      // a space or a tab
)

// classes has what each character can be part of.
var classes = allClasses()

func allClasses() (of [256]uint8) {
	for c := range of {
		switch b := byte(c); {
		case isLetter(b):
			of[c] = letter | namePart | wordPart
		case isDigit(b) || b == '_':
			of[c] = namePart | wordPart
		case b == '-':
			of[c] = namePart
		case b == '@':
			of[c] = wordPart
		case b == '$' || b == '#' || b == '\\':
			of[c] = opener
		case b == ' ' || b == '\t':
			of[c] = blank
		}
	}
	return of
}

// run measures what is of a class from a place on.
func run(s string, i int, class uint8) int {
	for i < len(s) && classes[s[i]]&class != 0 {
		i++
	}
	return i
}

// usual reads one token if it is of the usual ones. Else it reports false and has done nothing
// but step over the end of a reference, which is no token.
func (l *lexer) usual() bool {
	for l.pos < len(l.src) {
		begin, kind, width := l.pos, tkNone, 0
		switch c := l.src[begin]; {
		case c == '$':
			kind = l.usualName(begin)
		case c == '#':
			kind = l.usualWord(begin)
		case c == '\\':
		case l.state == inText:
			if kind, width = matchText(l.src[begin:]); kind == tkSet {
				return false
			}
			l.pos += width
		case l.state == inRef || l.state == inRefMember:
			if kind = l.usualStep(begin, c); kind == tkRefEnd {
				l.pop() // and what it was ends nothing else
				continue
			}
		case l.state == inDir && c == ' ':
			for l.pos = begin + 1; l.pos < len(l.src) && isSpace(l.src[l.pos]); {
				l.pos++
			}
			kind = tkSpace
		case l.state == inDir:
			kind, width = matchDir(l.src[begin:])
			return l.matched(kind, width)
		case l.state == inRefArgs:
			kind, width = matchArgs(l.src[begin:])
			return l.matched(kind, width)
		}
		if kind == tkNone {
			return false
		}
		l.token(kind, begin, l.pos)
		return true
	}
	return false
}

// matched takes what one of the functions of match has found.
func (l *lexer) matched(kind tokenKind, width int) bool {
	if kind == tkNone {
		return false
	}
	begin := l.pos
	l.pos += width
	begin, stop := l.act(kind, begin, l.pos)
	l.token(kind, begin, stop)
	return true
}

// usualName matches $name and $!name where a reference may begin.
func (l *lexer) usualName(begin int) tokenKind {
	i := begin + 1
	if i < len(l.src) && l.src[i] == '!' {
		i++
	}
	if i >= len(l.src) || classes[l.src[i]]&letter == 0 {
		return tkNone
	}
	switch l.state {
	case inRef:
		l.pop()
	case inText, inDir, inRefArgs:
	default:
		return tkNone
	}
	l.enter(inRef)
	l.pos = run(l.src, i+1, namePart)
	return nameKind(l.src[i:l.pos])
}

// usualWord matches #word in a text, but for #set.
func (l *lexer) usualWord(begin int) tokenKind {
	s := l.src[begin:]
	if l.state != inText || len(s) < 2 || classes[s[1]]&letter == 0 || s[1] == 's' {
		return tkNone
	}
	l.enter(inPreDir)
	width := run(s, 1, wordPart)
	kind, width := keyword(s, s[1:width], width, tkWord)
	l.pos += width
	l.act(kind, begin, l.pos)
	return kind
}

// usualStep matches the name that stands behind a dot, the dot before one, and the parenthesis
// behind it; or it finds that a reference has ended.
func (l *lexer) usualStep(begin int, c byte) tokenKind {
	switch class := classes[c]; {
	case class&letter != 0:
		l.pos = run(l.src, begin+1, namePart)
		return nameKind(l.src[begin:l.pos])
	case c == '.' && begin+1 < len(l.src) && classes[l.src[begin+1]]&letter != 0:
		l.pos, l.state = begin+1, inRefMember
		return tkDot
	case c == '(' && l.state == inRefMember:
		l.pos, l.state = begin+1, inRefArgs
		l.opened++
		return tkOpenParen
	case class&blank != 0:
		if i := run(l.src, begin, blank); i < len(l.src) && l.src[i] == '#' { // of #set, perhaps
			return tkNone
		}
	case c >= 0x80 || class&opener != 0 || c == '[' || c == '{' || c == '}' || c == '_':
		return tkNone
	}
	return tkRefEnd
}

// dotted tells whether a dot and a name stand next, behind a reference.
func (l *lexer) dotted() bool {
	i := l.pos
	return i+1 < len(l.src) && l.src[i] == '.' && classes[l.src[i+1]]&letter != 0 && (l.state == inRef || l.state == inRefMember)
}

// member matches .name, which are two tokens, at a stroke. It reports false where a method may be
// called, and be it with a $ that begins nothing before its parenthesis, or where the name is none.
func (l *lexer) member() bool {
	begin := l.pos + 1
	end := run(l.src, begin+1, namePart)
	if end == len(l.src) || l.src[end] == '(' || classes[l.src[end]]&opener != 0 || nameKind(l.src[begin:end]) != tkIdentifier {
		return false
	}
	l.pos, l.state = begin, inRefMember
	l.token(tkDot, begin-1, begin)
	l.pos = end
	l.token(tkIdentifier, begin, end)
	return true
}
