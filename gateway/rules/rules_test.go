package rules

import (
	"context"
	"encoding/base64"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dragoman-gateway/dragoman/exchange"
	"github.com/dragoman-gateway/dragoman/function"
	"github.com/dragoman-gateway/dragoman/gateway/admission"
	"github.com/dragoman-gateway/dragoman/gateway/authorize"
	"github.com/dragoman-gateway/dragoman/gateway/peer"
	"github.com/dragoman-gateway/dragoman/gateway/refusal"
	"github.com/dragoman-gateway/dragoman/gateway/throttle"
	"github.com/dragoman-gateway/dragoman/internal/descriptor"
	"github.com/dragoman-gateway/dragoman/internal/egress"
	"github.com/dragoman-gateway/dragoman/plan"
	"github.com/dragoman-gateway/dragoman/record"
	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/catalog"
	"github.com/dragoman-gateway/dragoman/store/sqlite"
)

// open opens rules with a table of connections that asks for none.
func open(o Options) *Rules {
	o.Table = new(descriptor.Table)
	return Open(o)
}

// caller is who asks with a token.
type caller struct{ token string }

func (caller) Enters(admission.Rule) {}

func (caller) Leaves(_ admission.Rule, no *refusal.Refusal) *refusal.Refusal { return no }

func (caller) Draft() *record.Draft { return nil }

func (c caller) Question() *authorize.Question {
	return &authorize.Question{
		HTTP: httptest.NewRequest("GET", "/", nil), Client: new(peer.Client), Path: "/", Values: c,
		Event: func(string, string, []string) ([]byte, error) { return []byte("{}"), nil },
	}
}

func (c caller) Header(string) string        { return c.token }
func (c caller) Query(string) string         { return "" }
func (c caller) Context(string) string       { return "" }
func (c caller) StageVariable(string) string { return "" }
func (c caller) Body(string) string          { return "" }

// stage is a stage with one route, which an authorizer guards or none.
func stage(protocol string, a *resource.Authorizer) *plan.Stage {
	route := resource.Route{RouteId: "r", RouteKey: "$default"}
	snapshot := &resource.Snapshot{Api: resource.Api{ApiId: "a1", ProtocolType: protocol}}
	if a != nil {
		a.AuthorizerId = "a"
		route.AuthorizerId, route.AuthorizationType = "a", resource.AuthCustom
		if a.AuthorizerType == "JWT" {
			route.AuthorizationType = resource.AuthJWT
		}
		snapshot.Authorizers = []resource.Authorizer{*a}
	}
	snapshot.Routes = []resource.Route{route}
	return plan.Compile(plan.Input{Stage: &resource.Stage{StageName: "prod"}, Snapshot: snapshot})
}

// ask has a stage come to be served and asks for its route.
func ask(r *Rules, p *plan.Stage, event exchange.Event, token string) *refusal.Refusal {
	return r.Admission().Stage(p).Admit(context.Background(), p.Routes[0], caller{token}, exchange.Begin(event))
}

// issuer counts who asks it, on a socket of its own.
type issuer struct {
	*httptest.Server
	asked  atomic.Int32
	closed chan struct{}
}

func newIssuer(t *testing.T) *issuer {
	i := &issuer{closed: make(chan struct{}, 8)}
	i.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		i.asked.Add(1)
		if strings.HasSuffix(r.URL.Path, "openid-configuration") {
			_, _ = w.Write([]byte(`{"issuer":"` + i.URL + `","jwks_uri":"` + i.URL + `/keys"}`))
			return
		}
		_, _ = w.Write([]byte(`{"keys":[]}`))
	}))
	i.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateClosed {
			i.closed <- struct{}{}
		}
	}
	i.Start()
	t.Cleanup(i.Close)
	return i
}

func (i *issuer) authorizer() *resource.Authorizer {
	return &resource.Authorizer{
		AuthorizerType: "JWT", IdentitySource: []string{"$request.header.Authorization"},
		JwtConfiguration: &resource.JWTConfiguration{Issuer: i.URL, Audience: []string{"me"}},
	}
}

// token has the form of one, and is signed by nobody.
func (i *issuer) token() string {
	part := base64.RawURLEncoding.EncodeToString
	return part([]byte(`{"alg":"RS256","kid":"k"}`)) + "." + part([]byte(`{"iss":"`+i.URL+`","aud":"me","iat":1,"exp":9999999999}`)) + "." + part([]byte("signature"))
}

