package conformance

import (
	"encoding/json"
	"io"
	"net/http"

	"github.com/dragoman-gateway/dragoman/server"
)

// traced is a record, as the management API shows it.
type traced struct {
	ID, Time, Kind, Api, ApiName, Stage, Route, Connection, Summary string
	Status                                                          int
	Duration                                                        float64
	Steps                                                           []struct {
		Name, Outcome, Why string
		Data               json.RawMessage
	}

	text string
}

// recording has every exchange leave a record.
func recording(c *server.Config) { c.Observe.Tap = []string{"all"} }

// traces are the records that a query chooses, newest first.
func (g *gateway) traces(query string) []traced {
	g.t.Helper()
	r, err := http.NewRequestWithContext(g.t.Context(), "GET", "http://"+g.ManagementAddr()+"/_dragoman/traces?"+query, nil)
	must(g.t, err)
	response, err := http.DefaultClient.Do(r)
	must(g.t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	must(g.t, err)
	if response.StatusCode != 200 {
		g.t.Fatalf("the traces: got %d %s", response.StatusCode, body)
	}
	var raw struct{ Traces []json.RawMessage }
	must(g.t, json.Unmarshal(body, &raw))
	all := make([]traced, len(raw.Traces))
	for i, text := range raw.Traces {
		must(g.t, json.Unmarshal(text, &all[i]))
		all[i].text = string(text)
	}
	return all
}
