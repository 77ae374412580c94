package tap

import (
	"bytes"
	"regexp"
	"strings"

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

// secretValue is the name of something in an expression that is not for logs.
var secretValue = regexp.MustCompile(`(?i)authorization|cookie|api-?key|security-token|password|secret|token`)

// Secret says whether an expression may have the value of a secret.
func Secret(expression string) bool { return secretValue.MatchString(expression) }
