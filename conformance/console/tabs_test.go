package console

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// another opens another tab of the same browser at a path.
func (b *browser) another(path string) *browser {
	b.t.Helper()
	other := &browser{t: b.t, url: b.url}
	ctx, leave := chromedp.NewContext(b.ctx, chromedp.WithListener(other.hear))
	other.ctx = ctx
	b.t.Cleanup(func() { other.check(); leave() })
	other.visit(path)
	return other
}

// Many tabs of one browser work side by side: a browser opens six plain connections to a host,
// for all of its tabs together, and no tab keeps one that others need.
func TestEightTabs(t *testing.T) {
	g := tapped(t)
	api := chat(g, "chat", `hello`)
	tabs := []*browser{open(t, g, "/console/live")}
	for _, path := range []string{"/console/connections", "/console/live", "/console/connections", "/console/apis/" + api, "/console/connections", "/console/live", "/console/connections"} {
		tabs = append(tabs, tabs[0].another(path))
	}
	clients := 0
	for i, b := range tabs {
		if !strings.HasSuffix(b.address(), "/connections") {
			continue
		}
		clients++
		client := b.find("region", "WebSocket client")
		b.fill("Address", "chat/dev", client)
		b.click("button", "Connect", client)
		conversation := b.find("log", "Conversation")
		b.until("the tab is connected", func() bool { return strings.Contains(conversation.text(), "connected as") })
		b.fill("Message", fmt.Sprintf(`{"action":"ask","name":"tab %d"}`, i), client)
		b.click("button", "Send message", client)
		b.until("the tab has its answer", func() bool { return strings.Contains(conversation.text(), "← hello") })
	}
	if got := ask(t, g.dial(api), `{"action":"ask"}`); got != "hello" {
		t.Fatalf("got %s", got)
	}
	for _, b := range tabs {
		switch at := b.address(); {
		case strings.HasSuffix(at, "/live"):
			b.until("all messages are in "+at, func() bool {
				return strings.Count(b.find("log", "Traces").text(), "route ask") == clients+1
			})
		case strings.HasSuffix(at, "/connections"):
			b.until("the last message is in "+at, func() bool {
				return strings.Count(b.find("log", "Messages").text(), "route ask") == clients+1
			})
		default:
			b.until("all messages are counted", func() bool {
				return strings.Contains(b.find("figure", "Picture").text(), fmt.Sprint(clients+1))
			})
		}
		b.click("link", "Settings", b.find("navigation", ""))
		b.find("table", "Licences")
	}
}
