package conformance

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/big"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"
	"github.com/coder/websocket"
	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/dragoman-gateway/dragoman/server"
)

// openID is an OpenID provider whose keys can be rotated.
type openID struct {
	url string

	mu      sync.Mutex // Protects fields below.
	kid     string
	key     *rsa.PrivateKey
	fetched int
}

func newOpenID(t *testing.T) *openID {
	i := &openID{}
	i.rotate(t, "first")
	i.url = backend(t, i.serve)
	return i
}

func (i *openID) rotate(t *testing.T, kid string) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	must(t, err)
	i.mu.Lock()
	defer i.mu.Unlock()
	i.kid, i.key = kid, key
}

func (i *openID) serve(w http.ResponseWriter, r *http.Request) {
	i.mu.Lock()
	defer i.mu.Unlock()
	switch r.URL.Path {
	case "/.well-known/openid-configuration":
		fmt.Fprintf(w, `{"issuer":%q,"jwks_uri":%q}`, i.url, i.url+"/keys")
	case "/keys":
		i.fetched++
		_ = json.NewEncoder(w).Encode(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: i.key.Public(), KeyID: i.kid, Algorithm: "RS256", Use: "sig"}}})
	default:
		http.NotFound(w, r)
	}
}

// token signs claims with the present key.
func (i *openID) token(t *testing.T, claims map[string]any) string {
	t.Helper()
	i.mu.Lock()
	defer i.mu.Unlock()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: i.key}, (&jose.SignerOptions{}).WithHeader("kid", i.kid))
	must(t, err)
	all := map[string]any{"iss": i.url, "aud": "me", "sub": "jane", "exp": time.Now().Add(time.Hour).Unix(), "iat": time.Now().Add(-time.Minute).Unix()}
	for name, value := range claims {
		all[name] = value
	}
	text, err := jwt.Signed(signer).Claims(all).Serialize()
	must(t, err)
	return text
}

func (a *webApi) jwtAuthorizer(i *openID) string {
	a.t.Helper()
	out, err := a.sdk.CreateAuthorizer(a.t.Context(), &apigatewayv2.CreateAuthorizerInput{
		ApiId: &a.id, Name: aws.String("jwt"), AuthorizerType: "JWT", IdentitySource: []string{"$request.header.Authorization"},
		JwtConfiguration: &types.JWTConfiguration{Issuer: &i.url, Audience: []string{"me"}},
	})
	must(a.t, err)
	return *out.AuthorizerId
}

func TestHTTPJWTAuthorizer(t *testing.T) {
	i := newOpenID(t)
	f := newWebFunctions(t, map[string]func([]byte) (string, bool){"talk": says(`"served"`)})
	a := start(t, f.as).webApi()
	id, target := a.jwtAuthorizer(i), a.integrate(invoking("2.0"))
	guardedBy := func(scopes ...string) func(*apigatewayv2.CreateRouteInput) {
		return func(in *apigatewayv2.CreateRouteInput) {
			in.AuthorizationType, in.AuthorizerId, in.AuthorizationScopes = "JWT", &id, scopes
		}
	}
	a.route("GET /any", target, guardedBy())
	a.route("GET /pets", target, guardedBy("pets:read", "pets:write"))
	a.deploy("$default")

	none := a.call("GET", "/any", "")
	gatewayError(t, none, 401, "Unauthorized")
	if got := none.Header.Get("www-authenticate"); got != "Bearer" {
		t.Errorf("www-authenticate: got %q, want Bearer", got)
	}
	for _, row := range []struct {
		name, path string
		claims     map[string]any
		status     int
		challenge  string // a part of it
	}{
		{"good", "/any", map[string]any{"groups": []string{"a", "b"}, "n": 7, "email_verified": true}, 200, ""},
		{"scope", "/pets", map[string]any{"scope": "x pets:read"}, 200, ""},
		{"no scope", "/pets", map[string]any{"scope": "x"}, 403, "insufficient_scope"},
		{"another audience", "/any", map[string]any{"aud": "you"}, 401, `error_description="the token does not have a valid audience"`},
		{"expired", "/any", map[string]any{"exp": time.Now().Add(-time.Minute).Unix()}, 401, `error="invalid_token"`},
		{"another issuer", "/any", map[string]any{"iss": "https://evil.example"}, 401, `error="invalid_token"`},
	} {
		got := a.call("GET", row.path, "", "Authorization", "Bearer "+i.token(t, row.claims))
		if got.StatusCode != row.status || !strings.Contains(got.Header.Get("www-authenticate"), row.challenge) {
			t.Errorf("%s: got %d %v", row.name, got.StatusCode, got.Header)
		}
		if row.name == "good" {
			var e events.APIGatewayV2HTTPRequest
			f.last(t, "talk", &e)
			if c := e.RequestContext.Authorizer.JWT.Claims; c["sub"] != "jane" || c["groups"] != "[a b]" || c["n"] != "7" || c["email_verified"] != "true" {
				t.Errorf("claims: got %v", c)
			}
		}
	}
	if got := a.call("GET", "/any", "", "Authorization", "a.b"); !strings.Contains(got.Header.Get("www-authenticate"), "token contains an invalid number of segments") {
		t.Errorf("a broken token: got %d %v", got.StatusCode, got.Header)
	}

	old := i.token(t, map[string]any{"sub": "old"})
	i.rotate(t, "second")
	eventually(t, "the new key is fetched", func() bool {
		return a.call("GET", "/any", "", "Authorization", i.token(t, nil)).StatusCode == 200
	})
	if got := a.call("GET", "/any", "", "Authorization", old); got.StatusCode != 401 {
		t.Errorf("a token of the old key: got %d, want 401", got.StatusCode)
	}
}

