package mask

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"hash/maphash"
	"maps"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Mask knows what is secret by its name. It is safe for concurrent use. A nil Mask learns
// nothing.
type Mask struct {
	key     []byte
	seed    maphash.Seed
	names   map[string]rule // in small letters
	words   map[string]bool // those of them that stand in sentences too, before a colon
	longest int             // name that is looked for
}

// rule is what is secret of the value of a name.
type rule uint8

const (
	all       rule = iota + 1
	scheme         // what follows the scheme
	cookies        // the value of each
	setCookie      // the value of the first
	list           // each item
	protocols      // items that are no names of protocols
	ticket         // the value, where it is long
)

// named are names whose values are secret.
//
// Documented: API Gateway Developer Guide, event formats of functions: there the key of a
// request is apiKey, what an authorizer names as one usageIdentifierKey, and lists of
// cookies are cookies.
var named = map[string]rule{
	"authorization": scheme, "proxy-authorization": scheme,
	"cookie": cookies, "cookies": setCookie, "set-cookie": setCookie,
	"x-api-key": all, "apikey": all, "usageidentifierkey": all,
	"x-amz-security-token": all, "x-amz-signature": all, "x-amz-credential": all,
	"x-auth-token": all, "x-access-token": all, "x-csrf-token": all, "x-xsrf-token": all,
	"api_key": all, "api-key": all, "authorizationtoken": scheme, "sec-websocket-protocol": protocols,

	// What a token endpoint is sent, and answers (RFC 6749, RFC 7521, RFC 7636, RFC 8628, RFC 8693,
	// RFC 7591, OpenID Connect Core), also as those of AWS word it (Amazon Cognito and AWS STS API
	// References).
	"access_token": all, "refresh_token": all, "id_token": all, "subject_token": all, "actor_token": all, "registration_access_token": all,
	"client_secret": all, "client_assertion": all, "code_verifier": all, "device_code": all,
	"accesstoken": all, "refreshtoken": all, "idtoken": all, "sessiontoken": all, "secretaccesskey": all, "clientsecret": all, "secrethash": all,
	"private_key": all, "privatekey": all,

	"password": all, "passwd": all, "passphrase": all, "secret": all, "token": scheme, "assertion": all,
}

// worded are names that are words of a language too: before a colon they are secret names in
// quotes alone, or "token: it has expired" would be told as a secret.
var worded = map[string]bool{"password": true, "passwd": true, "passphrase": true, "secret": true, "token": true, "assertion": true}

// signed are names whose values are secret in query strings and forms alone, being words elsewhere. A
// code is a short word as often as what a user has come back with from an authorization server (RFC
// 6749 section 4.1.2).
var signed = map[string]rule{"signature": scheme, "sig": scheme, "jwt": scheme, "code": ticket}

// New makes a Mask with a key of its own. The names are of what is secret too, in any
// case: members of JSON, headers, query parameters and fields of forms.
func New(names ...string) *Mask {
	const usual = 64
	m := &Mask{key: make([]byte, 32), seed: maphash.MakeSeed(), names: make(map[string]rule, len(named)+len(names)), words: maps.Clone(worded), longest: usual}
	_, _ = rand.Read(m.key) // never fails
	for name, rule := range named {
		m.names[name] = rule
	}
	for _, name := range names {
		if name = strings.ToLower(name); m.names[name] == 0 {
			m.names[name] = all
		}
		delete(m.words, name) // whoever names one wants it hidden wherever it stands
	}
	for name := range m.names {
		m.longest = max(m.longest, len(name))
	}
	return m
}

// rule is what is secret of a name's value, 0 for nothing.
func (m *Mask) rule(name string) rule {
	if m == nil || len(name) > m.longest {
		return 0
	}
	return m.names[strings.ToLower(name)] // which copies nothing where it changes nothing
}

// mark makes what stands for a value.
func (m *Mask) mark(value string) mark {
	h := hmac.New(sha256.New, m.key)
	h.Write([]byte(value))
	const alphabet = "0123456789abcdefghjkmnpqrstvwxyz"
	as := mark{length: int32(min(utf8.RuneCountInString(value), 1<<30))}
	for i, b := range h.Sum(nil)[:len(as.tag)] {
		as.tag[i] = alphabet[b%32]
	}
	return as
}

// append writes a mark: nothing in it means anything to JSON, HTML, URLs or a terminal.
func (k mark) append(b []byte, quoted bool) []byte {
	if quoted {
		b = append(b, '"')
	}
	b = append(b, "‹"...)
	b = strconv.AppendInt(b, int64(k.length), 10)
	b = append(b, ':')
	b = append(b, k.tag[:]...)
	b = append(b, "›"...)
	if quoted {
		b = append(b, '"')
	}
	return b
}
