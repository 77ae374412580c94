package server

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/dragoman-gateway/dragoman/function"
	"go.uber.org/goleak"
)

// never is every function, of which none answers.
type never struct{ entered chan struct{} }

func (n never) Invoke(ctx context.Context, _ *function.Call) (*function.Result, error) {
	n.entered <- struct{}{}
	<-ctx.Done()
	return nil, ctx.Err()
}

// A backend that never answers does not outlive the drain, nor does anything that
// waits for it: a message, a request, and the end of a connection.
func TestADrainEndsWhatNeverAnswers(t *testing.T) {
	for _, front := range []string{"own", "net/http"} {
		t.Run(front, func(t *testing.T) {
			before := goleak.IgnoreCurrent()
			const drain = time.Second
			functions := never{make(chan struct{}, 3)}
			c := curse(t, func(config *Config) {
				config.Drain, config.Front = drain, front
				config.seams.functions = func(function.Invoker) function.Invoker { return functions }
			})
			socket := c.made("", "apiId", map[string]any{"name": "chat", "protocolType": "WEBSOCKET", "routeSelectionExpression": "$request.body.action"})
			web := c.made("", "apiId", map[string]any{"name": "web", "protocolType": "HTTP"})
			c.route(socket, "$default", "never", nil)
			c.route(socket, "$disconnect", "never", nil)
			c.route(web, "$default", "never", map[string]any{"payload": "2.0"})
			for api, stage := range map[string]string{socket: "prod", web: "$default"} {
				deployed := c.made("/"+api+"/deployments", "deploymentId", map[string]any{})
				c.made("/"+api+"/stages", "stageName", map[string]any{"stageName": stage, "deploymentId": deployed})
			}
			at := "http://" + c.DataAddr() + "/_aws/execute-api/"
			conn, _, err := websocket.Dial(t.Context(), at+socket+"/prod", nil)
			if err != nil {
				t.Fatal(err)
			}
			if err := conn.Write(t.Context(), websocket.MessageText, []byte("hello")); err != nil {
				t.Fatal(err)
			}
			answered := make(chan struct{})
			go func() {
				defer close(answered)
				if response, err := http.Get(at + web + "/"); err == nil {
					_ = response.Body.Close()
				}
			}()
			<-functions.entered
			<-functions.entered
			began := time.Now()
			c.stop()
			if _, _, err := conn.Read(context.Background()); websocket.CloseStatus(err) != 1001 {
				t.Errorf("the client: got %v, want 1001", err)
			}
			err = <-c.ended
			c.ended <- err // for the end of the test
			if took := time.Since(began); took < drain/2 || took > drain+drain/2 {
				t.Errorf("the drain took %v, want about %v", took, drain)
			}
			if log := c.log.String(); !strings.Contains(log, `"messages":1,"requests":1`) {
				t.Errorf("got %s, want what was left", log)
			}
			<-answered
			http.DefaultClient.CloseIdleConnections()
			goleak.VerifyNone(t, before)
		})
	}
}
