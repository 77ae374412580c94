package console

import (
	"bufio"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"
)

// What the page tells since the start is what Prometheus reads.
func TestMetricsAreThoseOfPrometheus(t *testing.T) {
	g := start(t)
	backend := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/broken") {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	defer backend.Close()
	api, err := g.sdk.CreateApi(t.Context(), &apigatewayv2.CreateApiInput{Name: aws.String("pets"), ProtocolType: types.ProtocolTypeHttp, Target: aws.String(backend.URL)})
	must(t, err)
	for path, times := range map[string]int{"/pets": 5, "/broken": 2} {
		for range times {
			response, err := http.Get("http://" + g.DataAddr() + "/_aws/execute-api/" + *api.ApiId + path)
			must(t, err)
			response.Body.Close()
		}
	}
	b := open(t, g, "/console/metrics")
	totals := b.find("table", "Totals")
	b.until("the totals", func() bool { return strings.Contains(totals.text(), "aws_apigateway_5xx_total") })
	response, err := http.Get(g.url + "/metrics")
	must(t, err)
	defer response.Body.Close()
	compared := 0
	text := totals.text() // cells stand side by side in it
	for lines := bufio.NewScanner(response.Body); lines.Scan(); {
		series, value, _ := strings.Cut(lines.Text(), "} ")
		name, labels, ok := strings.Cut(series, "{")
		if !ok || !strings.HasPrefix(name, "aws_apigateway_") || !strings.HasSuffix(name, "_total") || !strings.Contains(labels, `ApiId="`+*api.ApiId+`"`) {
			continue
		}
		compared++
		if shown := name + *api.ApiId + "$default" + value; !strings.Contains(text+"aws", shown+"aws") {
			t.Errorf("%s is %s in /metrics, and not on the page:\n%s", name, value, text)
		}
	}
	if compared != 4 {
		t.Errorf("%d series of the API were compared, want 4", compared)
	}
	b.find("figure", "Latency, ms")
	b.pictures("metrics")

	// On a telephone the totals fit: nobody has to scroll sideways for the number.
	b.size(360, 740)
	if fits := eval[string](b, `(() => {
		const box = document.querySelector('[aria-label="Totals, scrollable"]');
		return [document.documentElement.scrollWidth <= 360, box.scrollWidth <= box.clientWidth, box.tabIndex].join();
	})()`); fits != "true,true,0" {
		t.Errorf("at 360 px the page fits, the totals fit, and can be focused: %s", fits)
	}
	b.whole("metrics-totals-narrow")
	b.size(1280, 800)

	chats := chat(g, "chat", "hello")
	one, _ := g.dial(chats), g.dial(chats)
	connections := b.find("figure", "Connections, a minute")
	b.until("two open connections", func() bool { return connections.newest() == "2 2" }) // opened, open
	one.CloseNow()
	b.until("one is gone", func() bool { return strings.Contains(b.find("main", "").text(), "1 WebSocket connection is open") })
	if newest := connections.newest(); newest != "2 2" {
		t.Errorf("the minute's most is forgotten with the connection: %q", newest)
	}
}

// newest is how many were opened in the two newest minutes, and the most that were open at a time, in
// the table under a chart: a minute may have begun between two clients, or behind them.
func (n *node) newest() string {
	n.b.t.Helper()
	text, _ := n.eval(`function() {
		const rows = [...this.querySelectorAll('tbody tr')].slice(0, 2).map((row) => [...row.cells].slice(1).map((cell) => Number(cell.textContent)));
		return rows.reduce((sum, row) => sum + row[0], 0) + ' ' + Math.max(...rows.map((row) => row[1]));
	}`).(string)
	return text
}
