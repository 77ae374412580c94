package up_test

import (
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/coder/websocket"

	"github.com/dragoman-gateway/dragoman/internal/needs"
)

const pressedTemplate = `Resources:
  F:
    Type: AWS::Lambda::Function
    Properties: {Runtime: nodejs20.x, Handler: index.handler, Code: src, Role: r, Timeout: 60, Environment: {Variables: {STEP: 0}}}
  Web: {Type: AWS::ApiGatewayV2::Api, Properties: {Name: web, ProtocolType: HTTP, Target: !GetAtt F.Arn}}
  Chat: {Type: AWS::ApiGatewayV2::Api, Properties: {Name: chat, ProtocolType: WEBSOCKET, RouteSelectionExpression: $request.body.action}}
  Call:
    Type: AWS::ApiGatewayV2::Integration
    Properties: {ApiId: !Ref Chat, IntegrationType: AWS_PROXY, IntegrationUri: !Sub "arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${F.Arn}/invocations"}
  Say: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref Chat, RouteKey: say, Target: !Sub "integrations/${Call}", RouteResponseSelectionExpression: $default}}
  Said: {Type: AWS::ApiGatewayV2::RouteResponse, Properties: {ApiId: !Ref Chat, RouteId: !Ref Say, RouteResponseKey: $default}}
  Stage: {Type: AWS::ApiGatewayV2::Stage, Properties: {ApiId: !Ref Chat, StageName: live, AutoDeploy: true}}
`

func pressedHandler(version int) string {
	return fmt.Sprintf(`exports.handler = async (event) => {
  await new Promise((r) => setTimeout(r, 5));
  return { statusCode: 200, body: [%d, process.env.STEP, event.rawQueryString || ''].join(' ') };
};
`, version)
}

// presser is a caller that calls again and again while things change.
type presser struct {
	t       *testing.T
	answers atomic.Int64
	before  [2]int // version and step that it was answered by last
}

// answered takes an answer. Whatever is served once is never followed by what came before.
func (p *presser) answered(text string) {
	var now [2]int
	if _, err := fmt.Sscan(text, &now[0], &now[1]); err != nil {
		p.t.Errorf("got %q: %v", text, err)
		return
	}
	if now[0] < p.before[0] || now[1] < p.before[1] {
		p.t.Errorf("%v was served after %v", now, p.before)
	}
	p.before = now
	p.answers.Add(1)
}

// asked is an answer over HTTP, whatever its status.
func asked(url string) (string, error) {
	response, err := http.Get(url)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != 200 {
		err = fmt.Errorf("status %d: %s", response.StatusCode, body)
	}
	return string(body), err
}

// While callers and sockets go on, handlers and the template change: each change is what
// the next call is answered by, no answer is lost, none is of what was there before, and no
// socket is closed. Then 200 calls side by side each have their own answer.
func TestUpChangesUnderLoad(t *testing.T) {
	needs.Program(t, "node")
	dir := filepath.Join(t.TempDir(), "pressed")
	place(t, dir, map[string]string{"template.yaml": pressedTemplate, "src/index.js": pressedHandler(0)})
	p := startUp(t, dir)
	ready := p.next("ready")
	stop := make(chan struct{})
	var group sync.WaitGroup
	var pressers []*presser
	press := func(call func() (string, error)) {
		one := &presser{t: t}
		pressers = append(pressers, one)
		group.Go(func() {
			for {
				text, err := call()
				if err != nil {
					t.Error(err)
					return
				}
				one.answered(text)
				select {
				case <-stop:
					return
				default:
				}
			}
		})
	}
	for range 2 {
		press(func() (string, error) { return asked(ready.Data + "/") })
	}
	for range 10 {
		c := p.dial("ws" + strings.TrimPrefix(ready.Data, "http") + "/live")
		press(func() (string, error) {
			if err := c.Write(t.Context(), websocket.MessageText, []byte(`{"action":"say"}`)); err != nil {
				return "", err
			}
			_, text, err := c.Read(t.Context())
			return string(text), err
		})
	}
	first := func(what string, version, step int) {
		t.Helper()
		if text, err := asked(ready.Data + "/"); err != nil || strings.TrimSpace(text) != fmt.Sprint(version, step) {
			t.Errorf("the first call after %s: got %q, %v, want %d %d", what, text, err, version, step)
		}
	}
	for n := 1; n <= 3; n++ {
		place(t, dir, map[string]string{"src/index.js": pressedHandler(n)})
		first("a change of the handler", n, n-1)
		edit(t, filepath.Join(dir, "template.yaml"), fmt.Sprintf("STEP: %d", n-1), fmt.Sprintf("STEP: %d", n))
		p.next("changed")
		first("a change of the template", n, n)
	}
	close(stop)
	group.Wait()
	for i, one := range pressers {
		if one.answers.Load() == 0 {
			t.Errorf("caller %d had no answer", i)
		}
	}
	var answers atomic.Int64
	for n := range 200 {
		group.Go(func() {
			text, err := asked(ready.Data + "/?n=" + strconv.Itoa(n))
			if err != nil || text != fmt.Sprintf("3 3 n=%d", n) {
				t.Errorf("%d: got %q, %v", n, text, err)
				return
			}
			answers.Add(1)
		})
	}
	group.Wait()
	if got := answers.Load(); got != 200 {
		t.Errorf("%d of 200 calls side by side had their answer", got)
	}
	p.end()
}
