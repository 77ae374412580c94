package up_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/dragoman-gateway/dragoman/internal/needs"
)

// What functions log while they are asked stands in the step that has asked them: of one that
// streams once its stream is over, and of an authorizer when it was asked, not when its answer was
// known.
func TestUpTracesTellWhatFunctionsLog(t *testing.T) {
	needs.Program(t, "node")
	dir := t.TempDir()
	place(t, dir, map[string]string{
		"template.yaml": `Transform: AWS::Serverless-2016-10-31
Resources:
  Web:
    Type: AWS::Serverless::HttpApi
    Properties:
      Auth:
        DefaultAuthorizer: gate
        Authorizers:
          gate:
            FunctionArn: !GetAtt Gate.Arn
            AuthorizerPayloadFormatVersion: "2.0"
            EnableSimpleResponses: true
            Identity: {Headers: [x-key], ReauthorizeEvery: 60}
  Gate:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: nodejs20.x
      Handler: index.gate
      CodeUri: src
      Events: {Any: {Type: HttpApi, Properties: {ApiId: !Ref Web, Path: /, Method: get}}}
  Stream:
    Type: AWS::Serverless::Function
    Properties: {Runtime: nodejs20.x, Handler: index.stream, CodeUri: src, FunctionUrlConfig: {AuthType: NONE, InvokeMode: RESPONSE_STREAM}}
Outputs:
  Address: {Value: !GetAtt StreamUrl.FunctionUrl}
`,
		"src/index.js": `exports.gate = async (event) => {
  console.log('the gate looks at ' + (event.type ?? 'a request'));
  return { isAuthorized: true };
};
exports.stream = awslambda.streamifyResponse(async (event, out) => {
  console.log('streaming ' + event.rawPath);
  out = awslambda.HttpResponseStream.from(out, { statusCode: 201, headers: { 'x-a': 'b' } });
  out.write('one');
  await new Promise((r) => setTimeout(r, 50));
  if (event.rawPath === '/broken') throw new Error('too late');
  out.write(' two');
  out.end();
});
`,
	})
	p := startUp(t, dir)
	ready := p.next("ready")
	for range 2 {
		request, _ := http.NewRequest("GET", ready.Apis[0].URLs[0], nil)
		request.Header.Set("X-Key", "a key of mine")
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != 200 {
			t.Fatalf("got %s", response.Status)
		}
	}
	address := strings.TrimSuffix(ready.Outputs["Address"], "/")
	p.get(address+"/whole", 201, "one two")
	if response, err := http.Get(address + "/broken"); err == nil {
		response.Body.Close()
	}

	type step struct {
		Name, Outcome, Why string
		Data               struct {
			Cached bool
			Logs   []string
			Body   string
			Stack  string
		}
	}
	traces := func(text string, want int) (steps [][]step) {
		t.Helper()
		p.eventually(ready.Management+"/_dragoman/traces?text="+url.QueryEscape(text), text)
		var got struct{ Traces []struct{ Steps []step } }
		body := p.get(ready.Management+"/_dragoman/traces?text="+url.QueryEscape(text), 200, text)
		if err := json.Unmarshal([]byte(body), &got); err != nil || len(got.Traces) != want {
			t.Fatalf("%s: %d traces (%v), want %d: %s", text, len(got.Traces), err, want, body)
		}
		for _, t := range got.Traces {
			steps = append(steps, t.Steps)
		}
		return steps
	}
	of := func(steps []step, name string) (found step) {
		for _, s := range steps {
			if s.Name == name {
				found = s
			}
		}
		return found
	}
	logs := func(s step, want string) bool { return strings.Contains(strings.Join(s.Data.Logs, "\n"), want) }

	asked := traces("the gate looks at a request", 2) // the newest first
	if known, fresh := of(asked[0], "authorize"), of(asked[1], "authorize"); !known.Data.Cached || len(known.Data.Logs) != 0 || fresh.Data.Cached || !logs(fresh, "the gate looks at REQUEST") {
		t.Errorf("the authorizer, asked: %+v; known: %+v", fresh, known)
	}
	whole := traces("streaming /whole", 1)[0]
	if s := of(whole, "backend"); !logs(s, "streaming /whole") || s.Data.Body != "one two" || s.Outcome != "ok" {
		t.Errorf("what was streamed: %+v", s)
	}
	if s := of(whole, "frame"); s.Data.Body != "one two" {
		t.Errorf("what the client got of it: %+v", s)
	}
	if s := of(traces("streaming /broken", 1)[0], "backend"); s.Outcome != "failed" || !strings.Contains(s.Why, "too late") || !logs(s, "streaming /broken") {
		t.Errorf("what was broken off: %+v", s)
	}
	p.end()
}