func TestOpenAsksNobody(t *testing.T) {
	i := newIssuer(t)
	r := open(Options{})
	p := stage(resource.HTTP, i.authorizer())
	r.Admission().Stage(p)
	if n := i.asked.Load(); n != 0 {
		t.Errorf("the issuer was asked %d times before anybody came", n)
	}
	if no := ask(r, p, exchange.Request, i.token()); no == nil || i.asked.Load() == 0 {
		t.Errorf("got %v, and the issuer was asked %d times", no, i.asked.Load())
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	select {
	case <-i.closed:
	case <-time.After(10 * time.Second):
		t.Error("the connection to the issuer is kept")
	}
}

func TestNoIssuerIsAskedWhereNothingIsDialled(t *testing.T) {
	i := newIssuer(t)
	deny, err := egress.Parse([]string{"127.0.0.0/8"})
	if err != nil {
		t.Fatal(err)
	}
	if no := ask(open(Options{Deny: deny}), stage(resource.HTTP, i.authorizer()), exchange.Request, i.token()); no == nil || i.asked.Load() != 0 {
		t.Errorf("got %v, and the issuer was asked %d times", no, i.asked.Load())
	}
}

// One limit is that of the account, whichever plane is asked.
func TestPlanesShareTheLimitOfTheAccount(t *testing.T) {
	slow := throttle.Rate{PerSecond: 1e-6, Burst: 1}
	r := open(Options{Account: &slow})
	web, socket := stage(resource.HTTP, nil), stage(resource.WebSocket, nil)
	if no := ask(r, web, exchange.Request, ""); no != nil {
		t.Errorf("the first was refused: %v", no)
	}
	for _, no := range []*refusal.Refusal{ask(r, socket, exchange.Message, ""), ask(r, web, exchange.Request, "")} {
		if no == nil || no.Kind != refusal.Throttled {
			t.Errorf("got %v, want no token left", no)
		}
	}
}

// invoker is a function that lets everybody in.
type invoker struct{ asked int }

func (i *invoker) Invoke(context.Context, *function.Call) (*function.Result, error) {
	i.asked++
	return &function.Result{Status: 200, Payload: []byte(`{"isAuthorized":true}`)}, nil
}

// What an authorizer has answered is remembered over deployments, for each token.
func TestAnswersOutliveDeployments(t *testing.T) {
	ttl, simple := int32(300), true
	a := &resource.Authorizer{
		AuthorizerType: "REQUEST", AuthorizerUri: "arn:aws:lambda:us-east-1:000000000000:function:guard", AuthorizerPayloadFormatVersion: "2.0",
		EnableSimpleResponses: &simple, IdentitySource: []string{"$request.header.Authorization"}, AuthorizerResultTtlInSeconds: &ttl,
	}
	f := &invoker{}
	r := open(Options{Functions: f})
	for range 3 {
		for _, token := range []string{"one", "two"} {
			if no := ask(r, stage(resource.HTTP, a), exchange.Request, token); no != nil {
				t.Fatalf("got %v", no)
			}
		}
	}
	if f.asked != 2 {
		t.Errorf("the function was asked %d times, want once for each token", f.asked)
	}
}

// Run writes what keys have used when it ends, and clears up before.
func TestRunKeepsCounts(t *testing.T) {
	const region, value = "us-east-1", "the-value-of-the-key"
	kept := sqlite.OpenMemory(sqlite.Options{})
	defer kept.Close()
	gone := catalog.UsageCount("p9", "k9")
	ctx := t.Context()
	if _, err := kept.Update(ctx, func(tx store.Tx) error {
		return errors.Join(
			catalog.ApiKeys(region).Put(ctx, tx, "k1", &resource.ApiKey{Id: "k1", Value: value, Enabled: true}),
			catalog.UsagePlanKeys(region, "p1").Put(ctx, tx, "k1", &resource.UsagePlanKey{Id: "k1"}),
			catalog.UsagePlans(region).Put(ctx, tx, "p1", &resource.UsagePlan{
				Id: "p1", Quota: &resource.QuotaSettings{Limit: 1, Period: "MONTH"}, ApiStages: []resource.ApiStage{{ApiId: "a1", Stage: "prod"}},
			}),
			tx.Put(ctx, gone, []byte(`{"used":1}`)),
		)
	}); err != nil {
		t.Fatal(err)
	}
	load := func() *Rules {
		r := open(Options{Store: kept})
		if err := kept.View(ctx, func(from store.Reader) error { _, err := r.Keys.Load(ctx, from); return err }); err != nil {
			t.Fatal(err)
		}
		return r
	}
	r := load()
	if verdict, _ := r.Keys.Admit("a1", "prod", "$connect", value); verdict != throttle.Granted {
		t.Fatalf("got %v", verdict)
	}
	over, stop := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() { r.Run(over); close(ended) }()
	for began := time.Now(); ; time.Sleep(time.Millisecond) {
		err := kept.View(ctx, func(from store.Reader) error { _, err := from.Get(ctx, gone); return err })
		if errors.Is(err, store.ErrNotFound) {
			break
		}
		if time.Since(began) > 10*time.Second {
			t.Fatalf("the count of a plan that is gone stays: %v", err)
		}
	}
	stop()
	<-ended
	if verdict, _ := load().Keys.Admit("a1", "prod", "$connect", value); verdict != throttle.Exhausted {
		t.Errorf("another process grants the key: %v", verdict)
	}
	if verdict, _ := r.Admission().Keys.Admit("a1", "prod", "$connect", value); verdict != throttle.Exhausted {
		t.Errorf("admission has other keys: %v", verdict)
	}
}

// Without keys to verify by, the guard of @connections believes no signature that
// comes from elsewhere, and an error that is told is answered as it is.
func TestRefusedAnswersTheError(t *testing.T) {
	r, want := open(Options{}), errors.New("no good")
	if got := r.Refused(httptest.NewRequest("GET", "/", nil), "192.0.2.1", want); got != want {
		t.Errorf("got %v", got)
	}
	if g := r.Guard(nil, nil); g == nil || g.Verifier != nil {
		t.Errorf("got %+v", g)
	}
}
