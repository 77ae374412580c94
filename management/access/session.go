package access

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/management/own"
	"github.com/dragoman-gateway/dragoman/sigv4/credential"
)

// How long a code and a session last.
const (
	codeLife    = time.Minute
	sessionLife = time.Hour
)

// grantPrefix begins the ids of keys that are granted, so that all others are found without
// a second look.
const grantPrefix = "DRAGOMAN"

// Sessions are the temporary keys of browsers. A code is a key that opens one session and
// does nothing else; a session is a key with the rights of the one that asked for the code,
// as they are at each call: it ends with that key, and when its secret changes.
//
// Neither is kept anywhere. The id of a grant says what it is, until when, and whose, and its
// secret follows from that and the secret of its owner: so every node that has the owner's key
// takes it, before and after a restart. That somebody with a grant may guess at a weak
// secret of the owner's is no more than any signature allows.
type Sessions struct {
	keys  credential.Lookup
	spent Spent
}

// Spent remembers the codes that were spent.
type Spent interface {
	// Spend notes a code, and answers errSpent where it was noted before, by any node. until
	// is when the code ends.
	Spend(ctx context.Context, id string, until time.Time) error
}

// errSpent answers whoever comes too late with a code.
var errSpent error = fault.New(fault.AccessDenied, "The code is spent, or too old")

var (
	_ credential.Lookup = (*Sessions)(nil)
	_ own.Sessions      = (*Sessions)(nil)
)

// NewSessions makes sessions of keys. Its Lookup finds both. spent is nil where no other
// process has these keys.
func NewSessions(keys credential.Lookup, spent Spent) *Sessions {
	if spent == nil {
		spent = newHere()
	}
	return &Sessions{keys: keys, spent: spent}
}

// The kinds of grants, as their ids have them.
const (
	aCode    = 'C'
	aSession = 'S'
)

// The lengths of the parts of an id: a prefix, a kind, when it ends in milliseconds of Unix
// time, what makes it unlike all others, and whose it is, which has no length of its own.
const (
	endDigits  = 11 // hexadecimal; they last until 2527
	nonceChars = 16 // of 5 bits each
	fixedChars = len(grantPrefix) + 1 + endDigits + nonceChars
)

// grant is a code or a session.
type grant struct {
	id    string
	kind  byte
	ends  time.Time
	owner *credential.Key
}

// make makes a grant for the owner of a key.
func (s *Sessions) make(kind byte, life time.Duration, owner *credential.Key) grant {
	ends := time.UnixMilli(time.Now().Add(life).UnixMilli())
	id := fmt.Sprintf("%s%c%0*X%s%s", grantPrefix, kind, endDigits, ends.UnixMilli(), rand.Text()[:nonceChars], owner.ID)
	return grant{id, kind, ends, owner}
}

// read finds the grant with an id, if its time has not ended and its owner still has a key.
// Whether anybody has ever made it the secret proves, which follows from the whole id.
func (s *Sessions) read(id string) (grant, bool) {
	if len(id) <= fixedChars || !strings.HasPrefix(id, grantPrefix) {
		return grant{}, false
	}
	at := len(grantPrefix)
	g := grant{id: id, kind: id[at]}
	if g.kind != aCode && g.kind != aSession {
		return grant{}, false
	}
	ms, err := strconv.ParseInt(id[at+1:at+1+endDigits], 16, 64)
	if g.ends = time.UnixMilli(ms); err != nil || !time.Now().Before(g.ends) {
		return grant{}, false
	}
	var ok bool
	g.owner, ok = s.keys.Lookup(id[fixedChars:])
	return g, ok
}

// secret is that of a grant. What precedes the owner's secret keeps it apart from the keys that
// signatures are made with.
func (g *grant) secret() string {
	mac := hmac.New(sha256.New, []byte("DRAGOMAN"+string(g.owner.Secret)))
	_, _ = mac.Write([]byte("a key of the console\n" + g.id)) // Documented: hash.Hash, Write never returns an error
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// Lookup implements credential.Lookup. A grant has the rights that its owner has now. A code
// that is spent is a key still: it is for Open to refuse it, which asks all nodes.
func (s *Sessions) Lookup(id string) (*credential.Key, bool) {
	if key, ok := s.keys.Lookup(id); ok || !strings.HasPrefix(id, grantPrefix) {
		return key, ok
	}
	g, ok := s.read(id)
	if !ok {
		return nil, false
	}
	key := *g.owner
	key.ID, key.Secret, key.SessionToken, key.Opens = id, credential.Secret(g.secret()), "", g.kind == aCode
	return &key, true
}

// Code makes a code for the owner of a key. A session makes none: it would never end.
func (s *Sessions) Code(by string) (own.Code, error) {
	owner, ok := s.keys.Lookup(by)
	if !ok {
		return own.Code{}, fault.New(fault.AccessDenied, "A code is for the owner of an access key: a session has none to give")
	}
	g := s.make(aCode, codeLife, owner)
	return own.Code{Code: g.id + "." + g.secret(), Expiration: g.ends}, nil
}

// Open spends the code with this id, and makes the session that it buys. Of two who spend
// it at once, at whichever nodes, one gets it.
func (s *Sessions) Open(ctx context.Context, id string) (own.Session, error) {
	code, ok := s.read(id)
	if !ok || code.kind != aCode {
		return own.Session{}, errSpent
	}
	if err := s.spent.Spend(ctx, id, code.ends); err != nil {
		return own.Session{}, err
	}
	g := s.make(aSession, sessionLife, code.owner)
	return own.Session{AccessKeyId: g.id, SecretAccessKey: g.secret(), Expiration: g.ends}, nil
}
