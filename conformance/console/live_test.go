package console

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/dragoman-gateway/dragoman/server"
)

// hasWith says whether there is a node of a role now whose name has all parts in it.
func (b *browser) hasWith(role string, parts ...string) bool {
	for _, n := range b.all(role, "") {
		has := true
		for _, part := range parts {
			has = has && strings.Contains(n.name, part)
		}
		if has {
			return true
		}
	}
	return false
}

// tapped is a gateway that records everything.
func tapped(t *testing.T, change ...func(*server.Config)) *gateway {
	t.Helper()
	g := start(t, change...)
	r, err := http.NewRequestWithContext(t.Context(), "PUT", g.url+"/_dragoman/tap", strings.NewReader(`{"apis":"all","sample":1}`))
	must(t, err)
	answer, err := http.DefaultClient.Do(r)
	must(t, err)
	_ = answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		t.Fatalf("the tap was not turned on: %d", answer.StatusCode)
	}
	return g
}

// A trace is on the page within a second of what it tells, and holds the bytes that the
// client got; the address of one shows it step by step.
func TestLiveTrace(t *testing.T) {
	g := start(t)
	api := chat(g, "chat", `{"you":"$input.path('$.name')","at":"$context.stage"}`)
	b := open(t, g, "/console/live")
	b.click("button", "Turn on")
	b.gone("button", "Turn on")
	b.find("log", "Traces")
	c := g.dial(api)
	sent := time.Now()
	got := ask(t, c, `{"action":"ask","name":"ada"}`)
	if !b.within(time.Until(sent.Add(time.Second)), func() bool { return b.hasWith("link", "chat/dev", "ask", "200") }) {
		t.Error("the trace was not on the page within a second")
	}
	b.containing("link", "chat/dev", "ask", "200").click()
	trace := b.find("region", "Trace")
	b.until("the frame is shown", func() bool { return strings.Contains(trace.text(), got) })
	for _, part := range []string{"$request.body.action", "receive", "route", "request", "select", "frame", `{"action":"ask","name":"ada"}`} {
		if !strings.Contains(trace.text(), part) {
			t.Errorf("the trace does not show %s", part)
		}
	}
	if at := b.address(); !strings.HasPrefix(at, "/console/live/") {
		t.Errorf("the trace is at %s", at)
	}
	for _, name := range []string{"Replay", "Use as sample", "Copy as curl", "Copy as wscat", "Copy as boto3", "Pause"} {
		b.find("button", name)
	}
	b.pictures("live")
	b.reload()
	b.until("it is shown after a reload", func() bool { return strings.Contains(b.find("region", "Trace").text(), got) })
	for _, label := range []string{"API", "Stage", "Connection", "Text", "Route"} {
		b.find("textbox", label)
	}
	b.fill("Status", "4xx")
	b.until("nothing has failed so", func() bool { return !b.hasWith("link", "chat/dev", "ask", "200") })
	b.fill("Status", "200")
	b.containing("link", "chat/dev", "ask", "200")
}

// With a hundred messages a second, a click on Pause is answered at once, and what comes
// meanwhile is not shown before it is taken back.
func TestLivePauses(t *testing.T) {
	g := tapped(t)
	api := chat(g, "flood", `{"n":"$input.path('$.n')"}`)
	b := open(t, g, "/console/live")
	c := g.dial(api)
	ctx, stop := context.WithCancel(t.Context())
	flooded := make(chan int)
	go func() {
		sent := 0
		defer func() { flooded <- sent }()
		ticks := time.NewTicker(10 * time.Millisecond)
		defer ticks.Stop()
		for ; sent < 1000; sent++ {
			if c.Write(ctx, websocket.MessageText, fmt.Appendf(nil, `{"action":"ask","n":%d}`, sent)) != nil {
				return
			}
			if _, _, err := c.Read(ctx); err != nil {
				return
			}
			select {
			case <-ticks.C:
			case <-ctx.Done():
				return
			}
		}
	}()
	b.containing("link", "flood/dev", "ask", "200")
	pause := b.find("button", "Pause")
	// A click and its effect are timed by the clock of the browser: from when it took the click
	// to when the page has changed for it. Each click counts; a round in which another program
	// had the processor is followed by another one.
	eval[any](b, `(() => {
		const pause = [...document.querySelectorAll('button')].find((b) => b.textContent === 'Pause');
		let clicked = 0;
		globalThis.took = [];
		addEventListener('click', (event) => { clicked = event.timeStamp; }, true);
		new MutationObserver(() => took.push(performance.now() - clicked)).observe(pause, {attributeFilter: ['aria-pressed']});
		return null;
	})()`)
	round := func() (slowest float64) {
		for range 5 {
			before := eval[int](b, `took.length`)
			pause.click()
			b.until("the click is answered", func() bool { return eval[int](b, `took.length`) > before })
		}
		return slices.Max(eval[[]float64](b, `took.splice(0)`))
	}
	slowest := round()
	for tries := 1; slowest > 200 && tries < 5; tries += 2 { // an odd number of rounds, so that it is paused behind them
		round()
		slowest = round()
	}
	if slowest > 200 {
		t.Errorf("a click on Pause was answered after %v ms", slowest)
	}
	if pause.attribute("aria-pressed") != "true" {
		t.Fatal("it is not paused")
	}
	shown := b.find("log", "Traces").text()
	seen := <-flooded
	stop()
	if seen != 1000 {
		t.Fatalf("%d messages were sent", seen)
	}
	if now := b.find("log", "Traces").text(); now != shown {
		t.Error("what came while it was paused is shown")
	}
	b.click("button", "Pause")
	b.until("the last ones are shown", func() bool { return b.find("log", "Traces").text() != shown })
	if rows, _ := b.find("log", "Traces").eval(`function() { return this.childElementCount; }`).(float64); rows < 400 || rows > 500 {
		t.Errorf("%v rows are shown, want 500 at most", rows)
	}
}

// Each answer leads to why it is what it is.
func TestWhyOfAnAnswer(t *testing.T) {
	g := tapped(t)
	chat(g, "chat", `hello you`)
	b := open(t, g, "/console/connections")
	client := b.find("region", "WebSocket client")
	b.fill("Address", "chat/dev", client)
	b.click("button", "Connect", client)
	b.fill("Message", `{"action":"ask"}`, client)
	conversation := b.find("log", "Conversation")
	b.until("it is connected", func() bool { return strings.Contains(conversation.text(), "connected as") })
	b.click("button", "Send message", client)
	b.until("the answer is shown", func() bool { return strings.Contains(conversation.text(), "hello you") })
	b.until("the handshake and the answer have their trace", func() bool { return len(b.all("link", "Why?", conversation)) == 2 })
	b.all("link", "Why?", conversation)[1].click()
	trace := b.find("region", "Trace")
	b.until("the trace of the answer", func() bool {
		return strings.Contains(trace.text(), "hello you") && strings.Contains(trace.text(), "ask")
	})
	b.back()
	b.until("the conversation goes on", func() bool { return strings.Contains(b.find("log", "Conversation").text(), "hello you") })
}
