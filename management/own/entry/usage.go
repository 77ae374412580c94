package entry

import (
	"context"
	"errors"
	"time"

	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/management/control"
	"github.com/dragoman-gateway/dragoman/management/own/ask"
	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/catalog"
	"github.com/dragoman-gateway/dragoman/verdict"
	"github.com/dragoman-gateway/dragoman/wire"
)

// UsagePath is where API keys are shown with what they have used.
const UsagePath = "/_dragoman/usage"

// Uses says what keys have used of plans, as far as this node knows, now.
type Uses func(plan, key string) verdict.Used

// Usage is the operation that shows it; there is none without a data plane, which counts.
func Usage(c *control.Control, uses Uses) []wire.Row {
	if uses == nil {
		return nil
	}
	u := &usage{c, uses}
	return []wire.Row{{Handle: u.list, Operation: &wire.Operation{Name: "GetKeyUsage", Method: "GET", Path: UsagePath, Status: 200, Shared: true, Input: ask.Query("api")}}}
}

// usage reads plans and keys from the store, and what was used from whoever counts: the store
// has counts of a second ago.
type usage struct {
	*control.Control
	uses Uses
}

// planUse is a usage plan with its keys.
type planUse struct {
	Plan   string     `json:"usagePlanId"`
	Name   string     `json:"name"`
	Quota  *quotaUse  `json:"quota,omitempty"`    // of each key; absent: there is none
	Rate   *rateUse   `json:"throttle,omitempty"` // of each key; absent: there is none
	Stages []stageUse `json:"apiStages"`
	Keys   []keyUse   `json:"keys"`
}

// quotaUse is how many handshakes a key may make in a period: DAY, WEEK or MONTH.
type quotaUse struct {
	Limit  int32  `json:"limit"`
	Offset int32  `json:"offset"`
	Period string `json:"period"`
}

// rateUse is a token bucket: how many a second, and how many at once.
type rateUse struct {
	Rate  float64 `json:"rateLimit"`
	Burst int32   `json:"burstLimit"`
}

// stageUse is a stage that a plan opens.
type stageUse struct {
	API     string `json:"api"`
	APIName string `json:"apiName"`
	Stage   string `json:"stage"`
}

// keyUse is a key without its value.
type keyUse struct {
	Key     string `json:"apiKeyId"`
	Name    string `json:"name"`
	Enabled bool   `json:"enabled"`
	Used    int64  `json:"used"`
	Left    *int64 `json:"left,omitempty"`  // of the quota; absent without one
	From    string `json:"from,omitempty"`  // of the period, RFC 3339 in UTC
	Until   string `json:"until,omitempty"` // when the next begins
}

// list answers the plans of the caller's region that open a stage of an API which the caller
// reaches, and of those stages these alone. Keys of no plan open nothing and are not here.
func (u *usage) list(ctx context.Context, r *wire.Request) (any, error) {
	found := []planUse{}
	err := u.Store.View(ctx, func(reader store.Reader) error {
		names, err := ask.Names(ctx, reader)
		if err != nil {
			return err
		}
		plans, err := catalog.UsagePlans(r.Region).All(ctx, reader)
		if err != nil {
			return err
		}
		api := r.String("api")
		for _, p := range plans {
			shown := planOf(p, names, func(id string) bool { return r.Reaches(id) && (api == "" || api == id || api == names[id]) })
			// A plan without stages belongs to nobody yet: it is for those who reach all.
			if len(shown.Stages) == 0 && (len(p.ApiStages) > 0 || api != "" || !r.Reaches("")) {
				continue
			}
			if shown.Keys, err = u.keys(ctx, reader, r.Region, p); err != nil {
				return err
			}
			found = append(found, shown)
		}
		return nil
	})
	return map[string]any{"usagePlans": found}, fault.E("entry.GetKeyUsage", err)
}

// planOf is a plan with the stages that a caller reaches: one plan may open APIs of several
// owners, who need not know of each other.
func planOf(p *resource.UsagePlan, names map[string]string, reaches func(string) bool) planUse {
	shown := planUse{Plan: p.Id, Name: p.Name, Stages: []stageUse{}}
	if q := p.Quota; q != nil {
		shown.Quota = &quotaUse{q.Limit, q.Offset, q.Period}
	}
	if t := p.Throttle; t != nil {
		shown.Rate = &rateUse{t.RateLimit, t.BurstLimit}
	}
	for _, s := range p.ApiStages {
		if reaches(s.ApiId) {
			shown.Stages = append(shown.Stages, stageUse{s.ApiId, names[s.ApiId], s.Stage})
		}
	}
	return shown
}

// keys are those of a plan. One that was deleted since has left its place behind.
func (u *usage) keys(ctx context.Context, reader store.Reader, region string, p *resource.UsagePlan) ([]keyUse, error) {
	members, err := catalog.UsagePlanKeys(region, p.Id).Page(ctx, reader, 0, 0)
	if err != nil {
		return nil, err
	}
	keys := []keyUse{}
	for _, member := range members {
		key, err := catalog.ApiKeys(region).Get(ctx, reader, member.Name)
		if errors.Is(err, catalog.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		used := u.uses(p.Id, key.Id)
		shown := keyUse{Key: key.Id, Name: key.Name, Enabled: key.Enabled, Used: used.Used}
		if p.Quota != nil {
			// Two nodes may have let in more than there was: what is left is never below zero.
			shown.Left = new(max(int64(p.Quota.Limit)-used.Used, 0))
			shown.From, shown.Until = moment(used.From), moment(used.Until)
		}
		keys = append(keys, shown)
	}
	return keys, nil
}

// moment is a time on the wire, "" for none.
func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
