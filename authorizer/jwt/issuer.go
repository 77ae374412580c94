package jwt

import (
	"context"
	"crypto/rsa"
	"errors"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
	"weak"

	"github.com/go-jose/go-jose/v4"

	"github.com/dragoman-gateway/dragoman/internal/egress"
)

// Options bound what issuers may cost. Zero members take AWS's documented values,
// or ours where it documents none.
//
// Documented: API Gateway Developer Guide, Amazon API Gateway quotas, for
// timeouts and sizes; Control access to HTTP APIs with JWT authorizers, for two
// hours.
type Options struct {
	DiscoveryTimeout time.Duration     // for the discovery document; 1,500 ms
	JWKSTimeout      time.Duration     // for the key set; 1,500 ms
	MaxBytes         int64             // of either document; 150,000
	KeyLife          time.Duration     // for how long keys are trusted; 2 h
	RetryAfter       time.Duration     // least time between two fetches; 1 s, doubled while they are in vain
	Transport        http.RoundTripper // of tests; nil for pools of its own
	Deny             egress.Ranges     // addresses that are not dialled
	Now              func() time.Time  // time.Now

	hops *hops
}

// maxDoublings bounds RetryAfter to 8 times itself: an issuer that changed its
// keys is believed soon.
const maxDoublings = 3

// Issuers shares the keys of issuers between all authorizers that name them.
// An issuer is forgotten when no authorizer uses it any more.
type Issuers struct {
	options Options

	mu    sync.Mutex // Protects known.
	known map[string]weak.Pointer[issuer]
}

// NewIssuers makes an empty set of issuers. Nothing is fetched yet.
func NewIssuers(o Options) *Issuers {
	defaultTo(&o.DiscoveryTimeout, 1500*time.Millisecond)
	defaultTo(&o.JWKSTimeout, 1500*time.Millisecond)
	defaultTo(&o.MaxBytes, 150_000)
	defaultTo(&o.KeyLife, 2*time.Hour)
	defaultTo(&o.RetryAfter, time.Second)
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.hops == nil {
		o.hops = newHops(o.Deny)
	}
	if o.Transport != nil {
		o.hops.anywhere, o.hops.outside, o.hops.proxy = o.Transport, o.Transport, nil
	}
	return &Issuers{options: o, known: map[string]weak.Pointer[issuer]{}}
}

// Check fetches what an issuer publishes, keys and all, and says what is wrong
// with it: for those who want to know when an authorizer is created.
func (s *Issuers) Check(ctx context.Context, url string) error {
	uri, err := s.options.discover(ctx, url)
	if err != nil {
		return err
	}
	_, err = s.options.download(ctx, uri)
	return err
}

// CloseIdle drops the connections to issuers that nobody uses at the moment.
func (s *Issuers) CloseIdle() { s.options.hops.closeIdle() }

// issuer answers the one issuer with this URL.
func (s *Issuers) issuer(url string) *issuer {
	s.mu.Lock()
	defer s.mu.Unlock()
	if i := s.known[url].Value(); i != nil {
		return i
	}
	for other, p := range s.known {
		if p.Value() == nil {
			delete(s.known, other)
		}
	}
	i := &issuer{url: url, options: &s.options, turn: make(chan struct{}, 1)}
	s.known[url] = weak.Make(i)
	return i
}

// issuer holds the keys of one issuer.
type issuer struct {
	url     string
	options *Options
	turn    chan struct{} // holds one token while somebody fetches
	state   atomic.Pointer[keySet]
}

// keySet is what is known of an issuer at one time. It is never changed.
type keySet struct {
	keys    map[string][]jose.JSONWebKey // by kid
	at      trail                        // where they came from
	fetched time.Time                    // when; zero if never
	tried   time.Time                    // when they were last asked for
	vain    int                          // how often in a row that gave nothing new
	err     error                        // what went wrong then
}

var errUnknownKey = errors.New("the token was signed with an unknown key")

