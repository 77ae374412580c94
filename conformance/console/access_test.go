package console

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"
	"github.com/go-jose/go-jose/v4"
)

// issuer is one of tokens, with a key k1.
type issuer struct {
	*httptest.Server
	t   *testing.T
	key *rsa.PrivateKey
}

func newIssuer(t *testing.T) *issuer {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	must(t, err)
	i := &issuer{t: t, key: key}
	i.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/openid-configuration") {
			_ = json.NewEncoder(w).Encode(map[string]string{"issuer": i.URL, "jwks_uri": i.URL + "/keys"})
			return
		}
		_ = json.NewEncoder(w).Encode(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: "k1", Use: "sig"}}})
	}))
	t.Cleanup(i.Close)
	return i
}

// token is one that the issuer has signed.
func (i *issuer) token(kid, iss, aud string, end time.Time) string {
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: i.key, KeyID: kid}}, nil)
	must(i.t, err)
	claims, err := json.Marshal(map[string]any{"iss": iss, "aud": aud, "exp": end.Unix()})
	must(i.t, err)
	signed, err := signer.Sign(claims)
	must(i.t, err)
	compact, err := signed.CompactSerialize()
	must(i.t, err)
	return compact
}

// An authorizer is tried with a token: the check that fails is named, and of the token
// nothing is left on the page.
func TestWhyATokenIsRefused(t *testing.T) {
	g, good := start(t), newIssuer(t)
	dead := httptest.NewServer(http.NotFoundHandler())
	dead.Close()
	api, err := g.sdk.CreateApi(t.Context(), &apigatewayv2.CreateApiInput{Name: aws.String("pets"), ProtocolType: types.ProtocolTypeHttp})
	must(t, err)
	for name, url := range map[string]string{"users": good.URL, "lost": dead.URL} {
		_, err = g.sdk.CreateAuthorizer(t.Context(), &apigatewayv2.CreateAuthorizerInput{ApiId: api.ApiId, Name: aws.String(name), AuthorizerType: types.AuthorizerTypeJwt,
			IdentitySource: []string{"$request.header.Authorization"}, JwtConfiguration: &types.JWTConfiguration{Issuer: aws.String(url), Audience: []string{"web"}}})
		must(t, err)
	}
	b := open(t, g, "/console/access")
	later, before := time.Now().Add(time.Hour), time.Unix(1_000_000_000, 0)
	for _, row := range []struct{ authorizer, token, says string }{
		{"users", good.token("k1", good.URL, "web", later), "every check passes"},
		{"users", good.token("k1", good.URL, "mobile", later), `aud: the token is for "mobile"`},
		{"users", good.token("k1", good.URL, "web", before), "the token has expired, at 2001-09-09"},
		{"users", good.token("k9", good.URL, "web", later), `the unknown key "k9"`},
		{"lost", good.token("k1", dead.URL, "web", later), "issuer: the keys of " + dead.URL + " cannot be had"},
	} {
		b.choose("Authorizer", row.authorizer+" (pets, JWT)")
		b.fill("Token", row.token)
		b.click("button", "Test")
		decision := b.find("region", "Decision")
		b.until(row.says, func() bool { return strings.Contains(decision.text(), row.says) })
		left := eval[string](b, `document.documentElement.outerHTML + [...document.querySelectorAll('input,textarea')].map((f) => f.value).join(' ') + JSON.stringify({...sessionStorage, ...localStorage}) + location.href`)
		signature := row.token[strings.LastIndex(row.token, ".")+1:]
		if strings.Contains(left, signature) {
			t.Errorf("%s: the token is still on the page", row.says)
		}
	}
	b.pictures("access")
}
