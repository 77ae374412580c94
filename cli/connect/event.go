package connect

import (
	"encoding/base64"
	"encoding/json"
	"time"
	"unicode/utf8"

	"github.com/dragoman-gateway/dragoman/cli/connect/script"
)

// kind is what happened, as --json has it.
type kind string

const (
	connected kind = "connected"
	refused   kind = "refused"
	sent      kind = "sent"
	received  kind = "received"
	pong      kind = "pong"
	closed    kind = "closed" // with a close frame
	lost      kind = "lost"   // without one: 1006 of RFC 6455, section 7.1.5
	failed    kind = "failed" // what was asked for could not be done
	noted     kind = "note"
	played    kind = "played"
)

// event is one thing that happened.
type event struct {
	kind  kind
	at    time.Time
	took  time.Duration // since what it answers; negative for unknown
	frame script.Frame

	status  int    // of the handshake
	address string // that was connected to
	code    int    // of the close frame
	ours    bool   // we closed
	text    string // reason, subprotocol, fault

	result *result // played
}

// ended says that the connection is over.
func (e *event) ended() bool { return e.kind == closed || e.kind == lost }

// line is the event as a line of JSON.
func (e *event) line() []byte {
	out := struct {
		Time    string   `json:"time"`
		Event   kind     `json:"event"`
		Address string   `json:"address,omitempty"`
		Status  int      `json:"status,omitempty"`
		Code    int      `json:"code,omitempty"`
		By      string   `json:"by,omitempty"`
		Text    string   `json:"text,omitempty"`
		Body    *string  `json:"body,omitempty"`
		Bytes   *int     `json:"bytes,omitempty"`
		Base64  bool     `json:"base64,omitempty"`
		Took    *float64 `json:"took,omitempty"` // milliseconds
		*result
	}{Time: e.at.UTC().Format("2006-01-02T15:04:05.000Z07:00"), Event: e.kind, Address: e.address, Status: e.status, Code: e.code, Text: e.text, result: e.result}
	if e.kind == sent || e.kind == received {
		body, n := string(e.frame.Body), len(e.frame.Body)
		if out.Base64 = e.frame.Binary || !utf8.Valid(e.frame.Body); out.Base64 {
			body = base64.StdEncoding.EncodeToString(e.frame.Body)
		}
		out.Body, out.Bytes = &body, &n
	}
	if e.took >= 0 {
		ms := float64(e.took.Microseconds()) / 1000
		out.Took = &ms
	}
	if e.kind == closed {
		if out.By = "server"; e.ours {
			out.By = "client"
		}
	}
	text, err := json.Marshal(out)
	if err != nil { // it has texts and numbers alone
		panic(err)
	}
	return append(text, '\n')
}
