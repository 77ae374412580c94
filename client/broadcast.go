package client

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/dragoman-gateway/dragoman/wire"
)

// BroadcastInput is one message for many clients of a WebSocket API, which either are named or
// are those that fit all that is asked for. Dragoman has this call, and AWS has not.
type BroadcastInput struct {
	ConnectionIds []string // 50,000 at most; nil: those that fit

	Routes  []string          // that their last message took: one of them
	Query   map[string]string // parameters of their handshakes, each of them; names have no colon
	Context map[string]string // what the authorizer of $connect handed on, each of them; the same

	Data []byte // 128 KiB at most, unless the gateway has another limit
}

// BroadcastOutput tells what became of a broadcast at each client.
type BroadcastOutput struct {
	Sent        int                `json:"sent"`
	Failed      int                `json:"failed"`
	Connections []BroadcastOutcome `json:"connections"`
	Silent      []string           `json:"silent"` // nodes that gave no answer in time
}

// BroadcastOutcome is what a call for one client would have been answered.
type BroadcastOutcome struct {
	ConnectionId string `json:"connectionId"`
	Status       int    `json:"status"` // 200, 410, 413, 429 or 500
	Code         string `json:"code"`   // such as GoneException; "" for 200
}

var broadcastOperation = &wire.Operation{Name: "Broadcast", Method: http.MethodPost, Path: "/@connections"}

// Broadcast sends one message to many clients. The client's BaseEndpoint is the address of a
// stage, such as https://{apiId}.execute-api.{region}.example.com/prod, and its SigningName
// execute-api. It is not repeated where it may have been carried out.
func (c *Client) Broadcast(ctx context.Context, in *BroadcastInput) (*BroadcastOutput, error) {
	target, payload, err := in.request()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", broadcastOperation.Name, err)
	}
	a, err := c.sendTo(ctx, broadcastOperation, target, payload)
	if err != nil {
		return nil, err
	}
	out := new(BroadcastOutput)
	if err := json.Unmarshal(a.body, out); err != nil {
		return nil, fmt.Errorf("%s: the answer is not what was expected: %w", broadcastOperation.Name, err)
	}
	return out, nil
}

// request is the call: a list of receivers with the message, or the message with whom it is for
// in the query.
func (in *BroadcastInput) request() (target string, payload []byte, err error) {
	query := url.Values{}
	for _, route := range in.Routes {
		query.Add("route", route)
	}
	for kind, pairs := range map[string]map[string]string{"query": in.Query, "context": in.Context} {
		for name, value := range pairs {
			if name == "" || strings.Contains(name, ":") { // the call would read another name, and send to others
				return "", nil, fmt.Errorf("a name of %s must have a character, and no colon, got %q", kind, name)
			}
			query.Add(kind, name+":"+value)
		}
	}
	switch {
	case in.ConnectionIds == nil && len(query) == 0:
		return "", nil, fmt.Errorf("whom is it for? name connections, or what they have to fit")
	case in.ConnectionIds == nil:
		return broadcastOperation.Path + "?" + query.Encode(), in.Data, nil
	case len(query) > 0:
		return "", nil, fmt.Errorf("it is for connections that are named, or for those that fit, and not for both")
	}
	body := struct {
		ConnectionIds []string `json:"connectionIds"`
		Data          string   `json:"data"`
		Base64        bool     `json:"base64,omitempty"`
	}{in.ConnectionIds, string(in.Data), false}
	if !utf8.Valid(in.Data) {
		body.Data, body.Base64 = base64.StdEncoding.EncodeToString(in.Data), true
	}
	payload, err = json.Marshal(body)
	return broadcastOperation.Path, payload, err
}
