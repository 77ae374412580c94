package httpapi

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/dragoman-gateway/dragoman/exchange"
	"github.com/dragoman-gateway/dragoman/gateway/admission"
	peers "github.com/dragoman-gateway/dragoman/gateway/peer"
	"github.com/dragoman-gateway/dragoman/gateway/routing"
	"github.com/dragoman-gateway/dragoman/gateway/serving"
	"github.com/dragoman-gateway/dragoman/gateway/tap"
	"github.com/dragoman-gateway/dragoman/integration"
	"github.com/dragoman-gateway/dragoman/message"
	"github.com/dragoman-gateway/dragoman/plan"
	"github.com/dragoman-gateway/dragoman/resource"
)

// backend is a Forwarder that keeps what it was sent and answers with reply.
type backend struct {
	sent  []integration.Outgoing
	body  string
	reply func(o *integration.Outgoing) (*integration.Incoming, error)
}

func (b *backend) Forward(_ context.Context, o *integration.Outgoing) (*integration.Incoming, error) {
	kept := *o
	kept.Header = o.Header.Clone()
	b.sent = append(b.sent, kept)
	if o.Body != nil {
		text, err := io.ReadAll(o.Body)
		if err != nil {
			return nil, message.Fail(message.ErrCanceled, err)
		}
		b.body = string(text)
	}
	if b.reply != nil {
		return b.reply(o)
	}
	return said(200, "fine"), nil
}

// said is a reply with a status, a body and pairs of header names and values.
func said(status int, body string, header ...string) *integration.Incoming {
	in := &integration.Incoming{Status: status, Length: int64(len(body)), Body: io.NopCloser(strings.NewReader(body))}
	for i := 0; i < len(header); i += 2 {
		in.Header.Add(header[i], header[i+1])
	}
	return in
}

// invoker is a function that keeps its event.
type invoker struct {
	event []byte
	call  *integration.Request
	reply integration.Reply
	err   error
}

func (i *invoker) Invoke(_ context.Context, r *integration.Request) (*integration.Reply, error) {
	i.event, i.call = bytes.Clone(r.Body), r
	if i.err != nil {
		return nil, i.err
	}
	reply := i.reply
	if reply.Status == 0 {
		reply.Status = 200
	}
	return &reply, nil
}

// gateway is a plane with one API, whose $default stage is under test.
type gateway struct {
	*Plane
	api  *serving.Api
	done []*exchange.Exchange
	set  []*plan.Settings

	ended chan struct{} // one for each of the first exchanges that has ended
}

// newGateway compiles a configuration. Stages are those named, "$default" when
// none is.
func newGateway(config Config, snapshot resource.Snapshot, stages ...string) *gateway {
	return newGuarded(admission.Rules{}, config, snapshot, stages...)
}

// newGuarded is newGateway with rules.
func newGuarded(rules admission.Rules, config Config, snapshot resource.Snapshot, stages ...string) *gateway {
	snapshot.Api.ApiId, snapshot.Api.ProtocolType = "api", resource.HTTP
	if len(stages) == 0 {
		stages = []string{"$default"}
	}
	g := &gateway{api: &serving.Api{ID: "api", Region: "us-east-1", Protocol: resource.HTTP, Stages: map[string]*serving.Stage{}}}
	g.ended = make(chan struct{}, 16)
	config.Taps = tap.New(config.Reports, func(stage *plan.Stage) tap.Subscriber {
		if stage == nil {
			return nil
		}
		return &tap.Func{Kinds: tap.Of(tap.Ended), Do: func(x *exchange.Exchange, s *plan.Settings, _ tap.Step) {
			g.done, g.set = append(g.done, x), append(g.set, s)
			select {
			case g.ended <- struct{}{}:
			default:
			}
		}}
	})
	for _, name := range stages {
		compiled := plan.Compile(plan.Input{
			Region: "us-east-1", AccountID: "123456789012", Snapshot: &snapshot,
			Stage: &resource.Stage{StageName: name, StageVariables: map[string]string{"colour": "red"}},
		}, nil)
		g.api.Stages[name] = &serving.Stage{Stage: compiled, Admission: rules.Stage(compiled), Audience: config.Taps.Stage(compiled)}
	}
	g.Plane = New(config)
	return g
}

// ServeHTTP makes the gateway a handler: everything is for its one API.
func (g *gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	listener := peers.Policy{Port: func() string { return "8080" }}
	g.Serve(w, r, &routing.Match{Api: g.api, Path: r.URL.EscapedPath(), Domain: r.Host, Client: listener.Client(r)})
}

// ask sends a request; header are pairs of names and values.
func (g *gateway) ask(method, target, body string, header ...string) *httptest.ResponseRecorder {
	var reader io.Reader
	if body != "" {
		reader = strings.NewReader(body)
	}
	r := httptest.NewRequest(method, target, reader)
	r.Host, r.RemoteAddr = "api.execute-api.localhost", "192.0.2.1:1234"
	for i := 0; i < len(header); i += 2 {
		if header[i] == "Host" {
			r.Host = header[i+1]
			continue
		}
		r.Header.Add(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	g.ServeHTTP(w, r)
	return w
}

// last is what became of the last request.
func (g *gateway) last(t *testing.T) *exchange.Exchange {
	t.Helper()
	if len(g.done) == 0 {
		t.Fatal("no exchange has ended")
	}
	return g.done[len(g.done)-1]
}

// proxied is a configuration whose routes all go to one HTTP backend.
func proxied(uri string, keys ...string) resource.Snapshot {
	s := resource.Snapshot{Integrations: []resource.Integration{{
		IntegrationId: "i", IntegrationType: "HTTP_PROXY", IntegrationMethod: "ANY", IntegrationUri: uri,
	}}}
	for _, key := range keys {
		s.Routes = append(s.Routes, resource.Route{RouteId: key, RouteKey: key, Target: "integrations/i"})
	}
	return s
}

// lambdas is a configuration whose routes all go to one function.
func lambdas(version string, keys ...string) resource.Snapshot {
	s := proxied("arn:aws:lambda:us-east-1:123456789012:function:f", keys...)
	s.Integrations[0].IntegrationType, s.Integrations[0].PayloadFormatVersion = "AWS_PROXY", version
	return s
}
