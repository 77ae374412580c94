package conformance

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"
	"github.com/coder/websocket"
)

// bombCPU is what one message may cost the whole process, its client included: a
// fifth of a second for the language that reads it, and room for a race detector
// and for machines that are busy.
const bombCPU = 2 * time.Second

// bomb is a route and the message that it does not like.
type bomb struct {
	name    string
	route   map[string]any // more members of the route
	schema  string         // of its model
	reply   string         // its response template
	message string         // whole, or its members behind the action
	want    string         // the beginning of the frame's message, or of the frame
}

const refusedBody = `{"message": "Invalid request body", "connectionId":"`

// upToLimit is a message of the size that a client may send at most.
func upToLimit(action, open, part, end string) string {
	head := fmt.Sprintf(`{"action":%q,%s`, action, open)
	n := (128<<10 - len(head) - len(end) - 1) / len(part)
	return head + strings.Repeat(part, n) + end + "}"
}

func numberBombs() (list []bomb) {
	for _, keyword := range []string{`"minimum":0`, `"maximum":0`, `"minimum":0,"exclusiveMinimum":true`, `"maximum":0,"exclusiveMaximum":true`, `"multipleOf":2`} {
		for _, literal := range []string{"1e9999999", "-1e9999999", "1e-9999999", "1E+401", "0e999999999999999999999", strings.Repeat("7", 5000), "0." + strings.Repeat("7", 5000)} {
			for where, schema := range map[string]string{
				"member":       `{"properties":{"n":{` + keyword + `}}}`,
				"reference":    `{"properties":{"n":{"$ref":"#/definitions/n"}},"definitions":{"n":{` + keyword + `}}}`,
				"allOf":        `{"properties":{"n":{"allOf":[{},{` + keyword + `}]}}}`,
				"any member":   `{"properties":{"action":{}},"additionalProperties":{` + keyword + `}}`,
				"named alike":  `{"patternProperties":{"^n":{` + keyword + `}}}`,
				"by condition": `{"dependencies":{"action":{"properties":{"n":{` + keyword + `}}}}}`,
			} {
				if where != "member" && literal != "1e9999999" { // it is read alike everywhere
					continue
				}
				list = append(list, bomb{name: keyword + " " + where + " " + literal[:min(len(literal), 12)], schema: schema, message: `"n":` + literal, want: refusedBody})
			}
		}
	}
	return append(list,
		bomb{name: "uniqueItems", schema: `{"properties":{"n":{"uniqueItems":true}}}`, message: `"n":[1,1e9999999]`, want: refusedBody},
		bomb{name: "uniqueItems, deep", schema: `{"properties":{"n":{"uniqueItems":true}}}`, message: `"n":[[{"a":1e9999999}],[{"a":1e9999998}]]`, want: refusedBody},
		bomb{name: "fifty of them", schema: `{"properties":{"n":{"items":{"minimum":0}}}}`, message: `"n":[1e999999` + strings.Repeat(",1e999999", 49) + "]", want: refusedBody},
		bomb{name: "nothing is asked of it", schema: `{"properties":{"n":{"type":"number"}}}`, message: `"n":1e9999999`, want: "fine"},
		bomb{name: "an integer is asked for", schema: `{"properties":{"n":{"type":"integer"}}}`, message: `"n":1e9999999`, want: "fine"},
		bomb{name: "an enum is asked for", schema: `{"properties":{"n":{"enum":[1,2]}}}`, message: `"n":1e9999999`, want: refusedBody},
		bomb{name: "elsewhere", schema: `{"properties":{"n":{"minimum":0}}}`, message: `"n":1,"m":1e9999999`, want: "fine"},
		bomb{name: "within bounds", schema: `{"properties":{"n":{"minimum":0,"maximum":1e400}}}`, message: `"n":1e399`, want: "fine"},
	)
}

// TestNumbersThatStandForMillionsOfDigits: one message of 30 bytes ends nothing.
func TestNumbersThatStandForMillionsOfDigits(t *testing.T) { explode(t, numberBombs()) }

