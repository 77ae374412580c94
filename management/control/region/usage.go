package region

import (
	"context"
	"time"

	"github.com/dragoman-gateway/dragoman/management/control/family"
	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/store/catalog"
	"github.com/dragoman-gateway/dragoman/store/usage"
	"github.com/dragoman-gateway/dragoman/wire"
)

// mostDays is how many days one call may ask for.
// Assumed: AWS has a bound too, which is not documented; counts are kept for that long.
const mostDays = usage.Kept

// usageAnswer is the answer of GetUsage.
// Documented: API Gateway V1 API Reference, Usage: the daily log of a key has what it has
// used on the day and what is left of its quota, a list of two numbers for each day.
type usageAnswer struct {
	UsagePlanId string               `json:"usagePlanId"`
	StartDate   string               `json:"startDate"`
	EndDate     string               `json:"endDate"`
	Position    string               `json:"position,omitempty"`
	Items       map[string][][]int64 `json:"values"`
}

// usageQuery is what a call asks for.
type usageQuery struct {
	plan       *resource.UsagePlan
	keys       []string
	start, end time.Time
}

// getUsage answers what the keys of a plan have used.
func getUsage(m *family.Plane) wire.Handler {
	return func(ctx context.Context, r *wire.Request) (any, error) {
		q, position, err := readUsage(ctx, m, r)
		if err != nil {
			return nil, err
		}
		answer := usageAnswer{UsagePlanId: q.plan.Id, StartDate: r.String("startDate"), EndDate: r.String("endDate"), Position: position, Items: map[string][][]int64{}}
		used, first, err := q.days(ctx, m)
		if err != nil {
			return nil, err
		}
		for _, key := range q.keys {
			answer.Items[key] = q.log(used[key], first[key])
		}
		return answer, nil
	}
}

// readUsage reads what is asked for, and which keys of the plan are on the page.
func readUsage(ctx context.Context, m *family.Plane, r *wire.Request) (*usageQuery, string, error) {
	q := new(usageQuery)
	var err error
	if q.start, err = usageDay(r, "startDate"); err != nil {
		return nil, "", err
	}
	if q.end, err = usageDay(r, "endDate"); err != nil {
		return nil, "", err
	}
	switch {
	case q.end.Before(q.start):
		return nil, "", family.BadRequest("Invalid date range: the end date is before the start date")
	case q.end.Sub(q.start) > mostDays*24*time.Hour:
		return nil, "", family.BadRequest("Invalid date range: at most %d days at once", mostDays)
	}
	after, limit, err := family.Page(r, olderPage)
	if err != nil {
		return nil, "", err
	}
	var position string
	err = m.View(ctx, r, func(s *family.Sight) (err error) {
		if q.plan, err = UsagePlans().Find(ctx, s, r.Path["usageplanId"]); err != nil {
			return err
		}
		if key := r.String("keyId"); key != "" {
			s.Below = q.plan.Id
			q.keys = []string{key}
			_, err = catalog.UsagePlanKeys(s.Region, q.plan.Id).Get(ctx, s.Reader, key)
			if family.IsNotFound(err) {
				err = UsagePlanKeys().Missing(r, key)
			}
			return err
		}
		// One more than the page has tells whether there is another page.
		members, err := catalog.UsagePlanKeys(s.Region, q.plan.Id).Page(ctx, s.Reader, after, limit+1)
		if len(members) > limit {
			members = members[:limit]
			position = family.PageToken(members[limit-1].Created)
		}
		for _, member := range members {
			q.keys = append(q.keys, member.Name)
		}
		return err
	})
	return q, position, err
}

// usageDay reads a day. Documented: API Gateway V1 API Reference, GetUsage: such as
// 2016-01-01.
func usageDay(r *wire.Request, name string) (time.Time, error) {
	at, err := time.Parse(usage.DayForm, r.String(name))
	if err != nil {
		return at, family.BadRequest("Invalid %s specified: must be a date in the form yyyy-MM-dd", name)
	}
	return at, nil
}

// days reads what was counted of the keys, by key and day, from the beginning of the
// period in which the first day lies, and when each was first used.
func (q *usageQuery) days(ctx context.Context, m *family.Plane) (used map[string]map[string]int64, first map[string]string, err error) {
	used, first = map[string]map[string]int64{}, map[string]string{}
	key := ""
	if len(q.keys) == 1 {
		key = q.keys[0]
	}
	from := resource.PeriodStart(q.period(), q.start)
	days, err := usage.Of(m.Store).Days(ctx, q.plan.Id, key, from.Format(usage.DayForm), q.end.Format(usage.DayForm))
	if err != nil {
		return nil, nil, err
	}
	for _, d := range days {
		if used[d.Key] == nil {
			used[d.Key] = map[string]int64{}
		}
		used[d.Key][d.Day] = d.Used
	}
	if q.plan.Quota == nil || q.plan.Quota.Offset == 0 {
		return used, first, nil
	}
	totals, err := usage.Of(m.Store).Totals(ctx, q.plan.Id, from.Format(usage.DayForm))
	for _, t := range totals {
		first[t.Key] = t.First
	}
	return used, first, err
}

func (q *usageQuery) period() string {
	if q.plan.Quota == nil {
		return ""
	}
	return q.plan.Quota.Period
}

// log is what a key has used on each day, and what was left of its quota at its end.
//
// Assumed: days without a request are there too; what is left is never below zero, and
// -1 where the plan has no quota.
func (q *usageQuery) log(used map[string]int64, first string) [][]int64 {
	log := [][]int64{}
	sum, period := int64(0), time.Time{}
	// What is left on the first day depends on all days of its period before it.
	for day := resource.PeriodStart(q.period(), q.start); !day.After(q.end); day = day.AddDate(0, 0, 1) {
		if start := resource.PeriodStart(q.period(), day); !start.Equal(period) {
			period, sum = start, q.offset(start, first)
		}
		n := used[day.Format(usage.DayForm)]
		sum += n
		if day.Before(q.start) {
			continue
		}
		left := int64(-1)
		if q.plan.Quota != nil {
			left = max(0, int64(q.plan.Quota.Limit)-sum)
		}
		log = append(log, []int64{n, left})
	}
	return log
}

// offset is what is taken off the quota in a period: in the one in which the key was first
// used, as where it is counted.
func (q *usageQuery) offset(start time.Time, first string) int64 {
	if q.plan.Quota == nil || first == "" || first < start.Format(usage.DayForm) || first >= resource.PeriodEnd(q.period(), start).Format(usage.DayForm) {
		return 0
	}
	return int64(q.plan.Quota.Offset)
}
