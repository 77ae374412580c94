package lambda

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dragoman-gateway/dragoman/authorizer"
	"github.com/dragoman-gateway/dragoman/exchange"
)

// says makes a function that answers text.
func says(text string) Invoke {
	return func(context.Context, string, []byte, *authorizer.Notes) ([]byte, error) { return []byte(text), nil }
}

func request(sources ...string) *authorizer.Request {
	return &authorizer.Request{ARN: getPets, Sources: sources, Event: func() ([]byte, error) { return []byte(`{"version":"2.0"}`), nil }}
}

const (
	allowAll = `"policyDocument":{"Version":"2012-10-17","Statement":[{"Action":"execute-api:Invoke","Effect":"Allow","Resource":"*"}]}`
	denyAll  = `"policyDocument":{"Version":"2012-10-17","Statement":[{"Action":"execute-api:Invoke","Effect":"Deny","Resource":"*"}]}`
)

func TestAuthorize(t *testing.T) {
	policies, simple, socket := Config{}, Config{Simple: true}, Config{WebSocket: true}
	long := `{"principalId":"me",` + allowAll + `,"context":{"x":"` + strings.Repeat("y", maxAnswer) + `"}}`
	tests := []struct {
		name   string
		config Config
		answer string
		err    error
		want   authorizer.Outcome
		reason string
	}{
		{"policy allows", policies, `{"principalId":"me",` + allowAll + `}`, nil, authorizer.Allow, ""},
		{"policy denies", policies, `{"principalId":"me",` + denyAll + `}`, nil, authorizer.Deny, "denies"},
		{"policy is silent", policies, `{"principalId":"me","policyDocument":{"Statement":[]}}`, nil, authorizer.Deny, "does not allow"},
		{"policy is broken", policies, `{"principalId":"me","policyDocument":{"Statement":[{"Effect":"Allow"}]}}`, nil, authorizer.Failed, "needs either Action"},
		{"no policy", policies, `{"principalId":"me"}`, nil, authorizer.Failed, "policyDocument"},
		{"no principal", policies, `{` + allowAll + `}`, nil, authorizer.Failed, "principalId"},
		{"no principal on $connect", socket, `{` + allowAll + `}`, nil, authorizer.Deny, "does not allow"},
		{"principal that is a number", socket, `{"principalId":7,` + allowAll + `}`, nil, authorizer.Deny, "does not allow"},
		{"simple answer where a policy is wanted", policies, `{"isAuthorized":true}`, nil, authorizer.Deny, "does not allow"},
		{"simple yes", simple, `{"isAuthorized":true}`, nil, authorizer.Allow, ""},
		{"simple no", simple, `{"isAuthorized":false}`, nil, authorizer.Deny, "does not allow"},
		{"simple text", simple, `{"isAuthorized":"true"}`, nil, authorizer.Failed, "isAuthorized"},
		{"simple null", simple, `{"isAuthorized":null}`, nil, authorizer.Failed, "isAuthorized"},
		{"simple in another case", simple, `{"isauthorized":true}`, nil, authorizer.Failed, "isAuthorized"},
		{"policy where a simple answer is wanted", simple, `{"principalId":"me",` + allowAll + `}`, nil, authorizer.Failed, "isAuthorized"},
		{"Unauthorized", policies, `{"errorMessage":"Unauthorized"}`, nil, authorizer.Unauthorized, "Unauthorized"},
		{"Unauthorized, thrown", policies, `{"errorMessage":"Unauthorized","errorType":"Error","trace":[]}`, errors.New("Unhandled"), authorizer.Unauthorized, "Unauthorized"},
		{"unauthorized in another case", policies, `{"errorMessage":"unauthorized"}`, nil, authorizer.Failed, "function failed"},
		{"thrown", policies, `{"errorMessage":"boom","errorType":"Error"}`, nil, authorizer.Failed, "boom"},
		{"errorMessage beside a yes", simple, `{"errorMessage":null,"isAuthorized":true}`, nil, authorizer.Failed, "function failed"},
		{"failed with a yes", simple, `{"isAuthorized":true}`, errors.New("Unhandled"), authorizer.Failed, "Unhandled"},
		{"could not be asked", policies, ``, errors.New("AccessDenied"), authorizer.Failed, "AccessDenied"},
		{"nothing", policies, ``, nil, authorizer.Failed, "shape"},
		{"null", policies, `null`, nil, authorizer.Failed, "shape"},
		{"text", policies, `"yes"`, nil, authorizer.Failed, "shape"},
		{"list", policies, `[{"isAuthorized":true}]`, nil, authorizer.Failed, "shape"},
		{"cut off", simple, `{"isAuthorized":true`, nil, authorizer.Failed, "shape"},
		{"context that is text", simple, `{"isAuthorized":true,"context":"x"}`, nil, authorizer.Failed, "context"},
		{"8 KB on $connect", socket, long, nil, authorizer.Failed, "8 KB"},
		{"8 KB on an HTTP API", policies, long, nil, authorizer.Allow, ""},
		{"a list in the context of $connect", socket, `{"principalId":"me",` + allowAll + `,"context":{"a":[1]}}`, nil, authorizer.Failed, "only strings"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := New(tt.config, func(context.Context, string, []byte, *authorizer.Notes) ([]byte, error) {
				return []byte(tt.answer), tt.err
			}, nil)
			d := a.Authorize(t.Context(), request())
			if d.Outcome != tt.want || !strings.Contains(d.Why().Error(), tt.reason) {
				t.Errorf("got %d %q, want %d %q", d.Outcome, d.Why(), tt.want, tt.reason)
			}
			if d.Challenge != "" || (d.Outcome == authorizer.Allow) != (d.Reason == "") {
				t.Errorf("challenge %q and reason %q do not go with %d", d.Challenge, d.Reason, d.Outcome)
			}
		})
	}
}

