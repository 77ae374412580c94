package authorize

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/dragoman-gateway/dragoman/authorizer"
	"github.com/dragoman-gateway/dragoman/authorizer/lambda"
	"github.com/dragoman-gateway/dragoman/exchange"
	"github.com/dragoman-gateway/dragoman/mapping/expr"
	"github.com/dragoman-gateway/dragoman/mapping/payload"
	"github.com/dragoman-gateway/dragoman/message"
	"github.com/dragoman-gateway/dragoman/plan"
	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/verdict"
)

// tryFunction asks a Lambda authorizer: its function is invoked, and what it answers is
// judged and forgotten.
func (a *Authorizers) tryFunction(ctx context.Context, s *verdict.Sample) (verdict.Verdict, error) {
	// Without a data plane nobody can be asked, and to guess a decision would be worse.
	if a.config.Functions == nil {
		return verdict.Verdict{}, errors.New("no functions can be invoked here")
	}
	r := s.Authorizer
	sources, err := authorizer.ParseSources(r.IdentitySource)
	if err != nil {
		return verdict.Verdict{}, err
	}
	// The function is asked at the same place and with the same event as for a request, so
	// that what is tried here is what will be.
	q := question(s, sources)
	values := authorizer.Resolve(nil, sources, q)
	t := verdict.Verdict{}
	for i, value := range values {
		t.Sources = append(t.Sources, verdict.Source{Source: r.IdentitySource[i], Found: value != ""})
	}
	c := lambda.Config{
		API: q.stage.ApiID, Stage: q.stage.Name, Authorizer: r.AuthorizerId, Sources: len(r.IdentitySource), WebSocket: q.socket(),
		Function: expr.InStage(r.AuthorizerUri, q.stage.Variables),
		Simple:   r.AuthorizerPayloadFormatVersion == "2.0" && r.EnableSimpleResponses != nil && *r.EnableSimpleResponses,
	}
	invoke := a.invoke(s.Region, r.AuthorizerCredentialsArn)
	heard := func(ctx context.Context, name string, event []byte, notes *authorizer.Notes) ([]byte, error) {
		// Both are kept as they were sent and heard, for the page that shows them.
		answer, err := invoke(ctx, name, event, notes)
		t.Event, t.Answer = shortened(event), shortened(answer)
		return answer, err
	}
	// Without a cache: what is tried must neither be answered from what traffic has left
	// there, nor let anybody in later.
	notes := new(authorizer.Notes)
	decision := lambda.New(c, heard, nil).Authorize(ctx, &authorizer.Request{
		ARN: q.arn(), RouteKey: q.x.RouteKey, Sources: values, SourceIP: q.x.Identity.SourceIP, Secure: true, HTTP: q.r, Notes: notes,
		Event: func() ([]byte, error) { return q.event(r.AuthorizerPayloadFormatVersion, values) },
	})
	d := Decider{kind: resource.AuthCustom, name: r.Name + " (" + r.AuthorizerId + ")", texts: r.IdentitySource}
	t.Status, t.Principal, t.Statement = decision.Outcome.Status(), decision.Principal, notes.Statement
	t.Why = d.words(decision, notes, d.missing(values))
	// What is handed on exists only where somebody is let in.
	if decision.Outcome == authorizer.Allow {
		t.Context = contextOf(decision.Context)
	}
	return t, nil
}

// mostAnswer is, in bytes, how much of an event or an answer is told.
const mostAnswer = 8 << 10

func shortened(text []byte) string {
	return strings.ToValidUTF8(string(text[:min(len(text), mostAnswer)]), "\uFFFD")
}

// contextOf, which templates and functions see as $context.authorizer, is what an authorizer hands on, as JSON has it.
func contextOf(values exchange.Values) map[string]any {
	told := map[string]any{}
	for _, v := range values {
		told[v.Name] = v.Value
	}
	return told
}

// sampled is a sample as the rooms know it.
type sampled struct {
	*handshake
	token string
}

// Body implements authorizer.Values: of a message there is the token alone.
func (q *sampled) Body(string) string { return q.token }

