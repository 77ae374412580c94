package own

import (
	"context"
	"encoding/base64"

	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/management/control"
	"github.com/dragoman-gateway/dragoman/management/own/ask"
	"github.com/dragoman-gateway/dragoman/roster"
	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/catalog"
	"github.com/dragoman-gateway/dragoman/wire"
)

// ConnectionsPath is where clients of WebSocket APIs are.
const ConnectionsPath = "/_dragoman/connections"

// How many connections are shown, and posted to by one call.
const (
	usualShown = 100
	mostShown  = roster.MostShown
)

// Roster knows who is connected. Its errors are faults: Gone, LimitExceeded of a client
// that does not read, PayloadTooLarge.
type Roster interface {
	// Connected shows the newest that a filter asks for, of all nodes, and counts all of
	// those. apis are all that the filter's API takes, nil for all. silent are the nodes
	// that gave no answer in time.
	Connected(ctx context.Context, f roster.Filter, apis []string) (newest []roster.Connection, total int, silent []string, err error)
	// Count counts who is connected to any node.
	Count(ctx context.Context) (total int, silent []string, err error)
	Where(ctx context.Context, id string) (api, stage string, err error)
	Post(ctx context.Context, api, stage, id string, data []byte) error
	// Part ends a connection as DeleteConnection does.
	Part(ctx context.Context, api, stage, id string) error
}

// Connections are the operations on who is connected, to any node.
func Connections(c *control.Control, of Roster) []wire.Row {
	k := &connections{c, of}
	id := ask.Path("connectionId")
	return []wire.Row{
		{Handle: k.list, Operation: &wire.Operation{
			Name: "ListConnections", Method: "GET", Path: ConnectionsPath, Status: 200, Shared: true, Input: ask.Query("api", "stage", "route", "text", "limit"),
		}},
		{Handle: k.postMany, Operation: &wire.Operation{
			Name: "PostToConnections", Method: "POST", Path: ConnectionsPath, Status: 200, Shared: true,
			Input: append([]wire.Member{ask.Body("connections", ask.Texts, true)}, sent("message", true)...),
		}},
		{Handle: k.post, Operation: &wire.Operation{
			Name: "PostToConnection", Method: "POST", Path: ConnectionsPath + "/{connectionId}", Status: 200, Shared: true, Input: append([]wire.Member{id}, sent("message", true)...),
		}},
		{Handle: k.remove, Operation: &wire.Operation{
			Name: "DeleteConnection", Method: "DELETE", Path: ConnectionsPath + "/{connectionId}", Status: 204, Shared: true, Input: []wire.Member{id},
		}},
	}
}

// sent are the members of what is sent: a text, or bytes in base64.
// JSON has no bytes: binary messages come as base64, by a member that says so, for a text may
// look like base64.
func sent(name string, required bool) []wire.Member {
	return []wire.Member{ask.Body(name, ask.Text, required), ask.Body("base64", ask.Boolean, false)}
}

// connections asks the planes who is connected, and the store for names alone.
type connections struct {
	*control.Control
	of Roster
}

// list answers the newest connections of the APIs that the caller's key reaches.
func (k *connections) list(ctx context.Context, r *wire.Request) (any, error) {
	limit, err := ask.Limit(r, usualShown, mostShown)
	if err != nil {
		return nil, err
	}
	names, err := k.names(ctx)
	if err != nil {
		return nil, fault.E("own.ListConnections", err)
	}
	api := r.String("api")
	// Named by id or by name, and always among those that the key reaches.
	wanted := func(id string) bool { return r.Reaches(id) && (api == "" || api == id || api == names[id]) }
	// Filtered where the connections are: each node tells of the newest that fit, and never of those
	// of APIs that the key does not reach.
	found, total, silent, err := k.of.Connected(ctx, roster.Filter{
		API: wanted, Stage: r.String("stage"), Route: r.String("route"), Text: r.String("text"), Limit: limit,
	}, reached(names, wanted))
	if err != nil {
		return nil, fault.E("own.ListConnections", err)
	}
	for i := range found {
		found[i].APIName = names[found[i].API]
	}
	// An empty list and not null, as clients of typed languages range over it.
	if found == nil {
		found = []roster.Connection{}
	}
	return unanswered(map[string]any{"connections": found, "total": total}, silent), nil
}

