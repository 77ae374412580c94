package metric

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dragoman-gateway/dragoman/exchange"
	"github.com/dragoman-gateway/dragoman/gateway/tap"
	"github.com/dragoman-gateway/dragoman/internal/tasks"
	"github.com/dragoman-gateway/dragoman/plan"
)

func stage(protocol, api, name string) *plan.Stage {
	return &plan.Stage{Protocol: protocol, ApiID: api, Name: name}
}

// read answers what Prometheus would read, by series.
func read(t *testing.T, m *Metrics) map[string]string {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	text, err := io.ReadAll(w.Body)
	if err != nil || w.Code != http.StatusOK {
		t.Fatalf("got %d %v", w.Code, err)
	}
	series := map[string]string{}
	for line := range strings.Lines(string(text)) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), "} "); ok && !strings.HasPrefix(line, "#") {
			series[name+"}"] = value
		} else if name, value, ok := strings.Cut(strings.TrimSpace(line), " "); ok && name != "#" {
			series[name] = value
		}
	}
	return series
}

func expect(t *testing.T, m *Metrics, want map[string]string) {
	t.Helper()
	got := read(t, m)
	for name, value := range want {
		if got[name] != value {
			t.Errorf("%s: got %q, want %q", name, got[name], value)
		}
	}
}

// ended counts an exchange of a stage that has ended.
func ended(m *Metrics, x *exchange.Exchange, s *plan.Stage, route *plan.Settings, replied bool) {
	var t tap.Tap
	t.Open(tap.New(nil, m.Stage).Stage(s), route)
	t.Tell(x, tap.Step{Kind: tap.Ended, Replied: replied})
}

func request(status int) *exchange.Exchange {
	return &exchange.Exchange{
		Event: exchange.Request, RouteKey: "GET /pets", Status: status, Integration: exchange.Step{Status: 200, Latency: 20 * time.Millisecond},
		HTTP: &exchange.HTTP{DataProcessed: 10, ResponseLatency: 30 * time.Millisecond},
	}
}

func TestRequests(t *testing.T) {
	m, s := New(0), stage("HTTP", "a1", "prod")
	for _, status := range []int{200, 201, 404, 429, 500} {
		ended(m, request(status), s, nil, false)
	}
	ended(m, request(503), s, &plan.Settings{DetailedMetrics: true}, false)
	expect(t, m, map[string]string{
		`aws_apigateway_count_total{ApiId="a1",Route="",Stage="prod"}`:                                "5",
		`aws_apigateway_count_total{ApiId="a1",Route="GET /pets",Stage="prod"}`:                       "1",
		`aws_apigateway_4xx_total{ApiId="a1",Route="",Stage="prod"}`:                                  "2",
		`aws_apigateway_5xx_total{ApiId="a1",Route="",Stage="prod"}`:                                  "1",
		`aws_apigateway_5xx_total{ApiId="a1",Route="GET /pets",Stage="prod"}`:                         "1",
		`aws_apigateway_data_processed_bytes_total{ApiId="a1",Route="",Stage="prod"}`:                 "50",
		`aws_apigateway_latency_seconds_bucket{ApiId="a1",Route="",Stage="prod",le="0.025"}`:          "0",
		`aws_apigateway_latency_seconds_bucket{ApiId="a1",Route="",Stage="prod",le="0.05"}`:           "5",
		`aws_apigateway_integration_latency_seconds_count{ApiId="a1",Route="GET /pets",Stage="prod"}`: "1",
	})
}

