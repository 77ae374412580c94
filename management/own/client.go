package own

import (
	"context"
	"encoding/json"
	"io"
	"strconv"

	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/management/control"
	"github.com/dragoman-gateway/dragoman/management/own/ask"
	"github.com/dragoman-gateway/dragoman/management/relay"
	"github.com/dragoman-gateway/dragoman/wire"
)

// ClientPath is where a browser has what it cannot send itself sent for it.
const ClientPath = "/_dragoman/client"

// maxRequest is how many bytes the body of a relayed request may have: the largest that
// an HTTP API takes, escaped.
// Documented: API Gateway Developer Guide, Quotas for HTTP APIs: 10 MB.
const maxRequest = 16 << 20

// Clients are the operations of a relay. port is the data listener's.
func Clients(c *control.Control, of *relay.Relay, port func() string) []wire.Row {
	k := &clients{connections{Control: c}, of, port}
	id := ask.Path("clientId")
	address := ask.Body("address", ask.Text, true)
	headers := ask.Body("headers", &wire.Shape{Name: "Headers", Type: wire.Map, Elem: ask.Texts}, false)
	return []wire.Row{
		{Handle: k.resolve, Operation: &wire.Operation{Name: "ResolveAddress", Method: "GET", Path: ClientPath, Status: 200, Shared: true, Input: ask.Query("address")}},
		{Handle: k.open, Operation: &wire.Operation{
			Name: "OpenClient", Method: "POST", Path: ClientPath, Status: 200, Shared: true,
			Input: []wire.Member{address, headers, ask.Body("subprotocols", ask.Texts, false)},
		}},
		{Handle: k.stream, Operation: &wire.Operation{Name: "ReadClient", Method: "GET", Path: ClientPath + "/{clientId}/stream", Status: 200, Shared: true, Input: []wire.Member{id}}},
		{Handle: k.write, Operation: &wire.Operation{
			Name: "WriteClient", Method: "POST", Path: ClientPath + "/{clientId}/messages", Status: 200, Shared: true,
			Input: append([]wire.Member{id, ask.Body("ping", ask.Boolean, false)}, sent("message", false)...),
		}},
		{Handle: k.leave, Operation: &wire.Operation{
			Name: "CloseClient", Method: "DELETE", Path: ClientPath + "/{clientId}", Status: 204, Shared: true, Input: append([]wire.Member{id}, ask.Query("code", "reason")...),
		}},
		{Handle: k.send, Operation: &wire.Operation{
			Name: "SendRequest", Method: "POST", Path: ClientPath + "/request", Status: 200, Shared: true, MaxBody: maxRequest,
			Input: append([]wire.Member{address, headers, ask.Body("method", ask.Text, false)}, sent("body", false)...),
		}},
	}
}

type clients struct {
	connections
	relay *relay.Relay
	port  func() string
}

// caller is for whom the relay acts.
func caller(r *wire.Request) relay.Caller {
	return relay.Caller{Key: r.AccessKey, Address: r.SourceIP, UserAgent: r.UserAgent, Reaches: r.Reaches}
}

func (k *clients) resolve(ctx context.Context, r *wire.Request) (any, error) {
	at, err := k.address(ctx, r)
	if err != nil {
		return nil, err
	}
	return map[string]string{"address": at}, nil
}

func (k *clients) open(ctx context.Context, r *wire.Request) (any, error) {
	at, err := k.address(ctx, r)
	if err != nil {
		return nil, err
	}
	opened, err := k.relay.Open(ctx, caller(r), &relay.Handshake{Address: at, Header: headers(r), Subprotocols: r.Strings("subprotocols")})
	if err != nil {
		return nil, err
	}
	return opened, nil
}

// headers are checked by whoever sends them.
func headers(r *wire.Request) (named map[string][]string) {
	_ = json.Unmarshal(r.Body["headers"], &named) // the form was checked
	return named
}

func (k *clients) find(r *wire.Request) (*relay.Session, error) {
	return k.relay.Find(r.AccessKey, r.Path["clientId"])
}

// stream tells what happens to a WebSocket as server-sent events.
// Documented: HTML Standard, Server-sent events: a line with a colon alone is a comment.
func (k *clients) stream(ctx context.Context, r *wire.Request) (any, error) {
	s, err := k.find(r)
	if err != nil {
		return nil, err
	}
	return wire.Stream{ContentType: "text/event-stream", Write: func(w io.Writer) error {
		return s.Read(ctx, func(e *relay.Event) error {
			text := []byte(":\n\n")
			if e != nil {
				data, err := json.Marshal(e)
				if err != nil {
					return err
				}
				text = append(append(append([]byte("event: "+e.Name+"\ndata: "), data...), '\n'), '\n')
			}
			_, err := w.Write(text)
			return err
		})
	}}, nil
}

func (k *clients) write(ctx context.Context, r *wire.Request) (any, error) {
	s, err := k.find(r)
	if err != nil {
		return nil, err
	}
	if ping, _ := r.Bool("ping"); ping {
		return nil, s.Ping()
	}
	if !r.Has("message") {
		return nil, fault.New(fault.BadRequest, "Send a message, or a ping")
	}
	data, err := data(r, "message")
	if err != nil {
		return nil, err
	}
	binary, _ := r.Bool("base64")
	return nil, s.Write(ctx, data, binary)
}

func (k *clients) leave(_ context.Context, r *wire.Request) (any, error) {
	s, err := k.find(r)
	if err != nil {
		return nil, err
	}
	code, reason := 1000, r.String("reason")
	if asked := r.String("code"); asked != "" {
		if code, err = strconv.Atoi(asked); err != nil || !sendable(code) {
			return nil, fault.New(fault.BadRequest, "A client closes with 1000 to 1003, 1007 to 1014, or 3000 to 4999, not with %q", asked)
		}
	}
	if len(reason) > 123 { // RFC 6455, 5.5: a control frame has 125 bytes
		return nil, fault.New(fault.BadRequest, "A reason has at most 123 bytes")
	}
	s.Leave(code, reason)
	return nil, nil
}

// sendable says whether a close frame may have a code (RFC 6455, 7.4).
func sendable(code int) bool {
	return code >= 1000 && code <= 1003 || code >= 1007 && code <= 1014 || code >= 3000 && code <= 4999
}

func (k *clients) send(ctx context.Context, r *wire.Request) (any, error) {
	at, err := k.address(ctx, r)
	if err != nil {
		return nil, err
	}
	body, err := data(r, "body")
	if err != nil {
		return nil, err
	}
	answer, err := k.relay.Send(ctx, caller(r), &relay.Request{Address: at, Method: r.String("method"), Header: headers(r), Body: body})
	if err != nil {
		return nil, err
	}
	return answer, nil
}
