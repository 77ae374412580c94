package journal

import (
	"fmt"
	"strings"
	"testing"
)

func plain(text string) string { return text }

func texts(lines []Line) string {
	var all []string
	for _, line := range lines {
		all = append(all, line.Function+":"+line.Text)
	}
	return strings.Join(all, " ")
}

func TestLines(t *testing.T) {
	j := New()
	j.Keep(map[string]func(string) string{"a": plain, "b": func(s string) string { return strings.ReplaceAll(s, "hunter2", "***") }})
	j.Add("a", "r1", "One")
	j.Add("b", "r2", "two hunter2")
	j.Add("a", "r3", "three")
	j.Add("nobody", "r4", "four")
	for _, row := range []struct {
		filter Filter
		want   string
	}{
		{Filter{Limit: 10}, "a:One b:two *** a:three"},
		{Filter{Limit: 2}, "b:two *** a:three"},
		{Filter{Limit: 10, Function: "a"}, "a:One a:three"},
		{Filter{Limit: 10, Request: "r1"}, "a:One"},
		{Filter{Limit: 10, Text: "oNE"}, "a:One"},
		{Filter{Limit: 10, After: 2}, "a:three"},
		{Filter{Limit: 10, Function: "nobody"}, ""},
	} {
		if got := texts(j.Lines(row.filter)); got != row.want {
			t.Errorf("%+v: got %q, want %q", row.filter, got, row.want)
		}
	}
	j.Keep(map[string]func(string) string{"b": plain})
	if got := texts(j.Lines(Filter{Limit: 10})); got != "b:two ***" {
		t.Errorf("after a is gone: got %q", got)
	}
}

// However much a function prints, little of it is kept, and nothing of another goes.
func TestBounds(t *testing.T) {
	j := New()
	j.Keep(map[string]func(string) string{"loud": plain, "wide": plain, "quiet": plain})
	j.Add("quiet", "", "here")
	for i := range 3 * mostLines {
		j.Add("loud", "", fmt.Sprint(i))
	}
	for range 100 {
		j.Add("wide", "", strings.Repeat("é", mostLine))
	}
	loud, wide := j.Lines(Filter{Limit: 1 << 20, Function: "loud"}), j.Lines(Filter{Limit: 1 << 20, Function: "wide"})
	if len(loud) != mostLines || loud[mostLines-1].Text != fmt.Sprint(3*mostLines-1) || loud[0].Text != fmt.Sprint(2*mostLines) {
		t.Errorf("got %d lines from %s to %s", len(loud), loud[0].Text, loud[len(loud)-1].Text)
	}
	bytes := 0
	for _, line := range wide {
		bytes += len(line.Text)
		if len(line.Text) > mostLine+len(cutMark) || !strings.HasSuffix(line.Text, "é"+cutMark) {
			t.Fatalf("a line of %d bytes, ending in %q", len(line.Text), line.Text[len(line.Text)-20:])
		}
	}
	if bytes > mostBytes || bytes < mostBytes/2 {
		t.Errorf("%d bytes are kept, want at most %d", bytes, mostBytes)
	}
	if got := texts(j.Lines(Filter{Limit: 1 << 20, Function: "quiet"})); got != "quiet:here" {
		t.Errorf("got %q of the quiet one", got)
	}
}

func TestFollow(t *testing.T) {
	j := New()
	j.Keep(map[string]func(string) string{"a": plain, "b": plain})
	j.Add("a", "", "before")
	f, end := j.Follow(Filter{Function: "a", Limit: 10})
	j.Add("b", "", "another's")
	j.Add("a", "", "after")
	if got := texts(f.Kept); got != "a:before" {
		t.Errorf("kept: got %q", got)
	}
	if line := <-f.Lines; line.Text != "after" {
		t.Errorf("got %q", line.Text)
	}
	for range queue + 7 { // nobody reads
		j.Add("a", "", "much")
	}
	if lost := f.Lost(); lost != 7 || f.Lost() != 0 {
		t.Errorf("got %d lost, want 7", lost)
	}
	end()
	var ends []func()
	for range MostFollowers {
		_, end := j.Follow(Filter{})
		ends = append(ends, end)
	}
	if f, _ := j.Follow(Filter{}); f != nil {
		t.Error("too many follow")
	}
	ends[0]()
	f, end = j.Follow(Filter{})
	j.Close()
	end() // after the end it is nothing
	if _, more := <-f.Lines; more || f == nil {
		t.Error("a follower waits for what never comes")
	}
	if f, _ := j.Follow(Filter{Limit: 1}); len(f.Kept) != 1 {
		t.Error("what is kept is gone with the followers")
	} else if _, more := <-f.Lines; more {
		t.Error("who comes later waits for what never comes")
	}
}

func TestCounts(t *testing.T) {
	j := New()
	j.Keep(map[string]func(string) string{"a": func(s string) string { return strings.ReplaceAll(s, "hunter2", "***") }})
	j.Invoked("a")
	j.Invoked("a")
	j.Invoked("b")
	j.Failed("a", "r1", []byte(`{"errorMessage":"no hunter2"}`))
	j.Failed("b", "r1", nil)
	if c := j.Counts("a"); c.Invocations != 2 || c.Errors != 1 || c.Last.Payload != `{"errorMessage":"no ***"}` || c.Last.Request != "r1" {
		t.Errorf("got %+v %+v", c, c.Last)
	}
	if c := j.Counts("b"); c != (Counts{}) {
		t.Errorf("got %+v of one that is not there", c)
	}
}
