package authorize

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/dragoman-gateway/dragoman/authorizer"
	"github.com/dragoman-gateway/dragoman/authorizer/jwt"
	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/verdict"
)

// Try asks an authorizer about a sample as a route would. Nothing of it is remembered but an
// issuer's public keys, and nothing is told to anybody else but the function of a Lambda
// authorizer. An error says why nobody could be asked.
func (a *Authorizers) Try(ctx context.Context, s *verdict.Sample) (verdict.Verdict, error) {
	v, err := verdict.Verdict{}, error(nil)
	if s.Authorizer.AuthorizerType == resource.AuthorizerJWT && s.Authorizer.JwtConfiguration != nil {
		v = a.tryToken(ctx, s.Authorizer, s.Token, s.Scopes)
	} else {
		v, err = a.tryFunction(ctx, s)
	}
	if v.Decision = denies; v.Status == http.StatusOK {
		v.Decision = allows
	}
	return v, err
}

// The words for decisions.
const allows, denies = "allow", "deny"

// tryToken asks a JWT authorizer.
func (a *Authorizers) tryToken(ctx context.Context, r *resource.Authorizer, token string, scopes []string) verdict.Verdict {
	// Without a cache of tokens: one that somebody tries must neither be answered from what
	// traffic has left there, nor be let in later because it was tried.
	c := jwt.Config{Issuer: r.JwtConfiguration.Issuer, Audience: r.JwtConfiguration.Audience}
	decision := jwt.New(c, a.config.Issuers, nil).Authorize(ctx, &authorizer.Request{Sources: []string{token}, Scopes: scopes})
	t := verdict.Verdict{Status: decision.Outcome.Status()}
	// What stands in the token is told beside the reason. It is read without a proof, which
	// is all right for who asks: whoever has the token can read it too.
	head, claims := parts(token)
	if decision.Outcome == authorizer.Allow {
		t.Claims = claims
		t.Why = "every check passes: the issuer, the audience, the times, the key and the signature"
		return t
	}
	t.Check, t.Why = explain(&c, decision.Why().Error(), head, claims, scopes)
	return t
}

// parts are the head and the claims of a token that nobody has verified.
func parts(token string) (head, claims map[string]any) {
	if scheme, rest, ok := strings.Cut(token, " "); ok && strings.EqualFold(scheme, "bearer") {
		token = strings.TrimSpace(rest)
	}
	read := func(part string) (values map[string]any) {
		text, err := base64.RawURLEncoding.DecodeString(part)
		if err != nil || json.Unmarshal(text, &values) != nil {
			return nil
		}
		return values
	}
	if all := strings.Split(token, "."); len(all) == 3 {
		return read(all[0]), read(all[1])
	}
	return nil, nil
}

// explain says which check a refusal is of, and what was compared. The reasons are those of
// package jwt, which are AWS's where those are known and say little.
func explain(c *jwt.Config, reason string, head, claims map[string]any, scopes []string) (check, why string) {
	said := func(name string, of map[string]any) string { return worded(of[name]) }
	has := func(text string) bool { return strings.Contains(reason, text) }
	// In the order in which they are checked: of a token with two faults the first one is
	// told, which is the one that has to be mended first anyhow.
	switch {
	case has("valid audience"):
		audience := said("aud", claims)
		if claims["aud"] == nil {
			audience = said("client_id", claims) + " (client_id, for there is no aud)"
		}
		return "aud", fmt.Sprintf("aud: the token is for %s, and the authorizer wants one of %s", audience, worded(c.Audience))
	case has("valid issuer"):
		return "iss", fmt.Sprintf("iss: the token is of %s, and the authorizer wants %s, to the letter", said("iss", claims), worded(c.Issuer))
	case has("has expired"):
		// A token without an end is refused as one whose end is over, which would be a riddle.
		if claims["exp"] == nil {
			return "exp", "exp: the token has none, so that it would never end"
		}
		return "exp", "exp: the token has expired, at " + instant(claims["exp"])
	case has("not valid yet"):
		return "nbf", "nbf: the token is not valid before " + instant(claims["nbf"])
	case has("in the future"):
		return "iat", "iat: the token was issued in the future, at " + instant(claims["iat"])
	case has("unknown key"):
		return "kid", fmt.Sprintf("kid: the token was signed with the unknown key %s: the issuer %s does not publish it", said("kid", head), c.Issuer)
	case has("(kid)"):
		return "kid", "kid: the token's head does not name the key that signed it"
	// The client is told no more than that there was an error: where an issuer is and how
	// it fails is for whoever runs the gateway, who is asking here.
	case has("communication error"), has("no URL of an issuer"), has("must begin with https"), has("context "):
		return "issuer", fmt.Sprintf("issuer: the keys of %s cannot be had: %s", c.Issuer, reason)
	case has("signing method"):
		return "alg", fmt.Sprintf("alg: %s; RSA alone is taken (RS256, RS384, RS512, PS256, PS384, PS512)", reason)
	case has("signature is invalid"):
		return "signature", fmt.Sprintf("signature: it is not of the issuer's key %s: the token was changed, or another key signed it", said("kid", head))
	case has("fewer than"):
		return "signature", "signature: " + reason
	case has("insufficient_scope"):
		return "scope", fmt.Sprintf("scope: the token has %s, and the route wants one of %s", worded(claims["scope"]), worded(scopes))
	}
	return "token", "token: " + reason
}

// worded is a value as it is told, cut.
func worded(value any) string {
	if value == nil {
		return "nothing"
	}
	text, err := json.Marshal(value)
	if err != nil {
		return "what cannot be read"
	}
	// Claims may be as long as a token; one that is compared is a name.
	if len(text) > 200 {
		return string(text[:200]) + "…"
	}
	return string(text)
}

// instant shows a time of a claim as people read it. The claim is in seconds since 1970.
// Documented: RFC 7519, section 2, NumericDate.
func instant(value any) string {
	if n, ok := value.(float64); ok {
		return time.Unix(int64(n), 0).UTC().Format(time.RFC3339)
	}
	return worded(value)
}
