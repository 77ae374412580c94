package control

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"

	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/catalog"
)

func id(path string) string { return strings.TrimPrefix(path, "/v2/apis/") }

func TestDeleteApiTakesEverything(t *testing.T) {
	f := newFixture(t)
	f.must("DELETE", f.names.Replace("{ws}"), "")
	if all := f.everything(); strings.Contains(all, f.names.Replace("{wsid}")) {
		t.Errorf("something of the API is left:\n%s", all)
	}
	f.must("GET", f.names.Replace("{http}/stages/auto"), "")
}

func TestDeleteApiWhileMapped(t *testing.T) {
	h := newHouse(t, nil)
	api := id(h.api("HTTP"))
	_, err := h.control.Store.Update(context.Background(), "", func(tx store.Tx) error {
		if err := catalog.DomainNames("us-east-1").Put(context.Background(), tx, "x.example.com", &resource.DomainName{DomainName: "x.example.com"}); err != nil {
			return err
		}
		return catalog.ApiMappings("us-east-1", "x.example.com").Put(context.Background(), tx, "m", &resource.ApiMapping{ApiId: api})
	})
	if err != nil {
		t.Fatal(err)
	}
	h.refused("DELETE", "/v2/apis/"+api, "", 400, "BadRequestException", "Deleting API "+api+" failed. Please remove all API mappings for the API from your custom domain names.")
}

func TestDeletesInUse(t *testing.T) {
	f := newFixture(t)
	f.must("DELETE", f.names.Replace("{ws}/routes/{route}"), "")
	f.must("DELETE", f.names.Replace("{ws}/integrations/{mock}"), "")
	f.refused("GET", f.names.Replace("{ws}/integrations/{mock}/integrationresponses/{response}"), "", 404, "NotFoundException", "Invalid Integration identifier specified")
	f.must("PATCH", f.names.Replace("{http}/routes/{get}"), `{"authorizationType":"NONE","authorizerId":""}`)
	f.must("DELETE", f.names.Replace("{http}/authorizers/{jwt}"), "")
	f.must("DELETE", f.names.Replace("{ws}/stages/prod"), "")
	f.must("DELETE", f.names.Replace("{ws}/deployments/{deployment}"), "")
	if strings.Contains(f.everything(), f.names.Replace("{deployment}")) {
		t.Error("the frozen configuration of a deleted deployment is left")
	}
}

// TestStaleRouteSettings: the setting of a route that is gone makes later updates
// fail until it is removed.
func TestStaleRouteSettings(t *testing.T) {
	h := newHouse(t, nil)
	ws := h.api("WEBSOCKET")
	route := h.make(ws+"/routes", `{"routeKey":"a"}`, "routeId")
	h.must("POST", ws+"/stages", `{"stageName":"s","routeSettings":{"a":{"throttlingBurstLimit":1}}}`)
	h.must("DELETE", ws+"/routes/"+route, "")
	h.refused("PATCH", ws+"/stages/s", `{"stageVariables":{"a":"b"}}`, 404, "NotFoundException", "Unable to find Route by key a within the provided RouteSettings")
	h.must("DELETE", ws+"/stages/s/routesettings/a", "")
	h.must("PATCH", ws+"/stages/s", `{"stageVariables":{"a":"b"}}`)
}

