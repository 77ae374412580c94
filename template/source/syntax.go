package source

import (
	"bytes"
	"encoding/json"
	"errors"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/dragoman-gateway/dragoman/management/tree"
)

// syntaxFault tells where a text is neither YAML nor JSON.
func syntaxFault(file string, text []byte, err error) Fault {
	f := Fault{File: file, Line: 1, Column: 1}
	// Who reads token by token, as the tree is read, tells another offset than who reads all.
	syntax, isJSON := errors.AsType[*json.SyntaxError](json.Unmarshal(text, new(json.RawMessage)))
	if isJSON && bytes.HasPrefix(bytes.TrimSpace(text), []byte("{")) {
		before := text[:min(max(int(syntax.Offset)-1, 0), len(text))]
		f.Line += bytes.Count(before, []byte("\n"))
		f.Column += utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:])
		f.Message = "the JSON is broken: " + syntax.Error()
		return f
	}
	message := withoutLine(err)
	switch {
	case len(bytes.TrimSpace(text)) == 0 || message == "the document is empty":
		f.Message, f.Hint = "the file is empty", "Resources: {LogicalID: {Type: …, Properties: …}}"
		return f
	case strings.Contains(message, "cannot start any token"):
		f.Hint = "YAML indents by spaces, never by tabs, and text that begins with @, `, % or * stands in quotes"
	case strings.Contains(message, "mapping values are not allowed"), strings.Contains(message, "did not find expected key"):
		f.Hint = "members of one object begin in the same column, and text with a colon and a space in it stands in quotes"
	}
	if len(text) <= longestSearch {
		f.Line, f.Column = brokenAt(text, message)
	} else if line, err := strconv.Atoi(parserLine.FindStringSubmatch(err.Error())[1]); err == nil {
		f.Line = line
	}
	f.Message = "the YAML is broken: " + message
	return f
}

// parserLine is what YAML's parser puts before its errors: the line where what it was
// reading began, not the one where it stopped.
var parserLine = regexp.MustCompile(`^(?:yaml: )?(?:line ([0-9]+): )?`)

func withoutLine(err error) string { return parserLine.ReplaceAllString(err.Error(), "") }

// longestSearch is how long a text may be in which the line is looked for, which takes
// reading it several times.
const longestSearch = 64 << 10

// brokenAt finds the first line with which a text is broken in the same way.
// A text that is cut off before that line is not broken in this way, so halving finds it.
func brokenAt(text []byte, message string) (line, column int) {
	lines := bytes.SplitAfter(text, []byte("\n"))
	broken := func(most int) bool {
		_, err := tree.Parse(bytes.Join(lines[:most], nil))
		return err != nil && withoutLine(err) == message
	}
	line = 1 + sort.Search(len(lines)-1, func(i int) bool { return broken(i + 1) })
	first := lines[line-1]
	return line, 1 + len(first) - len(bytes.TrimLeft(first, " "))
}
