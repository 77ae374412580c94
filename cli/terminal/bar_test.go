package terminal

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// A bar is as full as what is done of all.
func TestBar(t *testing.T) {
	for _, row := range []struct {
		done, all int64
		want      string
	}{
		{0, 10, "[------------------------------]   0 % 0 of 10 documents"},
		{5, 10, "[###############---------------]  50 % 5 of 10 documents"},
		{10, 10, "[##############################] 100 % 10 of 10 documents"},
		{0, 0, "[##############################] 100 % 0 of 0 documents"},
	} {
		if got := bar(row.done, row.all, "documents"); got != row.want {
			t.Errorf("%d of %d: got %q, want %q", row.done, row.all, got, row.want)
		}
	}
	for after, want := range map[time.Duration]string{
		0:                       "[######------------------------] importing, 0 s",
		1200 * time.Millisecond: "[------------######------------] importing, 1 s",
		2400 * time.Millisecond: "[------------------------######] importing, 2 s",
		3600 * time.Millisecond: "[------------######------------] importing, 3 s",
		4800 * time.Millisecond: "[######------------------------] importing, 4 s",
	} {
		if got := moving(after, "importing"); got != want {
			t.Errorf("after %v: got %q, want %q", after, got, want)
		}
	}
	var nobody bytes.Buffer
	b := NewBar(&nobody, "documents")
	b.Show(1, 1)
	b.Clear()
	if err := During(&nobody, "importing", func() error { return io.EOF }); err != io.EOF || nobody.Len() > 0 {
		t.Errorf("what is no terminal was written %q, %v", nobody.String(), err)
	}
}

// What is done within a second draws nothing, what takes longer is drawn ten times a second at most,
// and its end always, until it is cleared.
func TestBarOfLongWork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var screen bytes.Buffer
		b := &Bar{to: &screen, what: "APIs", began: time.Now()}
		b.Show(5, 10)
		b.Show(10, 10)
		b.Clear()
		if screen.Len() > 0 {
			t.Errorf("got %q within a second", screen.String())
		}
		time.Sleep(barAfter)
		for done := range int64(10) {
			b.Show(done, 10)
		}
		b.Show(10, 10)
		b.Clear()
		if got := screen.String(); strings.Count(got, "\r\x1b[K[") != 2 || !strings.HasSuffix(got, "100 % 10 of 10 APIs\r\x1b[K") {
			t.Errorf("got %q", got)
		}
	})
}

// Before anything can be counted it moves, and it is counted from then on.
func TestBarThatWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var screen bytes.Buffer
		b := &Bar{to: &screen, what: "APIs", began: time.Now()}
		b.Wait("reading")
		time.Sleep(barAfter + barEvery/2)
		b.Show(5, 10)
		time.Sleep(10 * barEvery)
		b.Show(6, 10)
		b.Clear()
		if got := screen.String(); strings.Count(got, "] reading, 1 s") != 1 || !strings.HasSuffix(got, "60 % 6 of 10 APIs\r\x1b[K") {
			t.Errorf("got %q", got)
		}
		b.Wait("reading")
		b.Clear() // within a second nothing was drawn
		if strings.Count(screen.String(), "reading") != 1 {
			t.Errorf("got %q", screen.String())
		}
	})
}
