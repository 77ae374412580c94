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
// A browser cannot set headers of a handshake, sees no ping, and is bound by CORS: what it
// cannot do is done from here, and only for keys that reach the API.
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
		// The one with a larger body: messages of WebSockets have 128 KB.
		{Handle: k.send, Operation: &wire.Operation{
			Name: "SendRequest", Method: "POST", Path: ClientPath + "/request", Status: 200, Shared: true, MaxBody: maxRequest,
			Input: append([]wire.Member{address, headers, ask.Body("method", ask.Text, false)}, sent("body", false)...),
		}},
	}
}

// clients finds what is named in the store, and leaves all traffic to the relay.
type clients struct {
	connections
	relay *relay.Relay
	port  func() string
}

// caller is for whom the relay acts.
func caller(r *wire.Request) relay.Caller {
	// The key is who a session belongs to: no other can read or close it. Address and agent are the
	// browser's own: the API sees who asks and not who relays.
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
	// Several values of a name stay several lines: a map of lists and no map of texts.
	_ = json.Unmarshal(r.Body["headers"], &named) // the form was checked
	return named
}

// find gives a session of the caller's own, at whichever node: those of other keys are not
// there.
func (k *clients) find(ctx context.Context, r *wire.Request) (relay.Client, error) {
	return k.relay.Find(ctx, r.AccessKey, r.Path["clientId"])
}

// stream tells what happens to a WebSocket as server-sent events.
// Documented: HTML Standard, Server-sent events: a line with a colon alone is a comment.
func (k *clients) stream(ctx context.Context, r *wire.Request) (any, error) {
	s, err := k.find(ctx, r)
	if err != nil {
		return nil, err
	}
	return wire.Stream{ContentType: "text/event-stream", Write: func(w io.Writer) error {
		return s.Read(ctx, func(e *relay.Event) error {
			// No event is a beat: proxies cut a stream that says nothing for a minute.
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

// write sends a message or a ping. It returns when the frame is written, and not when it is
// answered: answers come by the stream.
func (k *clients) write(ctx context.Context, r *wire.Request) (any, error) {
	s, err := k.find(ctx, r)
	if err != nil {
		return nil, err
	}
	if ping, _ := r.Bool("ping"); ping {
		return nil, s.Ping(ctx)
	}
	// Has and not a value: an empty message is one.
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

// leave closes a session as a browser would, without waiting for the other side.
func (k *clients) leave(ctx context.Context, r *wire.Request) (any, error) {
	s, err := k.find(ctx, r)
	if err != nil {
		return nil, err
	}
	// RFC 6455, 7.4.1: 1000 is a normal closure, which is what browsers send unasked.
	code, reason := 1000, r.String("reason")
	if asked := r.String("code"); asked != "" {
		if code, err = strconv.Atoi(asked); err != nil || !sendable(code) {
			return nil, fault.New(fault.BadRequest, "A client closes with 1000 to 1003, 1007 to 1014, or 3000 to 4999, not with %q", asked)
		}
	}
	if len(reason) > relay.MostReason {
		return nil, fault.New(fault.BadRequest, "A reason has at most %d bytes", relay.MostReason)
	}
	return nil, s.Leave(ctx, code, reason)
}

// sendable says whether a close frame may have a code (RFC 6455, 7.4).
func sendable(code int) bool {
	// 1004 is reserved; 1005, 1006 and 1015 tell of ends without a close frame and stand in none; from
	// 3000 on libraries and applications have codes of their own.
	return code >= 1000 && code <= 1003 || code >= 1007 && code <= 1014 || code >= 3000 && code <= 4999
}

// send makes one HTTP request. Whatever the API answers, errors too, is an answer of this
// operation and no error of it.
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
