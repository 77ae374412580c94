package tap

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/dragoman-gateway/dragoman/message"
)

// hidden stands for what is not for logs.
const hidden = "****"

// secrets are headers whose values are not for logs.
var secrets = []string{"Authorization", "Proxy-Authorization", "Cookie", "Set-Cookie", "X-Api-Key", "X-Amz-Security-Token"}

// secretMember is a member of JSON of such a name, as the events of functions have.
var secretMember = regexp.MustCompile(`(?i)("(?:(?:proxy-)?authorization|(?:set-)?cookie|x-api-key|apikey|x-amz-security-token)"\s*:\s*)` +
	`(?:"(?:[^"\\]|\\.)*"|\[(?:[^\]"]|"(?:[^"\\]|\\.)*")*\])`)

// Header is a header as a step has it, without the values of secrets.
func Header(h message.Header) string {
	var b strings.Builder
	for _, f := range h {
		b.WriteString(f.Name + ": ")
		if f.Value != "" && secret(f.Name) {
			b.WriteString(hidden)
		} else {
			b.WriteString(f.Value)
		}
		b.WriteString("; ")
	}
	return b.String()
}

func secret(name string) bool {
	for _, s := range secrets {
		if message.Same(name, s) {
			return true
		}
	}
	return false
}

// Body is a body as a step has it: a copy, without secrets.
func Body(body []byte) string {
	if len(body) == 0 {
		return ""
	}
	if !bytes.ContainsAny(body, `"`) {
		return string(body)
	}
	return string(secretMember.ReplaceAll(body, []byte(`$1"`+hidden+`"`)))
}

// secretWords are in the names of what is not for logs, in small letters; a security token is
// a token.
var secretWords = [...]string{"authorization", "cookie", "apikey", "api-key", "password", "secret", "token"}

// Secret says whether an expression may have the value of a secret. It is asked for each
// message that somebody is told of, so that it is no regular expression, and looks at words
// only where one may begin.
func Secret(expression string) bool {
	for i := range len(expression) {
		switch c := expression[i]; {
		case c >= utf8.RuneSelf: // letters that have others in small are for the library
			lower := strings.ToLower(expression)
			return slices.ContainsFunc(secretWords[:], func(word string) bool { return strings.Contains(lower, word) })
		case strings.IndexByte(beginnings, c|0x20) >= 0 && begins(expression[i:]):
			return true
		}
	}
	return false
}

// beginnings are the letters that secretWords begin with.
const beginnings = "acpst"

// begins says whether a text begins with one of secretWords.
func begins(text string) bool {
	for _, word := range secretWords {
		if len(text) >= len(word) && strings.EqualFold(text[:len(word)], word) {
			return true
		}
	}
	return false
}
