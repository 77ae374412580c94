package own

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/dragoman-gateway/dragoman/management/control"
	"github.com/dragoman-gateway/dragoman/wire"
)

// TestDifferences changes an API after its deployment in every way and reads what differs.
func TestDifferences(t *testing.T) {
	s := memory(t)
	w := worldOf(t, s, func(of *control.Config, at *wire.Config) { at.Own = Differences(control.New(*of)) })
	api := w.must("POST", "/v2/apis", `{"name":"chat","protocolType":"WEBSOCKET","routeSelectionExpression":"$request.body.action"}`)["apiId"].(string)
	at := "/v2/apis/" + api
	integration := w.must("POST", at+"/integrations", `{"integrationType":"MOCK","requestTemplates":{"200":"{\"a\":1,\n\"b\":2,\n\"c\":3}"},"templateSelectionExpression":"200"}`)["integrationId"].(string)
	route := w.must("POST", at+"/routes", `{"routeKey":"order","target":"integrations/`+integration+`"}`)["routeId"].(string)
	gone := w.must("POST", at+"/routes", `{"routeKey":"gone"}`)["routeId"].(string)
	response := w.must("POST", at+"/integrations/"+integration+"/integrationresponses", `{"integrationResponseKey":"$default","responseTemplates":{"200":"one"}}`)["integrationResponseId"].(string)
	first := w.must("POST", at+"/deployments", `{}`)["deploymentId"].(string)
	target := DifferencesPath + "?api=chat&from=" + first
	if got := w.must("GET", target, "")["differences"].([]any); len(got) != 0 {
		t.Errorf("nothing has changed, and got %v", got)
	}
	w.must("PATCH", at+"/integrations/"+integration, `{"requestTemplates":{"200":"{\"a\":1,\n\"b\":<b>,\n\"c\":3}"},"timeoutInMillis":500}`)
	w.must("PATCH", at+"/integrations/"+integration+"/integrationresponses/"+response, `{"responseTemplates":{"200":"two"}}`)
	w.must("PATCH", at+"/routes/"+route, `{"operationName":"Order"}`)
	w.send("DELETE", at+"/routes/"+gone, "", "")
	w.must("POST", at+"/routes", `{"routeKey":"fresh"}`)
	var got struct {
		Api, From, To string
		Differences   []Difference
	}
	answer, _ := json.Marshal(w.must("GET", target, ""))
	if err := json.Unmarshal(answer, &got); err != nil || got.Api != api || got.From != first || got.To != pending {
		t.Fatalf("got %s %v", answer, err)
	}
	var told strings.Builder
	for _, d := range got.Differences {
		told.WriteString(d.Change + " " + d.Kind + " " + d.Name + ":")
		for _, m := range d.Members {
			told.WriteString(" " + m.Name)
			if d.Change == "changed" && m.Name == "requestTemplates.200" && m.Diff != "@@ -1,3 +1,3 @@\n {\"a\":1,\n-\"b\":2,\n+\"b\":<b>,\n \"c\":3}\n" {
				t.Errorf("got the diff\n%s", m.Diff)
			}
			if m.Name == "responseTemplates.200" && m.Diff != "@@ -1,1 +1,1 @@\n-one\n+two\n" {
				t.Errorf("got the diff\n%s", m.Diff)
			}
			if m.Name == "timeoutInMillis" && (m.Before != float64(29000) || m.After != float64(500)) {
				t.Errorf("got %v → %v", m.Before, m.After)
			}
		}
		told.WriteString("\n")
	}
	for _, want := range []string{
		"added route fresh: ", "removed route gone: ", "changed route order: operationName\n",
		"changed integration MOCK " + integration + ": requestTemplates.200 timeoutInMillis\n", "changed integration response $default: responseTemplates.200\n",
	} {
		if !strings.Contains(told.String(), want) {
			t.Errorf("want %q in\n%s", want, told.String())
		}
	}
	if strings.Count(told.String(), "\n") != 5 {
		t.Errorf("got\n%s", told.String())
	}
	// A deployment that comes later, and both ways.
	second := w.must("POST", at+"/deployments", `{}`)["deploymentId"].(string)
	for query, want := range map[string]int{"from=" + second: 0, "from=" + second + "&to=pending": 0, "from=" + first + "&to=" + second: 5, "from=pending&to=" + first: 5, "from=pending": 0} {
		if got := w.must("GET", DifferencesPath+"?api="+api+"&"+query, "")["differences"].([]any); len(got) != want {
			t.Errorf("%s: got %d differences, want %d", query, len(got), want)
		}
	}
	w.refused("GET", DifferencesPath+"?api=nobody&from=pending", "", 404, "NotFoundException", "there is no API")
	w.refused("GET", DifferencesPath+"?api=chat&from=nobody", "", 404, "NotFoundException", "there is no deployment")
	w.refused("GET", DifferencesPath+"?api=chat", "", 400, "BadRequestException", "api and from")
	w.must("POST", "/v2/apis", `{"name":"chat","protocolType":"HTTP"}`)
	w.refused("GET", target, "", 400, "BadRequestException", "2 APIs have the name")

	// A key that does not reach an API does not learn that it is there.
	w = worldOf(t, s, func(of *control.Config, at *wire.Config) {
		at.Own = Differences(control.New(*of))
		at.Authenticate = func(*http.Request) (*wire.Claim, error) {
			return &wire.Claim{Identity: func([]byte) (wire.Identity, error) {
				return wire.Identity{Reaches: func(id string) bool { return id != api }, Permit: func(*wire.Request) error { return nil }}, nil
			}}, nil
		}
	})
	w.refused("GET", DifferencesPath+"?api="+api+"&from=pending", "", 404, "NotFoundException", "there is no API")
}
