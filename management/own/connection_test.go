package own

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/management/control"
	"github.com/dragoman-gateway/dragoman/roster"
	"github.com/dragoman-gateway/dragoman/wire"
)

// crowd is who is connected: ids to APIs, each at the stage dev.
type crowd struct {
	of     map[string]string
	asked  roster.Filter
	apis   []string // that others were asked for
	silent []string
	sent   []string
	ended  []string
	err    error
}

func (c *crowd) Connected(_ context.Context, f roster.Filter, apis []string) ([]roster.Connection, int, []string, error) {
	c.asked, c.apis = f, apis
	n := roster.Seek(f)
	for id, api := range c.of {
		if n.Wants(api, "dev") {
			n.Add(roster.Connection{ID: id, API: api, Stage: "dev"})
		}
	}
	found, total := n.Shown()
	return found, total, c.silent, nil
}

func (c *crowd) Count(context.Context) (int, []string, error) { return len(c.of), c.silent, nil }

func (c *crowd) Where(_ context.Context, id string) (api, stage string, err error) {
	if api, ok := c.of[id]; ok {
		return api, "dev", nil
	}
	return "", "", fault.New(fault.Gone, "")
}

func (c *crowd) Post(_ context.Context, api, stage, id string, data []byte) error {
	c.sent = append(c.sent, fmt.Sprintf("%s/%s %s %s", api, stage, id, data))
	return c.err
}

func (c *crowd) Part(_ context.Context, api, stage, id string) error {
	c.ended = append(c.ended, fmt.Sprintf("%s/%s %s", api, stage, id))
	return nil
}

// connected is a management API over a crowd. A key reaches the API that it is called
// after; the key "all" reaches all.
func connected(t *testing.T, c *crowd) *world {
	return newWorld(t, func(of *control.Config, at *wire.Config) {
		at.Own = Connections(control.New(*of), c)
		at.Authenticate = func(r *http.Request) (*wire.Claim, error) {
			key := r.Header.Get("Authorization")
			return &wire.Claim{Identity: func([]byte) (wire.Identity, error) {
				id := wire.Identity{AccessKey: key}
				if key != "all" {
					id.Reaches = func(api string) bool { return api == key }
				}
				return id, nil
			}}, nil
		}
	})
}

// The nodes that gave no answer are named beside what the others gave.
func TestSilentNodesAreNamed(t *testing.T) {
	h := connected(t, &crowd{of: map[string]string{"c1": "a"}, silent: []string{"0000aa", "0000bb"}})
	if got := h.send("GET", ConnectionsPath, "all", "").Body.String(); !strings.Contains(got, `"silent":["0000aa","0000bb"]`) {
		t.Errorf("got %s, want both names", got)
	}
}

func TestConnections(t *testing.T) {
	c := &crowd{of: map[string]string{"c1": "a", "c2": "a", "c3": "b"}}
	h := connected(t, c)
	w := h.send("POST", "/v2/apis", "all", `{"name":"chat","protocolType":"WEBSOCKET","routeSelectionExpression":"$request.body.action"}`)
	var api struct{ ApiId string }
	if err := json.Unmarshal(w.Body.Bytes(), &api); err != nil || api.ApiId == "" {
		t.Fatalf("CreateApi: %s", w.Body)
	}
	c.of["c4"] = api.ApiId
	ids := func(key, query string) string {
		t.Helper()
		w := h.send("GET", ConnectionsPath+query, key, "")
		var answer struct {
			Connections []roster.Connection
			Total       int
		}
		if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || w.Code != 200 {
			return fmt.Sprint(w.Code)
		}
		found := []string{}
		for _, one := range answer.Connections {
			found = append(found, strings.TrimSpace(one.ID+" "+one.APIName))
		}
		slices.Sort(found)
		return fmt.Sprint(found, answer.Total)
	}
	for _, row := range []struct{ key, query, want string }{
		{"all", "", "[c1 c2 c3 c4 chat] 4"}, {"a", "", "[c1 c2] 2"}, {"none", "", "[] 0"},
		{"all", "?api=a", "[c1 c2] 2"}, {"all", "?api=chat", "[c4 chat] 1"}, {"all", "?api=" + api.ApiId, "[c4 chat] 1"},
		{"a", "?api=chat", "[] 0"}, {"a", "?api=b", "[] 0"}, {"all", "?stage=prod", "[] 0"}, {"all", "?text=C3", "[c3] 1"},
		{"all", "?limit=1000", "[c1 c2 c3 c4 chat] 4"}, {"all", "?limit=0", "400"}, {"all", "?limit=1001", "400"}, {"all", "?limit=x", "400"},
	} {
		if got := ids(row.key, row.query); got != row.want {
			t.Errorf("%s asks for %q: got %s, want %s", row.key, row.query, got, row.want)
		}
	}
	if ids("all", ""); c.asked.Limit != usualShown {
		t.Errorf("%d are asked for, want %d", c.asked.Limit, usualShown)
	}
}

