package wire

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/resource"
)

// echo answers which operation was called and what its path said.
func echo(_ context.Context, r *Request) (any, error) {
	return map[string]any{"operation": r.Operation.Name, "path": r.Path, "region": r.Region}, nil
}

func echoes() map[string]Handler {
	handlers := map[string]Handler{}
	for _, o := range Operations() {
		handlers[o.Name] = echo
	}
	return handlers
}

func ask(t *testing.T, h http.Handler, method, target, body string) (*http.Response, string) {
	t.Helper()
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	answer := w.Result()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer, string(text)
}

func TestServerRoutes(t *testing.T) {
	h := NewServer(Config{Handlers: echoes(), Region: "us-east-1", Account: "000000000000"})
	tests := []struct {
		name, method, target, body string
		status                     int
		want                       string
	}{
		{"list", "GET", "/v2/apis", "", 200, `{"operation":"GetApis","path":{},"region":"us-east-1"}`},
		{"list with a slash at the end", "GET", "/v2/apis/", "", 200, `{"operation":"GetApis","path":{},"region":"us-east-1"}`},
		{"one label", "GET", "/v2/apis/abc", "", 200, `{"operation":"GetApi","path":{"apiId":"abc"},"region":"us-east-1"}`},
		{"an id like a word of the table", "GET", "/v2/apis/apis/routes", "", 200, `{"operation":"GetRoutes","path":{"apiId":"apis"},"region":"us-east-1"}`},
		{"default stage", "GET", "/v2/apis/a/stages/$default", "", 200, `{"operation":"GetStage","path":{"apiId":"a","stageName":"$default"},"region":"us-east-1"}`},
		{"default stage, escaped", "GET", "/v2/apis/a/stages/%24default", "", 200, `{"operation":"GetStage","path":{"apiId":"a","stageName":"$default"},"region":"us-east-1"}`},
		{"route key with escapes", "DELETE", "/v2/apis/a/stages/s/routesettings/GET%20%2Fa%2F%7Bb%2B%7D", "", 204, ""},
		{"ARN with escapes", "GET", "/v2/tags/arn%3Aaws%3Aapigateway%3Aus-east-1%3A%3A%2Fapis%2Fabc", "", 200, `{"operation":"GetTags","path":{"resource-arn":"arn:aws:apigateway:us-east-1::/apis/abc"},"region":"us-east-1"}`},
		{"ARN with slashes", "GET", "/v2/tags/arn:aws:apigateway:us-east-1::/apis/abc/stages/s", "", 200, `{"operation":"GetTags","path":{"resource-arn":"arn:aws:apigateway:us-east-1::/apis/abc/stages/s"},"region":"us-east-1"}`},
		{"the older API", "GET", "/apikeys/k1?includeValue=true", "", 200, `{"operation":"GetApiKey","path":{"api_Key":"k1"},"region":"us-east-1"}`},
		{"unknown path", "GET", "/v2/nothing", "", 404, `{"message":"Unable to determine service/operation name to be authorized"}`},
		{"root", "GET", "/", "", 404, `{"message":"Unable to determine service/operation name to be authorized"}`},
		{"a path that ends too early", "GET", "/v2", "", 404, `{"message":"Unable to determine service/operation name to be authorized"}`},
		{"a path that goes on", "GET", "/v2/apis/a/routes/r/x", "", 404, `{"message":"Unable to determine service/operation name to be authorized"}`},
		{"wrong method", "DELETE", "/v2/apis", "", 405, `{"message":"The method DELETE is not allowed for this resource"}`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			answer, text := ask(t, h, test.method, test.target, test.body)
			if answer.StatusCode != test.status {
				t.Errorf("status: got %d, want %d (%s)", answer.StatusCode, test.status, text)
			}
			if test.want != "" && text != test.want {
				t.Errorf("got  %s\nwant %s", text, test.want)
			}
			if answer.Header.Get("x-amzn-requestid") == "" || answer.Header.Get("x-amz-apigw-id") == "" {
				t.Error("an id is missing in the headers")
			}
		})
	}
}

func TestServerErrors(t *testing.T) {
	h := NewServer(Config{Handlers: map[string]Handler{
		"GetApi": func(context.Context, *Request) (any, error) {
			return nil, fault.New(fault.NotFound, "Invalid API identifier specified 000000000000:abc")
		},
		"DeleteApi": func(context.Context, *Request) (any, error) { panic("boom") },
	}, Logger: slog.New(slog.DiscardHandler)})
	answer, text := ask(t, h, "GET", "/v2/apis/abc", "")
	if answer.StatusCode != 404 || answer.Header.Get("x-amzn-errortype") != "NotFoundException" ||
		text != `{"message":"Invalid API identifier specified 000000000000:abc"}` {
		t.Errorf("a fault: got %d %v %s", answer.StatusCode, answer.Header, text)
	}
	answer, text = ask(t, h, "DELETE", "/v2/apis/abc", "")
	if answer.StatusCode != 500 || text != `{"message":"Internal Server Error"}` {
		t.Errorf("a panic: got %d %s", answer.StatusCode, text)
	}
}

func TestApplyKeepsAndMerges(t *testing.T) {
	old := resource.Stage{StageName: "s", Description: "d", StageVariables: map[string]string{"a": "1"}}
	before := old.StageVariables
	r, err := decode(new(Request), Lookup("UpdateStage"), map[string]string{"apiId": "a", "stageName": "s"}, "",
		[]byte(`{"stageVariables":{"b":"2"},"stageName":"other","autoDeploy":null,"nonsense":1,"defaultRouteSettings":{"throttlingBurstLimit":5}}`))
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Apply(&old); err != nil {
		t.Fatal(err)
	}
	if old.StageName != "s" || old.Description != "d" || old.AutoDeploy != nil {
		t.Errorf("what was not sent has changed: %+v", old)
	}
	if len(old.StageVariables) != 2 || len(before) != 1 {
		t.Errorf("variables: got %v, and the map before is %v", old.StageVariables, before)
	}
	if old.DefaultRouteSettings == nil || *old.DefaultRouteSettings.ThrottlingBurstLimit != 5 {
		t.Errorf("default route settings: got %+v", old.DefaultRouteSettings)
	}
}
