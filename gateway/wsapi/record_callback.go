package wsapi

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/dragoman-gateway/dragoman/exchange"
	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/gateway/tap"
	"github.com/dragoman-gateway/dragoman/record"
)

// noteCallback records a call of @connections once it is answered. Which API it belongs to
// is often known only by its connection, so that the record may begin here.
func (p *Plane) noteCallback(r *http.Request, c *callback, err error) {
	d := c.visit.Draft
	// A bare host names no API: whoever taps one API alone is to see its callbacks all the same.
	if c.stage != nil && (d == nil || d.Api == "") {
		if of := p.config.Taps.Draft(c.stage.ApiID, c.stage.Api.Name, c.began); of != nil {
			w := of.Step(record.Receive, c.began)
			tap.Request(w, r, c.visit.Client.Header, c.visit.Client.Address)
			w.End(record.OK, 0)
			d, c.visit.Draft = of, of
			d.Known = c.known
		}
	}
	if d == nil {
		return
	}
	// A copy: the id is a part of the request's path.
	d.Kind, d.Connection, d.Status = record.Callback, strings.Clone(c.id), http.StatusOK
	if c.stage != nil {
		d.Stage = c.stage.Name
		d.Amend(record.Host, 0, record.Text("stage", c.stage.Name))
	}
	// The body is read behind the caller's being judged, so that the first step gets it late.
	body := p.shownOf(c)
	d.Amend(record.Receive, 0, body)
	// The path is long and its id escaped: who has called about whom is what a list shows.
	if s := d.Find(record.Receive); s != nil {
		s.Why = r.Method + " of " + c.whom("the connection ") + " by " + c.visit.Client.Address
	}
	c.outcome(d, r.Method, p.config.Message, body, err)
	d.End(time.Now())
}

// whom names the clients that a call is for; one is called so.
func (c *callback) whom(one string) string {
	if c.many == nil {
		return one + c.id
	}
	if c.many.ids == nil {
		return "the connections that fit"
	}
	return strconv.Itoa(len(c.many.ids)) + " connections"
}

// outcome records whether the caller was let in, and what became of the call.
func (c *callback) outcome(d *record.Draft, method string, most int, body record.Member, err error) {
	kind := fault.KindOf(err)
	now := time.Now()
	// Took is that of the whole call: judging is not timed apart from the rest.
	judged := record.Step{Name: record.Authorize, At: c.began, Took: now.Sub(c.began), Why: "the caller may call @connections"}
	if err != nil {
		d.Status = kind.Status()
	}
	// What the caller is told of a signature has in its further lines what was signed.
	why := exchange.FirstLine(fault.Message(err))
	switch {
	case err != nil && kind == fault.PayloadTooLarge:
		d.Fail(record.Receive, now, c.tooLong(most, why))
	case err != nil && !c.judged:
		judged.Outcome, judged.Why = record.Failed, "the caller may not call @connections: "+why+"; --credentials FILE opens it to those who sign"
	}
	d.Add(judged)
	s := record.Step{Name: record.Frame, At: now, Data: record.Data{record.Number("status", int64(d.Status))}}
	switch {
	case err == nil && method == http.MethodPost:
		s.Why = strconv.Itoa(len(c.body)) + " B → sent to " + c.whom("")
		s.Data = append(s.Data, body)
	// Documented: API Gateway Management API Reference, DeleteConnection: 204, where both others
	// answer 200.
	case err == nil && method == http.MethodDelete:
		d.Status = http.StatusNoContent
		s.Data[0] = record.Number("status", http.StatusNoContent)
		s.Why = "the connection " + c.id + " is closed"
	case err == nil:
		s.Why = "the connection " + c.id + " is there"
	case kind == fault.Gone && c.id == "":
		s.Outcome = record.Failed
		s.Why = "GoneException: the path names no connection: it is /STAGE/@connections/ID"
	case kind == fault.Gone:
		s.Outcome = record.Failed
		s.Why = "GoneException: no client is connected as " + c.id + ": it has left, or it was never connected to this stage"
	default:
		s.Why = "the call is refused with " + strconv.Itoa(d.Status)
		if !known(method) {
			why = "@connections knows POST, GET and DELETE, and no " + method
		}
		// One step is the failed one: what a signature or size has refused is not told twice.
		if d.Failure() == nil {
			s.Outcome, s.Why = record.Failed, s.Why+": "+why
		}
		s.Data = append(s.Data, record.Body([]byte(bodyOf(fault.Message(err)))))
	}
	d.Add(s)
}

// known says whether @connections has an operation of a method.
// Documented: API Gateway Management API Reference: PostToConnection, GetConnection,
// DeleteConnection.
func known(method string) bool {
	return method == http.MethodPost || method == http.MethodGet || method == http.MethodDelete
}

// tooLong says how long a message was, where its sender has said so, and how long it may be.
// The flag is named, since AWS's bound is met here by whoever has not raised it.
func (c *callback) tooLong(most int, why string) string {
	if c.length > int64(most) {
		return fmt.Sprintf("the message has %d bytes and may have %d (--max-message)", c.length, most)
	}
	return fmt.Sprintf("a message may have %d bytes (--max-message): %s", most, why)
}
