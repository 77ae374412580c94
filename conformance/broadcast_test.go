package conformance

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/coder/websocket"

	"github.com/dragoman-gateway/dragoman/cli"
	"github.com/dragoman-gateway/dragoman/client"
)

// broadcast is what a call for many clients is answered.
type broadcast struct {
	Sent, Failed int
	Connections  []struct {
		ConnectionID string
		Status       int
		Code         string
	}
}

func (a *socketApi) broadcast(path, body string) (b broadcast) {
	a.t.Helper()
	status, kind, answer := a.call("POST", path, body)
	if err := json.Unmarshal([]byte(answer), &b); err != nil || status != 200 {
		a.t.Fatalf("%s: got %d %s %s", path, status, kind, answer)
	}
	return b
}

// One call reaches many clients: those that are named, or those that fit. Each gets the message
// once, as it would by a call of its own, and the answer tells of each.
func TestBroadcast(t *testing.T) {
	a := start(t).socketApi(mock(), mockReply(`$context.connectionId`))
	a.addRoute("other", true)
	a.deploy()
	rooms := []string{"7", "7", "8"}
	clients, ids := make([]*websocket.Conn, len(rooms)), make([]string, len(rooms))
	for i, room := range rooms {
		conn, _, err := websocket.Dial(t.Context(), "ws://"+a.DataAddr()+a.path()+"?room="+room, nil)
		must(t, err)
		defer conn.CloseNow()
		clients[i], ids[i] = conn, a.ask(conn, `{"action":"ask"}`)
	}
	hears := func(i int, want string) {
		t.Helper()
		if _, frame, err := clients[i].Read(t.Context()); err != nil || string(frame) != want {
			t.Fatalf("client %d got %q (%v), want %q", i, frame, err, want)
		}
	}
	named := func(data string, more ...string) string {
		text, _ := json.Marshal(map[string]any{"connectionIds": append([]string{ids[0], ids[2]}, more...), "data": data})
		return string(text)
	}
	b := a.broadcast("/@connections", named("héllo", "AAAAAAAAAAAAAAA=", ids[0]))
	if b.Sent != 2 || b.Failed != 1 || len(b.Connections) != 3 || b.Connections[0].ConnectionID != ids[0] || b.Connections[0].Status != 200 ||
		b.Connections[2].Status != 410 || b.Connections[2].Code != "GoneException" {
		t.Errorf("got %+v", b)
	}
	hears(0, "héllo")
	hears(2, "héllo")
	if b := a.broadcast("/%40connections?query=room:7", `{"to":"room 7"}`); b.Sent != 2 {
		t.Errorf("to a room: got %+v", b)
	}
	hears(0, `{"to":"room 7"}`)
	hears(1, `{"to":"room 7"}`)
	a.ask(clients[2], `{"action":"other"}`)
	if b := a.broadcast("//@connections?route=other", "to those of other"); b.Sent != 1 || b.Connections[0].ConnectionID != ids[2] {
		t.Errorf("to those whose last message took a route: got %+v", b)
	}
	hears(2, "to those of other")

	for what, row := range map[string][3]string{
		"nobody is named":                {"/@connections", `{"data":"x"}`, "message"},
		"no message":                     {"/@connections", `{"connectionIds":[]}`, "message"},
		"no JSON":                        {"/@connections", `hello`, "message"},
		"a parameter that is misspelled": {"/@connections?rout=other", "x", "Unknown parameter rout"},
		"one that is and has no pair":    {"/@connections?rooms=7", "x", "Unknown parameter rooms"},
		"a selector without a value":     {"/@connections?query=room", "x", "query must be NAME:VALUE"},
		"a selector that cannot be read": {"/@connections?route=other&query=room:%zz", "x", "The query cannot be read"},
		"one that is cut in two":         {"/@connections?route=other&query=room:7;8", "x", "The query cannot be read"},
		"bytes that are no base64":       {"/@connections", `{"connectionIds":[],"data":"%","base64":true}`, "message"},
	} {
		if status, kind, answer := a.call("POST", row[0], row[1]); status != 400 || kind != "BadRequestException" || !strings.Contains(answer, row[2]) {
			t.Errorf("%s: got %d %s %s", what, status, kind, answer)
		}
	}
	if status, kind, _ := a.call("POST", "/@connections?route=other", strings.Repeat("x", 128<<10+1)); status != 413 || kind != "PayloadTooLargeException" {
		t.Errorf("a message that is too long: got %d %s", status, kind)
	}
	if b := a.broadcast("/@connections", `{"connectionIds":["`+ids[1]+`"],"data":"/wA=","base64":true}`); b.Sent != 1 {
		t.Errorf("bytes: got %+v", b)
	}
	if kind, frame, err := clients[1].Read(t.Context()); err != nil || kind != websocket.MessageBinary || string(frame) != "\xff\x00" {
		t.Errorf("bytes: got %v %q, %v", kind, frame, err)
	}

	// As handlers call back, by the host that their client has used; also when the first that is
	// named has gone.
	byHost := func(body string) int {
		t.Helper()
		response, err := http.Post("http://"+a.DataAddr()+"/prod/@connections", "application/json", strings.NewReader(body))
		must(t, err)
		response.Body.Close()
		return response.StatusCode
	}
	if status := byHost(named("by domainName")); status != 200 {
		t.Errorf("by the client's host: got %d", status)
	}
	hears(0, "by domainName")
	hears(2, "by domainName")
	if status := byHost(`{"connectionIds":["AAAAAAAAAAAAAAA=","nonsense","` + ids[0] + `"],"data":"to who is left"}`); status != 200 {
		t.Errorf("by the client's host, behind two that are gone: got %d", status)
	}
	hears(0, "to who is left")
	if status := byHost(`{"connectionIds":["AAAAAAAAAAAAAAA="],"data":"x"}`); status != 410 {
		t.Errorf("by the client's host, to one that is gone: got %d", status)
	}
}