// key answers the keys with this id and until when they may be trusted. It
// fetches them if they are not there, or too old, or if the id is new.
func (i *issuer) key(ctx context.Context, kid string) ([]jose.JSONWebKey, time.Time, error) {
	set := i.state.Load()
	keys, until, err := i.find(set, kid)
	if err == nil {
		if i.stale(set) {
			i.refreshEarly(ctx, set)
		}
		return keys, until, nil
	}
	if i.mayFetch(set) {
		if waitErr := i.refresh(ctx, set, kid); waitErr != nil {
			return nil, time.Time{}, waitErr
		}
		return i.find(i.state.Load(), kid)
	}
	return nil, time.Time{}, err
}

// find looks a key up in what is known.
func (i *issuer) find(set *keySet, kid string) ([]jose.JSONWebKey, time.Time, error) {
	if set == nil {
		return nil, time.Time{}, errDiscovery
	}
	until := set.fetched.Add(i.options.KeyLife)
	if keys := set.keys[kid]; len(keys) > 0 && i.options.Now().Before(until) {
		return keys, until, nil
	}
	if set.err != nil {
		return nil, time.Time{}, set.err
	}
	return nil, time.Time{}, errUnknownKey
}

// mayFetch bounds how often an issuer is asked: strangers choose the kid of
// their tokens freely, and a broken issuer costs each request its timeout.
func (i *issuer) mayFetch(set *keySet) bool {
	if set == nil {
		return true
	}
	wait := i.options.RetryAfter << min(set.vain, maxDoublings)
	return !i.options.Now().Before(set.tried.Add(wait))
}

// stale says that half of the keys' life is over: from then on a request fetches
// new ones, while the old ones still serve.
func (i *issuer) stale(set *keySet) bool {
	return i.options.Now().After(set.fetched.Add(i.options.KeyLife/2)) && i.mayFetch(set)
}

// refreshEarly fetches keys before they are too old, unless somebody does. If
// that fails, the present keys are used until they expire.
func (i *issuer) refreshEarly(ctx context.Context, seen *keySet) {
	select {
	case i.turn <- struct{}{}:
		defer func() { <-i.turn }()
		if i.state.Load() == seen {
			i.state.Store(i.fetch(ctx, seen, ""))
		}
	default:
	}
}

// refresh fetches keys, or waits for who does. seen is what was known when the
// wait began: if it is not known any more, somebody has just fetched.
func (i *issuer) refresh(ctx context.Context, seen *keySet, kid string) error {
	select {
	case i.turn <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-i.turn }()
	if i.state.Load() == seen {
		i.state.Store(i.fetch(ctx, seen, kid))
	}
	return nil
}

// fetch gets the key set, by way of discovery if its address is not known, did
// not work, is old, or did not lead to the key before. Others wait for the
// result: it does not end with the request that began it, only with its timeouts.
// Keys that could not be fetched anew leave the old ones in place until their
// time.
func (i *issuer) fetch(ctx context.Context, old *keySet, kid string) *keySet {
	ctx = context.WithoutCancel(ctx)
	next := &keySet{}
	if old != nil {
		*next = *old
	}
	next.tried = i.options.Now()
	next.vain++
	if next.at.url == nil || next.err != nil || next.vain > 1 || i.options.Now().After(next.fetched.Add(i.options.KeyLife/2)) {
		next.at, next.err = i.options.discover(ctx, i.url)
	}
	if next.at.url == nil || next.err != nil {
		return next
	}
	var keys map[string][]jose.JSONWebKey
	if keys, next.err = i.options.download(ctx, next.at); next.err != nil {
		return next
	}
	next.keys, next.fetched = keys, i.options.Now()
	if kid == "" || len(keys[kid]) > 0 {
		next.vain = 0
	}
	return next
}

// usable takes RSA keys for signatures (RFC 7517 section 4.2 for use).
// Documented: API Gateway Developer Guide, Control access to HTTP APIs with JWT
// authorizers: RSA-based algorithms alone.
func usable(k *jose.JSONWebKey) bool {
	_, ok := k.Key.(*rsa.PublicKey)
	return ok && k.Valid() && (k.Use == "" || k.Use == "sig")
}

func defaultTo[T comparable](v *T, d T) {
	var zero T
	if *v == zero {
		*v = d
	}
}
