package syntax

import "strings"

// tokenKind numbers the tokens of the grammar. The order matters: of two
// matches of the same length the one with the lower number wins.
//
// Source: JavaCC, which Velocity 1.7 makes its parser with: the longest match, and of
// those the rule that stands first in Parser.jjt.
type tokenKind uint8

const (
	tkEOF          tokenKind = iota
	tkIndexOpen              // [ behind a reference
	tkIndexClose             // its ]
	tkOpenBracket            // [ of a list or range
	tkCloseBracket           // its ]
	tkComma
	tkDots          // ..
	tkColon         // :
	tkOpenCurly     // { of a map
	tkCloseCurly    // its }
	tkOpenParen     // (
	tkCloseParen    // ) of a directive, with the line end behind it
	tkCloseArgs     // ) of a method call
	tkEscapedDir    // \#word
	tkSet           // #set( with the spaces before it
	tkDollar        // more: $ with backslashes
	tkDollarBang    // more: $! with backslashes
	tkOpenText      // more: #[[
	tkOpenFormal    // more: #**
	tkOpenComment   // more: #*
	tkHash          // more: #
	tkLineComment   // ##
	tkTwoBackslash  // \\
	tkBackslash     // \
	tkText          // anything but $ # \
	tkCommentEnd    // the line end of a ## comment
	tkFormalEnd     // *# of #**
	tkMultiEnd      // *# of #*
	tkTextBlock     // #[[ … ]]#
	tkSkip          // skipped: a character of a comment
	tkMore          // more: a character of a text block
	tkSpace         // white space inside parentheses
	tkString        // a quoted string
	tkTrue          // true
	tkFalse         // false
	_               // a line end inside parentheses; white space always wins
	tkMinus         // -
	tkPlus          // +
	tkTimes         // *
	tkDivide        // /
	tkModulo        // %
	tkAnd           // && and
	tkOr            // || or
	tkLess          // < lt
	tkLessEqual     // <= le
	tkGreater       // > gt
	tkGreaterEqual  // >= ge
	tkEqual         // == eq
	tkNotEqual      // != ne
	tkNot           // ! not
	tkAssign        // =
	tkEnd           // end, with the line end behind it
	tkIf            // if
	tkElseIf        // elseif
	tkElse          // else, with the line end behind it
	tkInteger       // 12
	tkFloat         // 1.5
	tkWord          // a name behind #, or a bare word in parentheses
	tkBracketedWord // {name} behind #
	tkIdentifier    // a name in a reference
	tkDot           // . before a letter
	tkRefOpen       // { of ${
	tkRefClose      // } of ${
	tkRefEnd        // special: what ends a reference
	tkDirEnd        // special: what follows a # that begins nothing
	tkEmptyIndex    // $[ $![ $.
	tkNone          // no match
	tkUnread        // nobody has looked yet
)

// A token is a piece of the template. Its image includes the "more" pieces
// before it ($ and # belong to the word behind them). It holds no pointer, so that
// the collector never looks at tokens, and is named by its number.
type token struct {
	kind    tokenKind
	special int32 // which of the lexer's specials stands before it; 0: none
	begin   int32 // its image is the text from here
	stop    int32 // up to here
	end     int32 // what the lexer reads next begins here
}

// special is what is left of characters that were matched and given back before a token:
// a $ or # that began nothing.
func (l *lexer) special(t int) string {
	if i := l.tokens[t].special; i > 0 {
		return l.specials[i-1]
	}
	return ""
}

// image is the text of a token.
func (l *lexer) image(t int) string { return l.src[l.tokens[t].begin:l.tokens[t].stop] }

// begin is where the image of a token begins, and end what the lexer read behind it.
func (l *lexer) begin(t int) int { return int(l.tokens[t].begin) }
func (l *lexer) end(t int) int   { return int(l.tokens[t].end) }

// start is where the token before ended: what stands between there and the image is what
// special is left of.
func (l *lexer) start(t int) int {
	if t == 0 {
		return 0
	}
	return int(l.tokens[t-1].end)
}

// literal is the token as it stands in the source.
//
// Source: NodeUtils.tokenLiteral of Velocity 1.7, where a comment of several lines has
// none.
func (l *lexer) literal(t int) string {
	switch tok := &l.tokens[t]; {
	case tok.kind == tkMultiEnd:
		return ""
	case tok.special > 0:
		return l.special(t) + l.image(t)
	}
	return l.image(t)
}

// specialText keeps of a special token what belongs to the text: every $ and
// #, and backslashes that stand before a $.
//
// Source: NodeUtils.specialText of Velocity 1.7, which loses all other backslashes.
func specialText(image string) string {
	var b strings.Builder
	for i := 0; i < len(image); i++ {
		switch image[i] {
		case '#', '$':
			b.WriteByte(image[i])
		case '\\':
			j := i
			for j < len(image) && image[j] == '\\' {
				j++
			}
			if j < len(image) && image[j] == '$' {
				b.WriteString(image[i : j+1])
				i = j + 1
			}
		}
	}
	return b.String()
}
