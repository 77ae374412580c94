package console

import (
	"encoding/json"
	"strings"
	"testing"
)

// A function is invoked with a sample of any kind, made for a route that is chosen; what it
// answers and what it logs is shown, and why it was not answered.
func TestInvokeAFunction(t *testing.T) {
	w := newTown(t)
	b := open(t, w.gateway, "/console/functions")
	table := b.find("table", "Functions")
	b.until("the function is shown", func() bool {
		return strings.Contains(table.text(), "talk") && strings.Contains(table.text(), "python3.12")
	})
	b.choose("Of API", "pets ("+w.pets+")")
	b.choose("Of route", "POST /pets")
	result, event := b.find("region", "Result"), b.find("textbox", "Event")
	for _, kind := range []string{"HTTP API, format 2.0", "HTTP API, format 1.0", "Authorizer, format 2.0", "Authorizer, format 1.0", "Empty"} {
		b.choose("Sample event", kind)
		before := len(w.heard())
		b.click("button", "Invoke")
		b.until(kind+" is answered", func() bool {
			return strings.HasPrefix(result.text(), "answered") && len(w.heard()) == before+1
		})
		// What the function prints is without secrets, and else what it was sent.
		if got, want := shape(t, w.heard()[before]), shape(t, json.RawMessage(event.value())); got != want {
			t.Errorf("%s: the page shows\n%s\nand the function got\n%s", kind, want, got)
		}
		if kind != "Empty" && (!strings.Contains(event.value(), "POST /pets") || !strings.Contains(event.value(), w.pets)) {
			t.Errorf("%s is not of the route that was chosen: %s", kind, event.value())
		}
	}
	logs := b.find("log", "Logs")
	b.until("what it logs is shown", func() bool { return strings.Contains(logs.text(), "heard {}") })
	b.fill("Event", "{")
	b.click("button", "Invoke")
	b.until("what is wrong is told", func() bool { return strings.Contains(b.find("textbox", "Event").described(), "The event is no JSON") })
	b.pictures("functions-invoked")
}
