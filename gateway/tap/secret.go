package tap

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"

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

// judged is an expression of which it is known whether it may have the value of a secret.
type judged struct {
	expression string
	secret     bool
}

// verdicts are those of the last expressions: they are few, being parts of the configuration,
// and are asked about for each message.
var verdicts [64]atomic.Pointer[judged]

// Secret says whether an expression may have the value of a secret. It is asked for each
// message that somebody is told of.
func Secret(expression string) bool {
	if expression == "" {
		return false
	}
	n := len(expression)
	at := &verdicts[(n*31+int(expression[n-1])*7+int(expression[n/2]))%len(verdicts)]
	if known := at.Load(); known != nil && known.expression == expression {
		return known.secret
	}
	lower := strings.ToLower(expression)
	secret := slices.ContainsFunc(secretWords[:], func(word string) bool { return strings.Contains(lower, word) })
	at.Store(&judged{expression, secret})
	return secret
}
