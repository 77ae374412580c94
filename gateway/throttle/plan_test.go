package throttle

import (
	"errors"
	"reflect"
	"testing"
	"time"
)

func day(month time.Month, d, hour int) time.Time {
	return time.Date(2026, month, d, hour, 0, 0, 0, time.UTC)
}

func TestPeriods(t *testing.T) {
	tests := []struct {
		name   string
		period Period
		at     time.Time
		want   time.Time
	}{
		{"a day", Day, day(3, 14, 23), day(3, 14, 0)},
		{"its first moment", Day, day(3, 14, 0), day(3, 14, 0)},
		{"a week, on Saturday", Week, day(3, 14, 12), day(3, 9, 0)},
		{"a week, on Monday", Week, day(3, 9, 0), day(3, 9, 0)},
		{"a week, on Sunday", Week, day(3, 15, 23), day(3, 9, 0)},
		{"a week over the end of a month", Week, day(4, 1, 1), day(3, 30, 0)},
		{"a month", Month, day(3, 31, 23), day(3, 1, 0)},
		{"elsewhere", Day, time.Date(2026, 3, 15, 1, 0, 0, 0, time.FixedZone("", 7200)), day(3, 14, 0)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.period.start(tt.at); !got.Equal(tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

// desk is a table of plans with clocks that are moved by hand.
type desk struct {
	*Plans
	hand hand
	now  time.Time
}

func newDesk(plans ...Plan) *desk {
	d := &desk{now: day(3, 14, 12)}
	d.Plans = NewPlans(d.hand.clock, func() time.Time { return d.now })
	d.Replace(plans)
	return d
}

func (d *desk) granted(t *testing.T, value string, n int) int {
	t.Helper()
	got := 0
	for range n {
		if v, _ := d.Admit("api", "dev", "$connect", value); v == Granted {
			got++
		}
	}
	return got
}

const value, other = "value-of-the-first-key", "value-of-the-second-key"

func plan(change func(*Plan)) Plan {
	p := Plan{ID: "gold", Stages: []PlanStage{{API: "api", Stage: "dev"}}, Keys: []PlanKey{{ID: "k1", Value: value}, {ID: "k2", Value: other}}}
	if change != nil {
		change(&p)
	}
	return p
}

func TestAdmitKnowsKeys(t *testing.T) {
	d := newDesk(plan(nil), Plan{ID: "silver", Stages: []PlanStage{{API: "api", Stage: "prod"}},
		Keys: []PlanKey{{ID: "k3", Value: "third"}, {ID: "k4", Value: "fourth", Disabled: true}, {ID: "k5"}}})
	tests := []struct {
		name, stage, value string
		want               Verdict
		key                string
	}{
		{"first", "dev", value, Granted, "k1"},
		{"second", "dev", other, Granted, "k2"},
		{"of another plan", "prod", "third", Granted, "k3"},
		{"on a stage that its plan does not open", "dev", "third", Unknown, ""},
		{"on a stage that no plan opens", "beta", value, Unknown, ""},
		{"disabled", "prod", "fourth", Unknown, ""},
		{"empty", "prod", "", Unknown, ""},
		{"a part of one", "dev", value[:5], Unknown, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if v, key := d.Admit("api", tt.stage, "$connect", tt.value); v != tt.want || key != tt.key {
				t.Errorf("got %d %q, want %d %q", v, key, tt.want, tt.key)
			}
		})
	}
	if v, _ := NewPlans(nil, nil).Admit("api", "dev", "", value); v != Unknown {
		t.Errorf("an empty table: got %d", v)
	}
}

func TestAdmitThrottles(t *testing.T) {
	limited := func(burst int) Plan {
		return plan(func(p *Plan) {
			p.Rate = &Rate{1, burst}
			p.Stages[0].Routes = map[string]Rate{"slow": {1, 2}}
		})
	}
	d := newDesk(limited(5))
	if got := d.granted(t, value, 10); got != 5 {
		t.Errorf("got %d, want 5", got)
	}
	if v, _ := d.Admit("api", "dev", "$connect", value); v != Throttled {
		t.Errorf("got %d, want throttled", v)
	}
	if got := d.granted(t, other, 10); got != 5 {
		t.Errorf("the other key has a bucket of its own: got %d, want 5", got)
	}
	d.Replace([]Plan{limited(8)})
	if got := d.granted(t, value, 10); got != 3 {
		t.Errorf("a larger burst: got %d, want 3", got)
	}
	d.hand.now += 3600 * second
	slow := 0
	for range 10 {
		if v, _ := d.Admit("api", "dev", "slow", value); v == Granted {
			slow++
		}
	}
	if slow != 2 {
		t.Errorf("a slow route: got %d, want 2", slow)
	}
	d.Replace([]Plan{limited(8)})
	if v, _ := d.Admit("api", "dev", "slow", value); v != Throttled {
		t.Error("the slow route's bucket was filled by a change of plans")
	}
	if got := d.granted(t, value, 10); got != 6 {
		t.Errorf("what the slow route refused cost the key nothing: got %d, want 6", got)
	}
	d.Replace([]Plan{plan(nil)})
	if got := d.granted(t, value, 100); got != 100 {
		t.Errorf("without a throttle: got %d of 100", got)
	}
}

func quota(limit, offset int64, period Period) Plan {
	return plan(func(p *Plan) { p.Quota = &Quota{limit, offset, period} })
}

func TestAdmitCountsQuotas(t *testing.T) {
	d := newDesk(quota(5, 2, Day))
	if got := d.granted(t, value, 10); got != 3 {
		t.Errorf("the first period lacks the offset: got %d, want 3", got)
	}
	if v, key := d.Admit("api", "dev", "$connect", value); v != Exhausted || key != "k1" {
		t.Errorf("got %d %q, want exhausted k1", v, key)
	}
	d.now = day(3, 15, 0)
	if got := d.granted(t, value, 10); got != 5 {
		t.Errorf("the second period is whole: got %d, want 5", got)
	}
	d.now = day(3, 14, 23)
	if got := d.granted(t, value, 10); got != 0 {
		t.Errorf("a clock that is set back begins no period: got %d", got)
	}
	d.now = day(3, 15, 1)
	d.Replace([]Plan{quota(7, 2, Day)})
	if got := d.granted(t, value, 10); got != 2 {
		t.Errorf("a larger quota: got %d, want 2 more", got)
	}
	d.Replace(nil)
	d.Replace([]Plan{quota(7, 0, Day)})
	if got := d.granted(t, value, 10); got != 7 {
		t.Errorf("a plan that was gone begins anew: got %d, want 7", got)
	}
}

func TestThrottledRequestsAreNotCounted(t *testing.T) {
	d := newDesk(plan(func(p *Plan) { p.Rate, p.Quota = &Rate{1, 1}, &Quota{10, 0, Month} }))
	for range 5 {
		d.granted(t, value, 10)
		d.hand.now += second
	}
	want := []Count{{Plan: "gold", Key: "k1", Start: day(3, 1, 0), Period: Month, Used: 5, Added: 5}}
	if got := d.Counts(); !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// TestCountsSurviveARestart: what was flushed is there again, also with what a
// second node has counted.
func TestCountsSurviveARestart(t *testing.T) {
	d := newDesk(quota(10, 0, Week))
	var saved []Count
	keep := func(c []Count) error { saved = c; return nil }
	if err := d.Flush(func([]Count) error { return errors.New("called") }); err != nil {
		t.Errorf("nothing to save: %v", err)
	}
	d.granted(t, value, 3)
	full := errors.New("disk full")
	if err := d.Flush(func([]Count) error { return full }); !errors.Is(err, full) {
		t.Errorf("got %v, want %v", err, full)
	}
	if err := d.Flush(keep); err != nil || len(saved) != 1 || saved[0].Used != 3 || saved[0].Added != 3 {
		t.Errorf("got %v and %v, want 3 used and added", saved, err)
	}
	d.granted(t, value, 1)
	if err := d.Flush(keep); err != nil || saved[0].Used != 4 || saved[0].Added != 1 {
		t.Errorf("got %v and %v, want 4 used and 1 added", saved, err)
	}

	again := newDesk(quota(10, 0, Week))
	again.Restore(append(saved, Count{Plan: "gone", Key: "k1", Start: day(3, 9, 0), Used: 9}))
	if err := again.Flush(func([]Count) error { return errors.New("called") }); err != nil {
		t.Errorf("what was restored is saved again: %v", err)
	}
	again.granted(t, value, 2)
	again.Restore([]Count{{Plan: "gold", Key: "k1", Start: day(3, 9, 0), Used: 7}}) // others used 3
	want := []Count{{Plan: "gold", Key: "k1", Start: day(3, 9, 0), Period: Week, Used: 9, Added: 2}}
	if got := again.Counts(); !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := again.granted(t, value, 10); got != 1 {
		t.Errorf("got %d, want the 1 that is left of 10", got)
	}
	again.Restore([]Count{{Plan: "gold", Key: "k1", Start: day(3, 2, 0), Used: 10}})
	if got := again.Counts()[0].Used; got != 10 {
		t.Errorf("a count of an old period was taken: got %d, want 10", got)
	}

	later := newDesk(quota(10, 4, Week))
	later.now = day(3, 16, 0)
	later.Restore(saved)
	if got := later.granted(t, value, 20); got != 10 {
		t.Errorf("the week after: got %d, want 10, since it is not the first", got)
	}
}

func BenchmarkAdmit(b *testing.B) {
	p := NewPlans(nil, nil)
	p.Replace([]Plan{plan(func(p *Plan) { p.Rate, p.Quota = &Rate{1e9, 1 << 30}, &Quota{1 << 60, 0, Month} })})
	b.ReportAllocs()
	for b.Loop() {
		if v, _ := p.Admit("api", "dev", "$connect", value); v != Granted {
			b.Fatal(v)
		}
	}
}
