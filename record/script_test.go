package record

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dragoman-gateway/dragoman/internal/needs"
	"github.com/dragoman-gateway/dragoman/record/mask"
)

// everything is a record with members of all kinds.
func everything(secret string) *Record {
	return &Record{ID: "7f3a", Time: began, Duration: 4 * time.Millisecond, Kind: HTTP, Api: "a1", ApiName: "chat", Stage: "dev", Route: "GET /", Status: 200, Summary: "sum " + secret, Steps: []Step{
		{Name: Receive, At: began, Why: "came " + secret, Data: Data{
			Text("method", "GET"), Header(Data{Text("A", "1"), Text("A", secret)}), Body([]byte("\xff" + secret)), Some("none", ""),
		}},
		{Name: Request, At: began.Add(-time.Second), Took: time.Millisecond, Outcome: Skipped, Data: Data{
			Objects("references", []Data{{Text("text", "$a"), Number("line", -3), Truth("unresolved", true), Truth("not", false)}}),
			Texts("candidates", []string{"a", "", secret}), Object("o", Data{Object("inner", Data{Text("x", strings.Repeat("y", 2*Kept))})}),
		}},
		{Name: Frame, Outcome: Failed, Why: "because"},
	}}
}

// What a script is read as is what was told.
func TestScriptsSayTheSame(t *testing.T) {
	r := everything("secret")
	d := Draft{Record: *r, open: true}
	d.Steps = nil
	if !d.apply(string(r.script(nil, r.Time))) {
		t.Fatal("it cannot be read")
	}
	if got, want := string(d.Append(nil)), string(r.Append(nil)); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

// A Writer writes what the members of a Step would.
func TestWriters(t *testing.T) {
	long := strings.Repeat("é", Kept) // cut in the middle of a character
	made, written := Begin(began, func(*Draft) {}), Begin(began, func(*Draft) {})
	made.Add(Step{Name: Route, At: began.Add(time.Second), Took: time.Minute, Outcome: Skipped, Why: `by "x" 200 → y`, Data: Data{
		Text("t", "x"+long), Text("b", "x"+long), Number("n", 1<<40), Truth("f", false), Body([]byte("x" + long)), Texts("l", []string{"a", "b"}),
		Objects("o", []Data{{Text("k", "v")}}), Object("p", Data{Text("k", "v")}), Header(Data{Text("H", "v"), Text("H", "w")}), Number("m", 7),
	}})
	w := written.Step(Route, began.Add(time.Second))
	w.Why("by ")
	w.WhyQuoted("x")
	w.Why(" ")
	w.WhyNumber(200)
	w.Text("t", "x"+long)
	w.Bytes("b", []byte("x"+long))
	w.Number("n", 1<<40)
	w.Truth("f", false)
	w.Body([]byte("x" + long))
	w.Texts("l", []string{"a", "b"})
	w.List("o")
	w.Object("")
	w.Text("k", "v")
	w.Close()
	w.Close()
	w.Object("p")
	w.Text("k", "v")
	w.Close()
	w.Header()
	w.Text("H", "v")
	w.Text("H", "w")
	w.Close()
	w.Member(Number("m", 7))
	w.Member(Member{})
	w.Why("", " → y")
	w.End(Skipped, time.Minute)
	for _, d := range []*Draft{made, written} {
		d.AmendBody(Route, began.Add(3*time.Second), []byte("later"), 9)
		d.AmendBody(Model, time.Time{}, []byte("of no step"), 9)
		d.Open()
	}
	got, want := string(written.Append(nil)), string(made.Append(nil))
	if got != want || strings.Count(got, `"body":"later","bytes":9`) != 1 || strings.Contains(got, "of no step") || made.Steps[0].Took != 2*time.Second {
		t.Errorf("got %s\nwant %s", got, want)
	}
	var none *Draft
	w = none.Step(Route, began)
	w.Why("a")
	w.Header()
	w.Body(nil)
	w.Close()
	w.End(OK, 0)
}

// What is told of a draft is the same whether it is opened early or late.
func TestOpenedDraftsTakeMore(t *testing.T) {
	tell := func(open bool) string {
		d := Begin(began, func(*Draft) {})
		d.Private("A", "secret")
		d.Add(Step{Name: Receive, At: began, Why: "first"})
		if open {
			d.Open()
		}
		d.Add(Step{Name: Route, At: began, Outcome: Failed, Why: "second"})
		d.Amend(Receive, time.Second, Text("a", "b"))
		d.Secret("other")
		d.Fail(Model, began, "third")
		d.End(began.Add(time.Second))
		d.close()
		d.Open()
		d.Summarize()
		return fmt.Sprint(string(d.Append(nil)), d.Secrets, d.Failure().Name)
	}
	if early, late := tell(true), tell(false); early != late || !strings.Contains(late, "[{A secret} { other}]route") {
		t.Errorf("opened early it is %s\nlate %s", early, late)
	}
}

// A record that is kept has nothing of the draft that another exchange uses, nor has that one
// anything of it.
func TestDraftsAreUsedAgain(t *testing.T) {
	g := NewRing(100, 0)
	tell := func(id string, open bool) {
		d := Begin(began, g.Keep)
		if d.ID != "" || d.Status != 0 || !d.Empty() || d.Origin != nil || d.Known != nil || d.Failure() != nil || d.Kept != nil || d.Because != nil || d.many {
			t.Fatalf("%s begins with %+v", id, d)
		}
		d.ID, d.Api, d.Origin, d.Status, d.Known = id, "api-"+id, id, 500, &mask.Secrets{}
		d.Kept, d.Because = func(int) bool { return true }, func(*Draft) string { return "" }
		for i := range 2 * few {
			d.Private("", fmt.Sprint("secret-", id, i))
		}
		d.Add(Step{Name: Route, At: began, Outcome: Failed, Why: "why-" + id, Data: Data{Text("is", id)}})
		if open {
			d.Open()
		}
		d.Recycle() // does nothing to one under way
		d.End(began)
		d.End(began)
		d.Recycle()
	}
	var all sync.WaitGroup
	for worker := range 4 {
		all.Go(func() {
			for i := range 20 {
				tell(fmt.Sprintf("%d-%02d", worker, i), i%3 == 0)
			}
		})
	}
	all.Wait()
	for _, r := range g.Find(&Filter{}) {
		if text := string(r.Append(nil)); strings.Count(text, r.ID) != 5 || r.Origin != r.ID || len(r.Steps) != 1 || strings.Contains(text, "secret-") {
			t.Errorf("%s: got %s", r.ID, text)
		}
	}
	if n, _ := g.Size(); n != 80 {
		t.Errorf("%d records are kept, want 80", n)
	}
}

// A record is not changed by what becomes of the bytes that it was told of.
func TestRecordsOwnTheirTexts(t *testing.T) {
	g := NewRing(10, 0)
	d := Begin(began, g.Keep)
	d.ID = "a"
	sent := []byte("as it was")
	w := d.Step(Receive, began)
	w.Body(sent)
	w.Bytes("line", sent)
	w.End(OK, 0)
	copy(sent, "POISONED!")
	d.End(began)
	copy(sent, "POISONED!")
	if text := string(g.Get("a").Append(nil)); strings.Count(text, "as it was") != 2 {
		t.Errorf("got %s", text)
	}
}

// Whatever bytes a script has, they are read without harm.
func FuzzScripts(f *testing.F) {
	f.Add(string(everything("secret").script(nil, began)))
	f.Add(string([]byte{opAmend, 1, 'a'}))
	f.Fuzz(func(t *testing.T, script string) {
		d := Draft{open: true}
		if d.apply(script) {
			_ = d.Append(nil)
		}
	})
}

// hidden has "hunter22" be shown as a longer mark, and records that say so be seen by nobody.
func hidden(d *Draft) bool {
	shown := true
	d.Each(func(_ Name, _, text string) string {
		shown = shown && text != "unfit"
		return strings.ReplaceAll(text, "hunter22", "‹8:abcd›")
	})
	return shown
}

// holds says whether a text is anywhere in what a ring keeps.
func (g *Ring) holds(text string) bool {
	for _, slab := range g.texts.slabs {
		if bytes.Contains(slab, []byte(text)) {
			return true
		}
	}
	return false
}

// What is secret stands in no face of a ring, and once a record is settled or has left it
// stands nowhere.
func TestSettle(t *testing.T) {
	asked := 0
	g := NewRing(4, 0)
	g.Fit(hidden, func() { asked++ })
	f, stop := g.Follow(&Filter{})
	defer stop()
	for i := range 6 {
		d := Begin(began.Add(time.Duration(i)*time.Minute), g.Keep)
		d.ID = fmt.Sprint(i)
		d.Add(Step{Name: Receive, At: d.Time, Why: "hunter22", Data: Data{Body([]byte("hunter22"))}})
		if i == 5 {
			d.Add(Step{Name: Route, Why: "unfit"})
		}
		d.End(d.Time)
	}
	if !g.holds("hunter22") || asked != 1 {
		t.Fatalf("nothing is tested here, or Settle was asked for %d times", asked)
	}
	faces := func() (all string) {
		for _, r := range g.Find(&Filter{}) {
			all += string(r.Append(nil)) + r.Summary
		}
		return all
	}
	before := faces()
	if more := g.Settle(began.Add(90 * time.Second)); !more || faces() != before {
		t.Errorf("settled in part: more %v, got %s\nwant %s", more, faces(), before)
	}
	if more := g.Settle(began.Add(time.Hour)); more || faces() != before || strings.Contains(before, "hunter22") || strings.Count(before, `"why":"‹8:abcd›"`) != 3 {
		t.Errorf("settled: more %v, got %s\nwant %s", more, faces(), before)
	}
	if g.holds("hunter22") || g.Get("5") != nil || g.Get("4").ID != "4" {
		t.Error("the secret is still there, or what nobody may see is seen")
	}
	for range 5 {
		r := (<-f.Records).Open()
		if text := string(r.Append(nil)); strings.Contains(text, "hunter22") {
			t.Errorf("a follower is shown %s", text)
		}
	}
	if r := (<-f.Records).Open(); r != nil {
		t.Errorf("a follower is shown %v", r)
	}
	d := Begin(began, g.Keep)
	if d.End(began); asked != 2 {
		t.Errorf("Settle was asked for %d times", asked)
	}
}

// A follower that reads slowly, or nothing, keeps no secret in memory, nor does one of a record
// that the ring has no room for.
func TestWhatFollowersHaveSettles(t *testing.T) {
	asked := 0
	g := NewRing(4, 2048)
	g.Fit(hidden, func() { asked++ })
	f, stop := g.Follow(&Filter{})
	defer stop()
	for _, size := range []int{1, 1000} {
		d := Begin(began, g.Keep)
		d.Summary = "hunter22"
		d.Add(Step{Name: Receive, At: began, Why: strings.Repeat("hunter22 ", size)})
		d.End(began)
	}
	if records, _ := g.Size(); records != 1 || asked != 1 {
		t.Fatalf("%d records are kept, Settle was asked for %d times", records, asked)
	}
	if more := g.Settle(began); !more {
		t.Error("nothing waits for Settle")
	}
	if more := g.Settle(began.Add(time.Hour)); more {
		t.Error("something waits still")
	}
	for range 2 {
		s := <-f.Records
		if held := s.script + s.Summary; strings.Contains(held, "hunter22") {
			t.Errorf("the queue of a follower has %.80s", held)
		}
		if r := s.Open(); r == nil || !strings.Contains(r.Steps[0].Why, "abcd") {
			t.Errorf("a follower is shown %v", r)
		}
	}
}

// A ring is bounded although marks are longer than what they stand for.
func TestSettledRecordsAreBounded(t *testing.T) {
	const most = 64 << 10
	g := NewRing(1000, most)
	g.Fit(hidden, nil)
	for i := range 100 {
		d := Begin(began, g.Keep)
		d.ID = fmt.Sprint(i)
		d.Add(Step{Name: Receive, Data: Data{Text("a", strings.Repeat("hunter22 ", 400))}})
		d.End(began)
	}
	check := func(when string) {
		t.Helper()
		count, held := 0, 0
		for n := range g.records {
			if k := &g.records[n]; k.first != 0 || k.size != 0 || k.void || k.ID != "" {
				count, held = count+1, held+k.weight(k.size)
			}
		}
		if records, size := g.Size(); size > most || size != held || records != count || records < 10 {
			t.Errorf("%s: %d records of %d bytes are told, there are %d of %d", when, records, size, count, held)
		}
	}
	check("before")
	g.Settle(began.Add(time.Hour))
	check("after")
	if newest := g.Get("99"); newest == nil || !strings.Contains(string(newest.Append(nil)), "‹8:abcd› ‹8:abcd›") {
		t.Errorf("the newest is %v", newest)
	}
}

// What was dropped from a shelf is overwritten and its room used again.
func TestShelf(t *testing.T) {
	var s shelf
	for round := range 3 {
		var first []int32
		for i := range 100 {
			first = append(first, s.put(bytes.Repeat([]byte{byte(i + 1)}, i*37)))
		}
		for i, at := range first {
			if got := s.get(nil, at, i*37); !bytes.Equal(got, bytes.Repeat([]byte{byte(i + 1)}, i*37)) {
				t.Fatalf("round %d: the %d. is %v", round, i, got)
			}
		}
		for _, at := range first {
			s.drop(at)
		}
		for n := range int32(len(s.slabs) * blocksOfASlab) {
			if b := s.block(n); !bytes.Equal(b, make([]byte, len(b))) {
				t.Fatalf("block %d has %v", n, b)
			}
		}
		if len(s.slabs) != 4 {
			t.Errorf("round %d: %d slabs, want 4", round, len(s.slabs))
		}
	}
}

// Recording a message allocates nothing where drafts are used again, nor does keeping it.
func TestTellingAllocatesNothing(t *testing.T) {
	if needs.Race {
		t.Skip("the race detector allocates on its own")
	}
	g := NewRing(10, 0)
	value := "a value"
	end := g.Keep
	if n := testing.AllocsPerRun(200, func() {
		d := Begin(began, end)
		for range 10 {
			d.Add(Step{Name: Route, At: began, Why: value, Data: Data{Text("a", value), Number("n", 3)}})
			w := d.Step(Receive, began)
			w.Text("a", value)
			w.WhyNumber(1000)
			w.End(OK, 0)
		}
		d.Secret(value)
		d.AmendBody(Route, began, nil, 3)
		d.End(began)
		d.Recycle()
	}); n > 0.5 {
		t.Errorf("got %v allocations, want none", n)
	}
}
