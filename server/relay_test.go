package server

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// opened opens a WebSocket for a browser.
func (c *cursed) opened(address string) (id string) {
	c.t.Helper()
	r, err := http.Post("http://"+c.ManagementAddr()+"/_dragoman/client", "application/json", strings.NewReader(`{"address":"`+address+`"}`))
	if err != nil {
		c.t.Fatal(err)
	}
	defer r.Body.Close()
	var got struct{ ID string }
	if err := json.NewDecoder(r.Body).Decode(&got); err != nil || got.ID == "" {
		c.t.Fatalf("got %d, %v", r.StatusCode, err)
	}
	return got.ID
}

// reads reads a stream until an event has come; rest is what comes until its end.
func (c *cursed) reads(id, event string) (rest func() (string, error)) {
	c.t.Helper()
	r, err := http.Get("http://" + c.ManagementAddr() + "/_dragoman/client/" + id + "/stream")
	if err != nil || r.StatusCode != http.StatusOK {
		c.t.Fatalf("the stream: %v, %v", r, err)
	}
	c.t.Cleanup(func() { _ = r.Body.Close() })
	lines := bufio.NewReader(r.Body)
	for line := ""; line != "event: "+event+"\n"; {
		if line, err = lines.ReadString('\n'); err != nil {
			c.t.Fatal(err)
		}
	}
	return func() (string, error) {
		text, err := io.ReadAll(lines)
		return string(text), err
	}
}

// A node that stops tells how its clients end by the nodes that read them, and leaves those of
// others to whoever reads on.
func TestAClientsNodeStops(t *testing.T) {
	w := twin(t, func(c *Config) { c.Drain = 20 * time.Second }) // which nothing here takes
	here, there := w.nodes[0], w.nodes[1]
	chat := (&rollers{nodes: [3]*cursed{here}}).sites()
	here.settle(chat)
	there.settle(chat)
	held, read := there.opened(chat+"/prod"), here.opened(chat+"/prod")
	hear, leave := here.reads(held, "open"), there.reads(read, "open")
	there.stop()
	there.ended <- <-there.ended // for the end of the test
	if text, err := hear(); err != nil || !strings.Contains(text, `"code":1001`) {
		t.Errorf("of a client whose node has stopped came %s, %v", text, err)
	}
	if text, err := leave(); err != nil || strings.Contains(text, "event: close") {
		t.Errorf("the node that read stopped: %s, %v", text, err)
	}
	at := "http://" + here.ManagementAddr() + "/_dragoman/client/" + read
	r, err := http.Post(at+"/messages", "application/json", strings.NewReader(`{"ping":true}`))
	if err != nil || r.StatusCode != http.StatusOK {
		t.Fatalf("a ping: %v, %v", r, err)
	}
	_ = r.Body.Close()
	rest := here.reads(read, "pong")
	asked, err := http.NewRequest(http.MethodDelete, at, nil)
	if err != nil {
		t.Fatal(err)
	}
	if r, err = http.DefaultClient.Do(asked); err != nil || r.StatusCode != http.StatusNoContent {
		t.Fatalf("CloseClient: %v, %v", r, err)
	}
	_ = r.Body.Close()
	if text, err := rest(); err != nil || !strings.Contains(text, `"code":1000`) {
		t.Errorf("read on it told %s, %v", text, err)
	}
}
