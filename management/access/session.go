package access

import (
	"crypto/rand"
	"encoding/base64"
	"strings"
	"sync"
	"time"

	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/management/own"
	"github.com/dragoman-gateway/dragoman/sigv4/credential"
)

// How long a code and a session last, and how many of either there are at a time: the
// oldest goes for one more, so that whoever has a key cannot fill the memory.
const (
	codeLife    = time.Minute
	sessionLife = time.Hour
	mostGrants  = 100
)

// grantPrefix begins the ids of keys that are granted, so that all others are found without
// a lock.
const grantPrefix = "DRAGOMAN"

// Sessions are the temporary keys of browsers. A code is a key that opens one session and
// does nothing else; a session is a key with the rights of the one that asked for the code,
// as they are at each call: it ends with that key, and when its secret changes.
type Sessions struct {
	keys credential.Lookup

	mu     sync.Mutex // Protects grants.
	grants []grant    // codes and sessions, in the order in which they were made
}

// grant is a code or a session.
type grant struct {
	key    credential.Key
	by     string            // id of the key that asked
	secret credential.Secret // of that key
	ends   time.Time
}

var (
	_ credential.Lookup = (*Sessions)(nil)
	_ own.Sessions      = (*Sessions)(nil)
)

// NewSessions makes sessions of keys. Its Lookup finds both.
func NewSessions(keys credential.Lookup) *Sessions { return &Sessions{keys: keys} }

// Lookup implements credential.Lookup.
func (s *Sessions) Lookup(id string) (*credential.Key, bool) {
	if key, ok := s.keys.Lookup(id); ok || !strings.HasPrefix(id, grantPrefix) {
		return key, ok
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if g := s.find(id); g != nil {
		return s.grown(g)
	}
	return nil, false
}

// grown is the key of a grant with the rights that its owner has now.
func (s *Sessions) grown(g *grant) (*credential.Key, bool) {
	owner, ok := s.keys.Lookup(g.by)
	if !ok || owner.Secret != g.secret {
		return nil, false
	}
	key := *owner
	key.ID, key.Secret, key.SessionToken, key.Opens = g.key.ID, g.key.Secret, "", g.key.Opens
	return &key, true
}

// find is a grant that has not ended. The caller holds mu.
func (s *Sessions) find(id string) *grant {
	for i := range s.grants {
		if g := &s.grants[i]; g.key.ID == id && time.Now().Before(g.ends) {
			return g
		}
	}
	return nil
}

// Code makes a code for the owner of a key. A session makes none: it would never end.
func (s *Sessions) Code(by string) (own.Code, error) {
	owner, ok := s.keys.Lookup(by)
	if !ok {
		return own.Code{}, fault.New(fault.AccessDenied, "A code is for the owner of an access key: a session has none to give")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.add(grant{by: by, secret: owner.Secret, key: credential.Key{Opens: true}}, codeLife)
	return own.Code{Code: g.key.ID + "." + string(g.key.Secret), Expiration: g.ends}, nil
}

// Open spends the code with this id, and makes the session that it buys. Of two who spend
// it at once one gets it.
func (s *Sessions) Open(id string) (own.Session, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.find(id)
	if g == nil || !g.key.Opens {
		return own.Session{}, fault.New(fault.AccessDenied, "The code is spent, or too old")
	}
	by, secret := g.by, g.secret
	g.ends = time.Time{}
	made := s.add(grant{by: by, secret: secret}, sessionLife)
	return own.Session{AccessKeyId: made.key.ID, SecretAccessKey: string(made.key.Secret), Expiration: made.ends}, nil
}

// add makes a grant, and drops what has ended, or the oldest. The caller holds mu.
func (s *Sessions) add(g grant, life time.Duration) grant {
	now := time.Now()
	kept := s.grants[:0]
	for _, old := range s.grants {
		if now.Before(old.ends) {
			kept = append(kept, old)
		}
	}
	if len(kept) >= mostGrants {
		kept = append(kept[:0], kept[1:]...)
	}
	g.key.ID, g.key.Secret, g.ends = grantPrefix+rand.Text()[:16], credential.Secret(random()), now.Add(life)
	s.grants = append(kept, g)
	return g
}

// random is a secret of 256 bits.
func random() string {
	var bytes [32]byte
	_, _ = rand.Read(bytes[:]) // Documented: crypto/rand, Read never returns an error
	return base64.RawURLEncoding.EncodeToString(bytes[:])
}
