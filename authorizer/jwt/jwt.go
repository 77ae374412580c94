package jwt

import (
	"context"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/dragoman-gateway/dragoman/authorizer"
	"github.com/dragoman-gateway/dragoman/exchange"
)

// Config is a JWT authorizer as it was configured, and where it stands.
type Config struct {
	API, Stage, Authorizer string   // ids, for the cache
	Issuer                 string   // jwtConfiguration.issuer, compared to the letter
	Audience               []string // jwtConfiguration.audience, of which a token must hold one
}

// Verified is a token that was found good, with its decisions ready.
type Verified struct {
	until   time.Time // the token's end
	trusted time.Time // the end of the keys that verified it
	scopes  []string
	plain   *authorizer.Decision // for routes without scopes
	scoped  *authorizer.Decision // for routes of which the token has a scope
}

// holds says whether a token is good yet, and its keys trusted.
func (v *Verified) holds(now time.Time) bool { return now.Before(v.until) && now.Before(v.trusted) }

// Authorizer checks tokens of one issuer. The first identity source of a
// request is the token, bare or behind "Bearer ".
type Authorizer struct {
	config Config
	print  string // what the configuration is, so that a cache knows a changed one
	issuer *issuer
	tokens *Tokens
}

var _ authorizer.Authorizer = (*Authorizer)(nil)

// algorithms are the RSA ones. The list is ours and never the token's: a token
// that may choose chooses none (RFC 8725 section 3.1).
// Assumed: RSASSA-PSS too, since it is RSA-based.
var algorithms = []jose.SignatureAlgorithm{jose.RS256, jose.RS384, jose.RS512, jose.PS256, jose.PS384, jose.PS512}

// New makes an authorizer; nothing is fetched before it is asked. An issuer
// whose URL is no good refuses every token, with the reason in each decision.
// tokens may be nil: every token is then verified each time.
func New(c Config, issuers *Issuers, tokens *Tokens) *Authorizer {
	return &Authorizer{
		config: c,
		print:  fmt.Sprintf("%q %q", c.Issuer, c.Audience),
		issuer: issuers.issuer(c.Issuer),
		tokens: tokens,
	}
}

// Authorize implements authorizer.Authorizer. Its outcomes are Allow,
// Unauthorized (401) and, for a good token without a scope of the route, Deny:
// one scope of the list suffices. Without a token the challenge has no error (RFC
// 6750 section 3.1).
// Documented: API Gateway Developer Guide, Control access to HTTP APIs with JWT
// authorizers.
func (a *Authorizer) Authorize(ctx context.Context, r *authorizer.Request) *authorizer.Decision {
	token := ""
	if len(r.Sources) > 0 {
		token = bearer(r.Sources[0])
	}
	if token == "" {
		return &authorizer.Decision{Outcome: authorizer.Unauthorized, Reason: "the request has no token", Challenge: "Bearer"}
	}
	v, err := a.verified(ctx, token, r)
	if r.Notes != nil && (r.Notes.Full || err != nil) {
		r.Notes.Checks = a.checks(token, r.Scopes, err)
	}
	if err != nil {
		return refuse(err, r.Scopes)
	}
	if len(r.Scopes) == 0 {
		return v.plain
	}
	if slices.ContainsFunc(r.Scopes, func(s string) bool { return slices.Contains(v.scopes, s) }) {
		return v.scoped
	}
	return insufficient(r.Scopes)
}

// verified answers a token from the cache, or verifies it. An entry expires with
// its token or with the keys that verified it, whichever is first.
func (a *Authorizer) verified(ctx context.Context, token string, r *authorizer.Request) (*Verified, error) {
	if a.tokens == nil {
		return a.verify(ctx, token)
	}
	now := a.issuer.options.Now()
	v := a.tokens.again(a, token, now)
	if v == nil {
		key := authorizer.KeyOf(a.config.API, a.config.Stage, a.config.Authorizer, []string{a.print, token})
		found, ok := a.tokens.cache.Peek(key)
		if !ok || !found.holds(now) {
			v, err := a.verify(ctx, token)
			if err != nil {
				return nil, err
			}
			now = a.issuer.options.Now()
			a.tokens.cache.Put(key, v, min(v.until.Sub(now), v.trusted.Sub(now)))
			return v, nil
		}
		v = found
		a.tokens.keep(a, token, v)
	}
	if r.Notes != nil {
		r.Notes.Cached = true
	}
	return v, nil
}

