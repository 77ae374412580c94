package planes

import (
	"net"
	"time"

	"github.com/dragoman-gateway/dragoman/gateway/peer"
	"github.com/dragoman-gateway/dragoman/record"
)

// Refused records a request that a server of the data listener has refused by itself, and says by
// which trace its answer is to name that, "" for none. Which API it was meant for is not
// known, so that it is recorded where all are.
// Nothing of what came is kept but the method: where a head is malformed nobody can say what in it
// is a secret. So such a record is smaller than those of requests that are served. They come no
// faster: each costs its client a connection, or some of the patience that HTTP/2 has with it.
func (p *Planes) Refused(r peer.Refused) string {
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
	frame := record.Step{Name: record.Frame, At: now, Why: "the gateway answers by itself and closes the connection: where another request would begin is not known", Data: record.Data{
		record.Number("status", int64(r.Status)), record.Text("requestId", r.RequestID), record.Body([]byte(r.Body)),
	}}
	switch {
	case r.Body == "":
		frame.Why, frame.Data = "the stream was reset with PROTOCOL_ERROR, which is how HTTP/2 answers what is no request", record.Data{record.Number("status", int64(r.Status))}
	case r.Open:
		frame.Why = "the gateway answers by itself; other streams of the connection go on"
	}
	d.Add(frame)
	trace := d.Named(r.Status)
	d.End(time.Now())
	return trace
}