func TestHTTPJWTAuthorizerFailsClosed(t *testing.T) {
	i := newOpenID(t)
	a := start(t).webApi()
	id := a.jwtAuthorizer(&openID{url: "http://127.0.0.1:1"})
	a.route("GET /x", a.integrate(proxyTo(backend(t, echo))), func(in *apigatewayv2.CreateRouteInput) { in.AuthorizationType, in.AuthorizerId = "JWT", &id })
	a.deploy("$default")
	got := a.call("GET", "/x", "", "Authorization", i.token(t, map[string]any{"iss": "http://127.0.0.1:1"}))
	gatewayError(t, got, 401, "Unauthorized")
	if !strings.Contains(got.Header.Get("www-authenticate"), `error_description="OIDC discovery endpoint communication error"`) {
		t.Errorf("www-authenticate: got %q", got.Header.Get("www-authenticate"))
	}
}

// A token that a short key signed is refused, whoever publishes the key, and so is any that names
// a key of so many bits that reckoning with it would take a core for a minute: such a key is not
// even read.
func TestHTTPJWTAuthorizerRefusesShortAndHugeKeys(t *testing.T) {
	short, huge := newOpenID(t), newOpenID(t)
	var err error
	short.key, err = rsa.GenerateKey(rand.Reader, 1024)
	must(t, err)
	tokens := []string{short.token(t, nil), huge.token(t, nil)}
	n := new(big.Int).Lsh(big.NewInt(1), 800_000) // what a key set has room for
	huge.key = &rsa.PrivateKey{PublicKey: rsa.PublicKey{N: n.SetBit(n, 0, 1), E: 65537}}
	g := start(t)
	for at, want := range []string{"fewer than 2048 bits", "signed with an unknown key"} {
		a := g.webApi()
		id := a.jwtAuthorizer([]*openID{short, huge}[at])
		a.route("GET /x", a.integrate(proxyTo(backend(t, echo))), func(in *apigatewayv2.CreateRouteInput) { in.AuthorizationType, in.AuthorizerId = "JWT", &id })
		a.deploy("$default")
		got := a.call("GET", "/x", "", "Authorization", tokens[at])
		gatewayError(t, got, 401, "Unauthorized")
		if !strings.Contains(got.Header.Get("www-authenticate"), want) {
			t.Errorf("www-authenticate: got %q, want %q", got.Header.Get("www-authenticate"), want)
		}
	}
}

func TestHTTPLambdaAuthorizer(t *testing.T) {
	f := newWebFunctions(t, map[string]func([]byte) (string, bool){
		"talk": says(`"served"`),
		"guard": func(event []byte) (string, bool) {
			var e events.APIGatewayV2CustomAuthorizerV2Request
			_ = json.Unmarshal(event, &e)
			return fmt.Sprintf(`{"isAuthorized":%v,"context":{"tenant":"t1"}}`, len(e.IdentitySource) == 1 && e.IdentitySource[0] == "yes"), false
		},
	})
	a := start(t, f.as).webApi()
	out, err := a.sdk.CreateAuthorizer(t.Context(), &apigatewayv2.CreateAuthorizerInput{
		ApiId: &a.id, Name: aws.String("guard"), AuthorizerType: "REQUEST", IdentitySource: []string{"$request.header.X-Pass"},
		AuthorizerUri: aws.String(strings.ReplaceAll(talkURI, "talk", "guard")), AuthorizerPayloadFormatVersion: aws.String("2.0"),
		EnableSimpleResponses: aws.Bool(true), AuthorizerResultTtlInSeconds: aws.Int32(300),
	})
	must(t, err)
	a.route("GET /x", a.integrate(invoking("2.0")), func(in *apigatewayv2.CreateRouteInput) {
		in.AuthorizationType, in.AuthorizerId = "CUSTOM", out.AuthorizerId
	})
	a.deploy("$default")
	gatewayError(t, a.call("GET", "/x", ""), 401, "Unauthorized")
	gatewayError(t, a.call("GET", "/x", "", "X-Pass", "no"), 403, "Forbidden")
	for range 3 {
		if got := a.call("GET", "/x", "", "X-Pass", "yes"); got.StatusCode != 200 {
			t.Errorf("got %d %s", got.StatusCode, got.body)
		}
	}
	var e events.APIGatewayV2HTTPRequest
	f.last(t, "talk", &e)
	if got := e.RequestContext.Authorizer.Lambda["tenant"]; got != "t1" {
		t.Errorf("context: got %v", got)
	}
	if got := f.count("guard"); got != 2 {
		t.Errorf("questions: got %d, want one for each value", got)
	}
	_, err = a.sdk.ResetAuthorizersCache(t.Context(), &apigatewayv2.ResetAuthorizersCacheInput{ApiId: &a.id, StageName: aws.String("$default")})
	must(t, err)
	a.call("GET", "/x", "", "X-Pass", "yes")
	if got := f.count("guard"); got != 3 {
		t.Errorf("questions after a reset: got %d, want 3", got)
	}
}

