package executionlog

import (
	"bytes"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/dragoman-gateway/dragoman/exchange"
	"github.com/dragoman-gateway/dragoman/gateway/tap"
	"github.com/dragoman-gateway/dragoman/plan"
	"github.com/dragoman-gateway/dragoman/resource"
)

// sinks are lines by destination.
type sinks map[string]*[]string

func (s sinks) lines(names ...string) func(line []byte) {
	for _, name := range names {
		if to := s[name]; to != nil {
			return func(line []byte) { *to = append(*to, string(line)) }
		}
	}
	return nil
}

// stage is one of a WebSocket API whose only route has these settings.
func stage(name string, settings plan.Settings) *plan.Stage {
	return &plan.Stage{ApiID: "a1", Name: name, Protocol: resource.WebSocket, Routes: []*plan.RouteConfig{{Settings: settings}}}
}

// told is what the log has of steps, without the times of its lines.
func told(t *testing.T, to sinks, s *plan.Stage, logger *slog.Logger, steps ...tap.Step) {
	t.Helper()
	hub := tap.New(nil, New(to.lines, logger).Stage)
	var open tap.Tap
	settings := &plan.Settings{}
	if len(s.Routes) > 0 {
		settings = &s.Routes[0].Settings
	}
	open.Open(hub.Stage(s), settings)
	for _, step := range steps {
		open.Tell(&exchange.Exchange{RequestID: "id", RouteKey: "send", ConnectionID: "c"}, step)
	}
}

var info = plan.Settings{LoggingLevel: "INFO", DataTrace: true}

func TestExecutionLogs(t *testing.T) {
	to := sinks{Group("a1", "prod"): {}, AnyGroup: {}}
	failure := tap.Step{Kind: tap.Failed, Told: "Internal server error", Cause: errors.New("no template")}
	told(t, to, stage("prod", info), nil, tap.Step{Kind: tap.Began, Data: "{\n}"}, failure)
	told(t, to, stage("test", info), nil, tap.Step{Kind: tap.Failed, Told: "Forbidden"})
	for name, want := range map[string][]string{
		Group("a1", "prod"): {
			"(id) Extended Request Id: id", "(id) Starting execution for request: id",
			`(id) Method request body before transformations: {\x0A}`, "(id) Execution failed: Internal server error: no template",
		},
		AnyGroup: {"(id) Execution failed: Forbidden"},
	} {
		if got := withoutTimes(*to[name]); !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}

func withoutTimes(lines []string) (events []string) {
	for _, line := range lines {
		_, event, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "Z ")
		events = append(events, event)
	}
	return events
}

func TestExecutionLogsWithoutAFile(t *testing.T) {
	var out bytes.Buffer
	told(t, sinks{}, stage("prod", info), slog.New(slog.NewJSONHandler(&out, nil)),
		tap.Step{Kind: tap.Routed, Key: "send"}, tap.Step{Kind: tap.Failed, Told: "Forbidden"})
	for _, want := range []string{`"level":"INFO"`, `"event":"Route: send"`, `"route":"send"`, `"request":"id"`, `"level":"WARN"`, `"event":"Execution failed: Forbidden"`} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("got %s, want %s in it", out.String(), want)
		}
	}
}

func TestLongEventsAreCut(t *testing.T) {
	to := sinks{AnyGroup: {}}
	for _, key := range []string{"", "!"} {
		told(t, to, stage("prod", info), nil, tap.Step{Kind: tap.Routed, Key: key + strings.Repeat("ü", 2000)})
	}
	for _, line := range *to[AnyGroup] {
		if n := len(line) - 1; n > maxEvent || n < maxEvent-1 || !utf8.ValidString(line) {
			t.Errorf("got an event of %d bytes, want %d of whole characters", n, maxEvent)
		}
	}
}

