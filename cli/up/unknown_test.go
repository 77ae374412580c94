package up_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
)

// Lambda's API here knows what runs here: of another name it says that there is none, whatever
// keys and endpoints the user has for an account.
func TestUpInvokesNothingElsewhere(t *testing.T) {
	var called atomic.Int32
	account := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		called.Add(1)
		_, _ = w.Write([]byte(`"of the account"`))
	}))
	defer account.Close()
	dir := filepath.Join(t.TempDir(), "app")
	place(t, dir, map[string]string{"template.yaml": `Resources:
  Web: {Type: AWS::ApiGatewayV2::Api, Properties: {Name: web, ProtocolType: HTTP}}
`})
	p := startUpIn(t, []string{"AWS_ACCESS_KEY_ID=AKIDACCOUNT", "AWS_SECRET_ACCESS_KEY=secret", "AWS_ENDPOINT_URL_LAMBDA=" + account.URL}, dir, "--region", "eu-west-1")
	ready := p.next("ready")
	const arn = "arn:aws:lambda:eu-west-1:000000000000:function:other"
	for path, name := range map[string]string{
		"/2015-03-31/functions/other/invocations":                                         arn,
		"/2015-03-31/functions/other:live/invocations":                                    arn + ":live",
		"/2015-03-31/functions/other/invocations?Qualifier=2":                             arn + ":2",
		"/2015-03-31/functions/" + arn + "/invocations":                                   arn,
		"/2021-11-15/functions/other/response-streaming-invocations":                      arn,
		"/2015-03-31/functions/000000000000:function:other/invocations":                   arn,
		"/2015-03-31/functions/" + strings.Replace(arn, "eu", "us", 1) + ":1/invocations": strings.Replace(arn, "eu", "us", 1) + ":1",
	} {
		answer, err := http.Post(ready.Management+path, "application/json", strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(answer.Body)
		_ = answer.Body.Close()
		want := `{"Type":"User","Message":"Function not found: ` + name + `"}`
		if answer.StatusCode != 404 || answer.Header.Get("X-Amzn-Errortype") != "ResourceNotFoundException" || strings.TrimSpace(string(body)) != want {
			t.Errorf("%s: got %d %s %s, want %s", path, answer.StatusCode, answer.Header.Get("X-Amzn-Errortype"), body, want)
		}
	}
	if n := called.Load(); n > 0 {
		t.Errorf("the account was called %d times", n)
	}
	p.end()
}
