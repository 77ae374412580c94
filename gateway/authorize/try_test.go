package authorize

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/verdict"
)

// Each check that fails is named, with what was compared.
func TestTry(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	var issuer *httptest.Server
	issuer = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/openid-configuration") {
			_ = json.NewEncoder(w).Encode(map[string]string{"issuer": issuer.URL, "jwks_uri": issuer.URL + "/keys"})
			return
		}
		_ = json.NewEncoder(w).Encode(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: "k1", Use: "sig"}}})
	}))
	defer issuer.Close()
	dead := httptest.NewServer(http.NotFoundHandler())
	dead.Close()
	sign := func(kid string, claims map[string]any) string {
		signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: key, KeyID: kid}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		text, _ := json.Marshal(claims)
		signed, err := signer.Sign(text)
		if err != nil {
			t.Fatal(err)
		}
		compact, err := signed.CompactSerialize()
		if err != nil {
			t.Fatal(err)
		}
		return compact
	}
	claims := func(change ...any) map[string]any {
		all := map[string]any{"iss": issuer.URL, "aud": "web", "exp": time.Now().Add(time.Hour).Unix(), "scope": "read"}
		for i := 0; i < len(change); i += 2 {
			if all[change[i].(string)] = change[i+1]; change[i+1] == nil {
				delete(all, change[i].(string))
			}
		}
		return all
	}
	good := sign("k1", claims())
	for _, row := range []struct {
		name, token string
		issuer      string
		scopes      []string
		status      int
		check       string
		says        []string
	}{
		{"good", good, issuer.URL, nil, 200, "", []string{"every check passes"}},
		{"good, with its scheme and scope", "Bearer " + good, issuer.URL, []string{"read"}, 200, "", nil},
		{"wrong audience", sign("k1", claims("aud", "mobile")), issuer.URL, nil, 401, "aud", []string{`"mobile"`, `"web"`}},
		{"client_id", sign("k1", claims("aud", nil, "client_id", "mobile")), issuer.URL, nil, 401, "aud", []string{`"mobile"`, "client_id"}},
		{"wrong issuer", sign("k1", claims("iss", "https://else.example")), issuer.URL, nil, 401, "iss", []string{"https://else.example", issuer.URL}},
		{"expired", sign("k1", claims("exp", 1_000_000_000)), issuer.URL, nil, 401, "exp", []string{"2001-09-09T01:46:40Z"}},
		{"without an end", sign("k1", claims("exp", nil)), issuer.URL, nil, 401, "exp", []string{"never end"}},
		{"too early", sign("k1", claims("nbf", 4_000_000_000)), issuer.URL, nil, 401, "nbf", []string{"2096-"}},
		{"unknown key", sign("k2", claims()), issuer.URL, nil, 401, "kid", []string{`"k2"`, issuer.URL}},
		{"no kid", sign("", claims()), issuer.URL, nil, 401, "kid", []string{"does not name"}},
		{"changed", good[:len(good)-6] + "AAAAAA", issuer.URL, nil, 401, "signature", []string{`"k1"`}},
		{"dead issuer", sign("k1", claims("iss", dead.URL)), dead.URL, nil, 401, "issuer", []string{dead.URL, "cannot be had"}},
		{"missing scope", good, issuer.URL, []string{"write"}, 403, "scope", []string{`"read"`, `"write"`}},
		{"none", "", issuer.URL, nil, 401, "token", []string{"no token"}},
		{"no token", "hello", issuer.URL, nil, 401, "token", []string{"segments"}},
	} {
		a := New(Config{})
		got, err := a.Try(t.Context(), &verdict.Sample{Token: row.token, Scopes: row.scopes, Authorizer: &resource.Authorizer{Name: "a", AuthorizerType: resource.AuthorizerJWT,
			JwtConfiguration: &resource.JWTConfiguration{Issuer: row.issuer, Audience: []string{"web"}}}})
		if err != nil || got.Status != row.status || got.Check != row.check {
			t.Errorf("%s: got %+v %v, want %d %q", row.name, got, err, row.status, row.check)
		}
		for _, says := range row.says {
			if !strings.Contains(got.Why, says) {
				t.Errorf("%s: got %q, want %q in it", row.name, got.Why, says)
			}
		}
		if row.token != "" && strings.Contains(got.Why, row.token) {
			t.Errorf("%s: the token is told", row.name)
		}
		if n := a.tokens.Len(); n != 0 {
			t.Errorf("%s: %d tokens are remembered", row.name, n)
		}
	}
	if _, err := New(Config{}).Try(t.Context(), &verdict.Sample{Token: good, Authorizer: &resource.Authorizer{AuthorizerType: resource.AuthorizerRequest}}); err == nil {
		t.Error("a Lambda authorizer is tried without its function")
	}
}
