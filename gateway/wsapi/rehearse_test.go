package wsapi

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/coder/websocket"

	"github.com/dragoman-gateway/dragoman/evaluation"
	"github.com/dragoman-gateway/dragoman/integration"
	"github.com/dragoman-gateway/dragoman/internal/tasks"
	"github.com/dragoman-gateway/dragoman/message"
	"github.com/dragoman-gateway/dragoman/plan"
	"github.com/dragoman-gateway/dragoman/resource"
)

// rehearsals answers questions in JSON.
func rehearsals(t *testing.T, message int) func(question string) *evaluation.Rehearsed {
	perform := Rehearsals(Config{Message: message, Reports: tasks.NewReporter(slog.New(slog.DiscardHandler))}, plan.Compile)
	return func(question string) *evaluation.Rehearsed {
		t.Helper()
		r, err := evaluation.ReadRehearsal([]byte(question))
		if err != nil {
			t.Fatal(err)
		}
		return perform(t.Context(), r)
	}
}

// outcomes are keys that were tried, in short.
func outcomes(keys []evaluation.Tried, key *string) string {
	var b strings.Builder
	for _, k := range keys {
		fmt.Fprintf(&b, "%s %s, ", k.Key, k.Outcome)
	}
	if key == nil {
		return b.String() + "none"
	}
	return b.String() + "-> " + *key
}

func TestRehearse(t *testing.T) {
	const http = `{"integrationType":"HTTP","integrationUri":"http://a/b","integrationMethod":"GET"}`
	const function = `{"integrationType":"AWS","integrationUri":"arn:aws:lambda:us-east-1:000000000000:function:f"}`
	const three = `[{"integrationResponseKey":"/2\\d\\d/","responseTemplates":{"application/json":"$input.path('$.id') $context.connectionId $nope"}},
		{"integrationResponseKey":"/(no|not).*/","responseTemplates":{"$default":"error: $input.path('$.errorMessage')"}},
		{"integrationResponseKey":"/[/"},
		{"integrationResponseKey":"$default","responseTemplates":{"$default":"#set($s='ab')\n$s.substring(9)"}}]`
	ask := rehearsals(t, 1<<17)
	for _, row := range []struct{ name, question, keys, frame, because, references string }{
		{"by status", `{"integration":` + http + `,"responses":` + three + `,"answer":{"status":201,"body":"{\"id\":7}"},"context":{"connectionId":"c"}}`,
			`/2\d\d/ match, -> /2\d\d/`, "7 c ", "", "$input.path('$.id')=7 $context.connectionId=c $nope?"},
		{"by error text", `{"integration":` + function + `,"responses":` + three + `,"answer":{"error":"no such order"}}`,
			`/2\d\d/ no match, /(no|not).*/ match, -> /(no|not).*/`, "error: no such order", "", "$input.path('$.errorMessage')=no such order"},
		{"a template that fails", `{"integration":` + http + `,"responses":` + three + `,"answer":{"status":404}}`,
			`/2\d\d/ no match, /(no|not).*/ no match, /[/ broken, $default match, -> $default`,
			`{"message": "Internal server error", "connectionId":"sample-connectn=", "requestId":"sample-request-="}`,
			"template $default: line 2, column 4: java.lang.StringIndexOutOfBoundsException: begin 9, end 2, length 2", ""},
		{"none", `{"integration":` + http + `,"responses":[{"integrationResponseKey":"/5../"}],"answer":{"status":200}}`,
			`/5../ no match, none`, `{"message": "Internal server error", "connectionId":"sample-connectn=", "requestId":"sample-request-="}`, errNoResponse.Error(), ""},
		{"without a template", `{"integration":` + http + `,"responses":[{"integrationResponseKey":"$default"}],"answer":{"body":"as it is"}}`,
			`$default match, -> $default`, "as it is", "", ""},
		{"a proxy", `{"integration":{"integrationType":"HTTP_PROXY","integrationUri":"http://a/b","integrationMethod":"GET"},"answer":{"status":500,"body":"down"}}`,
			"none", "down", "", ""},
		{"a function's proxy", `{"integration":{"integrationType":"AWS_PROXY","integrationUri":"` + functionArn + `"},"answer":{"body":"{\"statusCode\":200,\"body\":\"hi\"}"}}`,
			"none", "hi", "", ""},
		{"too many steps", `{"integration":` + function + `,"responses":[{"integrationResponseKey":"/(a+)+b\\1/"},{"integrationResponseKey":"$default"}],"answer":{"error":"` + strings.Repeat("a", 60) + `"}}`,
			`/(a+)+b\1/ too many steps, $default match, -> $default`, `{"errorMessage":"` + strings.Repeat("a", 60) + `"}`, "", ""},
		{"a selected template", `{"integration":` + http + `,"message":"{\"lang\":\"de\"}","responses":[{"integrationResponseKey":"$default","templateSelectionExpression":"$request.body.lang","responseTemplates":{"de":"ja $stageVariables.v","$default":"yes"}}],"stageVariables":{"v":"w"},"answer":{}}`,
			"$default match, -> $default", "ja w", "", "$stageVariables.v=w"},
	} {
		t.Run(row.name, func(t *testing.T) {
			got := ask(row.question)
			var references []string
			for _, r := range got.References {
				if r.Unresolved {
					references = append(references, r.Text+"?")
				} else {
					references = append(references, r.Text+"="+*r.Value)
				}
			}
			wants(t, "keys", outcomes(got.Keys, got.Key), row.keys)
			wants(t, "frame", got.Frame.Body, row.frame)
			wants(t, "because", got.Because, row.because)
			wants(t, "references", strings.Join(references, " "), row.references)
			if got.Frame.Error != (row.because != "") || got.Frame.Bytes != len(got.Frame.Body) {
				t.Errorf("got the frame %+v", got.Frame)
			}
		})
	}
	if got := ask(`{"integration":` + http + `,"responses":` + three + `,"answer":{"status":404}}`); got.Fault == nil || got.Fault.String() != "2:4: java.lang.StringIndexOutOfBoundsException: begin 9, end 2, length 2" || len(got.Broken) != 1 || got.Broken[0].Key != "/[/" {
		t.Errorf("got the fault %v and %+v", got.Fault, got.Broken)
	}
}

