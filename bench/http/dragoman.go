package main

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"runtime/pprof"
	"strconv"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/dragoman-gateway/dragoman/bench/measured"
	"github.com/dragoman-gateway/dragoman/client"
	"github.com/dragoman-gateway/dragoman/resource"
)

func startPlain(backend string) (*proxy, error) { return startDragoman("dragoman", "plain "+backend) }
func startLoaded(backend string) (*proxy, error) {
	return startDragoman("dragoman, all on", "loaded "+backend)
}

func startFunction(backend string) (*proxy, error) {
	return startDragoman("dragoman, Lambda proxy", "function "+backend)
}

func startDragoman(name, detail string) (*proxy, error) {
	line, pid, stop, err := self("dragoman", detail)
	if err != nil {
		return nil, err
	}
	fields := strings.Fields(line)
	scheme := "http://"
	if strings.HasPrefix(detail, "secure ") {
		scheme = "https://"
	}
	p := &proxy{name: name, url: scheme + fields[0] + "/items/42", host: fields[1], pid: pid, stop: stop}
	if len(fields) > 2 {
		p.token = fields[2]
	}
	return p, nil
}

// serveDragoman is a gateway with one route to the backend: plain, or with a JWT
// authorizer, parameter mapping, a throttle and an access log, or over TLS; behind its own server
// of HTTP/1.1 or the one that is named.
func serveDragoman() {
	var kind, backend, front string
	many := 0
	fields := strings.Fields(*detail) // the last one is there in comparisons, a number where there are many of a kind
	if len(fields) == 3 && (fields[0] == "routes" || fields[0] == "APIs") {
		many, _ = strconv.Atoi(fields[1])
		fields = []string{fields[0], fields[2]}
	}
	_, _ = fmt.Sscan(strings.Join(fields, " "), &kind, &backend, &front)
	dir, err := os.MkdirTemp("", "bench-dragoman-")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	config := measured.Config("")
	if front != "" {
		config.Front = front
	}
	configure(&config, dir)
	if kind == "secure" {
		if err := secure(&config, dir); err != nil {
			log.Fatal(err)
		}
	}
	if kind == "function" {
		config.Functions = map[string]string{"bench": "http://" + backend}
	}
	s, err := measured.Run(config)
	if err != nil {
		log.Fatal(err)
	}
	b := &builder{ctx: context.Background(), c: client.New(client.Options{BaseEndpoint: "http://" + s.ManagementAddr(), Region: "us-east-1"})}
	id, token := "", ""
	switch kind {
	case "function":
		id = b.function()
	case "routes":
		id = b.routes(backend, many)
	case "APIs":
		for range many - 1 {
			b.others(backend)
		}
		fallthrough
	default:
		id = b.api(backend)
	}
	if kind == "loaded" {
		token = b.load(id)
	}
	if kind != "function" && kind != "routes" { // whose stages deploy by themselves
		b.deploy(id)
	}
	if b.err != nil {
		log.Fatal(b.err)
	}
	at := s.DataAddr()
	if kind == "secure" {
		at = s.SecureAddr()
	}
	fmt.Println(at, id+".execute-api.localhost", token)
	if *profile != "" {
		file, err := os.Create(*profile)
		if err != nil {
			log.Fatal(err)
		}
		defer file.Close()
		if err := pprof.StartCPUProfile(file); err != nil {
			log.Fatal(err)
		}
		defer pprof.StopCPUProfile()
	}
	_, _ = io.Copy(io.Discard, os.Stdin)
	_ = s.Stop()
}

const (
	logArn    = "arn:aws:logs:us-east-1:000000000000:log-group:bench"
	logFormat = `{"requestId":"$context.requestId","ip":"$context.identity.sourceIp","requestTime":"$context.requestTime","httpMethod":"$context.httpMethod","routeKey":"$context.routeKey","status":"$context.status","protocol":"$context.protocol","responseLength":"$context.responseLength"}`
)

// builder configures a gateway and keeps the first error.
type builder struct {
	ctx   context.Context
	c     *client.Client
	route string
	integ string
	err   error
}

func (b *builder) note(err error) {
	if b.err == nil {
		b.err = err
	}
}

func (b *builder) api(backend string) string {
	api, err := b.c.CreateApi(b.ctx, &client.CreateApiInput{Name: "bench", ProtocolType: "HTTP"})
	if err != nil {
		b.note(err)
		return ""
	}
	integration, err := b.c.CreateIntegration(b.ctx, &client.CreateIntegrationInput{
		ApiId: api.ApiId, IntegrationType: "HTTP_PROXY", IntegrationMethod: client.String("ANY"),
		IntegrationUri: client.String("http://" + backend + "/{id}"), PayloadFormatVersion: client.String("1.0"),
	})
	if err != nil {
		b.note(err)
		return ""
	}
	b.integ = integration.IntegrationId
	route, err := b.c.CreateRoute(b.ctx, &client.CreateRouteInput{
		ApiId: api.ApiId, RouteKey: "GET /items/{id}", Target: client.String("integrations/" + integration.IntegrationId),
	})
	if err != nil {
		b.note(err)
		return ""
	}
	b.route = route.RouteId
	_, err = b.c.CreateStage(b.ctx, &client.CreateStageInput{ApiId: api.ApiId, StageName: "$default"})
	b.note(err)
	return api.ApiId
}

