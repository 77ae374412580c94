package tap

import (
	"log/slog"
	"slices"
	"testing"

	"github.com/dragoman-gateway/dragoman/exchange"
	"github.com/dragoman-gateway/dragoman/internal/needs"
	"github.com/dragoman-gateway/dragoman/internal/tasks"
	"github.com/dragoman-gateway/dragoman/message"
	"github.com/dragoman-gateway/dragoman/plan"
)

func TestSubscribersHearWhatTheyWant(t *testing.T) {
	var heard []string
	listener := func(name string, kinds Kinds) Source {
		return func(stage *plan.Stage) Subscriber {
			if stage == nil {
				return nil
			}
			return &Func{kinds, func(_ *exchange.Exchange, _ *plan.Settings, s Step) {
				heard = append(heard, name+" "+s.Key+s.Data)
			}}
		}
	}
	h := New(tasks.NewReporter(slog.New(slog.DiscardHandler)), listener("all", Everything|Data), listener("ends", Of(Ended)), listener("blind", Of(Began)),
		func(*plan.Stage) Subscriber { panic("in the test") },
		func(*plan.Stage) Subscriber {
			return &Func{Everything, func(*exchange.Exchange, *plan.Settings, Step) { panic("in the test") }}
		})
	var tap Tap
	tap.Open(h.Stage(&plan.Stage{}), nil)
	tap.Tell(&exchange.Exchange{}, Step{Kind: Began, Key: "began", Data: "!"})
	tap.Tell(&exchange.Exchange{}, Step{Kind: Routed, Key: "routed"})
	tap.Tell(&exchange.Exchange{}, Step{Kind: Ended, Key: "ended"})
	if want := []string{"all began!", "blind began", "all routed", "all ended", "ends ended"}; !slices.Equal(heard, want) {
		t.Errorf("got %q, want %q", heard, want)
	}
	if tap.Logged() || !tap.Data() || h.reports.Panics() != 2+3 {
		t.Errorf("got logged %v, data %v, %d panics", tap.Logged(), tap.Data(), h.reports.Panics())
	}
}

// What nobody wants costs nothing; what somebody wants is no garbage of ours.
func TestTellingAllocatesNothing(t *testing.T) {
	if needs.Race {
		t.Skip("the race detector allocates on its own")
	}
	stage, x := &plan.Stage{}, &exchange.Exchange{}
	h := New(nil, func(*plan.Stage) Subscriber {
		return &Func{Of(Ended), func(*exchange.Exchange, *plan.Settings, Step) {}}
	})
	var nobody *Hub
	somebody := h.Stage(stage)
	if n := testing.AllocsPerRun(100, func() {
		var tap Tap
		tap.Open(nobody.Stage(stage), nil)
		tap.Tell(x, Step{Kind: Ended})
		tap.Open(somebody, nil)
		tap.Tell(x, Step{Kind: Began})
		tap.Tell(x, Step{Kind: Ended})
	}); n != 0 {
		t.Errorf("got %v allocations, want none", n)
	}
}

func TestSecretsAreNotTold(t *testing.T) {
	h := message.Header{{Name: "Accept", Value: "x"}, {Name: "authorization", Value: "Bearer t"}, {Name: "X-Api-Key", Value: "k"}, {Name: "Cookie", Value: ""}}
	if got, want := Header(h), "Accept: x; authorization: ****; X-Api-Key: ****; Cookie: ; "; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	for _, row := range []struct{ data, want string }{
		{`{"headers":{"Authorization":"Bearer \"t\"","Accept":"x"}}`, `{"headers":{"Authorization":"****","Accept":"x"}}`},
		{`{"multiValueHeaders":{"x-api-key":["a]","b"],"Cookie": [ "c" ]}}`, `{"multiValueHeaders":{"x-api-key":"****","Cookie": "****"}}`},
		{`{"identity":{"apiKey":"k","apiKeyId":"id"}}`, `{"identity":{"apiKey":"****","apiKeyId":"id"}}`},
		{`{"text":"Authorization is a word"}`, `{"text":"Authorization is a word"}`},
	} {
		if got := Body([]byte(row.data)); got != row.want {
			t.Errorf("got %q, want %q", got, row.want)
		}
	}
	if got := Because("$request.header.Authorization", "Bearer t", Matched).String(); got != `$request.header.Authorization is "****"` {
		t.Errorf("got %s", got)
	}
}

// Words of secrets are found wherever they stand, in any case, and in letters that are small ones
// of others.
func TestSecretExpressions(t *testing.T) {
	for _, row := range []struct {
		expression string
		want       bool
	}{
		{"$request.body.action", false}, {"", false}, {"$request.header.Authorization", true}, {"$request.body.TOKEN", true}, {"x.myCookies", true},
		{"$context.identity.apiKey", true}, {"$request.header.x-api-key", true}, {"password", true}, {"$.topSecret.x", true}, {"toke", false},
		{"$request.body.to\u212Aen", true}, {"\u00e9.token", true}, {"\u00e9.tok", false}, {"$request.body.statusCode", false},
	} {
		for range 2 { // found out, and known
			if got := Secret(row.expression); got != row.want {
				t.Errorf("%q: got %v", row.expression, got)
			}
		}
	}
}
