package tap

import (
	"bytes"
	"net/http"

	"github.com/dragoman-gateway/dragoman/exchange"
	"github.com/dragoman-gateway/dragoman/message"
	"github.com/dragoman-gateway/dragoman/record"
)

// Finish tells all that an exchange has ended, and ends its record. Nothing may be told
// of it later.
func (t *Tap) Finish(x *exchange.Exchange, s Step) {
	d := t.draft
	if d == nil {
		t.Tell(x, s)
		return
	}
	s.draft = d
	t.Tell(x, s)
	t.draft, t.ended = nil, d
	d.Api, d.Stage, d.Route, d.Connection = x.ApiID, x.Stage, x.RouteKey, x.ConnectionID
	if d.Status == 0 {
		d.Status = x.Status
	}
	d.End(s.At)
}

// Recycle has another exchange use what the record of this one was written with, which has ended
// and of which nobody has any part any more.
func (t *Tap) Recycle() {
	t.ended.Recycle()
	t.ended = nil
}

// Log takes what the access log has written of an exchange that has ended into its record, if
// there is one. It keeps nothing of the line.
func (s *Step) Log(line []byte) {
	if s.draft == nil {
		return
	}
	w := s.draft.Step(record.Log, s.At) // the line is written of an exchange that has ended
	w.Why("the access log has a line")
	w.Bytes("line", bytes.TrimRight(line, "\n"))
	w.End(record.OK, 0)
}

// Lines writes the lines of a header into a step.
func Lines(w record.Writer, h message.Header) {
	w.Header()
	for i := range h {
		w.Text(h[i].Name, h[i].Value)
	}
	w.Close()
}

// Request writes the head of a request into a step.
func Request(w record.Writer, r *http.Request, lines message.Header, client string) {
	w.Text("method", r.Method)
	w.Text("path", r.URL.EscapedPath())
	w.Text("query", r.URL.RawQuery)
	Lines(w, lines)
	w.Text("client", client)
}
