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
	"github.com/chromedp/chromedp/kb"
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

// What authorizers decide is listed with its reason; a Lambda authorizer is tried by its
// function; keys show what they have used of their quota; and a host and a path are followed
// without a request.
func TestAccessPage(t *testing.T) {
	w := newTown(t)
	ctx := t.Context()
	_, err := w.sdk.CreateAuthorizer(ctx, &apigatewayv2.CreateAuthorizerInput{ApiId: &w.pets, Name: aws.String("judge"), AuthorizerType: types.AuthorizerTypeRequest, AuthorizerUri: aws.String(talkURI),
		AuthorizerPayloadFormatVersion: aws.String("2.0"), EnableSimpleResponses: aws.Bool(true), IdentitySource: []string{"$request.header.X-Key", "$request.querystring.who"}})
	must(t, err)
	answer, err := http.Post("http://"+w.DataAddr()+"/_aws/execute-api/"+w.pets+"/pets", "text/plain", nil)
	must(t, err)
	answer.Body.Close()
	b := open(t, w.gateway, "/console/access")
	decisions := b.find("table", "Decisions")
	b.until("the refusal and its reason", func() bool {
		text := decisions.text()
		return strings.Contains(text, "Deny") && strings.Contains(text, "401") && strings.Contains(text, "users") && strings.Contains(text, "POST /pets") && strings.Contains(text, "Authorization")
	})
	usage := b.find("table", "Usage")
	b.until("what is left of the quota", func() bool { return strings.Contains(usage.text(), "partnerfree01,0001,000") })
	domains := b.find("table", "Domains")
	b.until("the domain", func() bool {
		return strings.Contains(domains.text(), "api.shop.example") && strings.Contains(domains.text(), "/pets → pets/$default")
	})

	b.fill("Host", "api.shop.example")
	b.fill("Path", "/pets/pets/7")
	b.click("button", "Find")
	leads := b.find("region", "Leads to")
	b.until("where it leads", func() bool {
		return strings.Contains(leads.text(), "found") && strings.Contains(leads.text(), "/pets/7") && strings.Contains(leads.text(), "the mapping")
	})
	b.fill("Path", "/nothing")
	b.press(kb.Enter)
	b.until("that it leads nowhere", func() bool { return strings.Contains(leads.text(), "nowhere") })

	b.choose("Authorizer", "judge (pets, REQUEST)")
	b.fill("Headers", "X-Key: sesame-of-mine")
	before := len(w.heard())
	b.fill("Query", "who: ada")
	b.click("button", "Test")
	decision := b.find("region", "Decision")
	// The function answers nothing that an authorizer may answer, which is what is told.
	b.until("what the function answered", func() bool {
		return strings.Contains(decision.text(), "Deny") && strings.Contains(decision.text(), "isAuthorized")
	})
	if len(w.heard()) != before+1 {
		t.Error("the function was not invoked")
	}
	if left := eval[string](b, `document.documentElement.outerHTML + [...document.querySelectorAll("input,textarea")].map((f) => f.value).join(" ")`); strings.Contains(left, "sesame-of-mine") {
		t.Error("what lets somebody in stays on the page")
	}
	b.pictures("access-lambda")
}
