package wsapi

import (
	"testing"

	"github.com/dragoman-gateway/dragoman/exchange"
	"github.com/dragoman-gateway/dragoman/message"
	"github.com/dragoman-gateway/dragoman/plan"
)

// steps is an execution log that keeps the data of steps.
type steps []string

func (s *steps) Step(_ *exchange.Exchange, _ *plan.Stage, what string, data []byte) {
	*s = append(*s, what+"|"+string(data))
}

func (s *steps) Fail(_ *exchange.Exchange, _ *plan.Stage, told string, cause error) {
	*s = append(*s, told)
}

func TestSecretsAreNotLogged(t *testing.T) {
	for _, row := range []struct{ name, body, want string }{
		{"header", "body", "Accept: x; authorization: ****; X-Api-Key: ****; Cookie: ; body"},
	} {
		h := message.Header{{Name: "Accept", Value: "x"}, {Name: "authorization", Value: "Bearer t"}, {Name: "X-Api-Key", Value: "k"}, {Name: "Cookie", Value: ""}}
		if got := string(withHeader(h, []byte(row.body))); got != row.want {
			t.Errorf("%s: got %q, want %q", row.name, got, row.want)
		}
	}
	var log steps
	m := &call{plane: New(Config{ExecutionLog: &log}), route: &plan.Route{Settings: plan.Settings{LoggingLevel: "INFO", DataTrace: true}}}
	for _, row := range []struct{ data, want string }{
		{`{"headers":{"Authorization":"Bearer \"t\"","Accept":"x"}}`, `{"headers":{"Authorization":"****","Accept":"x"}}`},
		{`{"multiValueHeaders":{"x-api-key":["a]","b"],"Cookie": [ "c" ]}}`, `{"multiValueHeaders":{"x-api-key":"****","Cookie": "****"}}`},
		{`{"identity":{"apiKey":"k","apiKeyId":"id"}}`, `{"identity":{"apiKey":"****","apiKeyId":"id"}}`},
		{`{"text":"Authorization is a word"}`, `{"text":"Authorization is a word"}`},
	} {
		log = nil
		m.step("what", []byte(row.data))
		if want := "what|" + row.want; len(log) != 1 || log[0] != want {
			t.Errorf("got %q, want %q", log, want)
		}
	}
	log, m.route.Settings.DataTrace = nil, false
	if m.step("what", []byte("data")); log[0] != "what|" {
		t.Errorf("without data trace: got %q", log)
	}
}

func TestLevels(t *testing.T) {
	for _, row := range []struct {
		level        string
		steps, fails bool
	}{{"INFO", true, true}, {"ERROR", false, true}, {"OFF", false, false}, {"", false, false}} {
		var log steps
		m := &call{plane: New(Config{ExecutionLog: &log}), route: &plan.Route{Settings: plan.Settings{LoggingLevel: row.level}}}
		if m.logged() != row.steps || m.failed(forbidden()) != row.fails || (len(log) == 1) != row.fails {
			t.Errorf("%s: got steps %v and %q, want steps %v, failures %v", row.level, m.logged(), log, row.steps, row.fails)
		}
	}
	m := &call{plane: New(Config{})}
	if m.logged() || m.failed(forbidden()) {
		t.Error("without an execution log or a route: something is logged")
	}
}
