package mishap

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestParse(t *testing.T) {
	for _, row := range []struct{ rule, want string }{
		{"error=0.1,seed=1", "error=0.1,seed=1"},
		{"route=order, error=0.1 ,delay=200ms,seed=0", "route=order,error=0.1,delay=200ms,seed=0"},
		{"seed=7,delay=100ms..2s,api=chat,stage=prod", "api=chat,stage=prod,delay=100ms..2s,seed=7"},
		{`route="a,b",drop=1,seed=1`, `route="a,b",drop=1,seed=1`},
		{"route=GET /pets/{id},error=1,status=503,seed=1", "route=GET /pets/{id},error=1,status=503,seed=1"},
		{"route=a=b,drop=0.5,error=0.5,seed=1", "route=a=b,error=0.5,drop=0.5,seed=1"},
		{"conflict=0.25,operation=UpdateRoute,api=a1,seed=1", "api=a1,operation=UpdateRoute,conflict=0.25,seed=1"},
	} {
		got, err := Parse(row.rule)
		if err != nil || got.String() != row.want {
			t.Errorf("%s: got %s, %v, want %s", row.rule, got, err, row.want)
		}
		if again, err := Parse(got.String()); err != nil || again != got {
			t.Errorf("%s is read as %+v, %v, want %+v", got, again, err, got)
		}
	}
}

func TestRulesThatAreRefused(t *testing.T) {
	for _, row := range []struct{ rule, want string }{
		{"", "want NAME=VALUE"},
		{"error", "want NAME=VALUE"},
		{"error=0.1,", "want NAME=VALUE"},
		{"routes=a,error=0.1", `"routes" is nothing that a rule may have: want api, stage, route`},
		{"error=0.1,error=0.2", "error stands twice"},
		{"error=10%", "want a share above 0 and up to 1"},
		{"error=0", "want a share"},
		{"error=NaN", "want a share"},
		{"error=1.1", "want a share"},
		{"error=-1", "want a share"},
		{"error=0.6,drop=0.6", "are more than 1 together"},
		{"error=0.1,status=200", "want a status from 400 to 599"},
		{"delay=1s,status=500", "status needs error"},
		{"delay=31s", "want a duration up to 30s"},
		{"delay=5", "want a duration up to 30s"},
		{"delay=0s", "want a duration above 0"},
		{"delay=2s..1s", "want the shorter duration first"},
		{"delay=-1s", "want a duration"},
		{"route=a", "a rule needs what is to happen"},
		{"route=,error=0.1", "want a name, or leave it out"},
		{`route="a,error=0.1`, "a double quote is not closed"},
		{`route="a"b,error=0.1`, "want a comma behind the double quote"},
		{"error=0.1,seed=-1", "want a whole number"},
		{"conflict=0.1,error=0.1", "conflict is for the management API"},
		{"conflict=0.1,route=a", "conflict is for the management API"},
		{"operation=CreateApi,error=0.1", "operation needs conflict"},
		{"error=0.1,route=" + strings.Repeat("x", MostText), "at most 1024 bytes"},
	} {
		if _, err := Parse(row.rule); err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%.60s: got %v, want %s", row.rule, err, row.want)
		}
	}
}

// outcomes are what many exchanges meet, in letters.
func outcomes(i *Injector, e Exchange) string {
	var b strings.Builder
	for range 200 {
		switch m := i.Meets(e); {
		case m == nil:
			b.WriteByte('.')
		case m.Cuts:
			b.WriteByte('c')
		case m.Fails:
			b.WriteByte('f')
		default:
			b.WriteByte('d')
		}
	}
	return b.String()
}

