package recorder

import (
	"log/slog"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dragoman-gateway/dragoman/internal/needs"
	"github.com/dragoman-gateway/dragoman/internal/tasks"
	"github.com/dragoman-gateway/dragoman/record"
)

func recorderOf(c Choice, change ...func(*Options)) *Recorder {
	o := Options{Choice: c, Ring: record.NewRing(0, 0), Reports: tasks.NewReporter(slog.New(slog.DiscardHandler))}
	for _, change := range change {
		change(&o)
	}
	return New(o)
}

func TestChoice(t *testing.T) {
	for _, row := range []struct {
		c         Choice
		api, name string
		want      bool
	}{
		{Choice{All: true, Sample: 1}, "a1", "chat", true}, {Choice{All: true, Sample: 1}, "", "", true},
		{Choice{Apis: []string{"a1"}, Sample: 1}, "a1", "chat", true}, {Choice{Apis: []string{"chat"}, Sample: 1}, "a1", "chat", true},
		{Choice{Apis: []string{"a1"}, Sample: 1}, "a2", "chat", false}, {Choice{Apis: []string{"a1"}, Sample: 1}, "", "", false},
		{Choice{Sample: 1}, "a1", "chat", false}, {Choice{All: true}, "a1", "chat", false},
	} {
		if got := recorderOf(row.c).Begin(row.api, row.name, time.Time{}) != nil; got != row.want {
			t.Errorf("%+v: %s (%s) is recorded: %v", row.c, row.api, row.name, got)
		}
	}
	r := recorderOf(Choice{Sample: 1})
	if err := r.SetTaps(true, nil, 1.5); err == nil {
		t.Error("a sample of 1.5 is taken")
	}
	if err := r.SetTaps(false, []string{""}, 1); err == nil {
		t.Error("an API without a name is taken")
	}
	if err := r.SetTaps(true, []string{"a1"}, 0.5); err != nil {
		t.Fatal(err)
	}
	begun := 0
	for range 1000 {
		if r.Begin("a2", "", time.Time{}) != nil {
			begun++
		}
	}
	if begun < 350 || begun > 650 {
		t.Errorf("of 1000 at 0.5, %d are recorded", begun)
	}
}

func TestFlags(t *testing.T) {
	for _, row := range []struct {
		values []string
		want   string // "" for an error
	}{{nil, "off"}, {[]string{"none"}, "off"}, {[]string{"all"}, "all"}, {[]string{"chat", "all"}, "all"}, {[]string{"chat"}, "chat"}, {[]string{"none", "chat"}, ""}, {[]string{""}, ""}} {
		c, err := Chosen(row.values, 1)
		got := "off"
		switch {
		case err != nil:
			got = ""
		case c.All:
			got = "all"
		case len(c.Apis) > 0:
			got = c.Apis[0]
		}
		if got != row.want {
			t.Errorf("--tap %q: got %q, want %q", row.values, got, row.want)
		}
	}
}

// What is not recorded costs nothing.
func TestOffAllocatesNothing(t *testing.T) {
	if needs.Race {
		t.Skip("the race detector allocates on its own")
	}
	off, other := recorderOf(Choice{Sample: 1}), recorderOf(Choice{Apis: []string{"other"}, Sample: 1})
	if n := testing.AllocsPerRun(100, func() {
		off.Begin("a1", "chat", time.Time{}).End(time.Time{})
		other.Begin("a1", "chat", time.Time{}).Add(record.Step{})
	}); n != 0 {
		t.Errorf("got %v allocations, want none", n)
	}
}

// A record is concealed before anybody sees it; one that cannot be is never seen. It is so
// whether it was settled or not.
func TestConceal(t *testing.T) {
	r := recorderOf(Choice{All: true, Sample: 1}, func(o *Options) {
		o.Conceal = func(d *record.Draft) {
			if d.Steps[0].Why == "broken" {
				panic("in the test")
			}
			for _, secret := range d.Secrets {
				d.Each(func(_ record.Name, _, text string) string {
					if text == secret.Value {
						return "hidden"
					}
					return text
				})
			}
		}
	})
	for _, why := range []string{"token", "broken"} {
		d := r.Begin("a1", "", time.Now())
		d.Secret("token")
		d.Add(record.Step{Name: record.Receive, Why: why})
		d.End(time.Now())
	}
	for _, when := range []string{"before", "after"} {
		found := r.Ring().Find(&record.Filter{})
		if len(found) != 1 || found[0].Steps[0].Why != "hidden" || len(found[0].ID) != 16 {
			t.Errorf("%s it is settled: got %+v", when, found)
		}
		r.Ring().Settle(time.Now().Add(time.Hour))
	}
}

// What nobody looks at is concealed all the same, a little later and once; who looks before
// does not have to wait for that.
func TestRecordsSettle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var concealed atomic.Int32
		r := recorderOf(Choice{All: true, Sample: 1}, func(o *Options) {
			o.Conceal = func(*record.Draft) { concealed.Add(1) }
		})
		told := func() *record.Draft {
			d := r.Begin("a1", "", time.Time{})
			d.End(time.Now())
			return d
		}
		first := told()
		for i, row := range []struct {
			sleep time.Duration
			want  int32
		}{
			{0, 0}, {rest / 2, 1}, // somebody looks
			{2*rest + 1, 3}, // and the second is there by now
			{time.Hour, 3},
		} {
			time.Sleep(row.sleep)
			synctest.Wait()
			if i == 1 {
				told()
				r.Ring().Get(first.ID)
			}
			if got := concealed.Load(); got != row.want {
				t.Errorf("%d: %d were concealed, want %d", i, got, row.want)
			}
		}
		if found := r.Ring().Find(&record.Filter{}); len(found) != 2 || concealed.Load() != 3 {
			t.Errorf("settled: %d are found, concealed %d times", len(found), concealed.Load())
		}
		// Once all are settled, the next one has the clock wound up again.
		told()
		time.Sleep(2*rest + 1)
		if synctest.Wait(); concealed.Load() != 4 {
			t.Errorf("the next: %d times", concealed.Load())
		}
	})
}

// With Failures, what fails leaves a record although it is not chosen.
func TestFailures(t *testing.T) {
	r := recorderOf(Choice{Sample: 1}, func(o *Options) { o.Failures = true })
	for _, status := range []int{200, 404, 1006} {
		d := r.Begin("a1", "", time.Time{})
		if d.Status = status; status == 1006 {
			d.Kind = record.Disconnect
		}
		d.End(time.Now())
	}
	if found := r.Ring().Find(&record.Filter{}); len(found) != 1 || found[0].Status != 404 {
		t.Errorf("got %d records, want that of 404 alone", len(found))
	}
}
