package admission

import (
	"fmt"
	"strconv"
	"time"

	"github.com/dragoman-gateway/dragoman/gateway/refusal"
	"github.com/dragoman-gateway/dragoman/gateway/throttle"
	"github.com/dragoman-gateway/dragoman/plan"
	"github.com/dragoman-gateway/dragoman/record"
	"github.com/dragoman-gateway/dragoman/resource"
)

// noteConnects records that no new connection is taken.
func noteConnects(d *record.Draft) {
	d.Fail(record.Throttle, time.Now(), "the limit of new connections (--connect-rate) has no token left")
}

// noteThrottle records what is left in the buckets of a route, if it has any.
func noteThrottle(d *record.Draft, gate *throttle.Gate, key string, no *refusal.Refusal) {
	buckets := gate.Buckets()
	if len(buckets) == 0 {
		return
	}
	b := buckets[0]
	for _, other := range buckets[1:] {
		if other.Left < b.Left { // the one that refuses, or will
			b = other
		}
	}
	whose := "the route " + key
	if b.Name != "route" {
		whose = "the account (--account-rate)"
	}
	s := record.Step{Name: record.Throttle, At: time.Now(), Data: record.Data{
		record.Text("bucket", b.Name), record.Text("rate", strconv.FormatFloat(b.PerSecond, 'g', 6, 64)), record.Number("burst", int64(b.Burst)), record.Number("left", int64(b.Left)),
	}}
	limit := fmt.Sprintf("rate %g, burst %d", b.PerSecond, b.Burst)
	if s.Why = fmt.Sprintf("the throttle of %s (%s) has %d tokens left", whose, limit, b.Left); no != nil {
		s.Outcome, s.Why = record.Failed, "the throttle of "+whose+" ("+limit+") has no token left"
	}
	d.Add(s)
}

// noteKey records the judgement of an API key. Its value is a secret.
func (s *Stage) noteKey(d *record.Draft, config *plan.RouteConfig, verdict throttle.Verdict, value, id string) {
	d.Secret(value)
	source := "the header x-api-key"
	if s.plan.Api.ApiKeySelectionExpression == resource.ApiKeyFromContext {
		source = "usageIdentifierKey of the authorizer"
	}
	step := record.Step{Name: record.Key, At: time.Now(), Data: record.Data{record.Text("source", source), record.Some("id", id)}}
	if verdict != throttle.Granted {
		step.Outcome = record.Failed
	}
	switch {
	case verdict == throttle.Granted:
		step.Why = "the API key " + id + " may use the stage"
	case value == "":
		step.Why = "the route " + config.Key + " requires an API key and " + source + " has none"
	case verdict == throttle.Unknown && id == "":
		step.Why = "the API key in " + source + " is none of an usage plan of the stage " + s.plan.Name + ", or it is disabled"
	case verdict == throttle.Throttled:
		step.Why = "the API key " + id + " is faster than the throttle of its usage plan allows"
	case verdict == throttle.Exhausted:
		step.Why = "the API key " + id + " has used up the quota of its usage plan"
	default:
		step.Why = "the API key " + id + " may not use the stage " + s.plan.Name
	}
	d.Add(step)
}