func TestLevels(t *testing.T) {
	everything := tap.Everything | tap.Logged
	for _, row := range []struct {
		level string
		data  bool
		want  tap.Kinds
	}{
		{"INFO", false, everything}, {"INFO", true, everything | tap.Data},
		{"ERROR", true, tap.Of(tap.Failed) | tap.Logged}, {"OFF", true, 0}, {"", true, 0},
	} {
		settings := plan.Settings{LoggingLevel: row.level, DataTrace: row.data}
		s := New(sinks{}.lines, nil).Stage(stage("prod", settings))
		if row.want == 0 {
			if s != nil {
				t.Errorf("%q: somebody listens", row.level)
			}
			continue
		}
		if got := s.Wants(&settings); got != row.want || s.Wants(nil) != 0 {
			t.Errorf("%q: got %b, and %b without a route, want %b and nothing", row.level, got, s.Wants(nil), row.want)
		}
	}
}

// A stage of an HTTP API has no level, so that the name of its own group alone
// switches its log on, and it has no data.
func TestHTTPApisLogByName(t *testing.T) {
	web := func(name string) *plan.Stage { return &plan.Stage{ApiID: "a1", Name: name, Protocol: resource.HTTP} }
	to := sinks{Group("a1", "prod"): {}, AnyGroup: {}}
	for _, name := range []string{"prod", "test"} {
		told(t, to, web(name), nil, tap.Step{Kind: tap.Called, Key: "GET", Target: "http://backend", Header: "h", Data: "d"})
	}
	if got := withoutTimes(*to[Group("a1", "prod")]); !slices.Equal(got, []string{"(id) Endpoint request: GET http://backend"}) {
		t.Errorf("got %q", got)
	}
	if got := *to[AnyGroup]; len(got) > 0 {
		t.Errorf("a group that is not named: got %q", got)
	}
}

func TestEvents(t *testing.T) {
	missing := []tap.Reference{{Text: "$input.path('$.a')", Line: 1, Column: 2}, {Text: "$x", Line: 3, Column: 4}}
	for _, row := range []struct {
		step tap.Step
		want []string
	}{
		{tap.Step{Kind: tap.Routed, Key: "$default", Why: tap.Because("$request.body.action", "no", tap.Fallback)},
			[]string{`Route: $default ($request.body.action is "no", which no key fits)`}},
		{tap.Step{Kind: tap.Routed, Why: tap.Because("$request.body.action", "", tap.NoValue)}, []string{"Route: none ($request.body.action has no value)"}},
		{tap.Step{Kind: tap.Chosen, Key: "/5../", Why: tap.Because("the status", "503", tap.Pattern)}, []string{`Integration response: /5../ (the status is "503", which matches)`}},
		{tap.Step{Kind: tap.Mapped, Key: "$default", Unresolved: missing}, []string{"Request template: $default. Unresolved: $input.path('$.a') at 1:2, $x at 3:4"}},
		{tap.Step{Kind: tap.Rendered, Data: "{}"}, []string{"Response template: none, the answer is passed on", "Method response body after transformations: {}"}},
		{tap.Step{Kind: tap.Mapped, Why: tap.Because("$request.body.kind", "x", tap.NoKey), Told: "Unsupported Media Type"},
			[]string{`Request template: none ($request.body.kind is "x", which no key fits, and there is no $default)`}},
		{tap.Step{Kind: tap.Rendered, Content: "CONVERT_TO_TEXT"}, []string{"Response template: none, the answer is passed on. Content handling: CONVERT_TO_TEXT"}},
		{tap.Step{Kind: tap.Validated, Key: "Order", Told: "Invalid request body", Cause: errors.New("id is missing")}, []string{"Model: Order: Invalid request body: id is missing"}},
		{tap.Step{Kind: tap.Authorized, Key: "JWT", Told: "Unauthorized", Why: tap.Given("the token has expired"), Took: time.Millisecond}, []string{"Authorizer: JWT: Unauthorized (the token has expired), 1 ms"}},
		{tap.Step{Kind: tap.Admitted}, nil},
		{tap.Step{Kind: tap.Ended, Status: 200}, []string{"Successfully completed execution", "Method completed with status: 200"}},
	} {
		if got := events(&exchange.Exchange{RequestID: "id"}, &row.step); !slices.Equal(got, row.want) {
			t.Errorf("got %q, want %q", got, row.want)
		}
	}
}
