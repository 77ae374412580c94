package wsapi

import (
	"bytes"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/coder/websocket"

	"github.com/dragoman-gateway/dragoman/integration"
	"github.com/dragoman-gateway/dragoman/message"
	"github.com/dragoman-gateway/dragoman/resource"
)

// A route answers exactly when it has the $default route response, whatever its
// integration is, and failures are told either way.
func TestOneWayAndTwoWay(t *testing.T) {
	for _, name := range slices.Sorted(maps.Keys(kinds)) {
		t.Run(name, func(t *testing.T) {
			body, want := "from the backend", "from the response"
			if strings.Contains(name, "PROXY") {
				want = body
			}
			if name == "AWS_PROXY" {
				body = `{"body":"from the backend"}`
			}
			r := newRig(t, socketApi(kinds[name], always("from the response"), "quiet"))
			r.backend = answers(200, body)
			conn := r.dial()
			r.send(conn, `{"action":"quiet"}`)
			r.call()
			wants(t, "the two-way route", r.ask(conn, `{"action":"ask"}`), want)
			r.backend = func(*integration.Request) (*integration.Reply, error) {
				return nil, message.Fail(message.ErrTimeout, nil)
			}
			wants(t, "a failure on the one-way route", errorOf(t, r.ask(conn, `{"action":"quiet"}`)), "error: Endpoint request timed out")
		})
	}
}

// On a one-way route no reply is made, so nothing in making it can fail.
func TestOneWayRouteNeedsNoIntegrationResponse(t *testing.T) {
	for name, responses := range map[string][]resource.IntegrationResponse{
		"none":       nil,
		"no match":   {{IntegrationResponseKey: "/5../"}},
		"broken":     always("#if("),
		"not base64": {{IntegrationResponseKey: "$default", ContentHandlingStrategy: "CONVERT_TO_BINARY"}},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, socketApi(kinds["HTTP"], responses, "quiet"))
			r.backend = answers(200, "{!}")
			conn := r.dial()
			<-r.ended
			r.send(conn, `{"action":"quiet"}`)
			if x := r.exchange(); x.Status != 200 || x.Error.Message != "" {
				t.Errorf("one-way: got status %d, error %q", x.Status, x.Error.Message)
			}
			wants(t, "two-way", errorOf(t, r.ask(conn, `{"action":"ask"}`)), "error: Internal server error")
		})
	}
}

func TestFailuresInAWSWords(t *testing.T) {
	for _, row := range []struct {
		name string
		err  error
		want string
	}{
		{"timeout", message.ErrTimeout, "Endpoint request timed out"},
		{"unreachable", message.ErrUnreachable, "Internal server error"},
		{"throttled", message.ErrThrottled, "Internal server error"},
		{"denied", message.ErrDenied, "Internal server error"},
		{"too large", message.ErrTooLarge, "Internal server error"},
		{"configuration", message.ErrConfiguration, "Internal server error"},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := newRig(t, socketApi(kinds["AWS_PROXY"], nil))
			r.backend = func(*integration.Request) (*integration.Reply, error) { return nil, message.Fail(row.err, nil) }
			wants(t, "frame", errorOf(t, r.ask(r.dial(), `{"action":"ask"}`)), "error: "+row.want)
			if text := r.log.String(); !strings.Contains(text, "execution failed") || !strings.Contains(text, "route=ask") {
				t.Errorf("log: got %s, want the failure with its route", text)
			}
		})
	}
}

