package peer

import (
	"context"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/dragoman-gateway/dragoman/message"
)

// What is told of a client is one list, whoever asks.
func TestWhatIsToldOfAClient(t *testing.T) {
	sent := message.Header{
		{Name: "x-two", Value: "1"}, {Name: "hOST", Value: "h"}, {Name: "X-Forwarded-For", Value: "6.6.6.6"}, {Name: "Connection", Value: "Upgrade"}, {Name: "upgrade", Value: "websocket"},
		{Name: "X-TWO", Value: "2"}, {Name: "content-length", Value: "0"}, {Name: "x-forwarded-for", Value: "203.0.113.9"}, {Name: "TE", Value: "x"}, {Name: "Proxy-Authorization", Value: "p"},
		{Name: "X-Forwarded-Proto", Value: "gopher"}, {Name: "Cookie", Value: "a=1"}, {Name: "cookie", Value: "b=2"},
	}
	r := httptest.NewRequest("GET", "/", nil)
	r.RemoteAddr = "192.0.2.1:1234"
	c := (&Policy{Port: func() string { return "8080" }}).Client(r.WithContext(context.WithValue(r.Context(), HeaderKey{}, &sent)))
	want := "[{x-two 1} {hOST h} {x-two 2} {Proxy-Authorization p} {Cookie a=1} {Cookie b=2} {X-Forwarded-For 6.6.6.6, 203.0.113.9, 192.0.2.1} {X-Forwarded-Port 8080} {X-Forwarded-Proto http}]"
	if got := fmt.Sprint(c.Told()); got != want {
		t.Errorf("told:\n got %s\nwant %s", got, want)
	}
	for name, want := range map[string]string{
		"x-FORWARDED-for": "[6.6.6.6, 203.0.113.9, 192.0.2.1]", "X-Forwarded-Port": "[8080]", "X-Forwarded-Proto": "[http]", "X-Two": "[1 2]", "Upgrade": "[websocket]", "None": "[]",
	} {
		if got := fmt.Sprint(c.Lines(name)); got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
		joined, found := c.Joined(name)
		if lines := c.Lines(name); joined != strings.Join(lines, ",") || found != (lines != nil) {
			t.Errorf("%s: got %q and %v joined, want %q", name, joined, found, lines)
		}
	}
	if fmt.Sprint(c.Header) != fmt.Sprint(sent) {
		t.Errorf("the client's own header was changed: %v", c.Header)
	}
	empty := (*Policy)(nil).Client(httptest.NewRequest("GET", "/", nil))
	if got, want := fmt.Sprint(empty.Told()), "[{Host example.com} {X-Forwarded-For 192.0.2.1} {X-Forwarded-Port 443} {X-Forwarded-Proto http}]"; got != want {
		t.Errorf("of little: got %s, want %s", got, want)
	}
}
