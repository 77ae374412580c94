package conformance

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-lambda-go/events"

	"github.com/dragoman-gateway/dragoman/server"
)

// functions is an endpoint that speaks the Lambda Invoke API. Events are decoded
// with aws-lambda-go, which we did not write.
type functions struct {
	url    string
	close  func()
	mu     sync.Mutex // Protects fields below.
	events []events.APIGatewayWebsocketProxyRequest
	raw    []string
	paths  []string
	answer func(event events.APIGatewayWebsocketProxyRequest) (payload string, failed bool)
}

func lambda(t *testing.T, answer func(events.APIGatewayWebsocketProxyRequest) (string, bool)) *functions {
	f := &functions{answer: answer}
	s := newLoopback(f.serve)
	t.Cleanup(s.Close)
	f.url, f.close = s.URL, s.Close
	return f
}

func (f *functions) serve(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost || !strings.HasSuffix(r.URL.Path, "/invocations") {
		http.Error(w, "not the Invoke API", http.StatusNotFound)
		return
	}
	body, _ := io.ReadAll(r.Body)
	var event events.APIGatewayWebsocketProxyRequest
	_ = json.Unmarshal(body, &event)
	f.mu.Lock()
	f.events, f.raw, f.paths = append(f.events, event), append(f.raw, string(body)), append(f.paths, r.URL.RequestURI())
	f.mu.Unlock()
	payload, failed := f.answer(event)
	if failed {
		w.Header().Set("X-Amz-Function-Error", "Unhandled")
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(w, payload)
}

// seen are the events so far, of one type.
func (f *functions) seen(eventType string) []events.APIGatewayWebsocketProxyRequest {
	f.mu.Lock()
	defer f.mu.Unlock()
	var found []events.APIGatewayWebsocketProxyRequest
	for _, e := range f.events {
		if e.RequestContext.EventType == eventType {
			found = append(found, e)
		}
	}
	return found
}

// payloads are the events so far, as text.
func (f *functions) payloads() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]string(nil), f.raw...)
}

// asked are the paths that were called so far.
func (f *functions) asked() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]string(nil), f.paths...)
}

// as sends the function "talk" here.
func (f *functions) as(c *server.Config) { c.Functions = map[string]string{"talk": f.url} }

const talkArn = "arn:aws:lambda:us-east-1:000000000000:function:talk"

const talkURI = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/" + talkArn + "/invocations"