func TestMessages(t *testing.T) {
	type step = exchange.Step
	for _, row := range []struct {
		name  string
		x     exchange.Exchange
		route *plan.Route
		want  string // name=value of what is not zero
	}{
		{"connect", exchange.Exchange{Event: exchange.Connect, Status: 200}, nil, "connect=1"},
		{"refused connect", exchange.Exchange{Event: exchange.Connect, Status: 401}, nil, "connect=1 client=1"},
		{"connect refused by its backend", exchange.Exchange{Event: exchange.Connect, Status: 401, Integration: step{Status: 401}}, nil, "connect=1 integration=1"},
		{"one way", exchange.Exchange{Event: exchange.Message, Status: 200, Integration: step{Status: 200}}, &plan.Route{}, "message=1"},
		{"two ways", exchange.Exchange{Event: exchange.Message, Status: 200, Integration: step{Status: 200, Latency: time.Millisecond}}, &plan.Route{TwoWay: true}, "message=2 latency=1"},
		{"no route", exchange.Exchange{Event: exchange.Message, Status: 403, Error: exchange.Failure{Message: "Forbidden"}}, nil, "message=2 client=1"},
		{"unreachable", exchange.Exchange{Event: exchange.Message, Status: 502, Error: exchange.Failure{Message: "x"}, Integration: step{Error: "refused"}}, &plan.Route{}, "message=2 execution=1"},
		{"broken template", exchange.Exchange{Event: exchange.Message, Status: 500, Error: exchange.Failure{Message: "x"}}, &plan.Route{}, "message=2 execution=1"},
		{"backend says 500", exchange.Exchange{Event: exchange.Message, Status: 200, Integration: step{Status: 500}}, &plan.Route{}, "message=1 integration=1"},
		{"disconnect", exchange.Exchange{Event: exchange.Disconnect, Status: 200}, &plan.Route{}, ""},
	} {
		m := New(0)
		ended(m, &row.x, stage("WEBSOCKET", "a1", "prod"), &plan.Settings{}, row.x.Error.Message != "" || row.route != nil && row.route.TwoWay)
		got, series := []string{}, read(t, m)
		for _, at := range []struct{ short, name string }{
			{"connect", "connect_count_total"}, {"message", "message_count_total"}, {"integration", "integration_error_total"},
			{"client", "client_error_total"}, {"execution", "execution_error_total"}, {"latency", "integration_latency_seconds_count"},
		} {
			if v := series[fmt.Sprintf(`aws_apigateway_%s{ApiId="a1",Route="",Stage="prod"}`, at.name)]; v != "0" {
				got = append(got, at.short+"="+v)
			}
		}
		if strings.Join(got, " ") != row.want {
			t.Errorf("%s: got %v, want %s", row.name, got, row.want)
		}
	}
}

func TestSent(t *testing.T) {
	m, s := New(0), stage("WEBSOCKET", "a1", "prod")
	for range 2 {
		m.Stage(s).Step(&exchange.Exchange{}, nil, tap.Step{Kind: tap.Posted})
	}
	expect(t, m, map[string]string{`aws_apigateway_message_count_total{ApiId="a1",Route="",Stage="prod"}`: "2"})
}

func TestNumberOfLabelsIsBounded(t *testing.T) {
	m := New(3)
	for n := range 10 {
		ended(m, request(200), stage("HTTP", fmt.Sprint("a", n), "prod"), nil, false)
	}
	got := 0
	for name := range read(t, m) {
		if strings.HasPrefix(name, "aws_apigateway_count_total") {
			got++
		}
	}
	if got != 4 {
		t.Errorf("got %d series, want 3 and one for all others", got)
	}
	expect(t, m, map[string]string{`aws_apigateway_count_total{ApiId="other",Route="",Stage="other"}`: "7"})
}

func TestForget(t *testing.T) {
	m := New(2)
	ended(m, request(200), stage("HTTP", "a1", "prod"), nil, false)
	ended(m, request(200), stage("HTTP", "a1", "test"), nil, false)
	m.Forget("a1", "prod")
	ended(m, request(200), stage("HTTP", "a2", "prod"), nil, false)
	expect(t, m, map[string]string{
		`aws_apigateway_count_total{ApiId="a1",Route="",Stage="prod"}`: "",
		`aws_apigateway_count_total{ApiId="a1",Route="",Stage="test"}`: "1",
		`aws_apigateway_count_total{ApiId="a2",Route="",Stage="prod"}`: "1", // its place is free again
	})
	m.Forget("a1", "")
	expect(t, m, map[string]string{`aws_apigateway_count_total{ApiId="a1",Route="",Stage="test"}`: ""})
}

func TestADeploymentCountsOn(t *testing.T) {
	m := New(0)
	for range 3 {
		ended(m, request(200), stage("HTTP", "a1", "prod"), &plan.Settings{DetailedMetrics: true}, false)
	}
	expect(t, m, map[string]string{`aws_apigateway_count_total{ApiId="a1",Route="GET /pets",Stage="prod"}`: "3"})
}

func TestManyAtOnce(t *testing.T) {
	m, s := New(0), stage("HTTP", "a1", "prod")
	var group sync.WaitGroup
	for n := range 8 {
		group.Go(func() {
			for range 100 {
				x := request(200)
				x.RouteKey = fmt.Sprint("GET /", n%4)
				ended(m, x, s, &plan.Settings{DetailedMetrics: true}, false)
			}
		})
	}
	group.Wait()
	for n := range 4 {
		expect(t, m, map[string]string{fmt.Sprintf(`aws_apigateway_count_total{ApiId="a1",Route="GET /%d",Stage="prod"}`, n): "200"})
	}
}

