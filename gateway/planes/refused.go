package planes

import (
	"net"
	"time"

	"github.com/dragoman-gateway/dragoman/gateway/http1"
	"github.com/dragoman-gateway/dragoman/record"
)

// Refused records a request that the server of HTTP/1.1 has refused by itself, and says by
// which trace its answer is to name that, "" for none. Which API it was meant for is not
// known, so that it is recorded where all are.
// Nothing of what came is kept but the method: where a head is malformed nobody can say what in it
// is a secret. So such a record is smaller than those of requests that are served, and since each
// costs its client a connection they come no faster.
func (p *Planes) Refused(r http1.Refused) string {
	now := time.Now()
	d := p.options.Observers.Taps.Draft("", "", now)
	if d == nil {
		return ""
	}
	client, _, err := net.SplitHostPort(r.Client)
	if err != nil {
		client = r.Client // clients of this process have no port
	}
	d.Kind, d.Status = record.HTTP, r.Status
	d.Add(record.Step{Name: record.Receive, At: now, Outcome: record.Failed, Why: r.Why, Data: record.Data{
		record.Text("method", r.Method), record.Text("client", client),
	}})
	d.Add(record.Step{Name: record.Frame, At: now, Why: "the gateway answers by itself and closes the connection: where another request would begin is not known", Data: record.Data{
		record.Number("status", int64(r.Status)), record.Text("requestId", r.RequestID), record.Body([]byte(r.Body)),
	}})
	trace := d.Named(r.Status)
	d.End(time.Now())
	return trace
}