// Parameters, bytes, keys that are only tried, and frames that are too long.
func TestRehearseMore(t *testing.T) {
	const http = `{"integrationType":"HTTP","integrationUri":"http://a/b","integrationMethod":"GET"}`
	ask := rehearsals(t, 100)
	got := ask(`{"integration":` + http + `,"keys":["404","200","no"],"answer":{"header":{"x-a":"b"},"body":"/w==","base64":true},"responses":[{"integrationResponseKey":"/4../"},
		{"integrationResponseKey":"$default","contentHandlingStrategy":"CONVERT_TO_TEXT","responseParameters":{"method.response.header.A":"integration.response.header.X-A","route.response.header.B":"integration.response.header.nope"}}]}`)
	wants(t, "bytes as text", got.Frame.Body, "/w==")
	if text, _ := json.Marshal(got.Parameters); string(text) != `[{"from":"integration.response.header.X-A","to":"method.response.header.A","value":"b"},{"from":"integration.response.header.nope","to":"route.response.header.B","unresolved":true}]` {
		t.Errorf("got the parameters %s", text)
	}
	var tests []string
	for _, one := range got.Tests {
		tests = append(tests, one.Value+": "+outcomes(one.Keys, one.Key))
	}
	wants(t, "tests", strings.Join(tests, "; "), "404: /4../ match, -> /4../; 200: /4../ no match, $default match, -> $default; no: /4../ no match, $default match, -> $default")

	got = ask(`{"integration":` + http + `,"answer":{"body":"/w=="},"responses":[{"integrationResponseKey":"$default","contentHandlingStrategy":"CONVERT_TO_BINARY"}]}`)
	if decoded, err := base64.StdEncoding.DecodeString(got.Frame.Body); err != nil || !got.Frame.Base64 || string(decoded) != "\xff" || got.Frame.Bytes != 1 {
		t.Errorf("got the frame %+v", got.Frame)
	}
	got = ask(`{"integration":` + http + `,"answer":{"body":"` + strings.Repeat("x", 101) + `"},"responses":[{"integrationResponseKey":"$default"}]}`)
	if !got.Frame.Error || !strings.Contains(got.Because, "longer than") {
		t.Errorf("a frame that is too long: got %+v because %s", got.Frame, got.Because)
	}
	for question, want := range map[string]string{
		`{`: "not valid JSON", `{"edited":0}`: "no such response", `{"answer":{"status":"x"}}`: "answer.status", `{"answer":{"base64":true,"body":"?"}}`: "not base64",
		`{"keys":[` + strings.Repeat(`"",`, 200) + `""]}`: "201 keys", `{"responses":[` + strings.Repeat(`{},`, 300) + `{}]}`: "301 responses",
	} {
		if _, err := evaluation.ReadRehearsal([]byte(question)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40s: got %v, want %s", question, err, want)
		}
	}
}

