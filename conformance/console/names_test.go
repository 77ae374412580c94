package console

import (
	"strings"
	"testing"
)

// name is something that people find by its role and name.
type name struct{ role, name string }

// names reads 'role: name, name' lines.
func names(text string) (all []name) {
	for line := range strings.Lines(strings.TrimSpace(text)) {
		role, list, _ := strings.Cut(strings.TrimSpace(line), ": ")
		for one := range strings.SplitSeq(list, " | ") {
			all = append(all, name{role, one})
		}
	}
	return all
}

// contract are the names of each page: people with screen readers, and tests, rely on them.
var contract = map[string]string{
	"": `link: Home | APIs | Live | Connections | Playground | Deployments | Metrics | Access | Functions | Settings
		status: Connected`,
	"Home": `button: Load the demo | Copy create-api | Copy import | Copy up`,
	"APIs": `table: APIs`,
	"Live": `log: Traces
		textbox: API | Stage | Route | Status | Connection | Text
		button: Pause | Turn on | Replay | Use as sample | Copy as curl | Copy as wscat | Copy as boto3
		region: Trace`,
	"Connections": `table: Connections
		button: Send to those shown
		region: WebSocket client | HTTP client
		log: Conversation`,
	"Deployments": `combobox: API | From | To | Stage
		table: Deployments
		region: Changes`,
	"Metrics": `combobox: API | Stage | Route
		table: Totals
		figure: Requests and messages, a minute | Connections, a minute | Errors, a minute | Latency, ms | Integration latency, ms`,
	"Playground": `tab: Template | JSONPath | Selection expression | Parameter mapping | Pattern | JSON Schema
		textbox: Template | Payload | Context | Parameters | Stage variables
		region: Output | References
		button: Copy link`,
	"Access": `combobox: Authorizer
		textbox: Token
		button: Test
		region: Decision
		table: Decisions | API keys | Usage plans | Usage | Domains | Portals`,
	"Functions": `table: Functions
		log: Logs
		combobox: Function | Sample event
		textbox: Event
		button: Invoke
		region: Result`,
	"Settings": `region: Changes
		button: Apply import | Export
		table: Gateway | Flags | Licences`,
}

// clientNames are those of the sections of clients.
var clientNames = map[string]string{
	"WebSocket client": `textbox: Address | Headers | Subprotocol | Message
		checkbox: Sign
		button: Connect | Disconnect | Send message
		log: Conversation`,
	"HTTP client": `combobox: Method
		textbox: Address | Headers | Body
		button: Send request`,
}

// named wants each name once, and regions and logs with a height, empty or not.
func (b *browser) named(text string, within ...*node) {
	b.t.Helper()
	for _, n := range names(text) {
		found := b.find(n.role, n.name, within...)
		if n.role != "region" && n.role != "log" {
			continue
		}
		if high, _ := found.eval(`function() { return this.getBoundingClientRect().height; }`).(float64); high < 24 {
			b.t.Errorf("%s %s has a height of %v", n.role, n.name, high)
		}
	}
}

// Every name is there while there is nothing to show, once and as it is written.
func TestNamesOfEmptyPages(t *testing.T) {
	b := open(t, start(t))
	for _, page := range pages {
		b.visit(addressOf(page))
		b.still(page)
		b.find("heading", page)
		b.named(contract[""])
		b.named(contract[page])
		if page == "Connections" {
			for section, text := range clientNames {
				b.named(text, b.find("region", section))
			}
		}
	}
	file := b.node(`document.querySelector('input[type=file]')`)
	if label := file.eval(`function() { return this.labels[0].textContent; }`); label != "Import" {
		t.Errorf("the file field is called %v", label)
	}
}

// And they are there where there is something, with those of what is shown.
func TestNamesOfFullPages(t *testing.T) {
	w := newTown(t)
	c := w.dialAt(w.shop.api, "prod")
	defer c.CloseNow()
	b := open(t, w.gateway)
	for _, page := range pages {
		b.visit(addressOf(page))
		b.still(page)
		for _, n := range names(contract[page]) {
			if page == "Home" || n.name == "Turn on" { // what only an empty gateway, or one without the tap, has
				continue
			}
			b.find(n.role, n.name)
		}
	}
	b.visit("/console/connections")
	b.named("button: Send | Close")
	b.click("button", "Send")
	b.named("textbox: Message\nbutton: Send", b.find("dialog", "Send"))

	at := "/console/apis/" + w.shop.api
	b.visit("/console/apis")
	b.named("link: orders | pets")
	b.visit(at)
	b.named("figure: Picture")
	b.named("link: route order | template $default | integration MOCK "+w.shop.integration+` | response /2\d\d/ | response /4\d\d/ | route response $default`, b.find("figure", "Picture"))
	b.visit(at + "/integrations/" + w.shop.integration)
	b.named("textbox: Template selection expression | Template $default | Request parameters | Sample message\nregion: Rendered | References\nbutton: Add template | Save | Deploy")
	b.visit(at + "/integrations/" + w.shop.integration + "/responses/" + w.shop.responses[`/4\d\d/`])
	b.named(`textbox: Response key | Template selection expression | Template application/json | Sample answer | Sample status | Test keys
		combobox: Content handling
		region: Frame | References | Chosen
		button: Add template | Save | Deploy`)
	b.click("button", "Deploy")
	b.named("combobox: Stage\nregion: Changes\nbutton: Deploy", b.find("dialog", "Deploy"))
	b.visit("/console/deployments?api=" + w.shop.api)
	b.containing("button", "Roll back to ")
	b.visit("/console/live/" + w.trace)
	b.containing("link", "orders/prod", "order", "200")

	b = open(t, start(t, signed(t)))
	b.named("textbox: Access key | Secret key | Session token\ncheckbox: Remember for this tab\nbutton: Sign in")
}
