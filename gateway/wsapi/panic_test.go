package wsapi

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/dragoman-gateway/dragoman/exchange"
	"github.com/dragoman-gateway/dragoman/function"
	"github.com/dragoman-gateway/dragoman/gateway/admission"
	"github.com/dragoman-gateway/dragoman/gateway/authorize"
	"github.com/dragoman-gateway/dragoman/gateway/tap"
	"github.com/dragoman-gateway/dragoman/gateway/throttle"
	"github.com/dragoman-gateway/dragoman/integration"
	"github.com/dragoman-gateway/dragoman/internal/tasks"
	"github.com/dragoman-gateway/dragoman/mapping/schema"
	"github.com/dragoman-gateway/dragoman/mapping/vtl"
	"github.com/dragoman-gateway/dragoman/plan"
	"github.com/dragoman-gateway/dragoman/resource"
)

// panicky is a rig whose reporter can be asked, with room for two messages at once.
func panicky(t *testing.T, s *resource.Snapshot, change ...func(*Config)) (*rig, *tasks.Reporter, *lockedBuffer) {
	log := new(lockedBuffer)
	reports := tasks.NewReporter(slog.New(slog.NewJSONHandler(log, nil)))
	r := newRig(t, s, append([]func(*Config){func(c *Config) {
		c.InFlight, c.Reports = 2, reports
		c.Upgrader.Report(reports)
	}}, change...)...)
	return r, reports, log
}

// twoRoutes has the route "ask", and "other" by another integration of the kind.
func twoRoutes(kind string) *resource.Snapshot {
	s := socketApi(kinds[kind], always(`{"said":"fine"}`))
	s.Models = []resource.Model{{ModelId: "m", Name: "M", Schema: "{}"}}
	s.Routes[0].RequestModels = map[string]string{"$default": "M"}
	s.Routes[0].ModelSelectionExpression = "$request.body.action"
	i := kinds[kind]
	i.IntegrationId, i.CredentialsArn = "i2", "other"
	if i.IntegrationUri == "" {
		i.IntegrationUri = "http://backend/other"
	}
	i.Fill(resource.WebSocket)
	s.Integrations = append(s.Integrations, i)
	// Equal templates are one; these are to be two.
	s.IntegrationResponses["i2"] = always(`{"said":"fine"}`)
	s.IntegrationResponses["i1"] = always(`{"said":"asked"}`)
	s.Routes = append(s.Routes, resource.Route{RouteId: "other", RouteKey: "other", Target: "integrations/i2"})
	s.RouteResponses["other"] = s.RouteResponses["ask"]
	return s
}

// TestAPanicIsOneFailure: whatever room panics behind a message, its client is told
// of an internal error, and everybody else is served on: the same connection, as
// often as it likes, and others.
func TestAPanicIsOneFailure(t *testing.T) {
	panicking := func(*integration.Request) (*integration.Reply, error) { panic("in the test") }
	ask := func(r *rig) *plan.Route { return r.api.Load().Stages["prod"].WebSocket.Custom["ask"] }
	for _, row := range []struct {
		name, kind string
		sabotage   func(r *rig)
	}{
		{"a backend that answers at once", "MOCK", func(r *rig) { r.onlyFor("ask", panicking) }},
		{"a backend that takes its time", "HTTP", func(r *rig) { r.onlyFor("ask", panicking) }},
		{"a validator", "HTTP", func(r *rig) {
			ask(r).Models.Get("").Schema = new(schema.Schema)
		}},
		{"a validator before a mock", "MOCK", func(r *rig) {
			ask(r).Models.Get("").Schema = new(schema.Schema)
		}},
		{"a template", "HTTP", func(r *rig) { *ask(r).Integration.Default.Templates.Get("") = plan.Template{Tree: broken(t)} }},
		{"a reply that is none", "HTTP", func(r *rig) {
			r.onlyFor("ask", func(*integration.Request) (*integration.Reply, error) { return nil, nil })
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			r, reports, log := panicky(t, twoRoutes(row.kind))
			row.sabotage(r)
			first, second := r.dial(), r.dial()
			const times = 5 // more than the two places
			for range times {
				wants(t, "the client", errorOf(t, r.ask(first, `{"action":"ask"}`)), "error: Internal server error")
			}
			wants(t, "the same connection", r.ask(first, `{"action":"other"}`), `{"said":"fine"}`)
			wants(t, "another connection", r.ask(second, `{"action":"other"}`), `{"said":"fine"}`)
			wants(t, "another connection", errorOf(t, r.ask(second, `{"action":"ask"}`)), "error: Internal server error")
			if got := reports.Panics(); got != times+1 {
				t.Errorf("%d panics are counted, want %d", got, times+1)
			}
			for _, want := range []string{`"stack":"goroutine`, `"api":"a1"`, `"route":"ask"`, `"connection":"`, `"request":"`, "wsapi.(*call).run"} {
				if !strings.Contains(log.String(), want) {
					t.Errorf("the log has no %s", want)
				}
			}
			if strings.Contains(r.log.String(), "execution failed") {
				t.Error("it is logged twice")
			}
			for range times + 3 {
				if x := r.exchange(); x.RouteKey == "ask" && (x.Status != 500 || x.Error.Message != "Internal server error") {
					t.Errorf("the exchange ended with %d and %q", x.Status, x.Error.Message)
				}
			}
		})
	}
}