func TestQuickCreate(t *testing.T) {
	for name, c := range map[string]struct{ body, key, integration string }{
		"a URL": {`"target":"https://example.com"`, "$default",
			`{"apiGatewayManaged":true,"connectionType":"INTERNET","integrationMethod":"ANY","integrationType":"HTTP_PROXY","integrationUri":"https://example.com","payloadFormatVersion":"1.0","timeoutInMillis":30000}`},
		"a function": {`"target":"arn:aws:lambda:us-east-1:0:function:f","routeKey":"POST /f","credentialsArn":"arn:aws:iam::0:role/r"`, "POST /f",
			`{"apiGatewayManaged":true,"connectionType":"INTERNET","credentialsArn":"arn:aws:iam::0:role/r","integrationMethod":"POST","integrationType":"AWS_PROXY","integrationUri":"arn:aws:lambda:us-east-1:0:function:f","payloadFormatVersion":"2.0","timeoutInMillis":30000}`},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, nil)
			api := h.must("POST", "/v2/apis", `{"name":"q","protocolType":"HTTP",`+c.body+`}`)
			if api["apiGatewayManaged"] != true || api["target"] != nil {
				t.Errorf("got %v, want a managed API without target", api)
			}
			at := "/v2/apis/" + api["apiId"].(string)
			integration := h.must("GET", at+"/integrations", "")["items"].([]any)[0].(map[string]any)
			integrationId := integration["integrationId"].(string)
			h.want(without(integration, "integrationId"), c.integration)
			route := h.must("GET", at+"/routes", "")["items"].([]any)[0].(map[string]any)
			h.want(without(route, "routeId"), `{"apiGatewayManaged":true,"apiKeyRequired":false,"authorizationType":"NONE","routeKey":"`+c.key+`","target":"integrations/`+integrationId+`"}`)
			stage := h.must("GET", at+"/stages/$default", "")
			if stage["autoDeploy"] != true || stage["apiGatewayManaged"] != true || stage["deploymentId"] == nil {
				t.Errorf("got %v, want a managed stage that is deployed", stage)
			}
			h.refused("PATCH", at+"/stages/$default", `{"description":"x"}`, 400, "BadRequestException", "The stage $default is managed")
			h.must("PATCH", at, `{"target":"https://other.example.com","credentialsArn":""}`)
			if got := h.must("GET", at+"/integrations/"+integrationId, "")["integrationUri"]; got != "https://other.example.com" {
				t.Errorf("got %v, want the new target", got)
			}
		})
	}
	h := newHouse(t, nil)
	h.call("POST", "/v2/apis", `{"name":"q","protocolType":"HTTP","target":"https://a","routeKey":"GET /a/"}`)
	if items := h.must("GET", "/v2/apis", "")["items"].([]any); len(items) != 0 {
		t.Errorf("got %v, want nothing of an API whose quick create was refused", items)
	}
}

func TestAutoDeploy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, nil)
		defer h.run()()
		api := h.api("HTTP")
		h.must("POST", api+"/stages", `{"stageName":"$default","autoDeploy":true}`)
		if got := h.must("GET", api+"/stages/$default", "")["lastDeploymentStatusMessage"]; got != noRoutes {
			t.Errorf("without routes: got %v, want %q", got, noRoutes)
		}
		for i := range 5 {
			h.must("POST", api+"/routes", fmt.Sprintf(`{"routeKey":"GET /%d"}`, i))
		}
		time.Sleep(99 * time.Millisecond)
		synctest.Wait()
		if got := h.must("GET", api+"/deployments", "")["items"].([]any); len(got) != 0 {
			t.Errorf("99ms after the last change: got %d deployments, want none yet", len(got))
		}
		time.Sleep(time.Millisecond)
		synctest.Wait()
		made := h.must("GET", api+"/deployments", "")["items"].([]any)
		if len(made) != 1 {
			t.Fatalf("100ms after the last change: got %d deployments, want one", len(made))
		}
		d := made[0].(map[string]any)
		h.want(without(d, "createdDate"), `{"autoDeployed":true,"deploymentId":"`+d["deploymentId"].(string)+`","deploymentStatus":"DEPLOYED","description":"Automatic deployment triggered by changes to the Api configuration"}`)
		stage := h.must("GET", api+"/stages/$default", "")
		if want := "Successfully deployed stage with deployment ID '" + d["deploymentId"].(string) + "'"; stage["lastDeploymentStatusMessage"] != want || stage["deploymentId"] != d["deploymentId"] {
			t.Errorf("got %v, want the stage on it and the message %q", stage, want)
		}
		h.control.Store.Close()
	})
}

