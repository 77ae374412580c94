package tap

import (
	"bytes"
	"strings"
	"time"

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
	s.Line = func(line []byte) {
		w := d.Step(record.Log, time.Now())
		w.Why("the access log has a line")
		w.Bytes("line", bytes.TrimRight(line, "\n"))
		w.End(record.OK, 0)
	}
	t.Tell(x, s)
	t.draft = nil
	d.Api, d.Stage, d.Route, d.Connection = x.ApiID, x.Stage, x.RouteKey, x.ConnectionID
	if d.Status == 0 {
		d.Status = x.Status
	}
	d.End(time.Now())
}

// Lines is a header as a record has it: a copy.
func Lines(h message.Header) record.Member {
	size := 0
	for _, f := range h {
		size += len(f.Name) + len(f.Value)
	}
	var b strings.Builder
	b.Grow(size)
	for _, f := range h {
		b.WriteString(f.Name)
		b.WriteString(f.Value)
	}
	all, lines := b.String(), make(record.Data, len(h))
	for i, f := range h {
		name, value := all[:len(f.Name)], all[len(f.Name):len(f.Name)+len(f.Value)]
		lines[i], all = record.Text(name, value), all[len(f.Name)+len(f.Value):]
	}
	return record.Header(lines)
}