// verify judges the claims before the signature: it costs less, and a token of
// somebody else's does not make us ask for keys. A compact token has three parts
// (RFC 7515 section 7.1).
// Documented: API Gateway Developer Guide, Control access to HTTP APIs with JWT
// authorizers: kid has to be there.
func (a *Authorizer) verify(ctx context.Context, token string) (*Verified, error) {
	if strings.Count(token, ".") != 2 {
		// Observed: this text.
		return nil, errors.New("token contains an invalid number of segments")
	}
	jws, err := jose.ParseSignedCompact(token, algorithms)
	if err != nil {
		return nil, parseError(err)
	}
	c, err := parseClaims(jws.UnsafePayloadWithoutVerification())
	if err != nil {
		return nil, err
	}
	if err := c.check(a.config.Issuer, a.config.Audience, a.issuer.options.Now()); err != nil {
		return nil, err
	}
	head := jws.Signatures[0].Protected
	if head.KeyID == "" {
		return nil, errors.New("the token does not name its key (kid)")
	}
	keys, until, err := a.issuer.key(ctx, head.KeyID)
	if err != nil {
		return nil, err
	}
	weak := false
	for _, k := range keys {
		if isWeak(&k) {
			weak = true
			continue
		}
		if k.Algorithm != "" && k.Algorithm != head.Algorithm { // RFC 7517 section 4.4
			continue
		}
		if _, err := jws.Verify(k.Key); err == nil {
			v := decisions(c)
			v.trusted = until
			return v, nil
		}
	}
	if weak {
		return nil, errWeak
	}
	return nil, errors.New("signature is invalid")
}

// minBits is how many bits the modulus of an RSA key must have (RFC 7518 section
// 3.3): whoever factors a shorter one can sign any token. How many it may have
// go-jose bounds, at 4,096: it reads no larger one.
const minBits = 2048

var errWeak = fmt.Errorf("the key has fewer than %d bits", minBits)

func isWeak(k *jose.JSONWebKey) bool {
	key, ok := k.Key.(*rsa.PublicKey)
	return !ok || key.N.BitLen() < minBits
}

// decisions prepares what a good token is answered with.
func decisions(c *claims) *Verified {
	all := c.handedOn()
	allow := func(scopes []string) *authorizer.Decision {
		var shown any = json.RawMessage("null")
		if scopes != nil {
			text, _ := json.Marshal(scopes) // strings marshal
			shown = json.RawMessage(text)
		}
		return &authorizer.Decision{
			Outcome: authorizer.Allow,
			Context: exchange.Values{{Name: "claims", Value: all}, {Name: "scopes", Value: shown}},
			Token:   &authorizer.Token{Claims: all, Scopes: scopes},
		}
	}
	return &Verified{until: c.expires, scopes: c.scopes, plain: allow(nil), scoped: allow(c.scopes)}
}

// refuse words a bad token.
// Observed: the form of the header. Assumed: that scope lists the route's.
func refuse(err error, scopes []string) *authorizer.Decision {
	description := describe(err)
	return &authorizer.Decision{
		Outcome: authorizer.Unauthorized,
		Reason:  "invalid_token: " + description,
		Cause:   err,
		Remote:  remote(err),
		Challenge: `Bearer scope="` + quotable(strings.Join(scopes, " ")) +
			`" error="invalid_token" error_description="` + description + `"`,
	}
}

// insufficient words a good token that lacks the route's scopes.
// Assumed: the header, after RFC 6750 section 3.1.
func insufficient(scopes []string) *authorizer.Decision {
	return &authorizer.Decision{
		Outcome: authorizer.Deny,
		Reason:  "insufficient_scope",
		Challenge: `Bearer scope="` + quotable(strings.Join(scopes, " ")) +
			`" error="insufficient_scope" error_description="the token does not have a required scope"`,
	}
}

// remote says whether an error is one of the issuer, not of the token.
func remote(err error) bool {
	return errors.Is(err, errDiscovery) || errors.Is(err, errJWKS) ||
		errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

// describe hides from the client where an issuer is and how it failed.
func describe(err error) string {
	for _, public := range []error{errDiscovery, errJWKS} {
		if errors.Is(err, public) {
			return public.Error()
		}
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return errJWKS.Error()
	}
	return quotable(err.Error())
}

// parseError words what go-jose says of a token, without quoting the token.
func parseError(err error) error {
	var alg *jose.ErrUnexpectedSignatureAlgorithm
	if errors.As(err, &alg) && len(alg.Got) <= 10 {
		return fmt.Errorf("signing method %s is invalid", alg.Got)
	}
	return errors.New("the token cannot be read")
}

// quotable keeps what may stand in a quoted string of a header (RFC 9110 section
// 5.6.4).
func quotable(s string) string {
	return strings.Map(func(c rune) rune {
		if c < ' ' || c > '~' || c == '"' || c == '\\' {
			return -1
		}
		return c
	}, s)
}

// bearer takes the scheme off (RFC 6750 section 2.1), whose case means nothing
// (RFC 9110 section 11.1).
// Documented: API Gateway Developer Guide, Control access to HTTP APIs with JWT
// authorizers: both "Bearer x" and "x" are tokens.
func bearer(value string) string {
	value = strings.TrimSpace(value)
	const scheme = "bearer "
	if len(value) > len(scheme) && strings.EqualFold(value[:len(scheme)], scheme) {
		return strings.TrimSpace(value[len(scheme):])
	}
	if strings.EqualFold(value, "bearer") {
		return ""
	}
	return value
}
