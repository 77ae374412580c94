package wsapi

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/dragoman-gateway/dragoman/exchange"
	"github.com/dragoman-gateway/dragoman/gateway/notice"
	"github.com/dragoman-gateway/dragoman/gateway/refusal"
	"github.com/dragoman-gateway/dragoman/gateway/routing"
	"github.com/dragoman-gateway/dragoman/gateway/serving"
	"github.com/dragoman-gateway/dragoman/gateway/socket"
	"github.com/dragoman-gateway/dragoman/internal/uripath"
	"github.com/dragoman-gateway/dragoman/record"
	"github.com/dragoman-gateway/dragoman/resource"
)

// nowhere says why a request leads to no stage. The client is told 403 in all these cases
// and nothing else, so that this is the only place where the difference can be seen.
func nowhere(v *routing.Match, kind notice.Kind, rule string) string {
	api := "the API " + v.Api.ID
	if v.Api.Name != "" {
		api += " (" + v.Api.Name + ")"
	}
	name, _, _ := strings.Cut(strings.TrimPrefix(v.Path, "/"), "/")
	switch {
	case kind == notice.UnknownStage && uripath.Unescape(name) == "@connections":
		return "the path of @connections begins with a stage of " + api + ", as in /STAGE/@connections/ID, and this one names none"
	case kind == notice.UnknownStage && len(v.Api.Stages) == 0:
		return api + " has no stage yet, so that nothing of it is served"
	case kind == notice.UnknownStage:
		return api + " has no stage " + strconv.Quote(notice.Short(name))
	case kind == notice.Disabled:
		return api + " has disableExecuteApiEndpoint, so that custom domains alone lead to it"
	}
	return rule + ": " + strconv.Quote(notice.Short(v.Path))
}

// turnedAway ends the record of a request that is refused before any route is looked for:
// there is no exchange yet, no request id and no line in any access log.
func turnedAway(d *record.Draft, stage *serving.Stage, name record.Name, status int, body, why string) {
	if d == nil {
		return
	}
	if stage != nil {
		d.Stage = stage.Name
	}
	d.Status = status
	d.Fail(name, time.Now(), why)
	d.Add(record.Step{Name: record.Frame, At: time.Now(), Why: "the handshake is refused with " + strconv.Itoa(status), Data: record.Data{
		record.Number("status", int64(status)), record.Body([]byte(bodyOf(body))),
	}})
	d.End(time.Now())
}

// noteRefused records that a handshake was refused, and with what. Where no step has
// failed it was the integration of $connect that said no, which is no failure of any room.
func (m *call) noteRefused(body []byte, f *refusal.Refusal) {
	d := m.tap.Draft()
	if d == nil {
		return
	}
	d.Status = f.Status
	if d.Failure() == nil {
		said := ""
		if m.reply != nil && m.reply.Status != f.Status && m.reply.FunctionError == "" {
			said = fmt.Sprintf(" (the client is told %d, for that is no status of HTTP)", f.Status)
		}
		m.step(record.Response, time.Now(), 0, f, fmt.Sprintf("%s, the integration of $connect, answered %d, and anything but 2xx refuses the handshake%s", m.where(), m.refusedWith(f), said))
	}
	m.step(record.Frame, time.Now(), 0, nil, "the handshake is refused with "+strconv.Itoa(f.Status), record.Number("status", int64(f.Status)), record.Body(body))
}

// refusedWith is the status by which the integration of $connect has refused a client.
func (m *call) refusedWith(f *refusal.Refusal) int {
	if m.reply == nil || m.reply.FunctionError != "" {
		return f.Status
	}
	return m.reply.Status
}

// noteOpened records that a handshake has succeeded. The status of its record is that of
// the answer, 101, whatever the integration of $connect has said.
func (m *call) noteOpened(protocol string) {
	if d := m.tap.Draft(); d != nil {
		d.Status = http.StatusSwitchingProtocols
		m.step(record.Frame, time.Now(), 0, nil, "101: the client is connected as "+m.x.ConnectionID,
			record.Number("status", http.StatusSwitchingProtocols), record.Some("subprotocol", protocol))
	}
}

