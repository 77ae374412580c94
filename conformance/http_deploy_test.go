package conformance

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"go.uber.org/goleak"
)

// A stage that is deployed again and again under load loses no request, and every
// answer is of a deployment that was served while the request ran.
func TestHTTPDeploymentsLoseNothing(t *testing.T) {
	at := backend(t, echo)
	a := start(t).webApi()
	in := proxyTo(at + "/x")
	in.RequestParameters = map[string]string{"overwrite:header.X-Round": "0"}
	integration := a.integrate(in)
	a.route("POST /x", integration)
	a.deploy("$default")

	var round atomic.Int64 // that is served for certain
	var asked atomic.Int64
	ctx, cancel := context.WithCancel(t.Context())
	var clients sync.WaitGroup
	for range 8 {
		clients.Go(func() {
			for ctx.Err() == nil {
				before := round.Load()
				response, err := a.client.Do(a.request("POST", "/x", "body"))
				if err != nil {
					t.Errorf("a request was lost: %v", err)
					return
				}
				var got int64
				_, _ = fmt.Sscan(response.Header.Get("X-Got-X-Round"), &got)
				response.Body.Close()
				if response.StatusCode != 200 || got < before || got > round.Load()+1 {
					t.Errorf("got %d of round %d, want 200 of round %d or the next", response.StatusCode, got, before)
					return
				}
				asked.Add(1)
			}
		})
	}
	rounds := 100
	if testing.Short() {
		rounds = 20
	}
	for i := 1; i <= rounds; i++ {
		_, err := a.sdk.UpdateIntegration(t.Context(), &apigatewayv2.UpdateIntegrationInput{
			ApiId: &a.id, IntegrationId: &integration, RequestParameters: map[string]string{"overwrite:header.X-Round": fmt.Sprint(i)},
		})
		must(t, err)
		a.deploy("$default")
		round.Store(int64(i))
	}
	cancel()
	clients.Wait()
	if asked.Load() < int64(rounds) {
		t.Errorf("only %d requests over %d deployments, which proves little", asked.Load(), rounds)
	}
}

// Whatever became of its requests, a gateway that has ended has no goroutine left.
func TestHTTPGatewayLeavesNothing(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	t.Run("served", func(t *testing.T) {
		i := newOpenID(t)
		f := newWebFunctions(t, map[string]func([]byte) (string, bool){"talk": says(`"served"`)})
		const clientsInAll = 60
		reached := make([]chan struct{}, clientsInAll) // each client waits for its own request
		for n := range reached {
			reached[n] = make(chan struct{})
		}
		stuck := backend(t, func(_ http.ResponseWriter, r *http.Request) {
			n, _ := strconv.Atoi(r.Header.Get("X-Client"))
			close(reached[n])
			<-r.Context().Done()
		})
		g := start(t, f.as)
		a := g.webApi()
		id := a.jwtAuthorizer(i)
		a.route("GET /echo", a.integrate(proxyTo(backend(t, echo))))
		a.route("GET /stuck", a.integrate(proxyTo(stuck)))
		a.route("GET /talk", a.integrate(invoking("2.0")), func(in *apigatewayv2.CreateRouteInput) { in.AuthorizationType, in.AuthorizerId = "JWT", &id })
		a.deploy("$default")
		var clients sync.WaitGroup
		for n := range clientsInAll {
			clients.Go(func() {
				switch n % 3 {
				case 0:
					a.call("GET", "/echo", "")
				case 1:
					a.call("GET", "/talk", "", "Authorization", i.token(t, nil))
				default:
					ctx, leave := context.WithCancel(t.Context())
					r := a.request("GET", "/stuck", "").WithContext(ctx)
					r.Header.Set("X-Client", strconv.Itoa(n))
					go func() { <-reached[n]; leave() }()
					if _, err := a.client.Do(r); !errors.Is(err, context.Canceled) {
						t.Errorf("got %v, want a client that left", err)
					}
				}
			})
		}
		clients.Wait()
		a.client.CloseIdleConnections()
		g.stop()
	})
}

// What is deleted is not served from the answer of DeleteStage on.
func TestHTTPDeletedStagesAreNotFound(t *testing.T) {
	a := start(t).webApi()
	a.route("GET /x", a.integrate(proxyTo(backend(t, echo))))
	a.deploy("prod")
	if got := a.call("GET", "/prod/x", ""); got.StatusCode != 200 {
		t.Fatalf("got %d", got.StatusCode)
	}
	_, err := a.sdk.DeleteStage(t.Context(), &apigatewayv2.DeleteStageInput{ApiId: &a.id, StageName: aws.String("prod")})
	must(t, err)
	gatewayError(t, a.call("GET", "/prod/x", ""), 404, "Not Found")
}
