package server

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"testing"
	"time"

	"github.com/gobwas/ws"

	"github.com/dragoman-gateway/dragoman/client"
	"github.com/dragoman-gateway/dragoman/internal/cost"
	"github.com/dragoman-gateway/dragoman/resource"
)

// BenchmarkProxy is one request through HTTP_PROXY on loopback, with everything that
// the gateway puts between a socket and a socket: its own listener, routing, the route,
// and its client of backends. Client and backend allocate nothing, so that what is
// counted is the gateway's.
func BenchmarkProxy(b *testing.B) {
	at, host := gateway(b, cost.Backend(b))
	request := []byte("GET /items/42?x=1 HTTP/1.1\r\nHost: " + host + "\r\nUser-Agent: bench\r\nAccept: */*\r\nX-One: 1\r\n\r\n")
	cost.Requests(b, at, request)
}

// BenchmarkProxyMany is BenchmarkProxy for clients that all ask at once, where memory that each
// connection has of its own is cold when its turn comes: for valgrind's simulation of caches, which counts what a clock on a
// busy machine cannot show.
func BenchmarkProxyMany(b *testing.B) {
	for _, connections := range []int{1, 500} {
		b.Run(fmt.Sprint(connections), func(b *testing.B) {
			at, host := gateway(b, cost.Backend(b))
			cost.Waves(b, at, connections, []byte("GET /items/42?x=1 HTTP/1.1\r\nHost: "+host+"\r\nUser-Agent: bench\r\nAccept: */*\r\nX-One: 1\r\n\r\n"))
		})
	}
}

// BenchmarkProxyRecorded is BenchmarkProxy where each request leaves a record.
func BenchmarkProxyRecorded(b *testing.B) {
	s, c := serving(b, func(config *Config) { config.Observe.Tap = []string{"all"} })
	api := proxied(b, c, cost.Backend(b), "GET /items/{id}", "/{id}", &client.CreateStageInput{})
	cost.Requests(b, s.DataAddr(), []byte("GET /items/42?x=1 HTTP/1.1\r\nHost: "+api+".execute-api.localhost\r\nUser-Agent: bench\r\nAccept: */*\r\nX-One: 1\r\n\r\n"))
}

// BenchmarkProxyAll is BenchmarkProxy with a JWT authorizer, parameter mapping both ways,
// a throttle and an access log.
func BenchmarkProxyAll(b *testing.B) {
	const arn = "arn:aws:logs:us-east-1:000000000000:log-group:bench"
	s, c := serving(b, func(config *Config) {
		config.Observe.AccessLogs = map[string]string{arn: filepath.Join(b.TempDir(), "access.log")}
	})
	api := proxied(b, c, cost.Backend(b), "GET /items/{id}", "/{id}", &client.CreateStageInput{
		AccessLogSettings: &resource.AccessLogSettings{DestinationArn: arn, Format: `{"requestId":"$context.requestId","ip":"$context.identity.sourceIp","routeKey":"$context.routeKey","status":"$context.status"}`},
		DefaultRouteSettings: &resource.RouteSettings{
			ThrottlingRateLimit: client.Float64(1e6), ThrottlingBurstLimit: client.Int32(1_000_000),
		},
	})
	issuer, token := issues(b)
	ctx := b.Context()
	routes, err := c.GetRoutes(ctx, &client.GetRoutesInput{ApiId: api})
	if err != nil {
		b.Fatal(err)
	}
	integrations, err := c.GetIntegrations(ctx, &client.GetIntegrationsInput{ApiId: api})
	if err != nil {
		b.Fatal(err)
	}
	authorizer, err := c.CreateAuthorizer(ctx, &client.CreateAuthorizerInput{
		ApiId: api, Name: "jwt", AuthorizerType: "JWT", IdentitySource: []string{"$request.header.Authorization"},
		JwtConfiguration: &resource.JWTConfiguration{Issuer: issuer, Audience: []string{"bench"}},
	})
	if err != nil {
		b.Fatal(err)
	}
	_, err = c.UpdateRoute(ctx, &client.UpdateRouteInput{ApiId: api, RouteId: routes.Items[0].RouteId, AuthorizationType: client.String("JWT"), AuthorizerId: &authorizer.AuthorizerId})
	if err != nil {
		b.Fatal(err)
	}
	_, err = c.UpdateIntegration(ctx, &client.UpdateIntegrationInput{
		ApiId: api, IntegrationId: integrations.Items[0].IntegrationId,
		RequestParameters:  map[string]string{"append:header.x-who": "$context.authorizer.claims.sub", "overwrite:header.x-item": "$request.path.id"},
		ResponseParameters: map[string]map[string]string{"200": {"append:header.x-request": "$context.requestId"}},
	})
	if err != nil {
		b.Fatal(err)
	}
	cost.Requests(b, s.DataAddr(), []byte("GET /items/42?x=1 HTTP/1.1\r\nHost: "+api+".execute-api.localhost\r\nUser-Agent: bench\r\nAccept: */*\r\nAuthorization: Bearer "+token+"\r\n\r\n"))
}

