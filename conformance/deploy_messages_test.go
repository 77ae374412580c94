package conformance

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/coder/websocket"
)

// TestDeploymentsLoseNoMessage deploys while clients speak: every message has one answer, which is
// that of one deployment whole, and no client comes back to an older one. `go run
// ./bench/websocket -deploy 5000` says how long they take.
func TestDeploymentsLoseNoMessage(t *testing.T) {
	const clients, deployments = 60, 15
	// Both halves are rendered of one deployment: one that was swapped in between would show.
	reply := func(turn int) map[string]string {
		return map[string]string{"$default": fmt.Sprintf(`%d $context.requestId %d`, turn, turn)}
	}
	a := start(t).socketApi(mock(), mockReply("0 $context.requestId 0"))
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	var sent, answered atomic.Int64
	var over atomic.Bool
	var group sync.WaitGroup
	begin := func(f func() error) {
		group.Go(func() {
			if err := f(); err != nil {
				t.Error(err)
				cancel() // nobody waits for who has given up
			}
		})
	}
	for range clients {
		conn := a.dial(nil)
		begin(func() error {
			newest := 0
			for !over.Load() {
				sent.Add(1)
				if err := conn.Write(ctx, websocket.MessageText, []byte(`{"action":"ask"}`)); err != nil {
					return err
				}
				_, frame, err := conn.Read(ctx)
				if err != nil {
					return err
				}
				var turn, again, id = 0, 0, ""
				if _, err := fmt.Sscanf(string(frame), "%d %s %d", &turn, &id, &again); err != nil || turn != again || turn < newest {
					return fmt.Errorf("after deployment %d came %q", newest, frame)
				}
				newest = turn
				answered.Add(1)
			}
			return nil
		})
	}
	begin(func() error {
		defer over.Store(true)
		for turn := 1; turn <= deployments; turn++ {
			// All speak between two of them, however slow the machine is.
			for from := answered.Load(); answered.Load() < from+2*clients; {
				if ctx.Err() != nil {
					return ctx.Err()
				}
				time.Sleep(time.Millisecond)
			}
			if _, err := a.sdk.UpdateIntegrationResponse(ctx, &apigatewayv2.UpdateIntegrationResponseInput{
				ApiId: &a.id, IntegrationId: &a.integration, IntegrationResponseId: &a.response, ResponseTemplates: reply(turn),
			}); err != nil {
				return err
			}
			if _, err := a.sdk.CreateDeployment(ctx, &apigatewayv2.CreateDeploymentInput{ApiId: &a.id, StageName: aws.String("prod")}); err != nil {
				return err
			}
		}
		return nil
	})
	group.Wait()
	if sent.Load() != answered.Load() || answered.Load() < clients*deployments {
		t.Errorf("%d messages sent, %d answered", sent.Load(), answered.Load())
	}
	// What was deployed last is what is served.
	if got, want := a.ask(a.dial(nil), `{"action":"ask"}`), strconv.Itoa(deployments)+" "; len(got) < len(want) || got[:len(want)] != want {
		t.Errorf("at the end: got %s", got)
	}
}