// The text that a response is chosen by, for each sort of backend.
func TestSelectionValue(t *testing.T) {
	responses := []resource.IntegrationResponse{
		{IntegrationResponseKey: `/.*Invalid.*/`, ResponseTemplates: map[string]string{"$default": "by error text"}},
		{IntegrationResponseKey: `/4\d\d/`, ResponseTemplates: map[string]string{"$default": "by status"}},
		{IntegrationResponseKey: "$default", ResponseTemplates: map[string]string{"$default": "by default"}},
	}
	for _, row := range []struct {
		kind   string
		status int
		body   string
		want   string
	}{
		{"HTTP", 404, `{"errorMessage":"Invalid"}`, "by status"},
		{"HTTP", 200, `{"errorMessage":"Invalid"}`, "by default"},
		{"MOCK", 418, ``, "by status"},
		{"AWS other", 400, `{"errorMessage":"Invalid"}`, "by status"},
		{"AWS Lambda", 200, `{"errorMessage":"an Invalid order"}`, "by error text"},
		{"AWS Lambda", 200, `{"errorMessage":"first\nInvalid"}`, "by default"}, // a dot ends at a line
		{"AWS Lambda", 200, `{"errorMessage":"404"}`, "by status"},
		{"AWS Lambda", 200, `{"total":404}`, "by default"},
		{"AWS Lambda", 200, `no JSON`, "by default"},
		{"AWS Lambda", 200, ``, "by default"},
	} {
		t.Run(row.kind+row.body, func(t *testing.T) {
			r := newRig(t, socketApi(kinds[row.kind], responses))
			r.backend = answers(row.status, row.body)
			wants(t, "frame", r.ask(r.dial(), `{"action":"ask"}`), row.want)
		})
	}
}

// Keys are Java patterns that match the whole text; the first in order of
// creation wins.
func TestIntegrationResponseKeys(t *testing.T) {
	for _, row := range []struct {
		name string
		keys string
		text string
		want string
	}{
		{"whole text", "/20/ $default", "200", "$default"},
		{"first created", `/2\d\d/ /200/`, "200", `/2\d\d/`},
		{"first created, the other way", `/200/ /2\d\d/`, "200", "/200/"},
		{"pattern before $default", "$default /200/", "200", "/200/"},
		{"look-ahead", "/(?!5)\\d+/ $default", "404", "/(?!5)\\d+/"},
		{"look-ahead that fails", "/(?!5)\\d+/ $default", "503", "$default"},
		{"look-behind", "/.*(?<=o)ops/ $default", "oops", "/.*(?<=o)ops/"},
		{"back reference", `/(\w)\1.*/ $default`, "oops", `/(\w)\1.*/`},
		{"possessive", "/o++ps/ $default", "oops", "/o++ps/"},
		{"flags", "/(?i)OOPS/ $default", "oops", "/(?i)OOPS/"},
		{"class", `/\p{Alpha}+/ $default`, "oops", `/\p{Alpha}+/`},
		{"step bound", "/(a+)+b/ $default", strings.Repeat("a", 64), "$default"},
	} {
		t.Run(row.name, func(t *testing.T) {
			var responses []resource.IntegrationResponse
			for key := range strings.FieldsSeq(row.keys) {
				responses = append(responses, resource.IntegrationResponse{
					IntegrationResponseKey: key, ResponseTemplates: map[string]string{"$default": "#[[" + key + "]]#"},
				})
			}
			r := newRig(t, socketApi(kinds["AWS Lambda"], responses))
			r.backend = answers(200, `{"errorMessage":"`+row.text+`"}`)
			wants(t, "chosen", r.ask(r.dial(), `{"action":"ask"}`), row.want)
		})
	}
}

