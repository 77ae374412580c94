package sigv4

import (
	"crypto/hmac"
	"crypto/subtle"
	"encoding/hex"
	"net/http"
	"strings"
	"time"

	"github.com/dragoman-gateway/dragoman/sigv4/credential"
)

// DefaultSkew is how far two clocks may be apart.
const DefaultSkew = 5 * time.Minute

// Verifier tells who signed a request. Its zero value but for Keys is ready;
// it may be used by many goroutines and must not be copied after first use.
type Verifier struct {
	Keys   credential.Lookup
	Region string           // "" takes any region
	Now    func() time.Time // time.Now if nil
	Skew   time.Duration    // DefaultSkew if zero

	keys keyCache
}

// Identity is who signed a request, and for where.
type Identity struct {
	Key           *credential.Key
	Authorization *Authorization
}

// Payload answers the hex SHA-256 of a request's body. Verify calls it at most
// once, and only if the client signed the body. A nil Payload is an empty body.
type Payload func() (string, error)

// Bytes is the Payload of a body that is at hand.
func Bytes(body []byte) Payload {
	return func() (string, error) { return HashBytes(body), nil }
}

// Verify proves that r was signed for service by the owner of a key, within
// the time that its signature is good. Every refusal is an *Error; any other
// error is one that payload gave, of a body that could not be read.
//
// r is read as net/http received it: URL and Host must not have been rewritten.
func (v *Verifier) Verify(r *http.Request, service string, payload Payload) (*Identity, error) {
	a, err := Parse(r)
	if err != nil {
		return nil, err
	}
	if err := v.scoped(a, service); err != nil {
		return nil, err
	}
	key, err := v.key(a)
	if err != nil {
		return nil, err
	}
	if err := v.timely(a); err != nil {
		return nil, err
	}
	c := received(r, a)
	if err := c.takePayload(r, a, payload); err != nil {
		return nil, err
	}
	if err := v.compare(c, a, key); err != nil {
		return nil, err
	}
	return &Identity{Key: key, Authorization: a}, nil
}

// scoped checks that the signature was made for us.
func (v *Verifier) scoped(a *Authorization, service string) error {
	if a.Service != service {
		return invalid("Credential should be scoped to correct service: '" + service + "'. ")
	}
	if v.Region != "" && a.Region != v.Region {
		return invalid("Credential should be scoped to a valid region. ")
	}
	return nil
}

// key finds the secret. A session token must be there exactly when the key has
// one, and be the same.
func (v *Verifier) key(a *Authorization) (*credential.Key, error) {
	key, ok := v.Keys.Lookup(a.AccessKeyID)
	if !ok || subtle.ConstantTimeCompare([]byte(key.SessionToken), []byte(a.SessionToken)) != 1 {
		return nil, unrecognized()
	}
	return key, nil
}

// timely checks the clock. A presigned request may be as old as it says, one
// with headers as old as clocks may differ; neither may come from the future.
// Assumed: the words for a presigned request that expired, with its own life
// in place of the skew.
func (v *Verifier) timely(a *Authorization) error {
	now, skew := time.Now, v.Skew
	if v.Now != nil {
		now = v.Now
	}
	if skew == 0 {
		skew = DefaultSkew
	}
	at, life := now(), skew
	if a.Expires > 0 {
		life = a.Expires
	}
	if a.SignedAt.Before(at.Add(-life)) {
		return expired(a.SignedAt, at, life)
	}
	if a.SignedAt.After(at.Add(skew)) {
		return early(a.SignedAt, at, skew)
	}
	return nil
}

// received makes the canonical request of what came in, but for its payload.
func received(r *http.Request, a *Authorization) *canonical {
	c := &canonical{
		method: r.Method,
		path:   canonicalPath(r.URL, false),
		query:  canonicalQuery(r.URL.RawQuery, a.Presigned),
		signed: a.SignedHeaders,
	}
	c.headers = make([]string, len(a.SignedHeaders))
	for i, name := range a.SignedHeaders {
		if name == ":authority" {
			c.headers[i] = r.Host
			continue
		}
		// A header that was signed and is not there hashes as empty: the
		// comparison refuses it, and the text shows the client which it was.
		c.headers[i], _ = headerValue(r, name)
	}
	return c
}

// takePayload fills in the hash of the body. What the client declares is
// believed only after the body was hashed.
func (c *canonical) takePayload(r *http.Request, a *Authorization, payload Payload) error {
	declared := r.Header.Get(paramPayload)
	if declared == "" && a.Presigned {
		declared = r.URL.Query().Get(paramPayload)
	}
	switch {
	case declared == UnsignedPayload:
		// Assumed: taken as S3 takes it; the SDKs send it only over TLS.
		c.payload = declared
		return nil
	case strings.HasPrefix(declared, "STREAMING-"):
		return invalid("The payload hash '" + printable(declared) + "' is not supported: sign the whole body or send UNSIGNED-PAYLOAD.")
	}
	if payload == nil {
		payload = Bytes(nil)
	}
	hash, err := payload()
	if err != nil {
		return err
	}
	if declared != "" && subtle.ConstantTimeCompare([]byte(strings.ToLower(declared)), []byte(hash)) != 1 {
		return invalid("The provided 'x-amz-content-sha256' header does not match what was computed.")
	}
	c.payload = hash
	if declared != "" {
		c.payload = declared
	}
	return nil
}

// compare derives the signature and compares it in constant time: first over
// the path as it came, then, where that differs, over the path without empty
// and dot segments, since SDKs sign one or the other.
func (v *Verifier) compare(c *canonical, a *Authorization, key *credential.Key) error {
	ck := cacheKey{key.Secret, scope{a.Date, a.Region, a.Service}}
	signing, remembered := v.keys.get(ck)
	request := c.String()
	toSign := stringToSign(a.SignedAt, ck.scope, request)
	ok := matches(signing, toSign, a.Signature)
	if normal := normalPath(c.path); !ok && normal != c.path {
		c.path = normal
		ok = matches(signing, stringToSign(a.SignedAt, ck.scope, c.String()), a.Signature)
	}
	if !ok {
		return mismatch(request, toSign)
	}
	if !remembered {
		v.keys.put(ck, signing)
	}
	return nil
}

func matches(signing [32]byte, toSign, signature string) bool {
	want := make([]byte, 64)
	hex.Encode(want, mac(signing[:], toSign))
	return hmac.Equal(want, []byte(signature))
}
