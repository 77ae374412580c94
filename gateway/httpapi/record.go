package httpapi

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dragoman-gateway/dragoman/gateway/authorize"
	"github.com/dragoman-gateway/dragoman/gateway/refusal"
	"github.com/dragoman-gateway/dragoman/gateway/tap"
	"github.com/dragoman-gateway/dragoman/integration"
	"github.com/dragoman-gateway/dragoman/mapping/param"
	"github.com/dragoman-gateway/dragoman/message"
	"github.com/dragoman-gateway/dragoman/plan"
	"github.com/dragoman-gateway/dragoman/record"
	"github.com/dragoman-gateway/dragoman/resource"
)

// noteMatch records which stage and which route a request has found.
func (c *call) noteMatch() {
	d := c.tap.Draft()
	d.Kind = record.HTTP // an HTTP API knows no handshakes: one that asks for an upgrade is a request like others
	if c.stage != nil {
		authorize.Private(c.stage.Stage, c.r, nil, c.x, d.Private)
	}
	// Before anything reads the body: what has streamed by cannot be had again.
	c.taken = new(taken)
	c.body.taken = c.taken
	if c.stage == nil || c.stage.Api.DisableExecuteApiEndpoint && !c.visit.Mapped {
		return // the failure says it
	}
	d.Amend(record.Host, 0, record.Text("stage", c.stage.Name))
	w := d.Step(record.Route, time.Now())
	w.Text("method", c.r.Method)
	w.Text("path", c.path)
	w.Texts("candidates", c.stage.HTTP.Router.Candidates(c.path))
	if c.route == nil {
		w.Why("no route fits ", c.r.Method, " ", c.path)
		w.End(record.Skipped, 0)
		return
	}
	// Whoever meets $default asks why no other route did.
	if c.route.Key == resource.DefaultKey {
		w.Why("no other route fits ")
	}
	w.Why(c.r.Method, " ", c.path, " → route ", c.route.Key)
	w.Text("route", c.route.Key)
	if len(c.vars) > 0 {
		w.Object("variables")
		for i := range c.vars {
			w.Text(c.vars[i].Name, c.vars[i].Value)
		}
		w.Close()
	}
	w.End(record.OK, 0)
}

// noteNoRoute records that no route takes the request.
func (c *call) noteNoRoute() {
	d := c.tap.Draft()
	if d == nil {
		return
	}
	d.Fail(record.Route, time.Now(), c.noRoute())
}

// noRoute says why no route takes the request. Routes that fit the path and not the method
// are the usual reason, so they are named, and so is what fits but for a slash at the end or
// but for small and capital letters, which nobody sees in a long path.
func (c *call) noRoute() string {
	router := &c.stage.HTTP.Router
	why := "no route of the API fits " + c.r.Method + " " + c.path + ", and there is no $default"
	switch others := router.Candidates(c.path); {
	case c.stage.DeploymentID == "":
		return c.stage.Undeployed()
	case len(others) > 0:
		why = "no route fits the method " + c.r.Method + " at " + c.path + ": there is " + strings.Join(others, ", ")
	default:
		if similar := c.nearly(); len(similar) > 0 {
			why += "; there is " + strings.Join(similar, ", ")
		}
	}
	if c.isPreflight() {
		why += "; it is a preflight, and the API has no CORS configuration that would answer it"
	}
	return why
}

// nearly are the keys of routes that would take the path with a slash more or less at its
// end, or with other small and capital letters.
func (c *call) nearly() (keys []string) {
	router := &c.stage.HTTP.Router
	other := c.path + "/"
	if short := strings.TrimSuffix(c.path, "/"); short != c.path {
		other = short
	}
	if keys = router.Candidates(other); len(keys) > 0 {
		return keys
	}
	for _, r := range c.stage.Routes {
		if _, path, _ := strings.Cut(r.Key, " "); strings.EqualFold(path, c.path) && len(keys) < mostNearly {
			keys = append(keys, r.Key)
		}
	}
	return keys
}

// mostNearly bounds how many keys a sentence names.
const mostNearly = 5

// noteSize records that a request is larger than it may be.
func (c *call) noteSize(f *refusal.Refusal) {
	why := fmt.Sprintf("the request line and header values have %d bytes and may have %d (--max-headers)", c.headerSize(), c.plane.limits.Header)
	// Of a body that comes in chunks the length is what was read when it became too much.
	if f.Kind == refusal.TooLarge {
		why = fmt.Sprintf("the body has %d bytes and may have %d (--max-body)", c.body.length, c.body.limit)
	}
	c.tap.Draft().Fail(record.Receive, time.Now(), why)
}