// BenchmarkLambda is one request to a function behind an Invoke endpoint: the event that it is
// handed, the call, and its answer read.
func BenchmarkLambda(b *testing.B) {
	const arn = "arn:aws:lambda:us-east-1:000000000000:function:bench"
	at := cost.BackendOf(b, `{"statusCode":200,"headers":{"content-type":"application/json"},"body":"{\"id\":42}"}`)
	s, c := serving(b, func(config *Config) { config.Functions = map[string]string{"bench": "http://" + at} })
	api, err := c.CreateApi(b.Context(), &client.CreateApiInput{Name: "lambda", ProtocolType: "HTTP", RouteKey: client.String("GET /items/{id}"), Target: client.String(arn)})
	if err != nil {
		b.Fatal(err)
	}
	cost.Requests(b, s.DataAddr(), []byte("GET /items/42?x=1 HTTP/1.1\r\nHost: "+api.ApiId+".execute-api.localhost\r\nUser-Agent: bench\r\nAccept: */*\r\nX-One: 1\r\n\r\n"))
}

// BenchmarkPost is one POST to @connections, to a client that reads it.
func BenchmarkPost(b *testing.B) {
	s, c := serving(b, func(*Config) {})
	socket, at := chatting(b, s, c)
	go func() { _, _ = io.Copy(io.Discard, socket) }()
	cost.Requests(b, s.DataAddr(), []byte("POST "+at+" HTTP/1.1\r\nHost: "+s.DataAddr()+"\r\nContent-Length: 5\r\n\r\nhello"))
}

// chatting is the one client of a WebSocket API, and the path of @connections that reaches it.
func chatting(b testing.TB, s *Server, c *client.Client) (socket net.Conn, path string) {
	ctx := b.Context()
	api, err := c.CreateApi(ctx, &client.CreateApiInput{Name: "chat", ProtocolType: "WEBSOCKET", RouteSelectionExpression: client.String("$request.body.action")})
	if err != nil {
		b.Fatal(err)
	}
	if _, err = c.CreateStage(ctx, &client.CreateStageInput{ApiId: api.ApiId, StageName: "prod", AutoDeploy: new(true)}); err != nil {
		b.Fatal(err)
	}
	at := "/_aws/execute-api/" + api.ApiId + "/prod"
	socket, _, _, err = ws.Dialer{}.Dial(ctx, "ws://"+s.DataAddr()+at)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { socket.Close() })
	return socket, at + "/@connections/" + url.PathEscape(connected(b, s.ManagementAddr()))
}