// reached are the APIs that are wanted, by their ids.
func reached(names map[string]string, wanted func(id string) bool) []string {
	// Never nil, which means all: names are those of one account's APIs, and what is all of them
	// here is not all that other nodes serve.
	ids := []string{}
	for id := range names {
		if wanted(id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// unanswered names the nodes of which nothing is in an answer.
func unanswered(answer map[string]any, silent []string) map[string]any {
	// The member is there only where somebody was silent: a process alone never answers it.
	if len(silent) > 0 {
		answer["silent"] = silent
	}
	return answer
}

// names are the names of all APIs by their ids.
func (k *connections) names(ctx context.Context) (names map[string]string, err error) {
	// APIs that cannot be read have no name and keep their clients: they are shown by their ids.
	err = k.Store.View(ctx, func(reader store.Reader) error {
		all, err := catalog.ListApis(ctx, reader)
		names = make(map[string]string, len(all))
		for i := range all {
			if all[i].Noun != nil {
				names[all[i].ApiId] = all[i].Noun.Name
			}
		}
		return err
	})
	return names, err
}

// post sends one message, as PostToConnection of AWS does, for those who sign with a key of the
// management API.
func (k *connections) post(ctx context.Context, r *wire.Request) (any, error) {
	data, err := data(r, "message")
	if err != nil {
		return nil, err
	}
	id := r.Path["connectionId"]
	api, stage, err := k.where(ctx, r, id)
	if err != nil {
		return nil, err
	}
	return nil, told(k.of.Post(ctx, api, stage, id, data))
}

// postMany sends one message to many, and tells of those that it did not reach: it is
// none of theirs that another has left.
func (k *connections) postMany(ctx context.Context, r *wire.Request) (any, error) {
	ids := r.Strings("connections")
	// As many as a list shows: what was selected there can be sent to at once.
	if len(ids) == 0 || len(ids) > mostShown {
		return nil, fault.New(fault.BadRequest, "connections: want 1 to %d ids, got %d", mostShown, len(ids))
	}
	data, err := data(r, "message")
	if err != nil {
		return nil, err
	}
	type failure struct {
		ID      string `json:"id"`
		Message string `json:"message"`
	}
	reached, failed := 0, []failure{}
	for _, id := range ids {
		api, stage, err := k.where(ctx, r, id)
		if err == nil {
			err = told(k.of.Post(ctx, api, stage, id, data))
		}
		// The caller has gone: the rest would count as failed although nobody has tried.
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil {
			failed = append(failed, failure{id, fault.Message(err)})
			continue
		}
		reached++
	}
	return map[string]any{"sent": reached, "failed": failed}, nil
}

// remove ends a connection with close code 1000, as DeleteConnection of AWS does.
func (k *connections) remove(ctx context.Context, r *wire.Request) (any, error) {
	id := r.Path["connectionId"]
	api, stage, err := k.where(ctx, r, id)
	if err != nil {
		return nil, err
	}
	return nil, told(k.of.Part(ctx, api, stage, id))
}

// where finds a connection. That of an API which the key does not reach is gone, for
// whoever may not touch it must not learn that it is there.
func (k *connections) where(ctx context.Context, r *wire.Request, id string) (api, stage string, err error) {
	if api, stage, err = k.of.Where(ctx, id); err == nil && !r.Reaches(api) {
		// Not denied: both answers have to be the same.
		err = fault.New(fault.Gone, "")
	}
	return api, stage, told(err)
}

// told gives words to what backends hear without any. What they hear as gone is not found here,
// as everything is that a key's account does not have.
func told(err error) error {
	if fault.KindOf(err) == fault.Gone && err != nil {
		return fault.New(fault.NotFound, "There is no such connection, or it has ended")
	}
	return err
}

// data is what a call sends.
func data(r *wire.Request, name string) ([]byte, error) {
	text := r.String(name)
	if binary, _ := r.Bool("base64"); !binary {
		return []byte(text), nil
	}
	// Strictly: a message that was cut on its way must not be sent as a shorter one.
	data, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, fault.New(fault.BadRequest, "The %s is no base64", name)
	}
	return data, nil
}
