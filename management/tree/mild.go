package tree

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// mildReader reads JSON in spite of what is wrong with it, and tells all of that. What is
// meant is mostly clear: that a comma is missing, or that there is one too many.
type mildReader struct {
	text   []byte
	at     int // in text
	broken []*Error

	// Places are counted on from the last one.
	counted, line, column int
	commented             bool // that there are comments was told
	deep                  bool // it nests too deeply, and is given up
	open                  []group
	lost                  bool   // an end was missing or wrong, and what follows need not be where it belongs
	byIndent              bool   // ends are believed only where they are indented as what they end
	ended                 *Error // that the text ends within them
}

// group is an object or a list that is not closed yet.
type group struct {
	closing byte
	at      int
}

// mildly reads JSON in spite of what is wrong with it. There is no tree where it is not
// known what belongs to what.
func mildly(text []byte) (Node, []*Error) {
	r := &mildReader{text: text, line: 1, column: 1}
	at := r.document()
	// Where an end is missing is told by indentation alone, which need mean nothing: only a
	// text that is whole by it is read so.
	if r.lost {
		again := &mildReader{text: text, line: 1, column: 1, byIndent: true}
		if other := again.document(); !again.lost {
			at, r = other, again
		}
	}
	if r.lost || r.deep {
		at = nil
	}
	return Node{at: at}, r.broken
}

func (r *mildReader) document() *yaml.Node {
	r.blanks()
	at := r.value(0)
	switch r.blanks(); {
	case r.deep:
		r.broken = append(r.broken, &Error{Line: 1, Column: 1, Message: errDepth.Error()})
	case r.at < len(r.text) && !r.lost:
		r.tell(r.at, "something follows the document", "the file ends with the bracket that closes its first one")
		r.lost = true
	case r.at < len(r.text):
	default:
		r.lost = r.ended != nil
	}
	return at
}

// place counts on to a place of the text, which is never before the last.
func (r *mildReader) place(to int) (line, column int) {
	if to < r.counted {
		r.counted, r.line, r.column = bytes.LastIndexByte(r.text[:to], '\n')+1, r.line-bytes.Count(r.text[to:r.counted], []byte("\n")), 1
	}
	passed := r.text[r.counted:to]
	if last := bytes.LastIndexByte(passed, '\n'); last >= 0 {
		r.line += bytes.Count(passed, []byte("\n"))
		passed, r.column = passed[last+1:], 1
	}
	r.column += utf8.RuneCount(passed)
	r.counted = to
	return r.line, r.column
}

func (r *mildReader) tell(at int, message, hint string) {
	if len(r.broken) < maxBroken {
		line, column := r.place(at)
		r.broken = append(r.broken, &Error{Line: line, Column: column, Message: message, Hint: hint})
	}
}

func (r *mildReader) byte() byte {
	if r.at < len(r.text) {
		return r.text[r.at]
	}
	return 0
}

// blanks passes over white space, and comments of other languages.
func (r *mildReader) blanks() {
	for r.at < len(r.text) {
		rest := r.text[r.at:]
		length := 0
		switch {
		case strings.IndexByte(" \t\n", rest[0]) >= 0:
			r.at++
			continue
		case bytes.HasPrefix(rest, []byte("/*")):
			if length = bytes.Index(rest, []byte("*/")) + 2; length < 2 {
				length = len(rest)
			}
		case bytes.HasPrefix(rest, []byte("//")), rest[0] == '#':
			if length = bytes.IndexByte(rest, '\n'); length < 0 {
				length = len(rest)
			}
		default:
			return
		}
		// Once: whoever writes comments writes many, for one reason.
		if !r.commented {
			r.tell(r.at, "JSON has no comments", "take all of them out, or write the file in YAML")
		}
		r.commented, r.at = true, r.at+length
	}
}

func (r *mildReader) value(depth int) *yaml.Node {
	line, column := r.place(r.at)
	at := &yaml.Node{Kind: yaml.ScalarNode, Line: line, Column: column}
	switch b := r.byte(); {
	case depth > MaxDepth || r.deep:
		r.deep, r.at = true, len(r.text)
	case b == '{':
		at.Kind, at.Tag = yaml.MappingNode, objectTag
		r.group(at, '}', depth)
		return at
	case b == '[':
		at.Kind, at.Tag = yaml.SequenceNode, listTag
		r.group(at, ']', depth)
		return at
	case b == '"', b == '\'':
		at.Tag, at.Value = textTag, r.quoted()
		return at
	default:
		if r.word(at) {
			return at
		}
	}
	at.Tag, at.Style = nullTag, unread
	return at
}

// words are those that stand for what JSON calls otherwise.
var words = map[string]string{"True": "true", "TRUE": "true", "False": "false", "FALSE": "false", "None": "null", "NULL": "null", "Null": "null", "undefined": "null"}