// connected waits for the one client of a gateway, and answers its id.
func connected(b testing.TB, management string) string {
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(time.Millisecond) {
		response, err := http.Get("http://" + management + "/_dragoman/connections")
		if err != nil {
			b.Fatal(err)
		}
		var found struct{ Connections []struct{ ID string } }
		err = json.NewDecoder(response.Body).Decode(&found)
		response.Body.Close()
		if err != nil || time.Now().After(deadline) {
			b.Fatalf("%+v, %v", found, err)
		}
		if len(found.Connections) == 1 {
			return found.Connections[0].ID
		}
	}
}

// BenchmarkGetApi is one read of the management API.
func BenchmarkGetApi(b *testing.B) {
	s, c := serving(b, func(*Config) {})
	api, err := c.CreateApi(b.Context(), &client.CreateApiInput{Name: "chat", ProtocolType: "WEBSOCKET", RouteSelectionExpression: client.String("$request.body.action"), Tags: map[string]string{"team": "bench"}})
	if err != nil {
		b.Fatal(err)
	}
	cost.Requests(b, s.ManagementAddr(), []byte("GET /v2/apis/"+api.ApiId+" HTTP/1.1\r\nHost: "+s.ManagementAddr()+"\r\nUser-Agent: bench\r\n\r\n"))
}

// BenchmarkDeploy is a change of an integration response and a deployment in turn, so that two of
// them are what a change costs that is served: with one route, which shows what each costs, and with
// many, of which all but one are as they were.
func BenchmarkDeploy(b *testing.B) {
	for _, routes := range []int{1, 300} {
		b.Run(fmt.Sprint(routes), func(b *testing.B) {
			s, c := serving(b, func(*Config) {})
			api, response := answering(b, c, routes)
			request := func(method, path, body string) []byte {
				return fmt.Appendf(nil, "%s /v2/apis/%s%s HTTP/1.1\r\nHost: %s\r\nUser-Agent: bench\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", method, api, path, s.ManagementAddr(), len(body), body)
			}
			change := func(turn int) []byte {
				return request("PATCH", response, fmt.Sprintf(`{"responseTemplates":{"$default":"{\"id\":\"$context.connectionId\",\"turn\":%d}"}}`, turn))
			}
			deploy := request("POST", "/deployments", `{"stageName":"prod"}`)
			cost.Requests(b, s.ManagementAddr(), change(1), deploy, change(2), deploy)
		})
	}
}

// answering is a WebSocket API whose every route answers by a template, and the path of an
// integration response in it.
func answering(b *testing.B, c *client.Client, routes int) (api, response string) {
	ctx := b.Context()
	must := func(err error) {
		if err != nil {
			b.Fatal(err)
		}
	}
	made, err := c.CreateApi(ctx, &client.CreateApiInput{Name: "chat", ProtocolType: "WEBSOCKET", RouteSelectionExpression: client.String("$request.body.action")})
	must(err)
	api = made.ApiId
	for i := range routes {
		integration, err := c.CreateIntegration(ctx, &client.CreateIntegrationInput{ApiId: api, IntegrationType: "MOCK", RequestTemplates: map[string]string{"$default": `{"statusCode":200}`}})
		must(err)
		answer, err := c.CreateIntegrationResponse(ctx, &client.CreateIntegrationResponseInput{
			ApiId: api, IntegrationId: integration.IntegrationId, IntegrationResponseKey: "$default",
			ResponseTemplates: map[string]string{"$default": fmt.Sprintf(`{"id":"$context.connectionId","route":%d}`, i)},
		})
		must(err)
		route, err := c.CreateRoute(ctx, &client.CreateRouteInput{ApiId: api, RouteKey: fmt.Sprint("r", i), Target: client.String("integrations/" + integration.IntegrationId)})
		must(err)
		_, err = c.CreateRouteResponse(ctx, &client.CreateRouteResponseInput{ApiId: api, RouteId: route.RouteId, RouteResponseKey: "$default"})
		must(err)
		response = "/integrations/" + integration.IntegrationId + "/integrationresponses/" + answer.IntegrationResponseId
	}
	_, err = c.CreateStage(ctx, &client.CreateStageInput{ApiId: api, StageName: "prod"})
	must(err)
	return api, response
}