const everything = `{"z":"text","n":1,"big":9007199254740993,"f":1.50,"e":1e2,"huge":1e999,"t":true,"nil":null,"o":{"a":[1]},"claims":{"x":1},"z":"last"}`

func TestContext(t *testing.T) {
	http := `{"isAuthorized":true,"context":` + everything + `}`
	d := New(Config{Simple: true}, says(http), nil).Authorize(t.Context(), request())
	want := exchange.Values{
		{Name: "z", Value: "last"}, {Name: "n", Value: int64(1)}, {Name: "big", Value: int64(9007199254740993)}, {Name: "f", Value: 1.5},
		{Name: "e", Value: 100.0}, {Name: "huge", Value: json.RawMessage("1e999")}, {Name: "t", Value: true},
		{Name: "nil", Value: json.RawMessage("null")}, {Name: "o", Value: json.RawMessage(`{"a":[1]}`)},
	}
	if !reflect.DeepEqual(d.Context, want) {
		t.Errorf("HTTP API:\n got %v\nwant %v", d.Context, want)
	}
	socket := `{"principalId":"me","usageIdentifierKey":"key-1",` + allowAll + `,"context":` + strings.Replace(everything, `"o":{"a":[1]},`, "", 1) + `}`
	d = New(Config{WebSocket: true}, says(socket), nil).Authorize(t.Context(), request())
	want = exchange.Values{
		{Name: "principalId", Value: "me"}, {Name: "z", Value: "last"}, {Name: "n", Value: "1"}, {Name: "big", Value: "9007199254740993"},
		{Name: "f", Value: "1.50"}, {Name: "e", Value: "1e2"}, {Name: "huge", Value: "1e999"}, {Name: "t", Value: "true"},
	}
	if !reflect.DeepEqual(d.Context, want) || d.Principal != "me" || d.UsageKey != "key-1" {
		t.Errorf("WebSocket API:\n got %v %q %q\nwant %v", d.Context, d.Principal, d.UsageKey, want)
	}
}

func TestMissingSourcesAreNotAsked(t *testing.T) {
	asked := 0
	a := New(Config{Sources: 2, Simple: true}, func(context.Context, string, []byte, *authorizer.Notes) ([]byte, error) {
		asked++
		return []byte(`{"isAuthorized":true}`), nil
	}, nil)
	for _, sources := range [][]string{nil, {"a"}, {"a", ""}, {"", "b"}} {
		if d := a.Authorize(t.Context(), request(sources...)); d.Outcome != authorizer.Unauthorized || d.Challenge != "" {
			t.Errorf("sources %q: got %d %q, want 401 without a challenge", sources, d.Outcome, d.Challenge)
		}
	}
	if d := a.Authorize(t.Context(), request("a", "b")); d.Outcome != authorizer.Allow || asked != 1 {
		t.Errorf("whole: got %d after asking %d times, want a yes after 1", d.Outcome, asked)
	}
}

func TestFunctionsAreHandedTheEvent(t *testing.T) {
	var function, event string
	a := New(Config{Function: "arn:f"}, func(_ context.Context, f string, e []byte, _ *authorizer.Notes) ([]byte, error) {
		function, event = f, string(e)
		return nil, nil
	}, nil)
	a.Authorize(t.Context(), request())
	if function != "arn:f" || event != `{"version":"2.0"}` {
		t.Errorf("got %q and %q", function, event)
	}
	r := request()
	r.Event = func() ([]byte, error) { return nil, errors.New("no event") }
	if d := a.Authorize(t.Context(), r); d.Outcome != authorizer.Failed || !strings.Contains(d.Why().Error(), "no event") {
		t.Errorf("without an event: got %d %v", d.Outcome, d.Why())
	}
}