// noteLeft records that the client was gone before it was told of its 101. There is no
// connection then, and no $disconnect either, although $connect has run.
func (m *call) noteLeft(err error) {
	if d := m.tap.Draft(); d != nil {
		m.step(record.Frame, time.Now(), 0, &refusal.Refusal{}, "the client left during its handshake: "+err.Error())
	}
}

// noteDisconnect records the end of a connection, and the route that is told of it. The
// status of its record is the close code, which is what people filter by: 1001, 1006, 1009.
func (m *call) noteDisconnect() {
	d := m.tap.Draft()
	d.Status = m.x.DisconnectCode
	m.plane.noteClose(d, m.x.RequestTime, m.closedBy, m.x.DisconnectCode, m.x.DisconnectReason)
	m.step(record.Route, time.Now(), 0, nil, "the end of a connection is for the route $disconnect", record.Text("route", resource.DisconnectKey))
	if d.Failure() == nil { // who has closed is what is asked of the end of a connection
		d.Open()
		d.Summary = d.Steps[0].Why
	}
}

// noteEnd records the end of a connection that no route is told of: most APIs have no
// $disconnect, and why a connection has ended is asked all the same.
func (s *session) noteEnd(stage *serving.Stage, code int, reason string) {
	now := time.Now()
	d := s.plane.config.Taps.Draft(s.known.ApiID, stage.Api.Name, now)
	if d == nil {
		return
	}
	d.Kind, d.Stage, d.Connection, d.Status, d.Known = recordKinds[exchange.Disconnect], s.known.Stage, s.known.ID, code, s.known.Secrets
	s.plane.noteClose(d, now, s.socket.EndedBy(), code, reason)
	d.Add(record.Step{Name: record.Route, At: time.Now(), Outcome: record.Skipped, Why: "the API has no $disconnect route, so nobody is told"})
	d.End(time.Now())
}

// noteClose records who has closed a connection, and why. A close of the gateway's own is a
// failure where the client has broken a rule or limit, and the flags that set the limits
// are named; one that was asked for, or that time brings, is none.
func (p *Plane) noteClose(d *record.Draft, at time.Time, by string, code int, reason string) {
	closedBy := by
	if by == socket.ByRule {
		closedBy = socket.ByGateway
	}
	s := record.Step{Name: record.Receive, At: at, Data: record.Data{record.Text("closedBy", closedBy), record.Number("code", int64(code)), record.Text("reason", reason)}}
	with := strconv.Itoa(code)
	if reason != "" {
		with += " " + strconv.Quote(reason)
	}
	switch {
	case by == socket.ByNobody:
		s.Why = "the connection broke without a close frame (" + with + "): the client's process or its network is gone"
	case by == socket.ByClient:
		s.Why = "the client closed with " + with
	case code == tooBig:
		s.Outcome = record.Failed
		s.Why = fmt.Sprintf("the gateway closed with %s: a frame may have %d bytes and a message %d (--max-frame, --max-message)", with, p.config.Frame, p.config.Message)
	case code == goingAway && by == socket.ByRule:
		s.Why = "the gateway closed with " + with + ": --idle-timeout or --max-lifetime is over"
	case code == normal:
		s.Why = "a backend closed it by DELETE @connections, with " + with
	case code == goingAway:
		s.Why = "the gateway closed with " + with + ": it is shutting down, or the API or its stage was deleted"
	default:
		s.Outcome = record.Failed
		s.Why = "the gateway closed with " + with
	}
	d.Add(s)
}

// The close codes that are told apart.
// RFC 6455, 7.4.1.
const (
	normal    = 1000
	goingAway = 1001
	tooBig    = 1009
)
