package sigv4

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"sync"
	"time"

	"github.com/dragoman-gateway/dragoman/sigv4/credential"
)

// Words of the protocol.
const (
	algorithm  = "AWS4-HMAC-SHA256"
	terminator = "aws4_request"
	timeFormat = "20060102T150405Z"
	dateFormat = "20060102"

	// UnsignedPayload stands for the hash of a body that is not signed.
	UnsignedPayload = "UNSIGNED-PAYLOAD"
	// EmptyPayload is the hash of an empty body.
	EmptyPayload = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

	paramAlgorithm  = "X-Amz-Algorithm"
	paramCredential = "X-Amz-Credential"
	paramDate       = "X-Amz-Date"
	paramExpires    = "X-Amz-Expires"
	paramSigned     = "X-Amz-SignedHeaders"
	paramSignature  = "X-Amz-Signature"
	paramToken      = "X-Amz-Security-Token"
	paramPayload    = "X-Amz-Content-Sha256"
)

// HashBytes answers the payload hash of a body that is at hand.
func HashBytes(body []byte) string {
	if len(body) == 0 {
		return EmptyPayload
	}
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}

// scope names what a signing key is good for.
type scope struct {
	date, region, service string
}

func (s scope) String() string {
	return s.date + "/" + s.region + "/" + s.service + "/" + terminator
}

// signingKey is the key of a scope, which signs without taking memory for it.
type signingKey struct {
	key  [32]byte
	macs sync.Pool // of *macState
}

// macState is an HMAC that begins with a key, and room for what it comes to.
type macState struct {
	hash.Hash
	sum [sha256.Size]byte
}

// signingKey derives the key of a scope: four HMACs.
func (s scope) signingKey(secret credential.Secret) *signingKey {
	k := mac([]byte("AWS4"+string(secret)), s.date)
	k = mac(k, s.region)
	k = mac(k, s.service)
	return &signingKey{key: [32]byte(mac(k, terminator))}
}

// texts are what is hashed for a signature, on loan for one.
type texts struct{ canonical, toSign []byte }

var spare = sync.Pool{New: func() any { return &texts{make([]byte, 0, 1<<10), make([]byte, 0, 256)} }}

// mostKept is how long a canonical request may be whose room is kept for the next.
const mostKept = 16 << 10

// signature signs a canonical request of a moment, in hexadecimal digits.
func (k *signingKey) signature(c *canonical, at time.Time, s scope) (signature [2 * sha256.Size]byte) {
	t := spare.Get().(*texts)
	t.canonical = c.append(t.canonical[:0])
	t.toSign = appendToSign(t.toSign[:0], at, s, t.canonical)
	m, ok := k.macs.Get().(*macState)
	if !ok {
		m = &macState{Hash: hmac.New(sha256.New, k.key[:])}
	}
	m.Reset()
	m.Write(t.toSign)
	hex.Encode(signature[:], m.Sum(m.sum[:0]))
	k.macs.Put(m)
	if cap(t.canonical) <= mostKept {
		spare.Put(t)
	}
	return signature
}

// appendToSign binds the canonical request to its time and scope.
func appendToSign(b []byte, at time.Time, s scope, canonicalRequest []byte) []byte {
	sum := sha256.Sum256(canonicalRequest)
	b = append(append(b, algorithm...), '\n')
	b = append(at.UTC().AppendFormat(b, timeFormat), '\n')
	for _, part := range [...]string{s.date, s.region, s.service} {
		b = append(append(b, part...), '/')
	}
	b = append(append(b, terminator...), '\n')
	return hex.AppendEncode(b, sum[:])
}

func mac(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}

// keyCacheSize bounds each of the two generations of a keyCache.
const keyCacheSize = 512

// cacheKey includes the secret, so that a replaced secret never meets the
// signing key of the one before.
type cacheKey struct {
	secret credential.Secret
	scope  scope
}

// Derived remembers the keys that signers have derived, each of which is good for a day. The
// zero value is ready; it may be used by many goroutines.
type Derived struct{ keys keyCache }

// of is the key of a scope; a nil Derived derives it each time.
func (d *Derived) of(secret credential.Secret, s scope) *signingKey {
	if d == nil {
		return s.signingKey(secret)
	}
	k := cacheKey{secret, s}
	key, remembered := d.keys.get(k)
	if !remembered {
		d.keys.put(k, key)
	}
	return key
}

// keyCache remembers derived signing keys in two generations: when the young
// one is full it becomes the old one, and what is then still used is carried
// over. It never holds more than twice keyCacheSize.
type keyCache struct {
	mu         sync.RWMutex // Protects fields below.
	young, old map[cacheKey]*signingKey
}

// get answers the signing key and whether it was remembered.
func (c *keyCache) get(k cacheKey) (*signingKey, bool) {
	c.mu.RLock()
	key, ok := c.young[k]
	old, inOld := c.old[k]
	c.mu.RUnlock()
	switch {
	case ok:
		return key, true
	case inOld:
		c.put(k, old)
		return old, true
	}
	return k.scope.signingKey(k.secret), false
}

// put remembers a key. Only keys that verified a request are put, so that
// nobody without a secret can push others out.
func (c *keyCache) put(k cacheKey, key *signingKey) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.young == nil || len(c.young) >= keyCacheSize {
		c.old, c.young = c.young, make(map[cacheKey]*signingKey)
	}
	c.young[k] = key
}
