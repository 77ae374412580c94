package sigv4

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
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

// signingKey derives the key of a scope: four HMACs.
func (s scope) signingKey(secret credential.Secret) [32]byte {
	k := mac([]byte("AWS4"+string(secret)), s.date)
	k = mac(k, s.region)
	k = mac(k, s.service)
	return [32]byte(mac(k, terminator))
}

// stringToSign binds the canonical request to its time and scope.
func stringToSign(at time.Time, s scope, canonicalRequest string) string {
	sum := sha256.Sum256([]byte(canonicalRequest))
	return algorithm + "\n" + at.UTC().Format(timeFormat) + "\n" + s.String() + "\n" + hex.EncodeToString(sum[:])
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

// keyCache remembers derived signing keys in two generations: when the young
// one is full it becomes the old one, and what is then still used is carried
// over. It never holds more than twice keyCacheSize.
type keyCache struct {
	mu         sync.RWMutex // Protects fields below.
	young, old map[cacheKey][32]byte
}

// get answers the signing key and whether it was remembered.
func (c *keyCache) get(k cacheKey) ([32]byte, bool) {
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
func (c *keyCache) put(k cacheKey, key [32]byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.young == nil || len(c.young) >= keyCacheSize {
		c.old, c.young = c.young, make(map[cacheKey][32]byte)
	}
	c.young[k] = key
}
