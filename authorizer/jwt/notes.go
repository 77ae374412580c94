package jwt

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/dragoman-gateway/dragoman/authorizer"
)

// checks are the comparisons by which a token is judged, for whoever shows them: those of
// its claims, then its signature with the error that verifying it gave. A token that
// cannot be read has none.
func (a *Authorizer) checks(token string, scopes []string, failed error) []authorizer.Check {
	jws, err := jose.ParseSignedCompact(token, algorithms)
	if err != nil {
		return nil
	}
	c, _ := parseClaims(jws.UnsafePayloadWithoutVerification())
	if c == nil {
		return nil
	}
	now := a.issuer.options.Now()
	has := func(list []string) bool {
		return slices.ContainsFunc(c.audience, func(s string) bool { return slices.Contains(list, s) })
	}
	checks := []authorizer.Check{
		{Name: "iss", Wants: a.config.Issuer, Has: c.issuer, OK: c.issuer == a.config.Issuer},
		{Name: "aud", Wants: "one of " + strings.Join(a.config.Audience, ", "), Has: strings.Join(c.audience, ", "), OK: has(a.config.Audience)},
		{Name: "exp", Wants: "after " + when(now), Has: when(c.expires), OK: now.Before(c.expires)},
	}
	if !c.notBefore.IsZero() {
		checks = append(checks, authorizer.Check{Name: "nbf", Wants: "not after " + when(now), Has: when(c.notBefore), OK: !c.notBefore.After(now)})
	}
	if !c.issued.IsZero() {
		checks = append(checks, authorizer.Check{Name: "iat", Wants: "not after " + when(now), Has: when(c.issued), OK: !c.issued.After(now)})
	}
	if slices.ContainsFunc(checks, func(c authorizer.Check) bool { return !c.OK }) {
		return checks // its key was not looked for
	}
	if errors.Is(failed, errDiscovery) || errors.Is(failed, errJWKS) {
		return checks // nobody knows the keys: to name one would blame the token
	}
	kid := authorizer.Check{Name: "kid", Wants: "a key of the issuer that verifies the signature", Has: jws.Signatures[0].Protected.KeyID, OK: failed == nil}
	checks = append(checks, kid)
	if failed != nil || len(scopes) == 0 {
		return checks
	}
	return append(checks, authorizer.Check{
		Name: "scope", Wants: "one of " + strings.Join(scopes, ", "), Has: strings.Join(c.scopes, ", "),
		OK: slices.ContainsFunc(scopes, func(s string) bool { return slices.Contains(c.scopes, s) }),
	})
}

func when(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