// broken is a template whose language has a mistake: it misses what it was read with.
func broken(t *testing.T) *vtl.Template {
	t.Helper()
	v := reflect.New(reflect.TypeFor[vtl.Template]())
	whole, err := vtl.Parse(`$input.path('$.a')`)
	if err != nil {
		t.Fatal(err)
	}
	v.Elem().Set(reflect.ValueOf(whole).Elem())
	names := v.Elem().FieldByName("tree").FieldByName("Names")
	reflect.NewAt(names.Type(), names.Addr().UnsafePointer()).Elem().SetZero()
	return v.Interface().(*vtl.Template)
}

// onlyFor is the backend of one of two routes; the other is answered.
func (r *rig) onlyFor(route string, backend func(*integration.Request) (*integration.Reply, error)) {
	fine := answers(200, "{}")
	r.backend = func(q *integration.Request) (*integration.Reply, error) {
		if (q.Credentials == "other") == (route == "other") {
			return backend(q)
		}
		return fine(q)
	}
}

// Rooms that only listen do no harm either.
func TestAPanicOfAListenerIsNobodysFailure(t *testing.T) {
	for name, change := range map[string]func(*Config){
		"who is told of steps": func(c *Config) {
			c.Taps = tap.New(c.Reports, func(*plan.Stage) tap.Subscriber {
				return &tap.Func{Kinds: tap.Everything, Do: func(*exchange.Exchange, *plan.Settings, tap.Step) { panic("in the test") }}
			})
		},
		"who logs failures": func(c *Config) {
			c.Logger = slog.New(noisy{})
		},
	} {
		t.Run(name, func(t *testing.T) {
			for _, kind := range []string{"MOCK", "HTTP"} {
				r, reports, _ := panicky(t, twoRoutes(kind), change)
				conn := r.dial()
				want := `{"said":"asked"}`
				if name == "who logs failures" {
					r.onlyFor("ask", func(*integration.Request) (*integration.Reply, error) { return nil, errors.New("no") })
					want = "error: Internal server error"
				}
				for range 5 {
					wants(t, kind, errorOf(t, r.ask(conn, `{"action":"ask"}`)), want)
				}
				if reports.Panics() < 5 {
					t.Errorf("%d panics are counted", reports.Panics())
				}
			}
		})
	}
}

// noisy is a log that panics.
type noisy struct{ slog.Handler }

func (noisy) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelWarn }
func (noisy) Handle(context.Context, slog.Record) error        { panic("in the test") }

// allows is a function of authorizers that lets everybody in, once do has returned.
type allows func()

func (do allows) Invoke(context.Context, *function.Call) (*function.Result, error) {
	do()
	return &function.Result{Status: 200, Payload: []byte(`{"principalId":"u","policyDocument":{"Version":"2012-10-17","Statement":[{"Action":"execute-api:Invoke","Effect":"Allow","Resource":"*"}]}}`)}, nil
}

