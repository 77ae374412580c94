package mask

import (
	"encoding/base64"
	"net/url"
	"strings"
)

// part is a piece of a value: where it stands in it.
type part struct{ from, to int }

// parts are the pieces of a value that are hidden where it stands, by the rule of its
// name. The scheme of a credential and the names of cookies remain: they tell who
// debugs what is wrong, and nobody anything else.
func parts(r rule, value string) []part {
	switch r {
	case scheme:
		if n := schemeOf(value); n > 0 && n < len(value) {
			return []part{{n, len(value)}}
		}
	case cookies:
		return pairs(value, strings.Count(value, ";")+1)
	case setCookie:
		return pairs(value, 1)
	case list:
		return items(value)
	case protocols:
		return tokens(value)
	}
	return []part{{0, len(value)}}
}

const (
	// leastTicket is how many bytes a one-time code of an authorization server has at least: it must
	// not be guessed (RFC 6749 section 10.10 wants 128 bits), and a code that is shorter is a word.
	leastTicket = 16
	// mostProtocol is how long the names of subprotocols are that the IANA registry has, and then
	// some: what is longer is a token.
	mostProtocol = 32
)

// tokens are the items of a list of subprotocols that are none: browsers let pages say nothing else in
// a handshake, so that they say their tokens there, behind a word for it or by themselves.
func tokens(value string) (found []part) {
	behind := false
	for _, p := range items(value) {
		item := value[p.from:p.to]
		if behind || len(item) > mostProtocol {
			found = append(found, p)
		}
		behind = named[strings.ToLower(item)] != 0 || schemeOf(item+" ") > 0 || strings.EqualFold(item, "auth")
	}
	return found
}

// schemes are those that the IANA registry of HTTP authentication schemes has, AWS's and
// what else is common.
var schemes = []string{
	"Bearer", "Basic", "Digest", "DPoP", "Negotiate", "NTLM", "HOBA", "Mutual", "OAuth", "vapid", "PrivateToken", "GNAP",
	"SCRAM-SHA-1", "SCRAM-SHA-256", "AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256", "AWS", "Token", "ApiKey", "Key", "JWT",
}

// schemeOf is how long the scheme of a credential is with the space behind it, 0 where it
// has none that is known.
func schemeOf(value string) int {
	word, rest, spaced := strings.Cut(value, " ")
	if !spaced {
		return 0
	}
	for _, s := range schemes {
		if strings.EqualFold(word, s) {
			return len(value) - len(strings.TrimLeft(rest, " "))
		}
	}
	return 0
}

// pairs are the values of the first pairs of a list of cookies (RFC 6265, 4.2.1). What is
// no pair is all value.
func pairs(value string, most int) (found []part) {
	for at := 0; most > 0; most-- {
		end := strings.IndexByte(value[at:], ';')
		if end < 0 {
			end = len(value)
		} else {
			end += at
		}
		from := at
		if eq := strings.IndexByte(value[at:end], '='); eq >= 0 {
			from += eq + 1
		}
		if p := trimmed(value, from, end); p.from < p.to {
			found = append(found, p)
		}
		if at = end + 1; at > len(value) {
			break
		}
	}
	return found
}

// items are those of a list with commas.
func items(value string) (found []part) {
	for at := 0; at <= len(value); {
		end := strings.IndexByte(value[at:], ',')
		if end < 0 {
			end = len(value)
		} else {
			end += at
		}
		if p := trimmed(value, at, end); p.from < p.to {
			found = append(found, p)
		}
		at = end + 1
	}
	return found
}

// trimmed is a part without the spaces and quotes around it.
func trimmed(value string, from, to int) part {
	for from < to && strings.IndexByte(" \t\"", value[from]) >= 0 {
		from++
	}
	for to > from && strings.IndexByte(" \t\"", value[to-1]) >= 0 {
		to--
	}
	return part{from, to}
}

// value learns a value and what it is made of. The whole is not learned where parts of it
// are all that is secret: a scheme and the names of cookies say nothing.
func (m *Mask) value(s *Secrets, r rule, value string, open bool) {
	switch r {
	case protocols:
		for _, p := range tokens(value) {
			m.credential(s, value[p.from:p.to], open)
		}
		return
	case cookies, setCookie:
		learned := r == setCookie
		for _, p := range parts(r, value) {
			learned = m.learn(s, value[p.from:p.to], open) || learned
		}
		if learned {
			return
		}
	default:
		if list := items(value); len(list) > 1 {
			for _, p := range list {
				m.credential(s, value[p.from:p.to], open)
			}
		}
		if m.credential(s, value, open) {
			return
		}
	}
	m.learn(s, value, open)
}

// credential learns what follows a scheme: of Basic the password too, of a signature each
// parameter, of a token each segment. It says whether that is all there is to hide.
func (m *Mask) credential(s *Secrets, value string, open bool) bool {
	known, rest := schemeOf(value), value
	if known > 0 {
		rest = value[known:]
	} else if _, behind, spaced := strings.Cut(value, " "); spaced {
		rest = behind
	}
	all := m.learn(s, rest, open) && (known > 0 || rest == value)
	if known > 0 && strings.EqualFold(strings.TrimSpace(value[:known]), "Basic") {
		if clear, err := base64.StdEncoding.DecodeString(strings.TrimSpace(rest)); err == nil {
			m.learn(s, string(clear), open)
			_, password, _ := strings.Cut(string(clear), ":")
			m.learn(s, password, open)
		}
	}
	if segments := strings.Split(rest, "."); len(segments) == 3 && strings.HasPrefix(rest, "ey") { // RFC 7515, 3.1
		for _, segment := range segments {
			m.learn(s, segment, open)
		}
	}
	for _, name := range [...]string{"Signature=", "Credential="} {
		if _, behind, is := strings.Cut(rest, name); is {
			parameter, _, _ := strings.Cut(behind, ",")
			m.learn(s, parameter, open)
		}
	}
	return all
}

// Header learns the value of a header's line, where its name is one of a secret.
func (m *Mask) Header(s *Secrets, name, value string) {
	if r := m.rule(name); r != 0 {
		m.value(s, r, value, false)
	}
}

// Query learns the values of a query string that are secret by their names.
func (m *Mask) Query(s *Secrets, raw string) {
	if m == nil || raw == "" {
		return
	}
	for _, pair := range strings.Split(raw, "&") {
		name, value, _ := strings.Cut(pair, "=")
		if clear, err := url.QueryUnescape(name); err == nil {
			name = clear
		}
		if r := max(m.rule(name), signed[strings.ToLower(name)]); r != 0 && (r != ticket || len(value) >= leastTicket) {
			m.decoded(s, value)
		}
	}
}

// decoded learns a value that is escaped as in a query string.
func (m *Mask) decoded(s *Secrets, value string) {
	if clear, err := url.QueryUnescape(value); err == nil {
		m.value(s, scheme, clear, false)
		return
	}
	m.value(s, scheme, value, false)
}

// Value learns a value that is secret wherever it comes from, such as that of an identity
// source: a credential or a list.
func (m *Mask) Value(s *Secrets, value string) {
	if m != nil && value != "" {
		m.value(s, scheme, value, false)
	}
}

// Named learns the value of a member, where its name is one of a secret.
func (m *Mask) Named(s *Secrets, name, value string) { m.Header(s, name, value) }