func TestSlowFunctionsFail(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := New(Config{}, func(ctx context.Context, _ string, _ []byte, _ *authorizer.Notes) ([]byte, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}, nil)
		began := time.Now()
		d := a.Authorize(t.Context(), request())
		if d.Outcome != authorizer.Failed || time.Since(began) != DefaultTimeout {
			t.Errorf("got %d after %v, want a failure after %v", d.Outcome, time.Since(began), DefaultTimeout)
		}
	})
}

// TestCache walks through what is remembered and what is asked anew.
func TestCache(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		answers := authorizer.NewCache[*Answer](0)
		asked := 0
		answer := `{"principalId":"me","policyDocument":{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*/GET/*"}]}}`
		invoke := func(context.Context, string, []byte, *authorizer.Notes) ([]byte, error) {
			asked++
			return []byte(answer), nil
		}
		config := Config{API: "api1", Stage: "dev", Authorizer: "auth", Function: "f", Sources: 1, TTL: time.Minute}
		a := New(config, invoke, answers)
		ask := func(a *Authorizer, name, source, arn string, want authorizer.Outcome, wantAsked int) {
			t.Helper()
			r := request(source)
			r.ARN = arn
			if d := a.Authorize(t.Context(), r); d.Outcome != want || asked != wantAsked {
				t.Errorf("%s: got %d after asking %d times, want %d after %d (%s)", name, d.Outcome, asked, want, wantAsked, d.Reason)
			}
		}
		post := strings.Replace(getPets, "GET", "POST", 1)
		ask(a, "first", "tok", getPets, authorizer.Allow, 1)
		ask(a, "again", "tok", getPets, authorizer.Allow, 1)
		ask(a, "the policy is judged anew for another route", "tok", post, authorizer.Deny, 1)
		ask(a, "another source", "other", getPets, authorizer.Allow, 2)
		time.Sleep(time.Minute)
		ask(a, "after its time", "tok", getPets, authorizer.Allow, 3)
		answers.Reset("api1", "dev", "")
		ask(a, "after a reset", "tok", getPets, authorizer.Allow, 4)
		config.Function = "g"
		ask(New(config, invoke, answers), "another function", "tok", getPets, authorizer.Allow, 5)
		config.TTL = 0
		b := New(config, invoke, answers)
		ask(b, "no time", "tok", getPets, authorizer.Allow, 6)
		ask(b, "no time, again", "tok", getPets, authorizer.Allow, 7)
		answers.Reset("api1", "", "")
		answer = `{"errorMessage":"Unauthorized"}`
		ask(a, "401", "tok", getPets, authorizer.Unauthorized, 8)
		answer = "broken"
		ask(a, "401 was not remembered", "tok", getPets, authorizer.Failed, 9)
		answer = `{"principalId":"me",` + denyAll + `}`
		ask(a, "500 was not remembered", "tok", getPets, authorizer.Deny, 10)
		ask(a, "a deny is", "tok", getPets, authorizer.Deny, 10)
		config.TTL, config.WebSocket = time.Minute, true
		c := New(config, invoke, answers)
		ask(c, "a message", "tok", getPets, authorizer.Deny, 11)
		ask(c, "a message, again", "tok", getPets, authorizer.Deny, 11)
		config.TTL = 0
		c = New(config, invoke, answers)
		ask(c, "$connect", "tok", getPets, authorizer.Deny, 12)
		ask(c, "$connect has no time", "tok", getPets, authorizer.Deny, 13)
	})
}

func FuzzParse(f *testing.F) {
	f.Add(`{"isAuthorized":true,"context":`+everything+`}`, true, false)
	f.Add(`{"principalId":"me",`+allowAll+`}`, false, true)
	f.Fuzz(func(t *testing.T, text string, simple, socket bool) {
		c := Config{Simple: simple, WebSocket: socket}
		answer, err := c.parse([]byte(text))
		if (err == nil) != (answer != nil) {
			t.Fatalf("got %v and %v", answer, err)
		}
		if err != nil || answer.For(request()).Outcome != authorizer.Allow {
			return
		}
		if simple && !strings.Contains(text, "true") {
			t.Errorf("%q was taken for a yes", text)
		}
		for _, v := range answer.For(request()).Context {
			if _, ok := v.Value.(string); socket && !ok {
				t.Errorf("%s is handed on as %T", v.Name, v.Value)
			}
		}
	})
}

func BenchmarkCached(b *testing.B) {
	a := New(Config{Sources: 1, TTL: time.Hour}, says(`{"principalId":"me",`+allowAll+`}`), authorizer.NewCache[*Answer](0))
	r := request(fmt.Sprint("token-", strings.Repeat("x", 200)))
	b.ReportAllocs()
	for b.Loop() {
		if d := a.Authorize(b.Context(), r); d.Outcome != authorizer.Allow {
			b.Fatal(d.Reason)
		}
	}
}
