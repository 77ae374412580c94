package console

import (
	"io"
	"net"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
)

// balancer hands connections to one of several gateways, by TCP alone.
type balancer struct {
	net.Listener

	mu    sync.Mutex // Protects fields below.
	to    string
	under []net.Conn
}

// balance begins one.
func balance(t *testing.T, to string) *balancer {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	b := &balancer{Listener: l, to: to}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			b.mu.Lock()
			far, err := net.Dial("tcp", b.to)
			if err != nil {
				c.Close()
				b.mu.Unlock()
				continue
			}
			b.under = append(b.under, c, far)
			b.mu.Unlock()
			go func() { _, _ = io.Copy(far, c); far.Close() }()
			go func() { _, _ = io.Copy(c, far); c.Close() }()
		}
	}()
	t.Cleanup(func() { l.Close(); b.turn("127.0.0.1:1") })
	return b
}

// turn cuts off whatever is under way, and leads to another gateway from now on.
func (b *balancer) turn(to string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.to = to
	for _, c := range b.under {
		c.Close()
	}
	b.under = nil
}

// Behind a balancer the page outlives the node that it spoke to: lists go on at another within
// five seconds, the conversation is read on there, and once its own node is gone that is told with
// the reason, and it is connected again at once.
func TestPageBehindABalancer(t *testing.T) {
	nodes, _, broker := pair(t)
	at := func(i int) string {
		u, err := url.Parse(nodes[i].url)
		must(t, err)
		return u.Host
	}
	chat(nodes[0], "chat", "hello")
	lb := balance(t, at(0))
	front := *nodes[0]
	front.url = "http://" + lb.Addr().String()
	b := open(t, &front, "/console/connections")
	b.failing(front.url)
	b.forgive("WebSocket connection to")
	client := b.find("region", "WebSocket client")
	conversation := b.find("log", "Conversation")
	talk := func(message string) {
		t.Helper()
		before := strings.Count(conversation.text(), "hello")
		b.fill("Message", `{"action":"ask","say":"`+message+`"}`, client)
		b.click("button", "Send message", client)
		b.until("the answer to "+message, func() bool { return strings.Count(conversation.text(), "hello") > before })
	}
	b.fill("Address", "chat/dev", client)
	b.click("button", "Connect", client)
	b.until("it is connected", func() bool { return strings.Contains(conversation.text(), "connected as") })
	talk("at the first")

	lb.turn(at(1))
	elsewhere := nodes[1].dial(chat(nodes[1], "later", "hello"))
	defer func() { _ = elsewhere.CloseNow() }()
	table := b.find("table", "Connections")
	if !b.within(5*time.Second, func() bool { return strings.Contains(table.text(), "later") }) {
		t.Error("the list does not go on within five seconds")
	}
	b.until("the conversation is read on", func() bool { return !strings.Contains(client.text(), "reading on") })
	talk("at the other")
	if text := conversation.text(); strings.Count(text, "connected as") != 1 || strings.Contains(text, "disconnected") || strings.Count(text, "hello") != 2 {
		t.Errorf("the conversation is %q", text)
	}

	broker.Shutdown() // the node of the WebSocket is there no more for the other
	b.until("that it has gone is told", func() bool {
		text := conversation.text()
		return strings.Contains(text, "disconnected: ") || strings.Contains(text, "closed by the gateway: 1006")
	})
	b.click("button", "Connect", client)
	b.until("it is connected again", func() bool { return strings.Count(conversation.text(), "connected as") == 2 })
	talk("again")
}
