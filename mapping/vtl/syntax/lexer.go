package syntax

import (
	"strings"
	"unicode/utf8"
)

// lexState is the mode of the lexer: which tokens can come next depends on
// where in a reference or directive it stands.
//
// Source: the lexical states of Parser.jjt of Velocity 1.7: DEFAULT, REFERENCE, REFMOD,
// REFMOD2, PRE_DIRECTIVE, DIRECTIVE and those of comments.
type lexState uint8

const (
	inText      lexState = iota // plain text
	inRef                       // behind $
	inRefMember                 // behind the dot of a reference
	inRefIndex                  // in the brackets of a reference
	inRefArgs                   // in the parentheses of a method call
	inPreDir                    // behind #
	inDir                       // behind the word of a directive
	inTextBlock                 // #[[
	inMultiComment
	inFormalComment
	inLineComment
)

// saved is what the lexer comes back to when a reference or directive ends.
type saved struct {
	opened, closed int
	state          lexState
}

// A lexer cuts a template into tokens on demand: the parser sometimes decides
// in which state the next one is read.
//
// Velocity's grammar is a set of regular expressions per state, of which the
// longest match wins; states are stacked. Its corner cases (which characters
// end a reference, which spaces vanish, what an unfinished construct prints)
// all follow from that, so the same machine stands here.
type lexer struct {
	src     string
	pos     int
	state   lexState
	stack   []saved
	opened  int // ( seen in this state
	closed  int // ) seen in this state
	comment bool
	set     bool                       // between #set( and its )
	slashed [2]struct{ from, end int } // runs of backslashes that were measured

	tokens   []token
	specials []string // that stand before tokens; few do
	stop     int      // where the image of the last one ends
	gap      int      // the last one that does not stand in the source right behind the one before
}

// slashes measures the run of backslashes at a place. What was measured last is
// remembered: a run is looked at again from each of its characters.
func (l *lexer) slashes(at int) int {
	if at >= len(l.src) || l.src[at] != '\\' {
		return 0
	}
	for _, r := range l.slashed {
		if at >= r.from && at < r.end {
			return r.end - at
		}
	}
	n := backslashes(l.src[at:])
	l.slashed[0], l.slashed[1] = l.slashed[1], struct{ from, end int }{at, at + n}
	return n
}

func (l *lexer) push() {
	l.stack = append(l.stack, saved{l.opened, l.closed, l.state})
	l.opened = 0
}

// pop goes back to the state before. Below the last one there is text, so that a
// parenthesis too many does no harm.
//
// Source: Parser.jjt of Velocity 1.7, stateStackPop.
func (l *lexer) pop() bool {
	if len(l.stack) == 0 {
		l.opened = 0
		l.state = inText
		return false
	}
	s := l.stack[len(l.stack)-1]
	l.stack = l.stack[:len(l.stack)-1]
	l.opened, l.closed, l.state = s.opened, s.closed, s.state
	return true
}

func (l *lexer) enter(s lexState) {
	l.push()
	l.state = s
}

// next reads one token of any kind. It fails when nothing matches, or when the template
// ends within a construct. What ends a reference or a directive without being part of
// it is matched as a special token and given back, all but the characters that have
// become text by it: the $ of "$ ".
//
// Source: the SPECIAL_TOKEN rules of Parser.jjt of Velocity 1.7.
func (l *lexer) next() *Error {
	special, isComment := "", false
	for {
		begin := l.pos
		if begin >= len(l.src) {
			l.token(tkEOF, begin, begin)
			l.strange(special)
			return nil
		}
		kind, err := l.piece()
		if err != nil {
			return err
		}
		switch kind {
		case tkSkip:
		case tkRefEnd, tkDirEnd:
			image := l.src[begin:l.pos]
			special += specialText(image)
			isComment = strings.HasPrefix(image, "##")
			l.giveBackOne()
			l.pop()
		default:
			if isComment {
				special = ""
			}
			stop := l.pos
			begin, stop = l.act(kind, begin, stop)
			l.token(kind, begin, stop)
			if special != "" || kind == tkMultiEnd {
				l.strange(special)
			}
			return nil
		}
	}
}

// token adds a token whose image stands between two places; it ends where the lexer is.
func (l *lexer) token(kind tokenKind, begin, stop int) {
	if begin != l.stop {
		l.gap = len(l.tokens)
	}
	l.stop = stop
	l.tokens = append(l.tokens, token{kind: kind, begin: int32(begin), stop: int32(stop), end: int32(l.pos)})
}

// strange notes what stands before the token read last, and that it is not in the source as it is.
func (l *lexer) strange(special string) {
	l.gap = len(l.tokens) - 1
	if special != "" {
		l.specials = append(l.specials, special)
		l.tokens[l.gap].special = int32(len(l.specials))
	}
}