// word reads a number, or a word; false where it is none of JSON's.
func (r *mildReader) word(at *yaml.Node) bool {
	begins := r.at
	for r.at < len(r.text) && strings.IndexByte(",:]}[{\"' \t\n", r.text[r.at]) < 0 {
		r.at++
	}
	word := string(r.text[begins:r.at])
	var value any
	if json.Unmarshal([]byte(word), &value) == nil {
		switch at.Value = word; value.(type) {
		case bool:
			at.Tag = boolTag
		case nil:
			at.Tag = nullTag
		default:
			if at.Tag = intTag; strings.ContainsAny(word, ".eE") {
				at.Tag = floatTag
			}
		}
		return true
	}
	// Its text is not taken for a value: a name that was meant for a variable would be told
	// to be wrong once more where it does not fit.
	switch meant := words[word]; {
	case word == "":
		r.tell(begins, "a value is expected", `a text in double quotes, a number, true, false, null, {…} or […]`)
	case meant != "":
		r.tell(begins, word+" is no word of JSON", "did you mean "+meant+"?")
	default:
		r.tell(begins, clipped([]byte(word))+" is neither a number nor true, false or null", "text stands in double quotes")
	}
	return false
}

// group reads the members of an object or the items of a list, up to its end. Each turn
// reads at least one byte, so that no text keeps it forever.
func (r *mildReader) group(at *yaml.Node, closing byte, depth int) {
	begins := r.at
	r.at, r.open = r.at+1, append(r.open[:depth], group{closing, r.at})
	for comma := -1; !r.deep; {
		r.blanks()
		switch b := r.byte(); {
		case r.at == len(r.text):
			r.ends(begins, closing)
			return
		case b == closing && r.ofAnother(begins, depth):
			line, _ := r.place(begins)
			r.tell(r.behind(begins), string(closing)+" is missing here", "it closes "+string(r.text[begins])+" of line "+strconv.Itoa(line))
			return
		case b == closing:
			if comma >= 0 {
				r.tell(comma, "a comma stands before "+string(closing), "take it out: commas stand between values alone")
			}
			r.at++
			return
		case b == ']' || b == '}':
			r.mismatched(begins, closing, depth)
			return
		case b == ',':
			r.tell(r.at, "a comma stands where a value is expected", "take one of them out")
			r.at++
			continue
		}
		// Told behind the value before, where it belongs; the next one may be lines away.
		if comma < 0 && len(at.Content) > 0 {
			r.missing(begins)
		}
		if closing == '}' {
			r.member(at, depth)
		} else {
			at.Content = append(at.Content, r.item(depth))
		}
		comma = -1
		if r.blanks(); r.byte() == ',' {
			comma = r.at
			r.at++
		}
	}
}

// item is a value that something is read of in any case.
func (r *mildReader) item(depth int) *yaml.Node {
	begins := r.at
	n := r.value(depth + 1)
	if r.at == begins {
		r.at++
	}
	return n
}

// mismatched meets the end of another kind of group than the one that it is in.
//
// Which of the two it is decides what all that follows belongs to, and so whether what is
// told of that is true: that is why indentation is asked, which JSON itself does not know.
func (r *mildReader) mismatched(begins int, closing byte, depth int) {
	b := r.byte()
	if len(r.broken) < maxBroken {
		line, _ := r.place(begins)
		r.tell(r.at, string(b)+" stands where "+string(closing)+" is expected", "what begins on line "+strconv.Itoa(line)+" with "+string(r.text[begins])+" ends with "+string(closing))
	}
	r.lost = true
	// It ends something around this group, whose own end is missing, or is the wrong one for
	// this: whichever its place among the lines speaks for.
	around := depth - 1
	for around >= 0 && r.open[around].closing != b {
		around--
	}
	// Only for those that are told: looking for lines costs what a line is long.
	told := len(r.broken) < maxBroken
	if around < 0 || told && r.lineOf(r.at) == r.lineOf(begins) && r.lineOf(r.open[around].at) < r.lineOf(begins) || told && r.alone(r.at) && r.indent(r.at) == r.indent(begins) {
		r.at++
	}
}

// lineOf is where the line of a place begins.
func (r *mildReader) lineOf(at int) int { return bytes.LastIndexByte(r.text[:at], '\n') + 1 }

func (r *mildReader) indent(at int) int {
	line := r.text[r.lineOf(at):]
	return len(line) - len(bytes.TrimLeft(line, " \t"))
}

// alone says whether nothing but white space is before a place on its line.
func (r *mildReader) alone(at int) bool {
	return len(bytes.TrimLeft(r.text[r.lineOf(at):at], " \t")) == 0
}

// ofAnother says whether the bracket that is next is indented as something around the group,
// and not as that is.
func (r *mildReader) ofAnother(begins, depth int) bool {
	if !r.byIndent || len(r.broken) >= maxBroken || !r.alone(r.at) || r.lineOf(r.at) == r.lineOf(begins) {
		return false
	}
	at, around := r.indent(r.at), depth-1
	for around >= 0 && (r.open[around].closing != r.byte() || r.indent(r.open[around].at) != at) {
		around--
	}
	return around >= 0 && at < r.indent(begins)
}