func TestPostToAConnection(t *testing.T) {
	c := &crowd{of: map[string]string{"c1=": "a", "c3": "b"}}
	h := connected(t, c)
	for _, row := range []struct{ key, method, id, body, want string }{
		{"a", "POST", "c1%3D", `{"message":"hé"}`, "200 {}"}, {"all", "POST", "c1=", `{"message":""}`, "200 {}"},
		{"a", "POST", "c1=", `{"message":"_w==","base64":true}`, "400"}, {"a", "POST", "c1=", `{"message":"/wA=","base64":true}`, "200 {}"},
		{"a", "POST", "c1=", `{}`, "400"}, {"a", "POST", "c3", `{"message":"x"}`, "404"}, {"a", "POST", "c9", `{"message":"x"}`, "404"},
		{"b", "DELETE", "c1=", "", "404"}, {"a", "DELETE", "c9", "", "404"}, {"a", "DELETE", "c1=", "", "204"},
	} {
		w := h.send(row.method, ConnectionsPath+"/"+row.id, row.key, row.body)
		if got := strings.TrimSpace(fmt.Sprint(w.Code, " ", w.Body)); !strings.HasPrefix(got, row.want) {
			t.Errorf("%s: %s %s %s: got %s, want %s", row.key, row.method, row.id, row.body, got, row.want)
		}
	}
	if want := []string{"a/dev c1= hé", "a/dev c1= ", "a/dev c1= \xff\x00"}; !slices.Equal(c.sent, want) {
		t.Errorf("sent %q, want %q", c.sent, want)
	}
	if want := []string{"a/dev c1="}; !slices.Equal(c.ended, want) {
		t.Errorf("ended %q, want %q", c.ended, want)
	}
	if len(h.audited) != 10 || h.audited[9].Operation != "DeleteConnection" || h.audited[9].Resource != ConnectionsPath+"/c1=" || h.audited[9].AccessKey != "a" {
		t.Errorf("%d calls were audited, the last as %+v", len(h.audited), h.audited[len(h.audited)-1])
	}
	c.err = fault.New(fault.LimitExceeded, "slow")
	h.isRefusal(h.send("POST", ConnectionsPath+"/c1=", "a", `{"message":"x"}`), 429, "LimitExceededException", "slow")
}

func TestPostToMany(t *testing.T) {
	c := &crowd{of: map[string]string{"c1": "a", "c2": "a", "c3": "b"}}
	h := connected(t, c)
	w := h.send("POST", ConnectionsPath, "a", `{"connections":["c1","c3","c9","c2"],"message":"all"}`)
	const gone = `There is no such connection, or it has ended`
	if got, want := w.Body.String(), `{"failed":[{"id":"c3","message":"`+gone+`"},{"id":"c9","message":"`+gone+`"}],"sent":2}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if want := []string{"a/dev c1 all", "a/dev c2 all"}; !slices.Equal(c.sent, want) {
		t.Errorf("sent %q, want %q", c.sent, want)
	}
	many, err := json.Marshal(map[string]any{"message": "x", "connections": make([]string, mostShown+1)})
	if err != nil {
		t.Fatal(err)
	}
	for _, body := range []string{`{"connections":[],"message":"x"}`, `{"message":"x"}`, `{"connections":["c1"]}`, `{"connections":"c1","message":"x"}`, string(many)} {
		if w := h.send("POST", ConnectionsPath, "a", body); w.Code != 400 {
			t.Errorf("%.60s: got %d %s, want 400", body, w.Code, w.Body)
		}
	}
}