func TestOwnNumbers(t *testing.T) {
	m, open := New(0), 3.0
	m.Gauge("connections_open", "help", func() float64 { return open })
	m.Counter("access_log_dropped_total", "help", map[string]string{"file": "-"}, func() float64 { return 7 })
	expect(t, m, map[string]string{"dragoman_connections_open": "3", `dragoman_access_log_dropped_total{file="-"}`: "7"})
	if read(t, m)["go_goroutines"] == "" {
		t.Error("there are no numbers of the runtime")
	}
}

func BenchmarkRequest(b *testing.B) {
	m, s, x := New(0), stage("HTTP", "a1", "prod"), request(200)
	for _, row := range []struct {
		name     string
		settings *plan.Settings
	}{{"stage", nil}, {"route", &plan.Settings{DetailedMetrics: true}}} {
		b.Run(row.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				ended(m, x, s, row.settings, false)
			}
		})
	}
}

// One that panics about its number takes no other's, nor the process.
func TestAPanicOfAGaugeIsNoNumber(t *testing.T) {
	reports := tasks.NewReporter(slog.New(slog.DiscardHandler))
	m := New(0)
	m.Report(reports)
	m.Gauge("bad", "Panics.", func() float64 { panic("of the gauge") })
	m.Counter("worse_total", "Panics too.", nil, func() float64 { panic("of the counter") })
	m.Gauge("good", "Is there.", func() float64 { return 7 })
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	for _, want := range []string{"dragoman_good 7\n", "dragoman_bad NaN\n"} {
		if !strings.Contains(w.Body.String(), want) {
			t.Errorf("the answer has no %q", want)
		}
	}
	if w.Code != 200 || reports.Panics() != 2 {
		t.Errorf("got %d after %d panics, want 200 after 2", w.Code, reports.Panics())
	}
}

// What the last hour and the totals tell is what Prometheus reads, for they are counted
// together.
func TestHourAndTotals(t *testing.T) {
	m, web, chat := New(0), stage("HTTP", "a1", "prod"), stage("WEBSOCKET", "a2", "dev")
	for _, status := range []int{200, 404, 429, 503} {
		x := request(status)
		if status == 429 {
			x.Integration = exchange.Step{}
		}
		ended(m, x, web, &plan.Settings{}, false)
	}
	ended(m, request(404), web, nil, false) // no route was found
	ended(m, &exchange.Exchange{Event: exchange.Connect, RouteKey: "$connect", Status: 200}, chat, &plan.Settings{}, false)
	ended(m, &exchange.Exchange{Event: exchange.Message, RouteKey: "order", Status: 200}, chat, &plan.Settings{}, true)
	ended(m, &exchange.Exchange{Event: exchange.Disconnect, RouteKey: "$disconnect", Status: 1006}, chat, &plan.Settings{}, false)
	var told tap.Tap
	told.Open(tap.New(nil, m.Stage).Stage(chat), nil)
	told.Tell(&exchange.Exchange{}, tap.Step{Kind: tap.Posted})
	scraped := read(t, m)
	totals := m.Totals()
	for _, total := range totals {
		series := fmt.Sprintf(`%s{ApiId=%q,Route=%q,Stage=%q}`, total.Name, total.API, total.Route, total.Stage)
		if got := fmt.Sprint(total.Value); got != scraped[series] {
			t.Errorf("%s: got %s, want %q as it is scraped", series, got, scraped[series])
		}
	}
	if len(totals) != 4+2*2+5+2 {
		t.Errorf("got %d totals: %+v", len(totals), totals)
	}
	_, hour := m.Hour.Read()
	var b strings.Builder
	for _, s := range hour {
		var count, client, server, throttled, messages, connects uint32
		for i := range s.Count {
			count, client, server, throttled = count+s.Count[i], client+s.ClientErrors[i], server+s.ServerErrors[i], throttled+s.Throttled[i]
			messages, connects = messages+s.Messages[i], connects+s.Connects[i]
		}
		fmt.Fprintln(&b, s.API, s.Stage, s.Route, count, client, server, throttled, messages, connects)
	}
	const want = `a1 prod  1 1 0 0 0 0
a1 prod GET /pets 4 2 1 1 0 0
a2 dev  0 0 0 0 1 0
a2 dev $connect 1 0 0 0 0 1
a2 dev $disconnect 1 0 0 0 0 0
a2 dev order 1 0 0 0 2 0
`
	if b.String() != want {
		t.Errorf("got\n%swant\n%s", b.String(), want)
	}
	m.Forget("a2", "")
	if _, hour := m.Hour.Read(); len(hour) != 2 {
		t.Errorf("got %d series after one API has gone", len(hour))
	}
}