// noteCors records what the API's CORS configuration says of an origin, and of what a
// preflight asks for. A browser refuses what is not allowed, whatever is answered.
func (c *call) noteCors(config *plan.Cors, origin, allow string) {
	d := c.tap.Draft()
	// An error's answer is asked for its CORS headers once more: the first step tells all.
	if d == nil || d.Find(record.Cors) != nil {
		return
	}
	s := record.Step{Name: record.Cors, At: time.Now(), Why: "the origin " + origin + " is allowed", Data: record.Data{record.Text("origin", origin), record.Text("allowed", allow)}}
	if allow == "" {
		s.Outcome, s.Why = record.Failed, "the origin "+origin+" is none of the API's allowOrigins"+config.Origins()+", so a browser refuses the answer"
	}
	if c.isPreflight() {
		method, headers := c.header("Access-Control-Request-Method"), c.header("Access-Control-Request-Headers")
		s.Data = append(s.Data, record.Text("method", method), record.Text("headers", headers), record.Truth("answered", c.route == nil))
		switch {
		case allow == "":
		// Judged as a browser does, which alone enforces it.
		case !listed(config.Methods, method) && !simple(method):
			s.Outcome, s.Why = record.Failed, "the method "+method+" is none of the API's allowMethods ("+config.Methods+"), so a browser refuses the request"
		default:
			for header := range strings.SplitSeq(headers, ",") {
				if header = strings.TrimSpace(header); header != "" && !listed(config.Headers, header) {
					s.Outcome, s.Why = record.Failed, "the header "+header+" is none of the API's allowHeaders ("+config.Headers+"), so a browser refuses the request"
				}
			}
		}
	}
	d.Add(s)
}

// listed says whether a list of CORS has a name, or all.
func listed(list, name string) bool {
	return slices.ContainsFunc(strings.Split(list, ","), func(s string) bool {
		s = strings.TrimSpace(s)
		return s == "*" || strings.EqualFold(s, name)
	})
}

// simple says whether a method needs no permission (Fetch Standard, CORS-safelisted
// method).
func simple(method string) bool {
	return method == http.MethodGet || method == http.MethodHead || method == http.MethodPost
}

// noteMapped records parameter mappings with their values.
func (c *call) noteMapped(kind tap.Kind, status string, err error) {
	i := c.route.Integration
	rules, name, why := i.Request, record.Parameters, ""
	if kind == tap.Rendered {
		n, _ := strconv.Atoi(status)
		rules, name, why = i.Responses[n], record.Response, "the response parameters for the status "+status
	}
	// Values are evaluated again for the record, so that who has none pays nothing.
	data, missing := c.parameters(rules)
	s := record.Step{Name: name, At: time.Now(), Why: record.Count(len(data), "parameter is mapped", "parameters are mapped"), Data: record.Data{record.Objects("parameters", data)}}
	if name == record.Response {
		s.Why = why
		s.Data = append(s.Data, record.Text("key", status))
	}
	switch {
	case err != nil:
		s.Why += ", of which one has no value: " + err.Error()
	case missing != "":
		s.Why += ", of which " + missing + " has no value"
	}
	c.tap.Draft().Add(s)
}

func (c *call) parameters(rules param.Rules) (data []record.Data, missing string) {
	for _, rule := range rules {
		value, ok, err := rule.Value(c)
		row := record.Data{record.Text("from", rule.From), record.Text("to", rule.To)}
		if ok && err == nil {
			row = append(row, record.Text("value", value))
		} else {
			// The row stays without its value: a rule that is not shown looks like one that is not there.
			row, missing = append(row, record.Truth("unresolved", true)), rule.From
		}
		data = append(data, row)
	}
	return data, missing
}

// noteValues records the parameters of a call of a service.
func (c *call) noteValues(service *param.Service, values map[string]string) {
	d := c.tap.Draft()
	if d == nil {
		return
	}
	var rows []record.Data
	for _, name := range slices.Sorted(maps.Keys(values)) {
		rows = append(rows, record.Data{record.Text("to", name), record.Text("value", values[name])})
	}
	d.Add(record.Step{Name: record.Parameters, At: time.Now(), Why: record.Count(len(rows), "parameter of ", "parameters of ") + service.Subtype, Data: record.Data{record.Objects("parameters", rows)}})
}