// A rehearsal says what a client of the gateway then gets, byte for byte.
func TestRehearsalsAreTrue(t *testing.T) {
	ask := rehearsals(t, 128<<10)
	for _, row := range []struct {
		name      string
		of        resource.Integration
		answer    integration.Reply
		responses []resource.IntegrationResponse
	}{
		{"template", kinds["HTTP"], integration.Reply{Status: 404, Body: []byte(`{"a":[1,"é"]}`)}, []resource.IntegrationResponse{
			{IntegrationResponseKey: "/2../"}, {IntegrationResponseKey: "/4../", ResponseTemplates: map[string]string{"$default": "#foreach($e in $input.path('$.a'))<$e>#end\r\n $nope "}}}},
		{"header", kinds["HTTP"], integration.Reply{Status: 200, Header: message.Header{{Name: "X-T", Value: "two"}}}, []resource.IntegrationResponse{
			{IntegrationResponseKey: "$default", TemplateSelectionExpression: "$integration.response.header.x-t", ResponseTemplates: map[string]string{"one": "1", "two": "2"}}}},
		{"error text", kinds["AWS Lambda"], integration.Reply{Status: 200, Body: []byte(`{"errorMessage":"out of stock"}`), FunctionError: "Unhandled"}, []resource.IntegrationResponse{
			{IntegrationResponseKey: "/out.*/", ResponseTemplates: map[string]string{"$default": "sorry: $input.path('$.errorMessage')"}}, {IntegrationResponseKey: "$default"}}},
		{"not UTF-8", kinds["AWS other"], integration.Reply{Status: 200, Body: []byte("\xff!")}, always("")},
		{"binary", kinds["HTTP"], integration.Reply{Status: 200, Body: []byte("/wA=")}, []resource.IntegrationResponse{{IntegrationResponseKey: "$default", ContentHandlingStrategy: "CONVERT_TO_BINARY"}}},
		{"long", kinds["HTTP_PROXY"], integration.Reply{Status: 500, Body: []byte(strings.Repeat("x", 128<<10))}, nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := newRig(t, socketApi(row.of, row.responses))
			r.backend = func(*integration.Request) (*integration.Reply, error) { reply := row.answer; return &reply, nil }
			conn := r.dial()
			conn.SetReadLimit(1 << 20)
			r.send(conn, `{"action":"ask"}`)
			kind, frame := r.read(conn)
			question := evaluation.Rehearsal{Integration: row.of, Responses: row.responses, Message: `{"action":"ask"}`, Answer: evaluation.BackendAnswer{
				Status: row.answer.Status, Body: base64.StdEncoding.EncodeToString(row.answer.Body), Base64: true, Header: map[string]string{}}}
			for _, line := range row.answer.Header {
				question.Answer.Header[line.Name] = line.Value
			}
			if row.of.IntegrationUri == "" {
				question.Integration.IntegrationUri = "http://backend/path"
			}
			text, err := json.Marshal(question)
			if err != nil {
				t.Fatal(err)
			}
			got := ask(string(text)).Frame
			body := got.Body
			if got.Base64 {
				decoded, _ := base64.StdEncoding.DecodeString(got.Body)
				body = string(decoded)
			}
			if got.Base64 != (kind == websocket.MessageBinary) {
				t.Errorf("the client got a message of kind %v, a binary one is foretold: %v", kind, got.Base64)
			}
			wants(t, "the frame", body, frame)
		})
	}
}
