package wsapi

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/gateway/connection"
)

// A broadcast is an extension: AWS has one call for each client. One call hands one message to
// many, who are named, or are those that fit:
//
//	POST /{stage}/@connections                             {"connectionIds": […], "data": "…"}
//	POST /{stage}/@connections?route=KEY&query=room:7      the message itself
//
// Every caller that may post to one client of the stage may post to many; each message is
// bounded as one by itself is.

// mostList is how many bytes a list of receivers may have beside its message, which base64 makes
// a third longer.
const mostList = 2 << 20

// mostGone is how many of those that are named are asked where they are, under a host that names
// no API: the first may have gone a moment ago, and all that is sent goes to clients of one
// stage.
const mostGone = 16

// broadcast is what a call asks for.
type broadcast struct {
	ids  []string
	pick connection.Pick
	data []byte
}

// readBroadcast reads whom a message is for, and the message. With a selector in the query the
// body is the message itself, as in a call for one client.
func (p *Plane) readBroadcast(text string, body []byte) (*broadcast, error) {
	query, err := url.ParseQuery(text)
	if err != nil { // a selector that is left out, too, would have the message go to more than it is for
		return nil, fault.New(fault.BadRequest, "The query cannot be read: %v", err)
	}
	b := &broadcast{data: body}
	selects := 0
	pairs := map[string]*[]connection.Pair{"query": &b.pick.Query, "context": &b.pick.Context}
	for name, values := range query { // names are case-sensitive, as those of query parameters are
		selects += len(values)
		if name == "route" {
			b.pick.Routes = values
			continue
		}
		into := pairs[name]
		if into == nil { // one that is misspelled would have the message go to more than it is for
			return nil, fault.New(fault.BadRequest, "Unknown parameter %s: a broadcast is for route, query or context", name)
		}
		for _, value := range values {
			key, wanted, ok := strings.Cut(value, ":")
			if !ok || key == "" {
				return nil, fault.New(fault.BadRequest, "%s must be NAME:VALUE, got %q", name, value)
			}
			*into = append(*into, connection.Pair{Name: key, Value: wanted})
		}
	}
	if selects == 0 {
		if err := b.named(body); err != nil {
			return nil, err
		}
	}
	// Every client gets the message in full, so the bound is that of one call for one client.
	if len(b.data) > p.config.Message {
		return nil, fault.New(fault.PayloadTooLarge, "Message too long")
	}
	return b, nil
}

// named reads a list of receivers with a message.
func (b *broadcast) named(body []byte) error {
	var asked struct {
		ConnectionIds []string `json:"connectionIds"`
		Data          *string  `json:"data"`
		Base64        bool     `json:"base64"`
	}
	if json.Unmarshal(body, &asked) != nil || asked.ConnectionIds == nil || asked.Data == nil {
		return fault.New(fault.BadRequest, `Invalid request body: want {"connectionIds": [ids], "data": "text", "base64": whether data is that of bytes}, or the message itself with ?route=, ?query= or ?context=`)
	}
	if len(asked.ConnectionIds) > connection.MostReceivers {
		return fault.New(fault.BadRequest, "connectionIds may have %d items, has %d", connection.MostReceivers, len(asked.ConnectionIds))
	}
	b.ids, b.data = asked.ConnectionIds, []byte(*asked.Data)
	if asked.Base64 {
		var err error
		if b.data, err = base64.StdEncoding.DecodeString(*asked.Data); err != nil {
			return fault.New(fault.BadRequest, "data is not base64")
		}
	}
	return nil
}

// spread sends a broadcast and answers what became of it at each client.
func (p *Plane) spread(w http.ResponseWriter, r *http.Request, at connection.Place, b *broadcast) error {
	var outcomes []connection.Outcome
	var silent []string
	var err error
	// A list that is empty is one for nobody, and none that fits all.
	if b.ids != nil {
		outcomes = p.config.Connections.Broadcast(r.Context(), at, b.ids, b.data)
	} else if outcomes, silent, err = p.config.Connections.BroadcastTo(r.Context(), at, b.pick, b.data); err != nil {
		return connection.Fault(err)
	}
	if err := context.Cause(r.Context()); err != nil {
		return err // the caller has gone
	}
	w.Header().Set("Content-Type", "application/json")
	_, err = w.Write(summary(outcomes, silent))
	return err
}

// summary is {"sent":2,"failed":1,"connections":[{"connectionId":"…","status":200},
// {"connectionId":"…","status":410,"code":"GoneException"}]}, with "silent", nodes that gave no
// answer in time, where there are any. Statuses are those of a call for one client.
func summary(outcomes []connection.Outcome, silent []string) []byte {
	list := make([]byte, 0, 64+len(outcomes)*64)
	failed := 0
	for i, o := range outcomes {
		if i > 0 {
			list = append(list, ',')
		}
		list = append(list, `{"connectionId":`...)
		id, _ := json.Marshal(o.ID) // a text can be written
		list = append(list, id...)
		if o.Err == nil {
			list = append(list, `,"status":200}`...)
			continue
		}
		failed++
		// A client that is too slow or gone is no failure of the call: the others have got it.
		kind := fault.KindOf(connection.Fault(o.Err))
		list = append(list, `,"status":`...)
		list = strconv.AppendInt(list, int64(kind.Status()), 10)
		list = append(append(append(list, `,"code":"`...), kind.Exception()...), `"}`...)
	}
	b := append(make([]byte, 0, len(list)+128), `{"sent":`...)
	b = strconv.AppendInt(b, int64(len(outcomes)-failed), 10)
	b = strconv.AppendInt(append(b, `,"failed":`...), int64(failed), 10)
	b = append(append(append(b, `,"connections":[`...), list...), ']')
	if len(silent) > 0 {
		names, _ := json.Marshal(silent)
		b = append(append(b, `,"silent":`...), names...)
	}
	return append(b, '}')
}