// Which template makes the reply, and what a selection expression may look at.
func TestResponseTemplateSelection(t *testing.T) {
	templates := map[string]string{
		"application/json": "by type", "$default": "by default", "200": "by status", "gold": "by header", "a,b": "by values", "dollar": "x",
	}
	for _, row := range []struct{ name, expression, want string }{
		{"unset", "", "by type"},
		{"status", "${integration.response.statuscode}", "by status"},
		{"header", "${integration.response.header.X-Kind}", "by header"},
		{"header, other case", "${integration.response.header.x-kind}", "by header"},
		{"no such header", "${integration.response.header.X-None}", "by default"},
		{"multivalueheader", "${integration.response.multivalueheader.X-Many}", "by values"},
		{"request body", "${request.body.want}", "by header"},
		{"request body without braces", "$request.body.want", "by header"},
		{"static", "200", "by status"},
		{"no such key", "nothing", "by default"},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := newRig(t, socketApi(kinds["HTTP"], []resource.IntegrationResponse{{
				IntegrationResponseKey: "$default", TemplateSelectionExpression: row.expression, ResponseTemplates: templates,
			}}))
			r.backend = func(*integration.Request) (*integration.Reply, error) {
				return &integration.Reply{Status: 200, Header: message.Header{{Name: "X-Kind", Value: "gold"}, {Name: "X-Many", Value: "a"}, {Name: "X-Many", Value: "b"}}}, nil
			}
			wants(t, "frame", r.ask(r.dial(), `{"action":"ask","want":"gold"}`), row.want)
		})
	}
	for name, row := range map[string]struct {
		templates map[string]string
		want      string
	}{
		"none":               {nil, "raw"},
		"others only":        {map[string]string{"text/plain": "x"}, "raw"},
		`\$default`:          {map[string]string{`\$default`: "escaped"}, "escaped"},
		"application/json":   {map[string]string{"application/json": "typed"}, "typed"},
		"sees the reply":     {map[string]string{"$default": "$input.body"}, "raw"},
		"sees the context":   {map[string]string{"$default": "$context.routeKey $context.stage $stageVariables.colour"}, "ask prod green"},
		"fails at run time":  {map[string]string{"$default": "#foreach($i in [1..2000])#foreach($j in [1..2000])$i$j#end#end"}, "error: Internal server error"},
		"cannot be compiled": {map[string]string{"$default": "#if("}, "error: Internal server error"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, socketApi(kinds["HTTP"], []resource.IntegrationResponse{{IntegrationResponseKey: "$default", ResponseTemplates: row.templates}}))
			r.backend = answers(200, "raw")
			wants(t, "frame", errorOf(t, r.ask(r.dial(), `{"action":"ask"}`)), row.want)
		})
	}
}

var binary = []byte{0xff, 0xfe, 0x00, 'x'}

// Content handling of the reply, with and without a template.
func TestResponseContent(t *testing.T) {
	for _, row := range []struct {
		name, strategy, template string
		reply                    []byte
		kind                     websocket.MessageType
		want                     string
	}{
		{"text stays", "", "", []byte("text"), websocket.MessageText, "text"},
		{"bytes are read as text", "", "", binary, websocket.MessageText, "\uFFFD\uFFFD\x00x"},
		{"text to text", "CONVERT_TO_TEXT", "", []byte("text"), websocket.MessageText, "text"},
		{"bytes to text", "CONVERT_TO_TEXT", "", binary, websocket.MessageText, "//4AeA=="},
		{"bytes to text, in a template", "CONVERT_TO_TEXT", "<$input.body>", binary, websocket.MessageText, "<//4AeA==>"},
		{"text to bytes", "CONVERT_TO_BINARY", "", []byte("//4AeA=="), websocket.MessageBinary, string(binary)},
		{"text to bytes that are text", "CONVERT_TO_BINARY", "", []byte("dGV4dA=="), websocket.MessageText, "text"},
		{"no base64", "CONVERT_TO_BINARY", "", []byte("{}"), websocket.MessageText, "error: Internal server error"},
	} {
		t.Run(row.name, func(t *testing.T) {
			response := always(row.template)
			response[0].ContentHandlingStrategy = row.strategy
			r := newRig(t, socketApi(kinds["HTTP"], response))
			r.backend = answers(200, string(row.reply))
			conn := r.dial()
			r.send(conn, `{"action":"ask"}`)
			kind, frame := r.read(conn)
			wants(t, "frame", errorOf(t, frame), row.want)
			if kind != row.kind {
				t.Errorf("kind: got %v, want %v", kind, row.kind)
			}
		})
	}
}