// noteMissing records that a parameter of a service has no value.
func (c *call) noteMissing(i *plan.HTTPIntegration) {
	why := "a request parameter of " + i.Service.Subtype + " has no value"
	for name, from := range i.Resource.RequestParameters {
		// Constants have a value always: one of the others is the one that is missing.
		if strings.HasPrefix(from, "$") {
			why += "; " + name + " is " + from
		}
	}
	c.tap.Draft().Fail(record.Parameters, time.Now(), why)
}

// noteCall records the call of a backend before it is made.
func (c *call) noteCall(method, target string, event []byte) {
	w := c.tap.Draft().Step(record.Integration, time.Now())
	w.Text("type", c.route.Integration.Resource.IntegrationType)
	switch {
	case event != nil:
		w.Why("function ", target)
		w.Text("function", target)
		w.Body(event)
	case method == "service":
		w.Why("service ", target)
		w.Text("method", target)
	default:
		address := c.backendAddress()
		w.Why(method, " ", address)
		w.Text("method", method)
		w.Text("address", address)
		tap.Lines(w, c.buffer.outgoing.Header)
	}
	w.End(record.OK, 0)
}

// backendAddress is where a request to an HTTP backend goes.
func (c *call) backendAddress() string {
	o := &c.buffer.outgoing
	if o.Link != nil {
		return o.Scheme + "://" + o.Link.ID + o.Target
	}
	return o.Scheme + "://" + o.Address + o.Target
}

// noteAnswer records the head of what a backend has answered; its body follows, or is
// there as a whole.
func (c *call) noteAnswer(began time.Time, status int, header message.Header, content []byte) {
	d := c.tap.Draft()
	if d == nil {
		return
	}
	// What was read whole is known now; a stream's bytes come by the relay.
	c.taken.backend(content)
	w := d.Step(record.Backend, began)
	w.Why(c.called(), " → ")
	w.WhyNumber(status)
	w.Number("status", int64(status))
	tap.Lines(w, header)
	w.End(record.OK, time.Since(began))
}

// called is what was called, in a few words.
func (c *call) called() string {
	i := c.route.Integration
	switch {
	case i.Backend == plan.ToFunctionProxy:
		return "the function " + i.Function
	case i.Backend == plan.ToService:
		return i.Service.Subtype
	}
	return c.buffer.outgoing.Method + " " + c.backendAddress()
}

// noteFunction records what a function has answered.
func (c *call) noteFunction(began time.Time, function string, reply *integration.Reply) {
	d := c.tap.Draft()
	if d == nil {
		return
	}
	c.taken.backend(reply.Body)
	s := record.Step{Name: record.Backend, At: began, Took: time.Since(began), Why: "the function " + function + " answered", Data: record.Data{record.Number("status", int64(reply.Status))}}
	ofFunction(&s, function, reply)
	d.Add(s)
}

// ofFunction puts into a step how the function itself has failed, and what it has logged. The
// reply of a call that failed before the function did is nil.
func ofFunction(s *record.Step, function string, reply *integration.Reply) {
	if reply == nil {
		return
	}
	if reply.FunctionError != "" {
		words, stack := message.FunctionFailure(reply.Body)
		// A runtime that ended without a word has no errorMessage: what Lambda calls it stays.
		if words == "" {
			words = reply.FunctionError
		}
		s.Outcome, s.Why = record.Failed, "the function "+function+" failed: "+words
		s.Data = append(s.Data, record.Text("functionError", words), record.Some("stack", stack))
	}
	// Of functions that run here alone: those on AWS log where they are.
	if len(reply.Logs) > 0 {
		s.Data = append(s.Data, record.Texts("logs", reply.Logs))
	}
}

