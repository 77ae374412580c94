package measure

import (
	"fmt"
	"testing"
	"time"
)

func TestHour(t *testing.T) {
	at := time.Unix(1_000_000*60, 0)
	h := &Hour{Now: func() time.Time { return at }}
	k := Key{"a1", "dev", "GET /pets"}
	s := h.Series(k)
	for i := range 100 {
		s.Add(Event{Status: 200, Latency: time.Duration(i+1) * time.Millisecond, IntegrationLatency: time.Millisecond})
	}
	s.Add(Event{Status: 429, Throttled: true})
	s.Add(Event{Status: 502})
	at = at.Add(59 * time.Minute)
	h.Series(k).Add(Event{Status: 101, Connect: true, Messages: 2})
	h.Series(k).Add(Event{Posted: true, Messages: 1})
	first, all := h.Read()
	if len(all) != 1 || all[0].Key != k || !first.Equal(at.Add(-59*time.Minute)) {
		t.Fatalf("got %v from %s", all, first)
	}
	p := all[0].Points
	if p.Count[0] != 102 || p.ClientErrors[0] != 1 || p.ServerErrors[0] != 1 || p.Throttled[0] != 1 || p.Count[1] != 0 || p.Latency.P50[1] != nil ||
		p.Count[59] != 1 || p.Connects[59] != 1 || p.Messages[59] != 3 || len(p.Count) != Minutes {
		t.Errorf("got %+v", p)
	}
	// What is told is never below the truth, and at most √2 above it.
	for share, told := range map[float64]*float64{50: p.Latency.P50[0], 90: p.Latency.P90[0], 99: p.Latency.P99[0]} {
		if *told < share || *told > share*1.4143 {
			t.Errorf("p%v: got %v ms", share, *told)
		}
	}
	at = at.Add(time.Minute) // an hour is over for the first
	if _, all = h.Read(); all[0].Count[0] != 0 || all[0].Count[58] != 1 {
		t.Errorf("got %v", all[0].Count)
	}
	at = at.Add(240 * time.Hour)
	if _, all = h.Read(); all[0].Count[58] != 0 {
		t.Error("what is days old is there again")
	}
	h.Forget("a1", "other")
	if _, all = h.Read(); len(all) != 1 {
		t.Error("another's stage took it away")
	}
	h.Forget("a1", "")
	if _, all = h.Read(); len(all) != 0 {
		t.Error("it is still there")
	}
}

// What is open is told of each minute in which somebody looked, as the most at a time.
func TestOpenConnections(t *testing.T) {
	at := time.Unix(1_000_000*60, 0)
	open := map[Stage]float64{{API: "a1", Name: "dev"}: 3}
	h := &Hour{Now: func() time.Time { return at }, Open: func() map[Stage]float64 { return open }}
	h.look()
	open = map[Stage]float64{{API: "a1", Name: "dev"}: 2, {API: "a2", Name: "dev"}: 7}
	h.look()
	at = at.Add(time.Minute)
	_, all := h.Read() // looks too, so that what is told is what is now
	if len(all) != 2 || all[0].Key != (Key{"a1", "dev", ""}) {
		t.Fatalf("got %v", all)
	}
	if a, b := all[0].Open, all[1].Open; a[57] != 0 || a[58] != 3 || a[59] != 2 || b[58] != 7 || b[59] != 7 {
		t.Errorf("got %v and %v", a[57:], b[57:])
	}
	if all[0].Count[58] != 0 {
		t.Error("a connection that stays is counted as something that was served")
	}
}

// What is beyond the bound is counted together.
func TestSeriesAreBounded(t *testing.T) {
	h := &Hour{}
	for i := range 2 * MostSeries {
		h.Series(Key{"a", "s", fmt.Sprint(i)}).Add(Event{Status: 200})
	}
	_, all := h.Read()
	sum := uint32(0)
	for _, s := range all {
		for _, n := range s.Count {
			sum += n
		}
	}
	if len(all) != MostSeries+1 || sum != 2*MostSeries {
		t.Errorf("got %d series with %d", len(all), sum)
	}
}

func TestAddingAllocatesNothing(t *testing.T) {
	s := (&Hour{Now: func() time.Time { return time.Unix(60, 0) }}).Series(Key{})
	s.Add(Event{})
	if n := testing.AllocsPerRun(100, func() { s.Add(Event{Status: 200, Latency: time.Second}) }); n != 0 {
		t.Errorf("got %v allocations", n)
	}
}
