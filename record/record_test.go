package record

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"
)

var began = time.Date(2026, 11, 27, 5, 22, 4, 611e6, time.UTC)

// Header is, as a Writer would have it, the lines of a header: an object, in the order of the lines. The lines are
// Texts by their names.
func Header(lines Data) Member { return Member{"headers", Value{kind: header, inner: lines}} }

// made is a record of some id, with a text of some length.
func made(id string, length int) *Record {
	return &Record{ID: id, Time: began, Kind: Message, Steps: []Step{{Name: Receive, At: began, Data: Data{Text("body", strings.Repeat("x", length))}}}}
}

func ids(list []*Record) string {
	var all []string
	for _, r := range list {
		all = append(all, r.ID)
	}
	return strings.Join(all, " ")
}

func TestJSON(t *testing.T) {
	var kept *Draft
	d := Begin(began, func(d *Draft) { kept = d })
	d.ID, d.Kind, d.Api, d.ApiName, d.Stage, d.Route, d.Connection, d.Status = "7f3a", Message, "a1", "chat", "dev", "order", "jN5Cdg=", 500
	d.Add(Step{Name: Receive, At: began, Data: Data{Body([]byte(`{"a":"<é>"}`)), Header(Data{Text("A", "1"), Text("B", "2"), Text("A", "3")}), Some("none", "")}})
	d.Add(Step{Name: Request, At: began.Add(1500 * time.Microsecond), Took: 2 * time.Millisecond, Outcome: Failed, Why: `$nope "leads" nowhere`, Data: Data{
		Objects("references", []Data{{Text("text", "$nope"), Number("line", 3), Truth("unresolved", true)}}), Texts("list", []string{"a", "b"}), Object("o", Data{Member{}, Truth("g", true)}),
	}})
	d.Add(Step{Name: Frame, At: began.Add(time.Millisecond), Outcome: Skipped, Data: Data{Body([]byte("\xff\x00"))}})
	d.End(began.Add(23 * time.Millisecond))
	d.Add(Step{Name: Log}) // too late
	d.End(began.Add(time.Hour))
	want := `{"id":"7f3a","time":"2026-11-27T05:22:04.611Z","kind":"message","api":"a1","apiName":"chat","stage":"dev","route":"order","connection":"jN5Cdg=","status":500,` +
		`"duration":23,"summary":"$nope \"leads\" nowhere","steps":[` +
		`{"name":"receive","at":0,"took":0,"outcome":"ok","why":"","data":{"body":"{\"a\":\"\u003cé\u003e\"}","bytes":12,"headers":{"A":["1","3"],"B":"2"}}},` +
		`{"name":"request","at":1.5,"took":2,"outcome":"failed","why":"$nope \"leads\" nowhere","data":{"references":[{"text":"$nope","line":3,"unresolved":true}],"list":["a","b"],"o":{"g":true}}},` +
		`{"name":"frame","at":1,"took":0,"outcome":"skipped","why":"","data":{"body":"/wA=","bytes":2,"base64":true}}]}`
	kept.Open()
	kept.Summarize()
	got, err := json.Marshal(&kept.Record)
	if err != nil || string(got) != want {
		t.Errorf("got %s, %v\nwant %s", got, err, want)
	}
}

// Whatever a text is, what is written is JSON that says the same, but for bytes that are
// no UTF-8.
func FuzzText(f *testing.F) {
	for _, s := range []string{"", "a\"b\\c\n\r\t\x00\x7f", "<>&\u2028\u2029", "\xff\xc3", "é😀"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var got string
		if err := json.Unmarshal(appendText(nil, s), &got); err != nil || got != strings.ToValidUTF8(s, "\uFFFD") && utf8.ValidString(s) {
			t.Errorf("%q: got %q, %v", s, got, err)
		}
	})
}

// Of a body 4,096 bytes are kept and no half of a character; its length is the whole one.
func TestBodiesAreCut(t *testing.T) {
	for _, row := range []struct {
		body string
		kept int
	}{
		{strings.Repeat("x", Kept), Kept}, {strings.Repeat("x", Kept+1), Kept}, {strings.Repeat("x", Kept-1) + "é", Kept - 1},
		{strings.Repeat("x", Kept-3) + "😀!", Kept - 3}, {"", 0},
	} {
		var got struct {
			Body   string
			Bytes  int
			Base64 bool
		}
		if err := json.Unmarshal(Data{Body([]byte(row.body))}.append(nil), &got); err != nil {
			t.Fatal(err)
		}
		if got.Body != row.body[:row.kept] || got.Bytes != len(row.body) || got.Base64 {
			t.Errorf("a body of %d bytes: %d are kept, %d is said to be its length, base64 %v", len(row.body), len(got.Body), got.Bytes, got.Base64)
		}
	}
	if m := Part("abc\xc3", 100); m.String() != "abc" {
		t.Errorf("a part: got %q", m.String())
	}
}

