package mock

import (
	"context"
	"errors"
	"net/http"

	"github.com/dragoman-gateway/dragoman/integration"
	"github.com/dragoman-gateway/dragoman/mapping/json"
	"github.com/dragoman-gateway/dragoman/message"
)

// Invoker answers mock integrations. The zero value is ready for use.
type Invoker struct{}

var _ integration.Invoker = Invoker{}

// errStatus is worded as the execution log words it.
//
//lint:ignore ST1005 the words are AWS's
var errStatus = errors.New("Unable to parse statusCode. It should be an integer defined in request template.")

// Invoke reads the integer statusCode of the rendered template, as permissively
// as templates are read: {statusCode: 200} will do. The Reply has that status
// and nothing else; anything but an integer is ErrConfiguration. Where there is
// no template the status is 200, unless the client's own message has one.
//
// Assumed: 200, which $connect shows.
func (Invoker) Invoke(ctx context.Context, r *integration.Request) (*integration.Reply, error) {
	if err := ctx.Err(); err != nil {
		return nil, message.Failure(err)
	}
	status, ok := statusCode(r.Body)
	if !ok && r.Passed {
		return reply(r, integration.Reply{Status: http.StatusOK, Unchosen: true}), nil
	}
	if !ok {
		return nil, message.Fail(message.ErrConfiguration, errStatus)
	}
	return reply(r, integration.Reply{Status: status}), nil
}

// reply is a reply in the room that its caller has for it, if any.
func reply(r *integration.Request, made integration.Reply) *integration.Reply {
	into := r.Room
	if into == nil {
		into = new(integration.Reply)
	}
	*into = made
	return into
}

func statusCode(body []byte) (int, bool) {
	doc, err := json.Parse(string(body))
	if err != nil {
		return 0, false
	}
	defer doc.Release()
	code, ok := doc.Root().Get("statusCode")
	if !ok || code.Kind() != json.Int {
		return 0, false
	}
	return int(code.Int64()), true
}