// The client and the command send what the call takes, and tell what it answers.
func TestBroadcastByClientAndCommand(t *testing.T) {
	a, conn, id := connected(t, startAsking(t))
	at := "http://" + a.DataAddr() + a.path()
	c := client.New(client.Options{BaseEndpoint: at, Region: "us-east-1", SigningName: "execute-api", Credentials: client.Static(full.AccessKeyID, full.SecretAccessKey, "")})
	out, err := c.Broadcast(t.Context(), &client.BroadcastInput{ConnectionIds: []string{id, "AAAAAAAAAAAAAAA="}, Data: []byte{0xff, 0}})
	if err != nil || out.Sent != 1 || out.Failed != 1 || out.Connections[1].Code != "GoneException" {
		t.Fatalf("got %+v, %v", out, err)
	}
	if kind, frame, err := conn.Read(t.Context()); err != nil || kind != websocket.MessageBinary || string(frame) != "\xff\x00" {
		t.Errorf("got %v %q, %v", kind, frame, err)
	}
	for _, wrong := range []client.BroadcastInput{{Data: []byte("x")}, {ConnectionIds: []string{id}, Routes: []string{"ask"}}, {Query: map[string]string{"a:b": "c"}}, {Context: map[string]string{"": "c"}}} {
		if _, err := c.Broadcast(t.Context(), &wrong); err == nil {
			t.Errorf("%+v is sent", wrong)
		}
	}

	t.Setenv("AWS_ACCESS_KEY_ID", full.AccessKeyID)
	t.Setenv("AWS_SECRET_ACCESS_KEY", full.SecretAccessKey)
	for _, row := range []struct {
		args       []string
		code       int
		said, errs string
	}{
		{[]string{"--match-route", "ask", "--data", "to those of ask", "--query", "sent"}, 0, "1\n", ""},
		{[]string{"--connection-ids", "AAAAAAAAAAAAAAA=", id, "--data", "to two"}, 254, `"sent": 1`, "AAAAAAAAAAAAAAA=: GoneException"},
		{[]string{"--data", "x"}, 255, "", "whom is it for?"},
	} {
		var said, errs bytes.Buffer
		code := cli.Main(append([]string{"api", "broadcast", "--endpoint-url", at}, row.args...), strings.NewReader(""), &said, &errs)
		if code != row.code || !strings.Contains(said.String(), row.said) || !strings.Contains(errs.String(), row.errs) {
			t.Errorf("%v: exit %d, %s, %s; want %d, %s, %s", row.args, code, &said, &errs, row.code, row.said, row.errs)
		}
	}
	for _, want := range []string{"to those of ask", "to two"} {
		if _, frame, err := conn.Read(t.Context()); err != nil || string(frame) != want {
			t.Errorf("the client got %q (%v), want %q", frame, err, want)
		}
	}
}

// A broadcast is judged as a call for one client is.
func TestBroadcastIsSigned(t *testing.T) {
	a, conn, id := connected(t, startAsking(t))
	body := fmt.Sprintf(`{"connectionIds":[%q],"data":"hello"}`, id)
	if status, kind, _ := a.call("POST", "/@connections", body); status != 403 || kind == "" {
		t.Errorf("without a signature: got %d %s", status, kind)
	}
	reader := aws.Credentials{AccessKeyID: "AKIDREADER", SecretAccessKey: readerSecret}
	if got := a.signedCall(reader, "us-east-1", "POST", "/@connections", body); got.StatusCode != 403 {
		t.Errorf("by a key that may only read: got %d %s", got.StatusCode, got.body)
	}
	if got := a.signedCall(full, "us-east-1", "POST", "/@connections", body); got.StatusCode != 200 {
		t.Errorf("by a key that may: got %d %s", got.StatusCode, got.body)
	}
	if _, frame, err := conn.Read(t.Context()); err != nil || string(frame) != "hello" {
		t.Errorf("the client got %q, %v", frame, err)
	}
}
