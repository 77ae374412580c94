package jwt

import (
	"hash/maphash"
	"strings"
	"sync/atomic"
	"time"

	"github.com/dragoman-gateway/dragoman/authorizer"
)

// Tokens caches tokens that were verified: many by what they hash to, and the latest by
// themselves. A client sends the same token with each request; comparing it with what it was
// takes a tenth of what hashing it does, and nobody waits for a lock.
type Tokens struct {
	cache  *authorizer.Cache[*Verified]
	seed   maphash.Seed
	latest [512]atomic.Pointer[latest]
}

// latest is a token that was good for an authorizer. Nothing changes it.
type latest struct {
	of    *Authorizer
	token string
	v     *Verified
}

// longestLatest is how long a token may be that is kept, in bytes, so that all take 2 MB at
// most. Tokens of identity providers are of 500 to 2,000.
const longestLatest = 4 << 10

// NewTokens makes an empty cache of at most so many tokens, authorizer.DefaultCacheSize if max is
// zero or less.
func NewTokens(max int) *Tokens {
	return &Tokens{cache: authorizer.NewCache[*Verified](max), seed: maphash.MakeSeed()}
}

// place is where a token stands among the latest. Which tokens share one nobody outside can
// know; one that loses its place is found by its hash.
func (t *Tokens) place(token string) *atomic.Pointer[latest] {
	return &t.latest[maphash.String(t.seed, token)%uint64(len(t.latest))]
}

// again answers a token that was sent lately, nil for any other.
func (t *Tokens) again(a *Authorizer, token string, now time.Time) *Verified {
	if found := t.place(token).Load(); found != nil && found.of == a && found.token == token && found.v.holds(now) {
		return found.v
	}
	return nil
}

// keep makes a token one of the latest. Its text is copied: it is part of a request's.
func (t *Tokens) keep(a *Authorizer, token string, v *Verified) {
	if len(token) <= longestLatest {
		t.place(token).Store(&latest{of: a, token: strings.Clone(token), v: v})
	}
}

// Len is the number of tokens that are remembered.
func (t *Tokens) Len() int { return t.cache.Len() }