// behind is the end of what is before the present place, within a group.
func (r *mildReader) behind(begins int) int {
	at := r.at
	for at > begins && strings.IndexByte(" \t\n", r.text[at-1]) >= 0 {
		at--
	}
	return at
}

// missing tells that no comma stands behind the last value.
func (r *mildReader) missing(begins int) {
	if len(r.broken) < maxBroken {
		r.tell(r.behind(begins), "a comma is missing here", "commas stand between members and between items")
	}
}

// ends tells that a text ends within a group: once, for all that are open.
func (r *mildReader) ends(begins int, closing byte) {
	if r.ended != nil {
		r.ended.Hint += string(closing)
		return
	}
	// Which of those that are open was forgotten nothing tells: the innermost is named, and
	// the hint closes all.
	line, _ := r.place(begins)
	r.tell(r.behind(begins), "the document ends before "+string(r.text[begins])+" of line "+strconv.Itoa(line)+" is closed", "close it with "+string(closing))
	if len(r.broken) > 0 {
		r.ended = r.broken[len(r.broken)-1]
	}
}

// member reads a key and its value.
func (r *mildReader) member(at *yaml.Node, depth int) {
	line, column := r.place(r.at)
	key := &yaml.Node{Kind: yaml.ScalarNode, Tag: textTag, Line: line, Column: column}
	begins := r.at
	switch b := r.byte(); {
	case b == '"' || b == '\'':
		key.Value = r.quoted()
	default:
		for r.at < len(r.text) && strings.IndexByte(",:]}[{\"' \t\n", r.text[r.at]) < 0 {
			r.at++
		}
		key.Value = string(r.text[begins:r.at])
		r.tell(begins, "a key in double quotes is expected", `"Key": value`)
	}
	r.blanks()
	value := &yaml.Node{Kind: yaml.ScalarNode, Tag: nullTag, Style: unread, Line: line, Column: column}
	switch b := r.byte(); {
	case b == ':':
		r.at++
		if r.blanks(); r.at == len(r.text) {
			break // which is told of the object
		}
		if r.byte() == ',' || r.byte() == '}' || r.byte() == ']' {
			r.tell(r.at, "a value is expected", `a text in double quotes, a number, true, false, null, {…} or […]`)
		} else {
			value = r.item(depth)
		}
	case b == ',' || b == '}' || b == ']' || r.at == len(r.text):
		r.tell(begins, "the key has no value", `"Key": value`)
	// The value is there: it is read as what it was meant for.
	default:
		r.tell(r.at, "a colon is missing here", "it stands between a key and its value")
		value = r.item(depth)
	}
	// Whatever was meant may have any name.
	if key.Value == "" {
		key.Style, value.Style = key.Style|unread, value.Style|unread
	}
	at.Content = append(at.Content, key, value)
}

// quoted reads a text in quotes, which ends with its line at the latest.
func (r *mildReader) quoted() string {
	begins, quote := r.at, r.byte()
	if quote == '\'' {
		r.tell(begins, "text stands in double quotes", `"…"`)
	}
	for r.at++; r.at < len(r.text) && r.text[r.at] != '\n'; r.at++ {
		switch b := r.text[r.at]; {
		case b == '\\':
			r.escape()
		case b == quote:
			r.at++
			return unquoted(r.text[begins+1 : r.at-1])
		case b < ' ':
			r.tell(r.at, "the control character "+strconv.QuoteRune(rune(b))+" stands in a text", `write it as an escape: \t, \n, \u0007`)
		}
	}
	r.tell(begins, "the text that begins here is never closed", "close it with "+string(quote)+` on the same line; a line end in it is \n`)
	// RFC 8259, section 7: no text has line ends in it, so that the next line is read as if
	// the quote stood before the comma.
	text := bytes.TrimRight(r.text[begins+1:r.at], " \t,")
	return unquoted(text)
}

// escape passes over one, of which the backslash is next.
func (r *mildReader) escape() {
	// RFC 8259, section 7: two letters, but for u with its four digits.
	rest := r.text[r.at:]
	length := 2
	if len(rest) > 1 && rest[1] == 'u' {
		length = 6
	}
	if len(rest) < length || !json.Valid(append(append([]byte{'"'}, rest[:length]...), '"')) {
		r.tell(r.at, "there is no such escape", `a backslash is written \\`)
		length = min(2, len(rest))
	}
	if len(rest) > 1 && rest[1] == '\n' {
		length = 1
	}
	r.at += length - 1
}

// unquoted is a text without its escapes, where it is right but for its quotes.
func unquoted(text []byte) string {
	var s string
	if json.Unmarshal(append(append([]byte{'"'}, text...), '"'), &s) == nil {
		return s
	}
	return string(text)
}
