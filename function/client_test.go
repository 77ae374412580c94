package function

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"go.uber.org/goleak"

	"github.com/dragoman-gateway/dragoman/awsconfig"
	"github.com/dragoman-gateway/dragoman/awsconfig/awstest"
	"github.com/dragoman-gateway/dragoman/message"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const arn = "arn:aws:lambda:eu-west-1:123456789012:function:hello"

func newClient(t *testing.T, functions map[string]string) *Client {
	t.Helper()
	aws := awsconfig.New(awsconfig.Options{Region: "us-east-1"})
	t.Cleanup(aws.Close)
	c, err := New(aws, functions)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func answer(status int, header map[string]string, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		for name, value := range header {
			w.Header().Set(name, value)
		}
		w.WriteHeader(status)
		io.WriteString(w, body)
	}
}

func TestInvokeByArn(t *testing.T) {
	awstest.Isolate(t)
	var event events.APIGatewayWebsocketProxyRequest
	s := awstest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Amz-Executed-Version", "7")
		w.Header().Set("x-amzn-RequestId", "id-1")
		io.WriteString(w, `{"statusCode":200}`)
	})
	t.Setenv("AWS_ENDPOINT_URL_LAMBDA", s.URL)
	c := newClient(t, nil)
	r, err := c.Invoke(context.Background(), &Call{
		Function: "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/" + arn + ":prod/invocations",
		Payload:  []byte(`{"body":"hi","requestContext":{"connectionId":"c"}}`),
		Header:   message.Header{{Name: "x-amzn-trace-id", Value: "Root=1"}, {Name: "Cookie", Value: "secret"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if r.Status != 200 || string(r.Payload) != `{"statusCode":200}` || r.RequestID != "id-1" || r.Version != "7" || r.Error != "" || r.Latency <= 0 {
		t.Errorf("got %+v", r)
	}
	got := s.Last(t)
	if want := "/2015-03-31/functions/arn:aws:lambda:eu-west-1:123456789012:function:hello/invocations?Qualifier=prod"; got.RequestURI != want && got.URL.Path+"?"+got.URL.RawQuery != want {
		t.Errorf("got %s, want %s", got.RequestURI, want)
	}
	if got.Region != "eu-west-1" || got.Service != "lambda" || got.Method != "POST" {
		t.Errorf("%s signed for %s in %s: a function is called where it lives", got.Method, got.Service, got.Region)
	}
	if got.Header.Get("X-Amzn-Trace-Id") != "Root=1" || got.Header.Get("Cookie") != "" || got.Header.Get("Content-Type") != "application/json" {
		t.Errorf("headers: %v", got.Header)
	}
	if err := json.Unmarshal(got.Body, &event); err != nil || event.Body != "hi" || event.RequestContext.ConnectionID != "c" {
		t.Errorf("the function got %s", got.Body)
	}
}

func TestMappedFunctions(t *testing.T) {
	awstest.Isolate(t)
	s := awstest.Serve(t, answer(200, nil, `{}`))
	for _, row := range []struct {
		name, key, url, function, want string
	}{
		{"by name", "hello", "", arn, "/2015-03-31/functions/hello/invocations"},
		{"with a base path", "hello", "/lambda/", "hello", "/lambda/2015-03-31/functions/hello/invocations"},
		{"by alias", "hello:prod", "/prod", arn + ":prod", "/prod/2015-03-31/functions/hello/invocations?Qualifier=prod"},
		{"by ARN", arn, "/a", arn + ":1", "/a/2015-03-31/functions/hello/invocations?Qualifier=1"},
		{"the emulator's fixed name", "hello", "/2015-03-31/functions/function/invocations", arn + ":prod", "/2015-03-31/functions/function/invocations"},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := newClient(t, map[string]string{row.key: s.URL + row.url})
			if _, err := c.Invoke(context.Background(), &Call{Function: row.function, Payload: []byte("{}")}); err != nil {
				t.Fatal(err)
			}
			if got := s.Last(t).RequestURI; got != row.want {
				t.Errorf("got %s, want %s", got, row.want)
			}
		})
	}
}

func TestMapWithABrokenURL(t *testing.T) {
	for _, at := range []string{"localhost:9000", "", "ftp://x", "http://"} {
		if _, err := New(nil, map[string]string{"f": at}); err == nil {
			t.Errorf("%q was taken", at)
		}
	}
}

func TestAnswers(t *testing.T) {
	awstest.Isolate(t)
	for _, row := range []struct {
		name    string
		status  int
		header  map[string]string
		body    string
		payload string
		failed  string // FunctionError
		class   error
	}{
		{"function error", 200, map[string]string{"X-Amz-Function-Error": "Unhandled"}, `{"errorMessage":"x"}`, `{"errorMessage":"x"}`, "Unhandled", nil},
		{"emulator's function error", 200, nil, `{"errorType":"E","errorMessage":"x","trace":[]}`, `{"errorType":"E","errorMessage":"x","trace":[]}`, "Unhandled", nil},
		{"emulator's timeout", 200, nil, "Task timed out after 3.00 seconds", `{"errorMessage":"Task timed out after 3.00 seconds"}`, "Unhandled", nil},
		{"an answer that only looks so", 200, nil, `{"errorType":"E","errorMessage":"x","statusCode":200}`, `{"errorType":"E","errorMessage":"x","statusCode":200}`, "", nil},
		{"the service's own word counts", 200, map[string]string{"X-Amz-Executed-Version": "1"}, `{"errorType":"E","errorMessage":"x"}`, `{"errorType":"E","errorMessage":"x"}`, "", nil},
		{"event", 202, nil, "", "", "", nil},
		{"throttled", 429, map[string]string{"X-Amzn-ErrorType": "TooManyRequestsException"}, `{"Type":"User","message":"Rate Exceeded."}`, "", "", message.ErrThrottled},
		{"denied", 403, nil, `{"Message":"no"}`, "", "", message.ErrDenied},
		{"unknown", 404, map[string]string{"X-Amzn-ErrorType": "ResourceNotFoundException:http://x"}, `{"Message":"Function not found"}`, "", "", message.ErrConfiguration},
		{"not JSON", 400, nil, `{"Message":"Could not parse request body into json"}`, "", "", message.ErrConfiguration},
		{"too large", 413, nil, `{}`, "", "", message.ErrTooLarge},
		{"service down", 502, nil, `<html>`, "", "", message.ErrUnreachable},
		{"redirect", 307, map[string]string{"Location": "/x"}, ``, "", "", message.ErrConfiguration},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := awstest.Serve(t, answer(row.status, row.header, row.body))
			c := newClient(t, map[string]string{"f": s.URL})
			r, err := c.Invoke(context.Background(), &Call{Function: "f", Payload: []byte(`{}`)})
			if row.class != nil {
				var refused *Refusal
				if !errors.Is(err, row.class) || !errors.As(err, &refused) || refused.Status != row.status {
					t.Errorf("got %v, %v; want %v", r, err, row.class)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if r.Status != row.status || string(r.Payload) != row.payload || r.Error != row.failed {
				t.Errorf("got %d %s %q, want %d %s %q", r.Status, r.Payload, r.Error, row.status, row.payload, row.failed)
			}
		})
	}
}

func TestBounds(t *testing.T) {
	awstest.Isolate(t)
	s := awstest.Serve(t, func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	c := newClient(t, map[string]string{"f": s.URL})
	if _, err := c.Invoke(context.Background(), &Call{Function: "f", Timeout: 50 * time.Millisecond}); !errors.Is(err, message.ErrTimeout) {
		t.Errorf("a function that stalls: got %v, want ErrTimeout", err)
	}
	if _, err := c.Invoke(context.Background(), &Call{Function: "f", Payload: make([]byte, MaxPayload+1)}); !errors.Is(err, message.ErrTooLarge) {
		t.Errorf("a long payload: got %v, want ErrTooLarge", err)
	}
	if _, err := c.Invoke(context.Background(), &Call{Function: "no name"}); !errors.Is(err, message.ErrConfiguration) {
		t.Errorf("no name: got %v, want ErrConfiguration", err)
	}
	var names Names
	for i := range maxNames + 10 {
		if n, err := names.Parse(fmt.Sprint("f", i)); err != nil || n.Name != fmt.Sprint("f", i) {
			t.Fatalf("got %+v, %v", n, err)
		}
	}
	if n := len(names.known); n == 0 || n > maxNames {
		t.Errorf("%d names are remembered", n)
	}
}

// A function that nobody has mapped, where nothing else is configured, fails at once
// and says what could be.
func TestNothingIsConfigured(t *testing.T) {
	awstest.Isolate(t)
	t.Setenv("AWS_ACCESS_KEY_ID", "")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "")
	c := newClient(t, map[string]string{"other": "http://127.0.0.1:1"})
	const want = "no --function hello, no AWS_ENDPOINT_URL_LAMBDA, no credentials"
	for _, name := range []string{
		"hello", "hello:live", "arn:aws:lambda:us-east-1:123456789012:function:hello", "123456789012:function:hello",
		"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:123456789012:function:hello/invocations",
	} {
		_, err := c.Invoke(t.Context(), &Call{Function: name, Region: "us-east-1"})
		var failed *message.Error
		if !errors.As(err, &failed) || failed.Class != message.ErrDenied || failed.Cause.Error() != want {
			t.Errorf("%s: got %v, want %s", name, err, want)
		}
	}
}
