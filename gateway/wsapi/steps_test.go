package wsapi

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/dragoman-gateway/dragoman/exchange"
	"github.com/dragoman-gateway/dragoman/gateway/tap"
	"github.com/dragoman-gateway/dragoman/integration"
	"github.com/dragoman-gateway/dragoman/internal/needs"
	"github.com/dragoman-gateway/dragoman/resource"
)

// listens has a channel told of every step but those of $connect, in words.
func listens(kinds tap.Kinds) (<-chan string, func(*Config)) {
	steps := make(chan string, 64)
	return steps, func(c *Config) {
		c.Taps = heard(kinds, func(x *exchange.Exchange, s tap.Step) {
			if x.Event == exchange.Message {
				steps <- words(&s)
			}
		})
	}
}

func words(s *tap.Step) string {
	text := fmt.Sprintf("%v %s", s.Kind, s.Key)
	if why := s.Why.String(); why != "" {
		text += " (" + why + ")"
	}
	for _, r := range s.Unresolved {
		text += fmt.Sprintf(" %s@%d:%d", r.Text, r.Line, r.Column)
	}
	if s.Status != 0 {
		text += fmt.Sprint(" ", s.Status)
	}
	return text + s.Told + s.Data
}

// The steps of a message say what was chosen, and by what.
func TestStepsOfAMessage(t *testing.T) {
	s := socketApi(resource.Integration{
		IntegrationType: "HTTP", IntegrationMethod: "POST", TemplateSelectionExpression: "$request.body.kind",
		RequestTemplates: map[string]string{"order": `{"id":"$input.path('$.id')","no":"$input.path('$.no')$nope#foreach($i in [1,2])$i$lost#end"}`},
	}, []resource.IntegrationResponse{
		{IntegrationResponseKey: "/5../", ResponseTemplates: map[string]string{"$default": "broken$input.path('$.why')"}},
		{IntegrationResponseKey: "$default"},
	})
	steps, listening := listens(tap.Everything)
	r := newRig(t, s, listening)
	conn := r.dial()
	for _, row := range []struct {
		name, message string
		status        int
		want          []string
	}{
		{"matched", `{"action":"ask","kind":"order","id":1}`, 503, []string{
			"began ", `routed ask ($request.body.action is "ask")`, "admitted ",
			`mapped order ($request.body.kind is "order") $input.path('$.no')@1:35 $nope@1:54 $lost@1:82`,
			"called POST", "answered  503", `chosen /5../ (the status is "503", which matches)`,
			`rendered $default (the content type is "application/json", which no key fits) $input.path('$.why')@1:7`, "ended  200",
		}},
		{"default", `{"action":"ask","kind":"else"}`, 200, []string{
			"began ", `routed ask ($request.body.action is "ask")`, "admitted ", `mapped  ($request.body.kind is "else", which no key fits, and there is no $default)`,
			"called POST", "answered  200", `chosen $default (the status is "200", which no key fits)`, "rendered ", "ended  200",
		}},
		{"passed on", `{"action":"ask","kind":"order"}`, 200, []string{
			"began ", `routed ask ($request.body.action is "ask")`, "admitted ",
			`mapped order ($request.body.kind is "order") $input.path('$.id')@1:8 $input.path('$.no')@1:35 $nope@1:54 $lost@1:82`,
			"called POST", "answered  200", `chosen $default (the status is "200", which no key fits)`, "rendered ", "ended  200",
		}},
		{"nothing", `hello`, 200, []string{"began ", "routed  ($request.body.action has no value)", "failed Forbidden", "ended  403"}},
	} {
		r.backend = answers(row.status, "{}")
		r.ask(conn, row.message)
		got := []string{}
		for range row.want {
			got = append(got, <-steps)
		}
		if !slices.Equal(got, row.want) {
			t.Errorf("%s:\n got %q\nwant %q", row.name, got, row.want)
		}
	}
}

// A function's answer is chosen by its error text.
func TestStepsOfAFunction(t *testing.T) {
	s := socketApi(kinds["AWS Lambda"], []resource.IntegrationResponse{{IntegrationResponseKey: "/.*no.*/"}, {IntegrationResponseKey: "$default"}})
	steps, listening := listens(tap.Of(tap.Chosen, tap.Answered) | tap.Data)
	r := newRig(t, s, listening)
	r.backend = func(*integration.Request) (*integration.Reply, error) {
		return &integration.Reply{Status: 200, FunctionError: "Handled", Body: []byte(`{"errorMessage":"oh no"}`)}, nil
	}
	r.ask(r.dial(), `{"action":"ask"}`)
	wants(t, "the answer", <-steps, `answered  200{"errorMessage":"oh no"}`)
	wants(t, "the choice", <-steps, `chosen /.*no.*/ (the error text is "oh no", which matches)`)
}

// A message that nobody watches costs what it did before anybody could.
func TestUnwatchedMessagesAllocateTheSame(t *testing.T) {
	if needs.Race {
		t.Skip("the race detector allocates on its own")
	}
	stage := stageWith(resource.Integration{
		IntegrationType: resource.TypeMock, RequestTemplates: map[string]string{"$default": `{"statusCode":200}`},
	}, `{"connectionId":"$context.connectionId","route":"$context.routeKey","requestId":"$context.requestId"}`)
	p := plane()
	stage.Audience = heard(tap.Of(tap.Ended), func(*exchange.Exchange, tap.Step) {}).Stage(stage.Stage)
	const most = 13
	if n := testing.AllocsPerRun(100, func() {
		m := newMessage(p, stage)
		m.route = chooseRoute(stage.WebSocket, m)
		m.open()
		m.begin()
		if a, f := m.run(context.Background()); f != nil || len(a.body) == 0 {
			t.Fatalf("got %v %v", a, f)
		}
		m.end()
	}); n > most {
		t.Errorf("got %v allocations, want at most %d", n, most)
	}
}
