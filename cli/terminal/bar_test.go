package terminal

import (
	"bytes"
	"testing"
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
	var nobody bytes.Buffer
	b := NewBar(&nobody, "documents")
	b.Show(1, 1)
	b.Clear()
	if nobody.Len() > 0 {
		t.Errorf("what is no terminal was written %q", nobody.String())
	}
}