// Proxy integrations: bodies pass as they are, integration responses do nothing.
func TestProxyReplies(t *testing.T) {
	for _, row := range []struct {
		name, kind string
		status     int
		reply      string
		frame      websocket.MessageType
		want       string
	}{
		{"HTTP_PROXY body", "HTTP_PROXY", 200, "as it is", websocket.MessageText, "as it is"},
		{"HTTP_PROXY failure", "HTTP_PROXY", 503, "out of tea", websocket.MessageText, "out of tea"},
		{"HTTP_PROXY nothing", "HTTP_PROXY", 204, "", websocket.MessageText, ""},
		{"body", "AWS_PROXY", 200, `{"statusCode":500,"body":"text"}`, websocket.MessageText, "text"},
		{"no body", "AWS_PROXY", 200, `{"statusCode":200}`, websocket.MessageText, ""},
		{"nothing at all", "AWS_PROXY", 200, `{}`, websocket.MessageText, ""},
		{"base64 text", "AWS_PROXY", 200, `{"body":"dGV4dA==","isBase64Encoded":true}`, websocket.MessageText, "text"},
		{"base64 text, said as text", "AWS_PROXY", 200, `{"body":"dGV4dA==","isBase64Encoded":"true"}`, websocket.MessageText, "text"},
		{"base64 bytes", "AWS_PROXY", 200, `{"body":"//4AeA==","isBase64Encoded":true}`, websocket.MessageBinary, string(binary)},
		{"base64 that is none", "AWS_PROXY", 200, `{"body":"!","isBase64Encoded":true}`, websocket.MessageText, "error: Internal server error"},
		{"no object", "AWS_PROXY", 200, `"text"`, websocket.MessageText, "error: Internal server error"},
		{"null", "AWS_PROXY", 200, `null`, websocket.MessageText, "error: Internal server error"},
		{"other members", "AWS_PROXY", 200, `{"statusCode":200,"extra":1}`, websocket.MessageText, "error: Internal server error"},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := newRig(t, socketApi(kinds[row.kind], []resource.IntegrationResponse{
				{IntegrationResponseKey: "/.*/", ResponseTemplates: map[string]string{"$default": "not this"}},
			}))
			r.backend = answers(row.status, row.reply)
			conn := r.dial()
			r.send(conn, `{"action":"ask"}`)
			kind, frame := r.read(conn)
			wants(t, "frame", errorOf(t, frame), row.want)
			if kind != row.frame {
				t.Errorf("kind: got %v, want %v", kind, row.frame)
			}
		})
	}
}

// A reply that no client may be sent is a failure that the client hears of.
func TestReplyOverTheLimit(t *testing.T) {
	r := newRig(t, socketApi(kinds["HTTP_PROXY"], nil))
	conn := r.dial()
	conn.SetReadLimit(1 << 20)
	r.backend = answers(200, string(bytes.Repeat([]byte("x"), 128<<10)))
	if got := r.ask(conn, `{"action":"ask"}`); len(got) != 128<<10 {
		t.Errorf("128 KB: got %d bytes", len(got))
	}
	r.backend = answers(200, string(bytes.Repeat([]byte("x"), 128<<10+1)))
	wants(t, "over 128 KB", errorOf(t, r.ask(conn, `{"action":"ask"}`)), "error: Internal server error")
}

// A message is served as the stage is deployed when it arrives, on open sockets.
func TestDeploymentsReachOpenSockets(t *testing.T) {
	r := newRig(t, socketApi(kinds["HTTP"], always("first")))
	conn := r.dial()
	wants(t, "before", r.ask(conn, `{"action":"ask"}`), "first")
	r.deploy(socketApi(kinds["HTTP"], always("second")))
	wants(t, "after", r.ask(conn, `{"action":"ask"}`), "second")
	without := socketApi(kinds["HTTP"], nil)
	without.Routes = nil
	r.deploy(without)
	wants(t, "without routes", errorOf(t, r.ask(conn, `{"action":"ask"}`)), "error: Forbidden")
}

func TestRouteWithoutTarget(t *testing.T) {
	s := socketApi(kinds["HTTP"], nil, "$connect", "$disconnect")
	for i := range s.Routes {
		s.Routes[i].Target = ""
	}
	r := newRig(t, s)
	wants(t, "frame", errorOf(t, r.ask(r.dial(), `{"action":"ask"}`)), "error: Internal server error")
}
