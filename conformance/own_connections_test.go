package conformance

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/coder/websocket"

	"github.com/dragoman-gateway/dragoman/roster"
	"github.com/dragoman-gateway/dragoman/sigv4"
)

// ownAs makes a call below /_dragoman/ with the keys of somebody; without any it is not
// signed.
func (g *gateway) ownAs(keys *aws.Credentials, method, path, body string) heard {
	g.t.Helper()
	header := http.Header{}
	if keys != nil {
		r, err := http.NewRequestWithContext(g.t.Context(), method, "http://"+g.ManagementAddr()+path, strings.NewReader(body))
		must(g.t, err)
		must(g.t, v4.NewSigner().SignHTTP(g.t.Context(), *keys, r, sigv4.HashBytes([]byte(body)), "apigateway", "us-east-1", time.Now()))
		header = r.Header
	}
	return g.managed(method, path, g.ManagementAddr(), body, header)
}

func (g *gateway) connections(keys *aws.Credentials, query string) (found []roster.Connection) {
	g.t.Helper()
	got := g.ownAs(keys, "GET", "/_dragoman/connections"+query, "")
	var answer struct{ Connections []roster.Connection }
	if err := json.Unmarshal([]byte(got.body), &answer); err != nil || got.StatusCode != 200 {
		g.t.Fatalf("ListConnections%s: got %d %s", query, got.StatusCode, got.body)
	}
	return answer.Connections
}

// Who is connected is told with what has passed; one is posted to, and sent away with
// what $disconnect hears of DeleteConnection.
func TestConnectionsAreShown(t *testing.T) {
	t.Parallel()
	g := start(t)
	before := time.Now().Add(-time.Second)
	a, conn, id := connected(t, g)
	_, other, _ := connected(t, g)
	defer other.CloseNow()
	found := g.connections(nil, "?api="+a.id)
	if len(found) != 1 || len(g.connections(nil, "")) != 2 {
		t.Fatalf("got %+v, want the one of this API", found)
	}
	c := found[0]
	if c.ID != id || c.API != a.id || c.Stage != "prod" || c.SourceIP != "127.0.0.1" || c.Route != "ask" || c.APIName == "" ||
		c.MessagesIn != 1 || c.MessagesOut != 1 || c.BytesIn != uint64(len(`{"action":"ask"}`)) || c.BytesOut != uint64(len(id)) {
		t.Errorf("got %+v", c)
	}
	if c.Since.Before(before) || c.LastActive.Before(c.Since) || c.LastActive.After(time.Now()) {
		t.Errorf("connected %v and active %v", c.Since, c.LastActive)
	}
	if got := g.ownAs(nil, "POST", "/_dragoman/connections/"+id, `{"message":"hello"}`); got.StatusCode != 200 {
		t.Fatalf("PostToConnection: got %d %s", got.StatusCode, got.body)
	}
	if kind, frame, err := conn.Read(t.Context()); err != nil || kind != websocket.MessageText || string(frame) != "hello" {
		t.Errorf("got %v %q (%v), want the text hello", kind, frame, err)
	}
	if got := g.connections(nil, "?text="+id[:9])[0]; got.MessagesOut != 2 {
		t.Errorf("after a post: %+v", got)
	}
	if got := g.ownAs(nil, "DELETE", "/_dragoman/connections/"+id, ""); got.StatusCode != 204 {
		t.Fatalf("DeleteConnection: got %d %s", got.StatusCode, got.body)
	}
	_, _, err := conn.Read(t.Context())
	if end, ok := errors.AsType[websocket.CloseError](err); !ok || end.Code != 1000 || end.Reason != "Connection Closed Normally" {
		t.Errorf("the client heard %v", err)
	}
	if got := g.ownAs(nil, "DELETE", "/_dragoman/connections/"+id, ""); got.StatusCode != 404 {
		t.Errorf("again: got %d %s", got.StatusCode, got.body)
	}
	if left := g.connections(nil, "?api="+a.id); len(left) != 0 {
		t.Errorf("it is shown still: %+v", left)
	}
}

// A key of one API sees and reaches the connections of that one, and a reading key sees
// alone.
func TestKeysOfConnections(t *testing.T) {
	t.Parallel()
	file := writeKeys(t, keyFile)
	g := start(t, asking(file))
	g.sdk = g.as(full, "us-east-1")
	mine, _, myId := connected(t, g)
	_, _, otherId := connected(t, g)
	appendFile(t, file, "\n[limited]\naws_access_key_id=AKIDLIMITED\naws_secret_access_key=l\ndragoman_apis="+mine.id+"\n")
	limited, reader := aws.Credentials{AccessKeyID: "AKIDLIMITED", SecretAccessKey: "l"}, aws.Credentials{AccessKeyID: "AKIDREADER", SecretAccessKey: readerSecret}
	eventually(t, "the limited key", func() bool { return g.ownAs(&limited, "GET", "/_dragoman/connections", "").StatusCode == 200 })
	if found := g.connections(&limited, ""); len(found) != 1 || found[0].ID != myId {
		t.Errorf("a key of one API sees %+v", found)
	}
	if found := g.connections(&reader, ""); len(found) != 2 {
		t.Errorf("a reading key sees %+v", found)
	}
	for _, row := range []struct {
		what         string
		keys         *aws.Credentials
		method, id   string
		status       int
		body, answer string
	}{
		{"nobody", nil, "GET", "", 403, "", "Missing Authentication Token"},
		{"a reading key posts", &reader, "POST", "/" + myId, 403, `{"message":"x"}`, "not authorized"},
		{"a reading key ends", &reader, "DELETE", "/" + myId, 403, "", "not authorized"},
		{"a key of another API posts", &limited, "POST", "/" + otherId, 404, `{"message":"x"}`, "no such connection"},
		{"a key of another API ends", &limited, "DELETE", "/" + otherId, 404, "", "no such connection"},
		{"to both", &limited, "POST", "", 200, `{"message":"x","connections":["` + myId + `","` + otherId + `"]}`, `"sent":1`},
		{"its key ends", &limited, "DELETE", "/" + myId, 204, "", ""},
	} {
		if got := g.ownAs(row.keys, row.method, "/_dragoman/connections"+row.id, row.body); got.StatusCode != row.status || !strings.Contains(got.body, row.answer) {
			t.Errorf("%s: got %d %s, want %d %s", row.what, got.StatusCode, got.body, row.status, row.answer)
		}
	}
}