func TestAutomaticDeploymentsArePruned(t *testing.T) {
	h := newHouse(t, nil)
	api := h.api("HTTP")
	h.must("POST", api+"/routes", `{"routeKey":"$default"}`)
	first := h.must("POST", api+"/stages", `{"stageName":"auto","autoDeploy":true}`)["deploymentId"].(string)
	h.must("POST", api+"/stages", `{"stageName":"held","deploymentId":"`+first+`"}`)
	manual := h.make(api+"/deployments", `{}`, "deploymentId")
	for i := range 25 {
		h.must("PATCH", api, fmt.Sprintf(`{"description":"%d"}`, i))
		if err := h.control.autoDeploy(context.Background(), "us-east-1", id(api)); err != nil {
			t.Fatal(err)
		}
	}
	var ids []string
	for _, d := range h.must("GET", api+"/deployments", "")["items"].([]any) {
		ids = append(ids, d.(map[string]any)["deploymentId"].(string))
	}
	if len(ids) != keptAutomatic+2 || !slices.Contains(ids, first) || !slices.Contains(ids, manual) {
		t.Errorf("got %d deployments %v, want the newest %d, %s that a stage serves, and %s that was made by hand", len(ids), ids, keptAutomatic, first, manual)
	}
	if err := h.control.autoDeploy(context.Background(), "us-east-1", id(api)); err != nil {
		t.Fatal(err)
	}
	if got := len(h.must("GET", api+"/deployments", "")["items"].([]any)); got != len(ids) {
		t.Errorf("nothing changed: got %d deployments, want %d as before", got, len(ids))
	}
}

func TestStagesThatAreBehindAreDeployedAtStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, nil)
		api := h.api("HTTP")
		h.must("POST", api+"/routes", `{"routeKey":"$default"}`)
		before := h.must("POST", api+"/stages", `{"stageName":"auto","autoDeploy":true}`)["deploymentId"]
		h.must("PATCH", api, `{"description":"changed while nobody deployed"}`)
		h.control.deployer = newDeployer(h.control.autoDeploy, h.control.Logger) // as after a restart
		stop := h.run()
		time.Sleep(quietTime)
		synctest.Wait()
		if after := h.must("GET", api+"/stages/auto", "")["deploymentId"]; after == before {
			t.Errorf("got deployment %v still, want a new one", after)
		}
		stop()
		h.control.Store.Close()
	})
}

func TestDeploymentIsFrozen(t *testing.T) {
	f := newFixture(t)
	f.must("PATCH", f.names.Replace("{ws}/integrations/{mock}/integrationresponses/{response}"), `{"integrationResponseKey":"/404/"}`)
	err := f.control.Store.View(context.Background(), func(r store.Reader) error {
		s, err := catalog.LoadDeployment(context.Background(), r, "us-east-1", f.names.Replace("{wsid}"), f.names.Replace("{deployment}"))
		if err != nil {
			return err
		}
		if got := s.IntegrationResponses[f.names.Replace("{mock}")][0].IntegrationResponseKey; got != "/200/" {
			t.Errorf("got %s, want /200/ as when it was deployed", got)
		}
		if len(s.Routes) != 2 || len(s.RouteResponses) != 1 || len(s.Models) != 2 || len(s.Authorizers) != 1 {
			t.Errorf("got %+v, want everything of the API", s)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestDeploymentIsPendingUntilServed(t *testing.T) {
	var served error = errors.New("not yet")
	h := newHouse(t, func(c *Config) { c.Announce = func(context.Context, int64) error { return served } })
	ws := h.api("WEBSOCKET")
	h.must("POST", ws+"/routes", `{"routeKey":"a"}`)
	d := h.must("POST", ws+"/deployments", `{}`)
	if d["deploymentStatus"] != "PENDING" {
		t.Errorf("got %v, want PENDING", d)
	}
	at := ws + "/deployments/" + d["deploymentId"].(string)
	if got := h.must("GET", at, "")["deploymentStatus"]; got != "PENDING" {
		t.Errorf("got %v, want PENDING still", got)
	}
	served = nil
	if got := h.must("GET", at, "")["deploymentStatus"]; got != "DEPLOYED" {
		t.Errorf("got %v, want DEPLOYED", got)
	}
}

func TestDeploymentWaitsForAnnounceOnlySoLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, func(c *Config) {
			c.Announce = func(ctx context.Context, _ int64) error { <-ctx.Done(); return ctx.Err() }
		})
		ws := h.api("WEBSOCKET")
		h.must("POST", ws+"/routes", `{"routeKey":"a"}`)
		began := time.Now()
		if d := h.must("POST", ws+"/deployments", `{}`); d["deploymentStatus"] != "PENDING" || time.Since(began) != AnnounceWait {
			t.Errorf("got %v after %v, want PENDING after %v", d, time.Since(began), AnnounceWait)
		}
		h.control.Store.Close()
	})
}

