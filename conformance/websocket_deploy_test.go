package conformance

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/coder/websocket"
)

// Routes and integration responses of a stage with autoDeploy are served without
// a deployment being asked for.
func TestAutoDeployEndToEnd(t *testing.T) {
	a := start(t).socketApi(mock(), mockReply("first"))
	_, err := a.sdk.CreateStage(t.Context(), &apigatewayv2.CreateStageInput{ApiId: &a.id, StageName: aws.String("live"), AutoDeploy: aws.Bool(true)})
	must(t, err)
	conn, err := dial(t, "ws://"+a.DataAddr()+"/_aws/execute-api/"+a.id+"/live")
	must(t, err)
	shows := func(want string) {
		t.Helper()
		eventually(t, "the frame "+want, func() bool { return a.ask(conn, `{"action":"ask"}`) == want })
	}
	shows("first")
	change := mockReply("second")
	_, err = a.sdk.UpdateIntegrationResponse(t.Context(), &apigatewayv2.UpdateIntegrationResponseInput{
		ApiId: &a.id, IntegrationId: &a.integration, IntegrationResponseId: &a.response, ResponseTemplates: change.ResponseTemplates,
	})
	must(t, err)
	shows("second")
	a.addRoute("more", true)
	eventually(t, "the new route", func() bool { return a.ask(conn, `{"action":"more"}`) == "second" })
	stage, err := a.sdk.GetStage(t.Context(), &apigatewayv2.GetStageInput{ApiId: &a.id, StageName: aws.String("live")})
	must(t, err)
	deployment, err := a.sdk.GetDeployment(t.Context(), &apigatewayv2.GetDeploymentInput{ApiId: &a.id, DeploymentId: stage.DeploymentId})
	must(t, err)
	if !aws.ToBool(deployment.AutoDeployed) || deployment.DeploymentStatus != "DEPLOYED" {
		t.Errorf("deployment: got autoDeployed %v, %s", aws.ToBool(deployment.AutoDeployed), deployment.DeploymentStatus)
	}
	prod, err := dial(t, "ws://"+a.DataAddr()+a.path())
	must(t, err)
	if got := a.ask(prod, `{"action":"ask"}`); got != "first" {
		t.Errorf("the other stage: got %s, want what was deployed to it", got)
	}
}

// A broken template never blocks a deployment: it is told with its place, and
// fails when a message reaches it.
func TestBrokenTemplateDeploysAndFails(t *testing.T) {
	var log lines
	a := start(t, log.into).socketApi(mock(), mockReply("one\n#if($x)never closed"))
	conn := a.dial(nil)
	if got := errorFrame(t, a.ask(conn, `{"action":"ask"}`)); got != "Internal server error" {
		t.Errorf("got %q", got)
	}
	place := fmt.Sprintf(`"deployed with a part that does not work","api":%q,"in":%q,"key":"$default","line":2,"column":20`, a.id, a.integration)
	if !strings.Contains(log.String(), place) {
		t.Errorf("log: want %s in\n%s", place, log.String())
	}
	a.update(apigatewayv2.UpdateIntegrationResponseInput{ResponseTemplates: map[string]string{"$default": "mended"}})
	if got := a.ask(conn, `{"action":"ask"}`); got != "mended" {
		t.Errorf("after the update: got %s", got)
	}
}

// Deleting a stage or an API closes its sockets, and nothing answers there any more.
func TestDeletingClosesSockets(t *testing.T) {
	for name, remove := range map[string]func(a *socketApi) error{
		"stage": func(a *socketApi) error {
			_, err := a.sdk.DeleteStage(t.Context(), &apigatewayv2.DeleteStageInput{ApiId: &a.id, StageName: aws.String("prod")})
			return err
		},
		"api": func(a *socketApi) error {
			_, err := a.sdk.DeleteApi(t.Context(), &apigatewayv2.DeleteApiInput{ApiId: &a.id})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			a := start(t).socketApi(mock(), mockReply("here"))
			conn := a.dial(nil)
			if got := a.ask(conn, `{"action":"ask"}`); got != "here" {
				t.Fatalf("got %s", got)
			}
			must(t, remove(a))
			if _, response, err := websocket.Dial(t.Context(), "ws://"+a.DataAddr()+a.path(), nil); err == nil || response == nil || response.StatusCode != 403 {
				t.Errorf("a new client: got %v %v, want 403 at once", response, err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			if _, _, err := conn.Read(ctx); websocket.CloseStatus(err) != 1001 {
				t.Errorf("the open socket: got %v, want 1001", err)
			}
		})
	}
}

// By its host name an API answers on the bare stage path, and says the domain that
// the client used; what a handler posts back to that domain arrives.
func TestAddressedByHost(t *testing.T) {
	a := start(t).socketApi(mock(), mockReply(`$context.domainName $context.stage $context.connectionId`))
	host := a.id + ".execute-api.localhost:" + port(a.DataAddr())
	conn, _, err := websocket.Dial(t.Context(), "ws://"+a.DataAddr()+"/prod", &websocket.DialOptions{Host: host})
	must(t, err)
	defer conn.CloseNow()
	var domain, stage, id string
	if _, err := fmt.Sscan(a.ask(conn, `{"action":"ask"}`), &domain, &stage, &id); err != nil || domain != host || stage != "prod" {
		t.Errorf("got %s %s, want %s prod", domain, stage, host)
	}
	api, err := a.sdk.GetApi(t.Context(), &apigatewayv2.GetApiInput{ApiId: &a.id})
	must(t, err)
	if got := aws.ToString(api.ApiEndpoint); got != "ws://"+host {
		t.Errorf("apiEndpoint: got %s, want ws://%s", got, host)
	}
}