func newInjector(t *testing.T, rules ...string) *Injector {
	t.Helper()
	i, err := New(rules, nil)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func TestTheSameSeedDecidesAlike(t *testing.T) {
	const rule = "error=0.3,drop=0.2"
	e := Exchange{ApiID: "a1", Route: "order"}
	one := newInjector(t, rule+",seed=7")
	first := outcomes(one, e)
	if again := outcomes(newInjector(t, rule+",seed=7"), e); again != first {
		t.Errorf("got\n%s\nand with the same seed\n%s", first, again)
	}
	if more := outcomes(newInjector(t, "route=other,drop=1", rule+",seed=7,delay=1ms"), e); strings.ReplaceAll(more, "d", ".") != first {
		t.Errorf("another rule or a delay has changed what a seed decides:\n%s\n%s", first, more)
	}
	if other := outcomes(newInjector(t, rule+",seed=8"), e); other == first {
		t.Errorf("two seeds decide alike: %s", other)
	}
	// A seed that was drawn is told, so that what it did can be repeated.
	drawn := newInjector(t, rule)
	told := drawn.Rules()
	if got, again := outcomes(drawn, e), outcomes(newInjector(t, told...), e); got != again {
		t.Errorf("%v decides\n%s and then\n%s", told, got, again)
	}
	for letter, share := range map[string]int{"f": 60, "c": 40} { // of 200
		if n := strings.Count(first, letter); n < share/2 || n > share*3/2 {
			t.Errorf("%d of 200 are %s, want about %d", n, letter, share)
		}
	}
	if err := one.Replace([]string{rule + ",seed=7"}); err != nil || outcomes(one, e) != first {
		t.Errorf("chance did not begin anew: %v", err)
	}
}

func TestTheFirstRuleThatFitsDecides(t *testing.T) {
	i := newInjector(t, "conflict=1", "route=quiet,delay=1ms", "api=chat,stage=prod,route=or*,error=1,status=418", "route=$disconnect,error=1", "drop=1")
	for _, row := range []struct {
		of   Exchange
		want string
	}{
		{Exchange{"a1", "chat", "prod", "order"}, "fails 418"},
		{Exchange{"chat", "", "prod", "or"}, "fails 418"},
		{Exchange{"a1", "chat", "dev", "order"}, "cut"},
		{Exchange{"a1", "talk", "prod", "order"}, "cut"},
		{Exchange{"a1", "chat", "prod", "o"}, "cut"},
		{Exchange{"a1", "chat", "prod", "quiet"}, "delay 1ms"},
		{Exchange{"a1", "chat", "prod", "$disconnect"}, "fails 0"},
	} {
		got := "nothing"
		switch m := i.Meets(row.of); {
		case m == nil:
		case m.Cuts:
			got = "cut"
		case m.Fails:
			got = fmt.Sprint("fails ", m.Status)
		default:
			got = fmt.Sprint("delay ", m.Delay)
		}
		if got != row.want {
			t.Errorf("%v: got %s, want %s", row.of, got, row.want)
		}
	}
	// What nobody hears of fails only for those who say so.
	if m := newInjector(t, "error=1").Meets(Exchange{Route: "$disconnect"}); m != nil {
		t.Errorf("a rule for all routes met $disconnect: %+v", m)
	}
}

func TestDelaysStayInTheirRange(t *testing.T) {
	i := newInjector(t, "delay=10ms..20ms")
	seen := map[time.Duration]bool{}
	for range 100 {
		m := i.Meets(Exchange{})
		if m == nil || m.Delay < 10*time.Millisecond || m.Delay > 20*time.Millisecond {
			t.Fatalf("got %+v", m)
		}
		seen[m.Delay] = true
	}
	if len(seen) < 50 {
		t.Errorf("only %d different delays of 100", len(seen))
	}
}

func TestConflicts(t *testing.T) {
	i := newInjector(t, "operation=UpdateRoute,api=a1,conflict=1", "error=1")
	for _, row := range []struct {
		operation, api string
		want           bool
	}{{"UpdateRoute", "a1", true}, {"UpdateRoute", "a2", false}, {"CreateApi", "", false}} {
		if got := i.Conflicts(row.operation, row.api); got != row.want {
			t.Errorf("%s of %q: got %v", row.operation, row.api, got)
		}
	}
}

// Rules that are wrong replace none, and each change is told.
func TestReplace(t *testing.T) {
	var told [][]string
	i, err := New([]string{"drop=1,seed=1"}, func(rules []string) { told = append(told, rules) })
	if err != nil {
		t.Fatal(err)
	}
	if err := i.Replace([]string{"error=1,seed=2", "error=2"}); err == nil || !strings.HasPrefix(err.Error(), "rule 2: error=2: want a share") {
		t.Errorf("got %v", err)
	}
	if got := i.Rules(); !slices.Equal(got, []string{"drop=1,seed=1"}) || !i.On() {
		t.Errorf("after rules that are wrong there are %v", got)
	}
	if err := i.Replace(make([]string, MostRules+1)); err == nil || !strings.Contains(err.Error(), "at most 64") {
		t.Errorf("got %v", err)
	}
	if err := i.Replace(nil); err != nil || i.On() || i.Meets(Exchange{}) != nil {
		t.Errorf("rules are left: %v, %v", i.Rules(), err)
	}
	if len(told) != 2 || len(told[0]) != 1 || len(told[1]) != 0 {
		t.Errorf("told %v", told)
	}
}

func TestNoInjector(t *testing.T) {
	var i *Injector
	if i.On() || i.Meets(Exchange{}) != nil || i.Conflicts("CreateApi", "") || len(i.Rules()) != 0 {
		t.Error("nothing is injected by nobody")
	}
	e := Exchange{ApiID: "a1"}
	if n := testing.AllocsPerRun(100, func() { i.Meets(e) }); n != 0 {
		t.Errorf("asking nobody allocates %v", n)
	}
}