// A route that admits nobody by panicking, and an authorizer that does, let nobody
// in.
func TestAPanicLetsNobodyIn(t *testing.T) {
	snapshot := twoRoutes("HTTP")
	snapshot.Routes = append(snapshot.Routes, resource.Route{RouteId: "c", RouteKey: "$connect", AuthorizationType: "CUSTOM", AuthorizerId: "a"})
	snapshot.Authorizers = []resource.Authorizer{{AuthorizerId: "a", AuthorizerType: "REQUEST", AuthorizerUri: "arn:aws:lambda:us-east-1:000000000000:function:f"}}
	panics := true
	fail := func(now bool) {
		if now {
			panic("in the test")
		}
	}
	for name, change := range map[string]func(*Config){
		"an authorizer": func(c *Config) {
			c.Apis.(*rig).rules.Authorizers = authorize.New(authorize.Config{Functions: allows(func() { fail(panics) })})
		},
		"the throttle of connections": func(c *Config) {
			rules := &c.Apis.(*rig).rules
			rules.Authorizers = authorize.New(authorize.Config{Functions: allows(func() {})})
			rules.Throttle = throttle.NewSet(throttle.Options{Connect: &throttle.Rate{PerSecond: 1, Burst: 9}, Clock: func() int64 { fail(panics); return 0 }})
		},
	} {
		t.Run(name, func(t *testing.T) {
			panics = true
			r, reports, _ := panicky(t, snapshot, change)
			_, response, err := r.try("", nil)
			if err == nil || response == nil || response.StatusCode != http.StatusInternalServerError {
				t.Fatalf("got %v and %v, want a refusal with 500", response, err)
			}
			body, _ := io.ReadAll(response.Body)
			wants(t, "the body", errorOf(t, string(body)), "error: Internal server error")
			if r.registry.Len() != 0 || reports.Panics() != 1 {
				t.Errorf("%d connections and %d panics", r.registry.Len(), reports.Panics())
			}
			panics = false
			wants(t, "the next client", r.ask(r.dial(), `{"action":"ask"}`), `{"said":"asked"}`)
		})
	}
}

// @connections refuses whom its guard panics about, and goes on.
func TestAPanicOfTheGuardOfConnections(t *testing.T) {
	panics := true
	r, _, _ := panicky(t, twoRoutes("MOCK"), func(c *Config) {
		c.Guard = guards(func() (admission.Claim, error) {
			if panics {
				panic("in the test")
			}
			return admission.Anybody{}, nil
		})
	})
	conn := r.dial()
	id := r.id()
	post := func() (int, string) {
		response, err := http.Post("http://"+r.address+byPath+"/@connections/"+id, "text/plain", strings.NewReader("hello"))
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		body, _ := io.ReadAll(response.Body)
		return response.StatusCode, string(body)
	}
	if status, body := post(); status != 500 || body != `{"message":"Internal Server Error"}` {
		t.Errorf("got %d %s", status, body)
	}
	panics = false
	if status, body := post(); status != 200 {
		t.Errorf("afterwards: got %d %s", status, body)
	}
	if _, frame := r.read(conn); frame != "hello" {
		t.Errorf("the client got %q: the refused message, or none", frame)
	}
}

// $disconnect may panic without anybody left to be told, and without a trace in
// what is still connected.
func TestAPanicOfDisconnect(t *testing.T) {
	s := twoRoutes("HTTP")
	s.Routes = append(s.Routes, resource.Route{RouteId: "d", RouteKey: "$disconnect", Target: "integrations/i2"})
	r, reports, log := panicky(t, s)
	r.onlyFor("other", func(*integration.Request) (*integration.Reply, error) { panic("in the test") })
	stays := r.dial()
	for range 5 {
		_ = r.dial().Close(websocket.StatusNormalClosure, "")
	}
	within(t, "the panics", func() bool { return reports.Panics() == 5 })
	if !strings.Contains(log.String(), `"route":"$disconnect"`) {
		t.Error("the log does not say whose they were")
	}
	wants(t, "the neighbour", r.ask(stays, `{"action":"ask"}`), `{"said":"asked"}`)
	within(t, "the registry", func() bool { return r.registry.Len() == 1 })
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	r.Close(ctx)
	if ctx.Err() != nil {
		t.Error("the plane waits for a task that panicked")
	}
}

func within(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !is(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: not within 10 s", what)
		}
	}
}