// trim takes n bytes off the beginning of a token's image.
func (l *lexer) trim(t, n int) {
	l.tokens[t].begin += int32(n)
	l.gap = max(l.gap, t)
}

// piece matches until something other than a "more" was found.
func (l *lexer) piece() (tokenKind, *Error) {
	for {
		kind, width := l.match()
		if kind == tkNone {
			return kind, l.fail("Lexical error")
		}
		l.pos += width
		switch kind {
		case tkDollar, tkDollarBang, tkOpenText, tkOpenFormal, tkOpenComment, tkHash, tkMore:
			l.more(kind)
			if l.pos >= len(l.src) {
				return kind, l.fail("Lexical error: the template ends within a construct")
			}
		default:
			return kind, nil
		}
	}
}

func (l *lexer) fail(message string) *Error {
	return &Error{offset: l.pos, Message: message}
}

func (l *lexer) giveBackOne() {
	_, w := utf8.DecodeLastRuneInString(l.src[:l.pos])
	l.pos -= w
}

// more does what the opening pieces do to the state.
//
// Source: the MORE rules of Parser.jjt of Velocity 1.7. Within a comment they change
// nothing: it ends where it ends, whatever stands in it.
func (l *lexer) more(kind tokenKind) {
	if l.comment {
		return
	}
	switch kind {
	case tkDollar, tkDollarBang:
		if l.state == inRef {
			l.pop()
		}
		l.enter(inRef)
	case tkOpenText:
		l.comment = true
		l.enter(inTextBlock)
	case tkOpenFormal:
		l.giveBackOne()
		l.comment = true
		l.enter(inFormalComment)
	case tkOpenComment:
		l.comment = true
		l.enter(inMultiComment)
	case tkHash:
		if l.state == inRef || l.state == inRefMember {
			l.pop()
		}
		l.enter(inPreDir)
	}
}

// act does what a token does to the state, and tells where its image is in the end.
func (l *lexer) act(kind tokenKind, begin, stop int) (int, int) {
	switch kind {
	case tkIndexOpen:
		l.enter(inRefIndex)
	case tkIndexClose, tkRefClose:
		l.pop()
	case tkOpenParen:
		if !l.comment {
			l.opened++
		}
		if l.state == inRefMember {
			l.state = inRefArgs
		}
	case tkCloseParen:
		l.closeParen()
	case tkCloseArgs:
		l.state = inRef
	case tkSet:
		if !l.comment {
			l.enter(inDir)
			l.set = true
			l.opened++
		}
	case tkLineComment:
		if !l.comment {
			if l.state == inRef {
				l.pop()
			}
			l.comment = true
			l.enter(inLineComment)
		}
	case tkCommentEnd, tkFormalEnd, tkMultiEnd, tkTextBlock:
		l.comment = false
		l.pop()
	case tkString:
		if l.state == inDir && !l.set && l.opened == 0 {
			l.pop()
		}
	case tkEnd, tkElse:
		l.pop()
	case tkIf, tkElseIf:
		l.state = inDir
	// Source: INTEGER_LITERAL of Parser.jjt of Velocity 1.7, which gives the dots back
	// and leaves the state where no parenthesis is open.
	case tkInteger:
		if strings.HasSuffix(l.src[begin:stop], "..") {
			l.pos -= 2 // the dots of a range: 1..2 would else be 1. and .2
			stop -= 2
		}
		if l.opened == 0 && !l.set && l.state != inRefArgs && l.state != inRefIndex {
			l.pop()
		}
	case tkFloat:
		if l.opened == 0 && !l.set && l.state != inRefArgs {
			l.pop()
		}
	// Source: DOT of Parser.jjt of Velocity 1.7 takes the letter too, as "$a." at the end
	// of a sentence is a reference and a full stop.
	case tkDot:
		l.giveBackOne() // the letter that makes a dot one of the reference
		begin, stop = l.pos-1, l.pos
		l.state = inRefMember
	}
	return begin, stop
}

// closeParen drops to the state below the one whose parenthesis this closes.
//
// Source: RPARENHandler of Parser.jjt of Velocity 1.7, whose counts of parentheses are
// kept as they are, with closed never set back: that decides where a directive within
// the arguments of another ends.
func (l *lexer) closeParen() {
	if l.comment {
		return
	}
	for {
		if l.opened == 0 {
			if !l.pop() {
				return
			}
			continue
		}
		if l.opened == l.closed+1 {
			l.pop()
		} else {
			l.closed++
		}
		return
	}
}

// parenFollows looks past white space for an opening parenthesis.
//
// Source: Directive of Parser.jjt of Velocity 1.7 asks isLeftParenthesis, which reads
// characters instead of tokens: those would be read in the wrong state.
func (l *lexer) parenFollows() bool {
	for i := l.pos; i < len(l.src); i++ {
		switch l.src[i] {
		case '(':
			return true
		case ' ', '\t', '\n', '\r':
		default:
			return false
		}
	}
	return false
}