// BenchmarkCreateApi is one write of the management API, on disk when it is answered.
func BenchmarkCreateApi(b *testing.B) {
	s, _ := serving(b, func(config *Config) { config.DataDir = b.TempDir() })
	const body = `{"name":"bench","protocolType":"HTTP","description":"an API that is only stored"}`
	cost.Requests(b, s.ManagementAddr(), fmt.Appendf(nil, "POST /v2/apis HTTP/1.1\r\nHost: %s\r\nUser-Agent: bench\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", s.ManagementAddr(), len(body), body))
}

// signingKey is an RSA key of 2,048 bits that signs nothing but the token of a benchmark. It is
// written here because making one takes a random number of instructions, more than all that is
// counted.
func signingKey() *rsa.PrivateKey {
	const p, q = "e73e4a6585572dbd61e4988fb6cb35e953a3ba585297ce4cc0367374af8781e1d128faa83cd3bca710492a85021f82fa85bca7afe54891cc5d627701c483a172" +
		"5c4cb388aecb8f2ff8ad3fb0fa2fd82a665df62d358b754ae31fd3bfa0bc28afac5416c062c09475be273bf80d89f01f18d9f1b38e44a05fc3f4492e637c943f",
		"d32c3ab5f7bd6c940fad4208f97ee6662c2d93b281ee5c8ca75d2ee3c9097bca3368c770676316d506e2137c4038c44c1f1b6be242b03f8aa44b23a21a49cf0f" +
			"d497481d163c0756f8b78ed4c044a8a2ca985bc4b919216a6d0e3b27442602cb7b9deb673db26de00c67c3471b369bbe775c02cbcd9dccfde1284df451ce6775"
	key := &rsa.PrivateKey{PublicKey: rsa.PublicKey{N: new(big.Int), E: 65537}, D: new(big.Int)}
	one, order := big.NewInt(1), big.NewInt(1)
	key.N.SetInt64(1)
	for _, digits := range []string{p, q} {
		prime, _ := new(big.Int).SetString(digits, 16)
		key.Primes = append(key.Primes, prime)
		key.N.Mul(key.N, prime)
		order.Mul(order, new(big.Int).Sub(prime, one))
	}
	key.D.ModInverse(big.NewInt(65537), order)
	key.Precompute()
	return key
}

// issues is an issuer on loopback with one key, and a token of it.
func issues(b *testing.B) (issuer, token string) {
	key := signingKey()
	part := base64.RawURLEncoding.EncodeToString
	var at string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/keys" {
			fmt.Fprintf(w, `{"keys":[{"kty":"RSA","kid":"one","alg":"RS256","use":"sig","n":%q,"e":"AQAB"}]}`, part(key.N.Bytes()))
			return
		}
		fmt.Fprintf(w, `{"issuer":%q,"jwks_uri":%q}`, at, at+"/keys")
	}))
	b.Cleanup(s.Close)
	at = s.URL
	signed := part([]byte(`{"alg":"RS256","kid":"one","typ":"JWT"}`)) + "." +
		part(fmt.Appendf(nil, `{"iss":%q,"aud":"bench","sub":"me","exp":%d}`, at, time.Now().Add(time.Hour).Unix()))
	sum := sha256.Sum256([]byte(signed))
	signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	if err != nil {
		b.Fatal(err)
	}
	return at, signed + "." + part(signature)
}

// gateway is a whole gateway with one route to a backend; host chooses its API.
func gateway(b *testing.B, backend string) (address, host string) {
	s, c := serving(b, func(*Config) {})
	api := proxied(b, c, backend, "GET /items/{id}", "/{id}", &client.CreateStageInput{})
	return s.DataAddr(), api + ".execute-api.localhost"
}