// TestBombs: the longest messages, for each language that reads them.
func TestBombs(t *testing.T) {
	selected := func(path string) map[string]any {
		return map[string]any{"modelSelectionExpression": "${request.body" + path + "}"}
	}
	deep := strings.Repeat("[", 397) + strings.Repeat("]", 397)
	explode(t, []bomb{
		{name: "violations without end", schema: `{"properties":{"n":{"items":{"enum":["a"]}}}}`, message: upToLimit("ACTION", `"n":[0`, ",1", "]"), want: refusedBody},
		{name: "violations that differ", schema: `{"properties":{"n":{"items":{"enum":["a"]}}}}`, message: differing(), want: refusedBody},
		{name: "two ways at each level", schema: `{"properties":{"n":{"$ref":"#/definitions/l"}},"definitions":{"l":{"anyOf":[{"items":{"$ref":"#/definitions/l"},"maxItems":0},{"items":{"$ref":"#/definitions/l"},"minItems":1},{"items":{"$ref":"#/definitions/l"}}]}}}`,
			message: `"n":` + deep},
		{name: "equal items at each level", schema: `{"properties":{"n":{"$ref":"#/definitions/l"}},"definitions":{"l":{"uniqueItems":true,"items":{"$ref":"#/definitions/l"}}}}`,
			message: upToLimit("ACTION", `"n":`+strings.Repeat("[[1],", 300)+"[0", ",1", "]"+strings.Repeat("]", 300))},
		{name: "a pattern that goes back", schema: `{"properties":{"n":{"pattern":"^(?=a)(a+)+$"}}}`, message: upToLimit("ACTION", `"n":"`, "a", `b"`), want: refusedBody},
		{name: "a pattern of what was before", schema: `{"properties":{"n":{"pattern":"^(a*)\\1b"}}}`, message: upToLimit("ACTION", `"n":"`, "a", `"`), want: refusedBody},
		{name: "a pattern of many states", schema: `{"properties":{"n":{"pattern":"(?:a{0,30}){0,30}b"}}}`, message: upToLimit("ACTION", `"n":"`, "a", `"`), want: refusedBody},
		{name: "keys twice", schema: `{"additionalProperties":{"type":"integer"}}`, message: upToLimit("ACTION", `"n":0`, `,"n":1`, "")},
		{name: "nested beyond reading", schema: `{}`, message: upToLimit("ACTION", `"n":`, "[", ""), want: ""},
		{name: "a path to everything", route: selected("..*..*"), schema: `{}`, message: upToLimit("ACTION", `"n":`+strings.Repeat("[", 300)+"0", ",1", strings.Repeat("]", 300)), want: "fine"},
		{name: "a path by filters", route: selected("..[?(@ == $.n)]"), schema: `{}`, message: upToLimit("ACTION", `"n":[0`, ",[1]", "]"), want: "fine"},
		{name: "a path by patterns", route: selected(".n[?(@ =~ /(a|aa)+b/)]"), schema: `{}`, message: upToLimit("ACTION", `"n":["a"`, `,"`+strings.Repeat("a", 60)+`"`, "]"), want: "fine"},
		{name: "texts of slashes", reply: `$input.path('$')`, schema: `{}`, message: upToLimit("ACTION", `"n":["`, "/", `"]`)},
	})
}

// differing has as many unlike violations as fit.
func differing() string {
	var b strings.Builder
	b.WriteString(`{"action":"ACTION","n":[0`)
	for i := 1; b.Len() < 127<<10; i++ {
		fmt.Fprintf(&b, ",%d", i)
	}
	return b.String() + "]}"
}

