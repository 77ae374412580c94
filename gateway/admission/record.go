package admission

import (
	"fmt"
	"strconv"
	"strings"
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
	use := s.look(config.Key, value)
	step := record.Step{Name: record.Key, At: time.Now(), Data: record.Data{record.Text("source", source), record.Some("id", id), record.Some("plan", use.Plan)}}
	if q := use.Quota; q != nil {
		step.Data = append(step.Data, record.Number("used", use.Used), record.Number("quota", q.Limit), record.Text("period", string(q.Period)), record.Text("until", use.Until.Format(time.RFC3339)))
	}
	if r := use.Rate; r != nil {
		step.Data = append(step.Data, record.Text("rate", strconv.FormatFloat(r.PerSecond, 'g', 6, 64)), record.Number("burst", int64(r.Burst)))
	}
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
		step.Why = "the API key " + id + " is faster than the throttle of its usage plan" + called(&use) + " allows" + rated(use.Rate)
	case verdict == throttle.Exhausted:
		step.Why = "the API key " + id + " has used up the quota of its usage plan" + called(&use) + spent(&use)
	default:
		step.Why = "the API key " + id + " may not use the stage " + s.plan.Name
	}
	d.Add(step)
}

// looks are Keys that tell the numbers behind their verdicts.
type looks interface {
	Look(api, stage, route, value string) throttle.Use
}

// look is what a key finds, for its record: the verdict alone does not say how much is left,
// nor when there will be more.
func (s *Stage) look(route, value string) throttle.Use {
	if keys, ok := s.rules.Keys.(looks); ok {
		return keys.Look(s.plan.ApiID, s.plan.Name, route, value)
	}
	return throttle.Use{}
}

// called is a plan's id behind the word.
func called(u *throttle.Use) string {
	if u.Plan == "" {
		return ""
	}
	return " " + u.Plan
}

func rated(r *throttle.Rate) string {
	if r == nil {
		return ""
	}
	return fmt.Sprintf(" (rate %g, burst %d)", r.PerSecond, r.Burst)
}

func spent(u *throttle.Use) string {
	if u.Quota == nil {
		return ""
	}
	return fmt.Sprintf(": %d of %d a %s; there is more from %s on", u.Used, u.Quota.Limit, strings.ToLower(string(u.Quota.Period)), u.Until.Format("2006-01-02 15:04 MST"))
}