func TestWarnings(t *testing.T) {
	h := newHouse(t, func(c *Config) {
		c.Check = func(s *resource.Snapshot) []Warning {
			return []Warning{{API: s.Api.ApiId, Integration: "int", Key: "application/json", Line: 3, Column: 7, Message: "no #end"}}
		}
	})
	ws := h.api("WEBSOCKET")
	h.must("POST", ws+"/routes", `{"routeKey":"a"}`)
	h.must("POST", ws+"/deployments", `{}`)
	for _, want := range []string{"api=" + id(ws), "in=int", "key=application/json", "line=3", "column=7", `message="no #end"`} {
		if !strings.Contains(h.log.String(), want) {
			t.Errorf("log: got %s, want %s in it", h.log, want)
		}
	}
}

func TestPagesWhileOthersWrite(t *testing.T) {
	h := newHouse(t, nil)
	ws := h.api("WEBSOCKET")
	var want []string
	for i := range 20 {
		want = append(want, h.make(ws+"/routes", fmt.Sprintf(`{"routeKey":"r%d"}`, i), "routeId"))
	}
	gone := 0
	var got []string
	var others sync.WaitGroup
	for token := ""; ; {
		answer := h.must("GET", ws+"/routes?maxResults=3&nextToken="+token, "")
		for _, r := range answer["items"].([]any) {
			got = append(got, r.(map[string]any)["routeId"].(string))
		}
		others.Go(func() { h.call("PATCH", ws+"/routes/"+want[19], `{"operationName":"o"}`) })
		h.must("DELETE", ws+"/routes/"+want[gone], "") // has been read
		h.must("POST", ws+"/routes", fmt.Sprintf(`{"routeKey":"new%d"}`, gone))
		gone++
		next, more := answer["nextToken"].(string)
		if !more || len(got) >= 20 {
			break
		}
		token = next
	}
	others.Wait()
	if !slices.Equal(got[:20], want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

func TestEveryListIsPaged(t *testing.T) {
	h := newHouse(t, nil)
	sdk, ctx := h.client("us-east-1"), context.Background()
	ws := h.api("WEBSOCKET")
	for i := range 5 {
		h.must("POST", ws+"/models", fmt.Sprintf(`{"name":"M%d","schema":"{}"}`, i))
	}
	var names []string
	in := &apigatewayv2.GetModelsInput{ApiId: aws.String(id(ws)), MaxResults: aws.String("2")}
	for pages := 1; ; pages++ {
		out, err := sdk.GetModels(ctx, in)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range out.Items {
			names = append(names, *m.Name)
		}
		if in.NextToken = out.NextToken; in.NextToken == nil {
			if pages != 3 || !slices.Equal(names, []string{"M0", "M1", "M2", "M3", "M4"}) {
				t.Errorf("got %v in %d pages, want M0 to M4 in 3", names, pages)
			}
			break
		}
	}
}

func TestRegionsDoNotSeeEachOther(t *testing.T) {
	h, ctx := newHouse(t, nil), context.Background()
	here, there := h.client("us-east-1"), h.client("eu-west-1")
	api, err := here.CreateApi(ctx, &apigatewayv2.CreateApiInput{Name: aws.String("a"), ProtocolType: types.ProtocolTypeHttp})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := there.GetApi(ctx, &apigatewayv2.GetApiInput{ApiId: api.ApiId}); exception(err) != "NotFoundException" {
		t.Errorf("from another region: got %v, want NotFoundException", err)
	}
	if out, err := there.GetApis(ctx, &apigatewayv2.GetApisInput{}); err != nil || len(out.Items) != 0 {
		t.Errorf("from another region: got %v (%v), want no APIs", out, err)
	}
}

func TestTags(t *testing.T) {
	h, ctx := newHouse(t, nil), context.Background()
	sdk := h.client("us-east-1")
	ws := h.api("WEBSOCKET")
	h.must("POST", ws+"/stages", `{"stageName":"prod","tags":{"kept":"1"}}`)
	for _, arn := range []string{resource.ApiArn("us-east-1", id(ws)), resource.StageArn("us-east-1", id(ws), "prod")} {
		if _, err := sdk.TagResource(ctx, &apigatewayv2.TagResourceInput{ResourceArn: aws.String(arn), Tags: map[string]string{"a": "1", "b b": "2"}}); err != nil {
			t.Fatal(err)
		}
		if _, err := sdk.UntagResource(ctx, &apigatewayv2.UntagResourceInput{ResourceArn: aws.String(arn), TagKeys: []string{"a", "nothere"}}); err != nil {
			t.Fatal(err)
		}
		if got, err := sdk.GetTags(ctx, &apigatewayv2.GetTagsInput{ResourceArn: aws.String(arn)}); err != nil || got.Tags["b b"] != "2" || got.Tags["a"] != "" {
			t.Errorf("%s: got %v (%v), want the tag b b alone", arn, got, err)
		}
	}
	if got := h.must("GET", ws+"/stages/prod", "")["tags"]; fmt.Sprint(got) != "map[b b:2 kept:1]" {
		t.Errorf("got %v, want the tags in the stage too", got)
	}
}

func TestQuotas(t *testing.T) {
	h := newHouse(t, func(c *Config) { c.Quotas = true })
	ws := h.api("WEBSOCKET")
	for i := range 10 {
		h.must("POST", ws+"/stages", fmt.Sprintf(`{"stageName":"s%d"}`, i))
	}
	h.refused("POST", ws+"/stages", `{"stageName":"s10"}`, 409, "ConflictException", "Maximum number of Stages for this API has been reached. Please contact AWS if you need additional Stages.")
}

func TestHooks(t *testing.T) {
	var reset string
	h := newHouse(t, func(c *Config) {
		c.ResetAuthorizers = func(_ context.Context, region, apiId, stage string) error {
			reset = region + "/" + apiId + "/" + stage
			return nil
		}
		c.StrictIssuers = func(context.Context, string) error { return errors.New("no route to host") }
		c.Endpoint = func(region, apiId, protocol string) string { return protocol + "://" + apiId + "." + region + ".test" }
		c.MaxTemplate = 300 << 10
	})
	ws := h.api("WEBSOCKET")
	h.must("POST", ws+"/stages", `{"stageName":"prod"}`)
	h.must("DELETE", ws+"/stages/prod/cache/authorizers", "")
	if want := "us-east-1/" + id(ws) + "/prod"; reset != want {
		t.Errorf("got %q, want %q", reset, want)
	}
	if got, want := h.must("GET", ws, "")["apiEndpoint"], "WEBSOCKET://"+id(ws)+".us-east-1.test"; got != want {
		t.Errorf("got %v, want %v", got, want)
	}
	h.refused("POST", h.api("HTTP")+"/authorizers", `{"name":"a","authorizerType":"JWT","identitySource":["$request.header.a"],"jwtConfiguration":{"issuer":"https://i"}}`, 400, "BadRequestException",
		"Caught exception when connecting to https://i/.well-known/openid-configuration for issuer https://i. Please try again later.")
	h.must("POST", ws+"/integrations", `{"integrationType":"MOCK","requestTemplates":{"a":"`+strings.Repeat("x", 40000)+`"}}`)
}

// TestConcurrentWritersOfOneApi: calls on one API queue, none is lost or refused.
func TestConcurrentWritersOfOneApi(t *testing.T) {
	h := newHouse(t, nil)
	ws := h.api("WEBSOCKET")
	var all sync.WaitGroup
	for i := range 50 {
		all.Go(func() {
			if status, answer, _ := h.call("POST", ws+"/routes", fmt.Sprintf(`{"routeKey":"r%d"}`, i)); status != 201 {
				t.Errorf("got %d %v, want 201", status, answer)
			}
		})
	}
	all.Wait()
	if got := len(h.must("GET", ws+"/routes", "")["items"].([]any)); got != 50 {
		t.Errorf("got %d routes, want 50", got)
	}
}