// explode sends each message on a connection of its own, then asks that connection,
// and one that was there before, whether they are served.
func explode(t *testing.T, bombs []bomb) {
	g := start(t)
	raw := &rawManagement{g}
	api := raw.newAPI("$request.body.action")
	raw.route(api, "calm", `{"statusCode":200}`, "calm", nil)
	for i, b := range bombs {
		route := map[string]any{"modelSelectionExpression": `\$default`}
		for name, value := range b.route {
			route[name] = value
		}
		model := fmt.Sprintf("M%d", i)
		raw.post("/"+api+"/models", map[string]any{"name": model, "contentType": "application/json", "schema": b.schema})
		route["requestModels"] = map[string]string{`$default`: model}
		reply := b.reply
		if reply == "" {
			reply = "fine"
		}
		raw.route(api, fmt.Sprintf("r%d", i), `{"statusCode":200}`, reply, route)
	}
	raw.serve(api)
	neighbour := &talker{t, dialPath(t, g, api)}
	for i, b := range bombs {
		t.Run(b.name, func(t *testing.T) {
			action := fmt.Sprintf("r%d", i)
			message := strings.Replace(b.message, "ACTION", action, 1)
			if !strings.HasPrefix(message, "{") {
				message = fmt.Sprintf(`{"action":%q,%s}`, action, message)
			}
			c := &talker{t, dialPath(t, g, api)}
			before := cpuTime(t)
			got := c.ask(message)
			if spent := cpuTime(t) - before; spent > bombCPU {
				t.Errorf("%d bytes cost %v, want %v at most", len(message), spent, bombCPU)
			}
			if !strings.HasPrefix(got, b.want) {
				t.Errorf("got %.200s, want %s", got, b.want)
			}
			for who, other := range map[string]*talker{"the same connection": c, "the neighbour": neighbour} {
				if got := other.ask(`{"action":"calm"}`); got != "calm" {
					t.Errorf("%s is told %.200s", who, got)
				}
			}
		})
	}
}

// talker is a client that sends messages in frames as large as may be.
type talker struct {
	t    *testing.T
	conn *websocket.Conn
}

func dialPath(t *testing.T, g *gateway, api string) *websocket.Conn {
	t.Helper()
	conn, _, err := websocket.Dial(t.Context(), "ws://"+g.DataAddr()+"/_aws/execute-api/"+api+"/prod", nil)
	must(t, err)
	conn.SetReadLimit(1 << 20)
	t.Cleanup(func() { _ = conn.CloseNow() })
	return conn
}

func (c *talker) ask(message string) string {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	w, err := c.conn.Writer(ctx, websocket.MessageText)
	must(c.t, err)
	for len(message) > 0 {
		n := min(len(message), 30<<10)
		_, err := w.Write([]byte(message[:n]))
		must(c.t, err)
		message = message[n:]
	}
	must(c.t, w.Close())
	_, frame, err := c.conn.Read(ctx)
	must(c.t, err)
	return string(frame)
}

// TestModelsOfSuchNumbers: a model that asks for them is refused, and so are those
// that nobody could compile; what was there is served on.
func TestModelsOfSuchNumbers(t *testing.T) {
	g := start(t)
	raw := &rawManagement{g}
	api := raw.socketAPI(`{"statusCode":200}`, "fine")
	for _, schema := range []string{
		`{"minimum":1e9999999}`, `{"multipleOf":1e-9999999}`, `{"enum":[1e9999999,1]}`, `{"minLength":1e9999999}`, `{"default":1e9999999}`,
		`{"properties":{"a":{"maximum":` + strings.Repeat("9", 5000) + `}}}`, strings.Repeat(`{"not":`, 3000) + "{}" + strings.Repeat("}", 3000),
		`{"allOf":[{}` + strings.Repeat(",{}", 10000) + "]}", `{"pattern":"` + strings.Repeat(`(?iu)[\\p{L}&&[^a]]`, 300) + `"}`,
	} {
		before := cpuTime(t)
		_, err := g.sdk.CreateModel(t.Context(), &apigatewayv2.CreateModelInput{ApiId: &api, Name: aws.String("M"), Schema: &schema, ContentType: aws.String("application/json")})
		var refused *types.BadRequestException
		if !errors.As(err, &refused) || !strings.HasPrefix(*refused.Message, "Invalid model schema specified: ") {
			t.Errorf("%.60s: got %.200v, want BadRequestException", schema, err)
		}
		if spent := cpuTime(t) - before; spent > bombCPU {
			t.Errorf("%.60s cost %v", schema, spent)
		}
	}
	c := &talker{t, dialPath(t, g, api)}
	if got := c.ask(`{"action":"ask"}`); got != "fine" {
		t.Errorf("afterwards: got %s", got)
	}
}
