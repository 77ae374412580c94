package message

import (
	"net/http"
	"slices"
	"testing"
)

func TestHeaderKeepsSpellingAndOrder(t *testing.T) {
	h := Header{{"x-amzn-RequestId", "1"}, {"Set-Cookie", "a"}, {"set-cookie", "b"}}
	if got := h.Get("X-Amzn-Requestid"); got != "1" {
		t.Errorf("Get: got %q, want 1", got)
	}
	if got, want := h.Values("SET-COOKIE"), []string{"a", "b"}; !slices.Equal(got, want) {
		t.Errorf("Values: got %q, want %q", got, want)
	}
	for name, want := range map[string]string{"SET-COOKIE": "a,b", "X-Amzn-Requestid": "1", "none": ""} {
		if got, found := h.Joined(name); got != want || found != h.Has(name) {
			t.Errorf("Joined(%q): got %q and %v, want %q", name, got, found, want)
		}
	}
	h.Add("x", "1")
	h.Set("set-COOKIE", "c")
	want := Header{{"x-amzn-RequestId", "1"}, {"set-COOKIE", "c"}, {"x", "1"}}
	if !slices.Equal(h, want) {
		t.Errorf("Set: got %v, want %v", h, want)
	}
	h.SetDefault("X", "2")
	h.SetDefault("y", "2")
	h.Del("X-AMZN-REQUESTID")
	if want := (Header{{"set-COOKIE", "c"}, {"x", "1"}, {"y", "2"}}); !slices.Equal(h, want) {
		t.Errorf("Del: got %v, want %v", h, want)
	}
}

func TestHeaderOfNetHTTP(t *testing.T) {
	from := http.Header{"B": {"1", "2"}, "a": {"3"}}
	h := FromHTTP(from)
	if want := (Header{{"B", "1"}, {"B", "2"}, {"a", "3"}}); !slices.Equal(h, want) {
		t.Errorf("FromHTTP: got %v, want %v", h, want)
	}
	if got := h.HTTP(); got.Get("A") != "3" || len(got["B"]) != 2 {
		t.Errorf("HTTP: got %v", got)
	}
}

func TestCloneIsIndependent(t *testing.T) {
	h := Header{{"a", "1"}}
	c := h.Clone()
	c.Set("a", "2")
	c.Add("b", "3")
	if !slices.Equal(h, Header{{"a", "1"}}) {
		t.Errorf("the original became %v", h)
	}
}

func TestSame(t *testing.T) {
	for _, row := range []struct {
		a, b string
		want bool
	}{
		{"Host", "hOST", true}, {"a", "ab", false}, {"k-", "K_", false}, {"@", "`", false}, {"", "", true}, {"ſ", "S", false},
	} {
		if got := Same(row.a, row.b); got != row.want {
			t.Errorf("Same(%q, %q): got %v, want %v", row.a, row.b, got, row.want)
		}
	}
}