// function is an API with one route to a function.
func (b *builder) function() string {
	api, err := b.c.CreateApi(b.ctx, &client.CreateApiInput{Name: "bench", ProtocolType: "HTTP", RouteKey: client.String("GET /items/{id}"),
		Target: client.String("arn:aws:lambda:us-east-1:000000000000:function:bench")})
	if err != nil {
		b.note(err)
		return ""
	}
	return api.ApiId
}

// routes is an API with so many routes, of which the last is asked for.
func (b *builder) routes(backend string, many int) string {
	paths := map[string]any{}
	for i := range many {
		path := fmt.Sprintf("/things%d/{id}", i)
		if i == many-1 {
			path = "/items/{id}"
		}
		paths[path] = map[string]any{"get": map[string]any{"x-amazon-apigateway-integration": map[string]any{
			"type": "http_proxy", "httpMethod": "ANY", "uri": "http://" + backend + "/{id}", "payloadFormatVersion": "1.0"}}}
	}
	document, err := json.Marshal(map[string]any{"openapi": "3.0.1", "info": map[string]any{"title": "bench", "version": "1"}, "paths": paths})
	if err != nil {
		b.note(err)
		return ""
	}
	api, err := b.c.ImportApi(b.ctx, &client.ImportApiInput{Body: string(document)})
	if err != nil {
		b.note(err)
		return ""
	}
	_, err = b.c.CreateStage(b.ctx, &client.CreateStageInput{ApiId: api.ApiId, StageName: "$default", AutoDeploy: client.Bool(true)})
	b.note(err)
	return api.ApiId
}

// others is an API that nobody asks for.
func (b *builder) others(backend string) {
	_, err := b.c.CreateApi(b.ctx, &client.CreateApiInput{Name: "other", ProtocolType: "HTTP", RouteKey: client.String("GET /items/{id}"),
		Target: client.String("http://" + backend + "/")})
	b.note(err)
}

func (b *builder) deploy(id string) {
	_, err := b.c.CreateDeployment(b.ctx, &client.CreateDeploymentInput{ApiId: id, StageName: client.String("$default")})
	b.note(err)
}

// load turns everything on and answers a token that passes.
func (b *builder) load(id string) string {
	issuer, token, err := startIssuer()
	if err != nil {
		b.note(err)
		return ""
	}
	authorizer, err := b.c.CreateAuthorizer(b.ctx, &client.CreateAuthorizerInput{
		ApiId: id, Name: "jwt", AuthorizerType: "JWT", IdentitySource: []string{"$request.header.Authorization"},
		JwtConfiguration: &resource.JWTConfiguration{Issuer: issuer, Audience: []string{"bench"}},
	})
	if err != nil {
		b.note(err)
		return ""
	}
	_, err = b.c.UpdateRoute(b.ctx, &client.UpdateRouteInput{ApiId: id, RouteId: b.route,
		AuthorizationType: client.String("JWT"), AuthorizerId: &authorizer.AuthorizerId})
	b.note(err)
	_, err = b.c.UpdateIntegration(b.ctx, &client.UpdateIntegrationInput{ApiId: id, IntegrationId: b.integ,
		RequestParameters:  map[string]string{"append:header.x-who": "$context.authorizer.claims.sub", "overwrite:header.x-item": "$request.path.id"},
		ResponseParameters: map[string]map[string]string{"200": {"append:header.x-request": "$context.requestId"}}})
	b.note(err)
	_, err = b.c.UpdateStage(b.ctx, &client.UpdateStageInput{ApiId: id, StageName: "$default",
		AccessLogSettings:    &resource.AccessLogSettings{DestinationArn: logArn, Format: logFormat},
		DefaultRouteSettings: &resource.RouteSettings{ThrottlingRateLimit: client.Float64(1e6), ThrottlingBurstLimit: client.Int32(1000000)}})
	b.note(err)
	return token
}

// startIssuer is an OIDC issuer on loopback with one key, and a token of it.
func startIssuer() (issuer, token string, err error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return "", "", err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", "", err
	}
	issuer = "http://" + l.Addr().String()
	mux := http.NewServeMux()
	mux.HandleFunc("/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(map[string]string{"issuer": issuer, "jwks_uri": issuer + "/keys"})
	})
	mux.HandleFunc("/keys", func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: "one", Algorithm: "RS256", Use: "sig"}}})
	})
	go func() { _ = http.Serve(l, mux) }()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: key, KeyID: "one"}}, nil)
	if err != nil {
		return "", "", err
	}
	now := time.Now()
	claims, err := json.Marshal(map[string]any{"iss": issuer, "aud": "bench", "sub": "me", "iat": now.Add(-time.Minute).Unix(), "exp": now.Add(time.Hour).Unix()})
	if err != nil {
		return "", "", err
	}
	signed, err := signer.Sign(claims)
	if err != nil {
		return "", "", err
	}
	token, err = signed.CompactSerialize()
	return issuer, token, err
}