// noteFailure makes sure that the record says why the request has failed.
func (c *call) noteFailure(f *refusal.Refusal) {
	d := c.tap.Draft()
	// The step that failed first is the reason; a refused origin fails in the browser alone, and
	// must not hide what the gateway has refused.
	if d == nil || d.Failure() != nil && d.Failure().Name != record.Cors {
		return
	}
	name, why := record.Integration, f.Message
	if f.Cause != nil {
		why = f.Cause.Error()
	}
	switch {
	case c.stage == nil:
		name, why = record.Host, c.noStage()
	case c.stage.Api.DisableExecuteApiEndpoint && !c.visit.Mapped && f.Kind == refusal.NotFound:
		name, why = record.Host, "the API has disableExecuteApiEndpoint, so that custom domains alone lead to it"
	case f.Kind == refusal.ClientGone:
		name, why = record.Frame, "the client went away before it was answered"
	case f.Kind == refusal.BadBody:
		name = record.Receive
	case f.Kind == refusal.TooLarge:
		name, why = record.Receive, fmt.Sprintf("the body is larger than the %d bytes that it may have (--max-body)", c.body.limit)
	case f.Kind == refusal.Busy:
		name, why = record.Receive, "the gateway has no memory for the request now (--max-bodies)"
	// Nobody's mapping and no error behind it: then it was the path that was refused.
	case f.Kind == refusal.BadParameters && c.route != nil:
		name = record.Parameters
		if c.body.from == nil && f.Cause == nil {
			why = "the path " + c.path + " is not one that may be handed to the backend: it can be read in several ways or has dot segments"
		}
	case f.Kind == refusal.TimedOut:
		name, why = record.Backend, fmt.Sprintf("%s did not answer within %s", c.called(), c.plane.timeout(c.route.Integration))
	case f.Kind == refusal.Unreachable:
		name, why = record.Backend, c.called()+" did not answer: "+why+c.stage.Unset(c.route.Integration.Resource)
	case f.Kind == refusal.Integration, f.Kind == refusal.Uncallable:
		name, why = record.Backend, c.called()+": "+why+c.stage.Unset(c.route.Integration.Resource)
	case f.Kind == refusal.Configuration && c.route != nil && c.route.Integration == nil:
		why = "the route " + c.route.Key + " has no target: no integration is attached to it"
	case f.Kind == refusal.Configuration && c.route != nil && c.route.Integration.Err != nil:
		why = "the integration cannot be called as it is configured: " + why + c.stage.Unset(c.route.Integration.Resource)
	}
	d.Fail(name, time.Now(), why)
}

// noStage says which stage a path has named that there is not.
func (c *call) noStage() string {
	if len(c.visit.Api.Stages) == 0 {
		return "the API " + c.visit.Api.ID + " has no stage yet, so that nothing of it is served"
	}
	name, _, _ := strings.Cut(strings.TrimPrefix(c.visit.Path, "/"), "/")
	return "the API " + c.visit.Api.ID + " has no stage " + strconv.Quote(name) + " and no stage $default"
}

// noteFrame records the head of the answer; its body follows.
func (c *call) noteFrame(status int, h message.Header) {
	d := c.tap.Draft()
	if c.taken == nil {
		// A request that failed before its route was sought has none yet.
		c.taken = new(taken)
	}
	w := d.Step(record.Frame, time.Now())
	w.WhyNumber(status)
	w.Why(" ", http.StatusText(status), kept(d))
	w.Number("status", int64(status))
	tap.Lines(w, h)
	w.End(record.OK, 0)
}

// noteBroken records that an answer broke off behind its head. The client has its status, which
// stays that of the record, and half of a body, which no status tells of.
func (c *call) noteBroken(in *integration.Incoming, err error) {
	d := c.tap.Draft()
	if d == nil {
		return
	}
	sent := strconv.FormatInt(c.x.HTTP.ResponseLength, 10)
	if in.Length >= 0 {
		sent += " of " + strconv.FormatInt(in.Length, 10)
	}
	if errors.Is(err, errClient) {
		d.Fail(record.Frame, time.Now(), "the client went away after "+sent+" bytes of the answer")
		return
	}
	d.Fail(record.Backend, time.Now(), c.called()+" → "+strconv.Itoa(in.Status)+", and its answer broke off after "+sent+" bytes: "+err.Error())
}

// noteEnd puts the bodies into the record, which are known only now.
func (c *call) noteEnd() {
	d := c.tap.Draft()
	if d == nil || c.taken == nil {
		return
	}
	c.noteOrigin(d)
	if c.body.from != nil {
		c.taken.amend(d, record.Receive, time.Time{}, 0)
		if c.route != nil && c.route.Integration != nil && c.route.Integration.Backend != plan.ToFunctionProxy && c.body.streams {
			c.taken.amend(d, record.Integration, time.Time{}, 0)
		}
	}
	// Bodies are amended and no steps of their own: a body belongs to who has sent it.
	c.taken.amend(d, record.Backend, time.Time{}, 1)
	c.taken.amend(d, record.Frame, time.Now(), 2)
}

// kept says of an answer to a replay that no client has it.
func kept(d *record.Draft) string {
	if d != nil && d.Replay != "" {
		return " → not sent: this is a replay"
	}
	return ""
}