func TestRingIsBounded(t *testing.T) {
	g := NewRing(3, 1<<20)
	for i := range 5 {
		g.Add(made(fmt.Sprint(i), 10))
	}
	if got := ids(g.Find(&Filter{})); got != "4 3 2" {
		t.Errorf("by count: got %s", got)
	}
	if g.Get("1") != nil || g.Get("3") == nil {
		t.Error("an old record is there, or a new one is not")
	}
	one := made("x", 4000)
	size := one.weight(len(one.script(nil, one.Time)))
	g = NewRing(100, 2*size)
	for i := range 5 {
		g.Add(made(fmt.Sprint(i), 4000))
	}
	if records, bytes := g.Size(); records != 2 || bytes > 2*size {
		t.Errorf("by bytes: %d records of %d bytes, want 2 within %d", records, bytes, 2*size)
	}
	huge := NewRing(10, size/2)
	if huge.Add(one); len(huge.Find(&Filter{})) != 0 {
		t.Error("a record is kept that is larger than all that may be")
	}
}

func TestFilters(t *testing.T) {
	r := made("7f3a", 3)
	r.Api, r.ApiName, r.Stage, r.Route, r.Connection, r.Status = "a1", "chat", "dev", "order", "c=", 404
	r.Steps[0].Why = "There Is No Such Order"
	status := func(s string) Status {
		got, err := ParseStatus(s)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	for _, row := range []struct {
		f    Filter
		want bool
	}{
		{Filter{}, true}, {Filter{Api: "a1"}, true}, {Filter{Api: "chat"}, true}, {Filter{Api: "a"}, false},
		{Filter{Stage: "dev", Route: "order", Connection: "c="}, true}, {Filter{Stage: "prod"}, false}, {Filter{Route: "x"}, false}, {Filter{Connection: "x"}, false},
		{Filter{Status: status("404")}, true}, {Filter{Status: status("4xx")}, true}, {Filter{Status: status("4XX")}, true}, {Filter{Status: status("5xx")}, false}, {Filter{Status: status("403")}, false},
		{Filter{Text: "no such ORDER"}, true}, {Filter{Text: "xxx"}, true}, {Filter{Text: "xxxx"}, false}, {Filter{Text: "7F3"}, true},
		{Filter{Sees: func(api string) bool { return api == "a1" }}, true}, {Filter{Sees: func(string) bool { return false }}, false},
	} {
		if got := row.f.Takes(r); got != row.want {
			t.Errorf("%+v: got %v", row.f, got)
		}
	}
	for _, s := range []string{"x", "4x", "xx", "0xx", "44xx", "-1", "+404", "4.4", "99999"} {
		if got, err := ParseStatus(s); err == nil {
			t.Errorf("status %q: got %v, want an error", s, got)
		}
	}
	if c := (Status{1000, 1000}); status("1000") != c {
		t.Error("close codes are no statuses")
	}
}

// A follower is told how many records it has missed of those that it may see, and nothing of how
// many there were of others.
func TestWhatIsLostOfOthersIsNotTold(t *testing.T) {
	g := NewRing(10, 0)
	limited, end := g.Follow(&Filter{Sees: func(api string) bool { return api == "mine" }})
	defer end()
	all, end := g.Follow(&Filter{})
	defer end()
	add := func(api string, n int) {
		for range n {
			r := made("x", 1)
			r.Api = api
			g.Add(r)
		}
	}
	add("mine", queue)
	add("others", 5)
	if lost := limited.Lost(); lost != 0 {
		t.Errorf("%d are lost of others' records, which it may not see", lost)
	}
	add("mine", 3)
	add("others", 5)
	add("", 5) // that found no API
	if lost := limited.Lost(); lost != 3 {
		t.Errorf("%d are lost, want its own 3", lost)
	}
	if lost := all.Lost(); lost != 18 {
		t.Errorf("who may see all has lost %d, want 18", lost)
	}
	for i := range 3 * mostMissed {
		add(fmt.Sprint(i), 1)
	}
	if lost := all.Lost(); lost != mostMissed {
		t.Errorf("of very many APIs %d are told, want %d", lost, mostMissed)
	}
}

// A follower sees what its filter takes, in order; a slow one loses records and is told,
// and nobody waits for it.
func TestFollow(t *testing.T) {
	g := NewRing(10, 0)
	f, end := g.Follow(&Filter{Stage: "dev"})
	for i := range queue + 10 {
		r := made(fmt.Sprint(i), 1)
		r.Stage = "dev"
		g.Add(r)
		g.Add(made("other", 1))
	}
	if first := (<-f.Records).Open(); first.ID != "0" {
		t.Errorf("the first is %s", first.ID)
	}
	if second := (<-f.Records).Open(); second.ID != "1" {
		t.Errorf("the second is %s", second.ID)
	}
	if lost := f.Lost(); lost != 10 {
		t.Errorf("%d were lost, want 10", lost)
	}
	if f.Lost() != 0 {
		t.Error("what was lost is told twice")
	}
	end()
	end() // does no harm
	for range MaxFollowers {
		if f, _ := g.Follow(&Filter{}); f == nil {
			t.Fatal("too few may follow")
		}
	}
	if f, _ := g.Follow(&Filter{}); f != nil || !g.Crowded() {
		t.Error("more follow than may")
	}
	g.Close()
	<-f.Done
}

// Adding, finding and following at once, for the race detector.
func TestRingIsShared(t *testing.T) {
	g := NewRing(50, 0)
	var all sync.WaitGroup
	for n := range 4 {
		all.Go(func() {
			for i := range 200 {
				g.Add(made(fmt.Sprintf("%d-%d", n, i), 5))
			}
		})
		all.Go(func() {
			f, end := g.Follow(&Filter{Text: "x"})
			defer end()
			for range 100 {
				g.Find(&Filter{Text: "nothing has this"})
				g.Get("0-1")
				select {
				case r := <-f.Records:
					_, _ = r.Open().MarshalJSON()
				default:
				}
			}
		})
	}
	all.Wait()
	if records, _ := g.Size(); records != 50 {
		t.Errorf("got %d records, want 50", records)
	}
}

// Whoever conceals is shown every text, with the name that a client or a backend has given it.
func TestEachShowsAllTexts(t *testing.T) {
	r := &Record{Summary: "secret", Route: "secret", Stage: "secret", Steps: []Step{{Why: "secret", Data: Data{
		Text("a", "secret"), Body([]byte("secret")), Header(Data{Text("H", "secret")}), Texts("l", []string{"secret"}),
		Objects("o", []Data{{Text("b", "secret")}}), Object("p", Data{Object("q", Data{Text("c", "secret")})}), Number("n", 6),
	}}}}
	var names []string
	r.Each(func(_ Name, name, text string) string {
		if text != "secret" {
			t.Errorf("%q is shown under %q", text, name)
		}
		names = append(names, name)
		return "hidden"
	})
	if text, _ := r.MarshalJSON(); strings.Contains(string(text), "secret") {
		t.Errorf("a text was not shown: %s", text)
	}
	if want := []string{"", "", "", "", "", "", "H", "", "", "c"}; !reflect.DeepEqual(names, want) {
		t.Errorf("got names %q, want %q", names, want)
	}
}

func TestSummaryIsWhyTheStepFailed(t *testing.T) {
	end := func(*Draft) {}
	d := Begin(began, end)
	d.Add(Step{Name: Route, Why: "→ route order"})
	d.Add(Step{Name: Frame, Why: "3 B → sent"})
	d.End(began)
	if d.Summarize(); d.Summary != "→ route order; 3 B → sent" {
		t.Errorf("got %q", d.Summary)
	}
	d = Begin(began, end)
	d.Add(Step{Name: Route, Why: "→ route order"})
	d.Fail(Model, began, "/id: want a string")
	d.Fail(Route, began, "later")
	d.Amend(Model, time.Second, Text("model", "M"))
	d.End(began)
	if d.Summarize(); d.Summary != "later" || d.Find(Model).Took != time.Second || d.Find(Model).Data.Get("model").String() != "M" {
		t.Errorf("got %q, %+v", d.Summary, d.Find(Model))
	}
	var none *Draft
	none.Add(Step{})
	none.Fail(Route, began, "")
	none.Amend(Route, 0)
	none.Secret("x")
	none.End(began)
}

// Those who record, look, and follow do so at once. It is the race detector that judges.
func TestRingOfMany(t *testing.T) {
	g := NewRing(50, 64<<10)
	var all sync.WaitGroup
	for worker := range 4 {
		all.Go(func() {
			for i := range 200 {
				r := &Record{ID: fmt.Sprint(worker, "-", i), Api: "a", Steps: []Step{{Name: Receive, Data: Data{Text("n", fmt.Sprint(i))}}}}
				g.Add(r)
			}
		})
		all.Go(func() {
			follower, end := g.Follow(&Filter{Text: "n"})
			defer end()
			for range 100 {
				for _, r := range g.Find(&Filter{Text: "1", Limit: 10}) {
					if g.Get(r.ID) != nil {
						_ = r.Append(nil)
					}
				}
				select {
				case r := <-follower.Records:
					follower.Takes(r.Open())
				default:
				}
				follower.Lost()
				g.Size()
				g.Crowded()
			}
		})
	}
	all.Wait()
	g.Close()
	if records, bytes := g.Size(); records != 50 || bytes <= 0 || bytes > 64<<10 {
		t.Errorf("%d records of %d bytes are kept", records, bytes)
	}
}
