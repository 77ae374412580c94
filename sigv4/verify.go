package sigv4

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"net/http"
	"strings"
	"time"

	"github.com/dragoman-gateway/dragoman/sigv4/credential"
)

// DefaultSkew is how far two clocks may be apart.
// Documented: IAM User Guide, Create a signed AWS API request: a request has to
// arrive within five minutes.
const DefaultSkew = 5 * time.Minute

// Verifier tells who signed a request. Its zero value but for Keys is ready;
// it may be used by many goroutines and must not be copied after first use.
type Verifier struct {
	Keys   credential.Lookup
	Region string           // "" takes any region
	Now    func() time.Time // time.Now if nil
	Skew   time.Duration    // DefaultSkew if zero
	// Secure says whether a request came over TLS, where a body may stay unsigned; nil
	// looks at the connection.
	Secure func(*http.Request) bool

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

// Claim is what a request says of who signed it, so far as its head tells. The
// head is judged before a byte of the body is read: who has no good signature to
// show must not have anything kept for him.
type Claim struct {
	verifier      *Verifier
	authorization *Authorization
	key           *credential.Key
	canonical     *canonical
	declared      string // hash of the body as the client says, "" when it does not
	proven        bool
}

// Head judges all of a signature that needs no body: that there is one, for
// service, by a known key, of now. Where the client declares the hash of its body,
// or sends none, it is the whole proof, and the claim is Proven. Every refusal is
// an *Error.
//
// r is read as net/http received it: URL and Host must not have been rewritten.
func (v *Verifier) Head(r *http.Request, service string) (*Claim, error) {
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
	c := &Claim{verifier: v, authorization: a, key: key, canonical: received(r, a)}
	if c.declared, err = v.declared(r, a); err != nil {
		return nil, err
	}
	switch {
	case c.declared != "":
		c.canonical.payload = c.declared
	case r.ContentLength == 0:
		c.canonical.payload = HashBytes(nil)
	default:
		return c, nil
	}
	if err := v.compare(c.canonical, a, key); err != nil {
		return nil, err
	}
	c.proven = true
	return c, nil
}

// Claimed is the id of the key that a request says it is signed with, however badly;
// "" for none. It proves nothing.
func Claimed(r *http.Request) string {
	_, found, _ := strings.Cut(r.Header.Get("Authorization"), "Credential=")
	if found == "" && strings.Contains(r.URL.RawQuery, paramCredential) {
		found = r.URL.Query().Get(paramCredential)
	}
	id, _, _ := strings.Cut(found, "/")
	return strings.TrimSpace(id)
}

// Knows says whether a request says that it is signed with a key of the verifier's. A
// nil Verifier knows none.
func (v *Verifier) Knows(r *http.Request) bool {
	if v == nil {
		return false
	}
	_, ok := v.Keys.Lookup(Claimed(r))
	return ok
}

// Region is the region that the request was signed for.
func (c *Claim) Region() string { return c.authorization.Region }

// Proven says that the owner of the key has signed the head. The body may still
// be another than the signed one.
func (c *Claim) Proven() bool { return c.proven }

// Body judges the body. payload is called at most once, and only if the client
// signed the body; nil is an empty one. Every refusal is an *Error; any other error
// is one that payload gave, of a body that could not be read.
func (c *Claim) Body(payload Payload) (*Identity, error) {
	identity := &Identity{Key: c.key, Authorization: c.authorization}
	if c.declared == UnsignedPayload || c.proven && c.declared == "" {
		return identity, nil
	}
	if payload == nil {
		payload = Bytes(nil)
	}
	hash, err := payload()
	if err != nil {
		return nil, err
	}
	if c.declared != "" {
		if subtle.ConstantTimeCompare([]byte(strings.ToLower(c.declared)), []byte(hash)) != 1 {
			return nil, otherBody()
		}
		return identity, nil
	}
	c.canonical.payload = hash
	if err := c.verifier.compare(c.canonical, c.authorization, c.key); err != nil {
		return nil, err
	}
	return identity, nil
}

// Verify is Head and Body in one, for whoever has the body at hand.
func (v *Verifier) Verify(r *http.Request, service string, payload Payload) (*Identity, error) {
	claim, err := v.Head(r, service)
	if err != nil {
		return nil, err
	}
	return claim.Body(payload)
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

// declared is the hash of the body that the client declares, "" for none. What
// cannot be a hash is refused at once: no body has it. A body that is not signed is
// taken where nobody on the way can have put another in its place.
func (v *Verifier) declared(r *http.Request, a *Authorization) (string, error) {
	hash := r.Header.Get(paramPayload)
	if hash == "" && a.Presigned {
		hash = r.URL.Query().Get(paramPayload)
	}
	switch {
	case hash == "":
	case hash == UnsignedPayload && !v.secure(r):
		return "", invalid("The payload hash 'UNSIGNED-PAYLOAD' is only supported over TLS: sign the body.")
	case hash == UnsignedPayload:
		// Assumed: taken as S3 takes it; the SDKs send it only over TLS.
	case strings.HasPrefix(hash, "STREAMING-"):
		return "", invalid("The payload hash '" + printable(hash) + "' is not supported: sign the whole body.")
	default:
		if sum, err := hex.DecodeString(hash); err != nil || len(sum) != sha256.Size {
			return "", otherBody()
		}
	}
	return hash, nil
}

func (v *Verifier) secure(r *http.Request) bool {
	if v.Secure == nil {
		return r.TLS != nil
	}
	return v.Secure(r)
}

// compare derives the signature and compares it in constant time: first over
// the path as it came, then, where that differs, over the path without empty
// and dot segments, since SDKs sign one or the other.
func (v *Verifier) compare(c *canonical, a *Authorization, key *credential.Key) error {
	ck := cacheKey{key.Secret, scope{a.Date, a.Region, a.Service}}
	signing, remembered := v.keys.get(ck)
	came := c.path
	ok := matches(signing.signature(c, a.SignedAt, ck.scope), a.Signature)
	if normal := normalPath(came); !ok && normal != came {
		c.path = normal
		ok = matches(signing.signature(c, a.SignedAt, ck.scope), a.Signature)
	}
	if !ok {
		c.path = came
		request := c.append(nil)
		return mismatch(string(request), string(appendToSign(nil, a.SignedAt, ck.scope, request)))
	}
	if !remembered {
		v.keys.put(ck, signing)
	}
	return nil
}

func matches(want [2 * sha256.Size]byte, signature string) bool {
	return subtle.ConstantTimeCompare(want[:], []byte(signature)) == 1
}