const jane = "[jane]\naws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = secretsecretsecret\n"

func signed(t *testing.T, r *http.Request, body, secret string) *http.Request {
	t.Helper()
	sum := sha256.Sum256([]byte(body))
	must(t, v4.NewSigner().SignHTTP(t.Context(), aws.Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: secret}, r, hex.EncodeToString(sum[:]), "execute-api", "us-east-1", time.Now()))
	return r
}

// Signatures are made by the SDK's signer.
func TestHTTPIAMAuthorization(t *testing.T) {
	f := newWebFunctions(t, map[string]func([]byte) (string, bool){"talk": says(`"served"`)})
	a := start(t, f.as, func(c *server.Config) { c.Credentials = writeKeys(t, jane) }).webApi()
	a.route("POST /x/{id}", a.integrate(invoking("2.0")), func(in *apigatewayv2.CreateRouteInput) { in.AuthorizationType = "AWS_IAM" })
	a.deploy("$default")
	unsigned := a.call("POST", "/x/7", "body")
	gatewayError(t, unsigned, 403, "Forbidden")
	gatewayError(t, a.do(signed(t, a.request("POST", "/x/7?a=1", "body"), "body", "another secret")), 403, "Forbidden")
	gatewayError(t, a.do(signed(t, a.request("POST", "/x/7", "evil"), "body", "secretsecretsecret")), 403, "Forbidden")
	if got := a.do(signed(t, a.request("POST", "/x/a%20b?q=1%2B", "body"), "body", "secretsecretsecret")); got.StatusCode != 200 {
		t.Fatalf("signed: got %d %s", got.StatusCode, got.body)
	}
	var e events.APIGatewayV2HTTPRequest
	f.last(t, "talk", &e)
	if iam := e.RequestContext.Authorizer.IAM; iam == nil || iam.AccessKey != "AKIDEXAMPLE" || iam.AccountID != "000000000000" {
		t.Errorf("iam: got %+v", iam)
	}
}

// The same rooms decide on handshakes of WebSocket APIs.
func TestWebSocketAuthorizers(t *testing.T) {
	f := newWebFunctions(t, map[string]func([]byte) (string, bool){
		"talk": func(event []byte) (string, bool) {
			var e events.APIGatewayWebsocketProxyRequest
			_ = json.Unmarshal(event, &e)
			return fmt.Sprintf(`{"statusCode":200,"body":%q}`, fmt.Sprint(e.RequestContext.Authorizer)), false
		},
		"guard": func(event []byte) (string, bool) {
			var e events.APIGatewayWebsocketProxyRequest
			_ = json.Unmarshal(event, &e)
			effect := "Deny"
			if e.QueryStringParameters["pass"] == "yes" {
				effect = "Allow"
			}
			return fmt.Sprintf(`{"principalId":"me","policyDocument":{"Version":"2012-10-17","Statement":[{"Action":"execute-api:Invoke","Effect":%q,"Resource":"*"}]},"context":{"tenant":"t1"}}`, effect), false
		},
	})
	a := start(t, f.as).socketApi(proxy(), none)
	out, err := a.sdk.CreateAuthorizer(t.Context(), &apigatewayv2.CreateAuthorizerInput{
		ApiId: &a.id, Name: aws.String("guard"), AuthorizerType: "REQUEST", IdentitySource: []string{"route.request.querystring.pass"},
		AuthorizerUri: aws.String(strings.ReplaceAll(talkURI, "talk", "guard")),
	})
	must(t, err)
	_, err = a.sdk.CreateRoute(t.Context(), &apigatewayv2.CreateRouteInput{
		ApiId: &a.id, RouteKey: aws.String("$connect"), AuthorizationType: "CUSTOM", AuthorizerId: out.AuthorizerId, Target: aws.String("integrations/" + a.integration),
	})
	must(t, err)
	a.deploy()
	for query, want := range map[string]int{"": 401, "?pass=no": 403} {
		_, response, err := websocket.Dial(t.Context(), "ws://"+a.DataAddr()+a.path()+query, nil)
		if err == nil || response.StatusCode != want {
			t.Errorf("%q: got %v %v, want %d", query, response, err, want)
		}
	}
	conn, _, err := websocket.Dial(t.Context(), "ws://"+a.DataAddr()+a.path()+"?pass=yes", nil)
	must(t, err)
	defer conn.CloseNow()
	if got := a.ask(conn, `{"action":"ask"}`); got != "map[principalId:me tenant:t1]" {
		t.Errorf("authorizer of a message: got %s", got)
	}
}
