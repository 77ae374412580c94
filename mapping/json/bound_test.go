package json

import (
	"strings"
	"testing"
)

func TestParseWithin(t *testing.T) {
	for _, row := range []struct {
		text string
		most int
		want error
	}{
		{`[1,2,3]`, 4, nil}, {`[1,2,3]`, 3, ErrTooMany}, {`{"a":1,"b":[]}`, 5, nil}, {`{"a":1,"b":[]}`, 4, ErrTooMany}, {`1`, 1, nil},
		{strings.Repeat("[", 400), 200, ErrTooMany}, {"[" + strings.Repeat("1,", 100_000), 1000, ErrTooMany},
	} {
		doc, err := ParseWithin(row.text, row.most)
		if err != row.want {
			t.Errorf("%.20s within %d: got %v, want %v", row.text, row.most, err, row.want)
		}
		if err == nil && doc.Tokens() > row.most {
			t.Errorf("%.20s within %d: %d tokens", row.text, row.most, doc.Tokens())
		}
	}
}

func TestWidth(t *testing.T) {
	doc, err := Parse(`{"a":1,"a":2,"b":[1,2,3],"c":"x"}`)
	if err != nil {
		t.Fatal(err)
	}
	b, _ := doc.Root().Get("b")
	c, _ := doc.Root().Get("c")
	if got := [...]int{doc.Root().Width(), doc.Root().Len(), b.Width(), c.Width()}; got != [...]int{4, 3, 3, 1} {
		t.Errorf("got %v", got)
	}
	if b.Changed() || !b.Insert(3, nil) || !b.Changed() || b.Width() != 4 {
		t.Errorf("after a change: %d wide, changed %v", b.Width(), b.Changed())
	}
}