// question makes the request. What identity sources name has the token, so that whoever has
// only that need not know where it belongs.
func question(s *verdict.Sample, sources []authorizer.Source) *sampled {
	method, path := s.Method, s.Path
	if method == "" {
		method = http.MethodGet
	}
	if !strings.HasPrefix(path, "/") {
		path = "/" + path
	}
	header, query := http.Header{}, url.Values{}
	for name, value := range s.Headers {
		header.Set(name, value)
	}
	for name, value := range s.Query {
		query.Set(name, value)
	}
	for _, source := range sources {
		switch {
		// A header that was given stays: whoever tries a second one has written it on purpose.
		case source.Place == authorizer.Header && header.Get(source.Name) == "" && s.Token != "":
			header.Set(source.Name, s.Token)
		case source.Place == authorizer.Query && query.Get(source.Name) == "" && s.Token != "":
			query.Set(source.Name, s.Token)
		}
	}
	name, variables := "", map[string]string(nil)
	if s.Stage != nil {
		name, variables = s.Stage.StageName, resource.PlainVariables(s.Stage.StageVariables)
	}
	host := s.Api.ApiId + ".execute-api.localhost"
	r := &http.Request{Method: method, Host: host, Header: header, URL: &url.URL{Path: path, RawQuery: query.Encode()}}
	x := exchange.Begin(exchange.Connect)
	x.AccountID, x.ApiID, x.Stage, x.DomainName, x.RequestID = s.Account, s.Api.ApiId, name, host, exchange.NewRequestID()
	x.Identity.SourceIP, x.Identity.UserAgent = "127.0.0.1", header.Get("User-Agent")
	x.RequestTime, x.ConnectedAt = time.Now(), time.Now()
	x.RouteKey = s.Route
	stage := &plan.Stage{Region: s.Region, AccountID: s.Account, ApiID: s.Api.ApiId, Name: name, Variables: variables, Protocol: s.Api.ProtocolType}
	if stage.Protocol == resource.WebSocket {
		// Documented: API Gateway Developer Guide, Control access to WebSocket APIs with Lambda
		// authorizers: they are asked on $connect alone.
		x.RouteKey, x.ConnectionID = resource.ConnectKey, "sample-connectn="
	} else if x.RouteKey == "" {
		x.RouteKey = method + " " + path
	}
	var lines message.Header
	for name := range header {
		lines.Add(name, header.Get(name))
	}
	return &sampled{&handshake{r: r, header: lines, query: query, stage: stage, x: x}, s.Token}
}

func (q *sampled) socket() bool { return q.stage.Protocol == resource.WebSocket }

// arn is what is asked for, as Decide has it.
func (q *sampled) arn() string {
	if q.socket() {
		return arnOf(q.stage) + resource.ConnectKey
	}
	return arnOf(q.stage) + q.r.Method + q.r.URL.EscapedPath()
}

// event is what the function is asked with, in the format of its authorizer.
func (q *sampled) event(version string, values []string) ([]byte, error) {
	if q.socket() {
		return q.handshake.event("", q.arn(), nil)
	}
	x := q.x
	e := payload.HTTPRequest{
		RouteKey: x.RouteKey, Method: q.r.Method, Path: q.r.URL.Path, RawPath: q.r.URL.EscapedPath(), RawQuery: q.r.URL.RawQuery, Protocol: "HTTP/1.1",
		AccountID: x.AccountID, ApiID: x.ApiID, DomainName: x.DomainName, DomainPrefix: x.ApiID, Stage: x.Stage,
		RequestID: x.RequestID, Time: x.RequestTime, Identity: x.Identity, StageVariables: q.stage.Variables, Query: payload.Fields(q.query),
	}
	for _, line := range q.header {
		e.Header = append(e.Header, payload.Field(line))
	}
	if version == "2.0" {
		return e.AppendAuthorizerV2(nil, q.arn(), values), nil
	}
	return e.AppendAuthorizerV1(nil, q.arn(), values), nil
}
