package control

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

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
	h := newWorld(t, nil)
	api := id(h.api("HTTP"))
	_, err := h.control.Store.Update(context.Background(), func(tx store.Tx) error {
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
	h := newWorld(t, nil)
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
			h := newWorld(t, nil)
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
	h := newWorld(t, nil)
	h.call("POST", "/v2/apis", `{"name":"q","protocolType":"HTTP","target":"https://a","routeKey":"GET /a/"}`)
	if items := h.must("GET", "/v2/apis", "")["items"].([]any); len(items) != 0 {
		t.Errorf("got %v, want nothing of an API whose quick create was refused", items)
	}
}

func TestPagesWhileOthersWrite(t *testing.T) {
	h := newWorld(t, nil)
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
	h := newWorld(t, nil)
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
	h, ctx := newWorld(t, nil), context.Background()
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
	h, ctx := newWorld(t, nil), context.Background()
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
	h := newWorld(t, func(c *Config) { c.Quotas = true })
	ws := h.api("WEBSOCKET")
	for i := range 10 {
		h.must("POST", ws+"/stages", fmt.Sprintf(`{"stageName":"s%d"}`, i))
	}
	h.refused("POST", ws+"/stages", `{"stageName":"s10"}`, 429, "ConflictException", "Maximum number of Stages for this API has been reached. Please contact AWS if you need additional Stages.")
}

// readOnly is a store that takes no writes any more.
type readOnly struct{ store.Store }

func (readOnly) Update(context.Context, func(store.Tx) error) (int64, error) {
	return 0, store.ErrReadOnly
}

// A reset is stored and announced, for every node to come to; where nothing can be
// stored, this process is told.
func TestResetAuthorizersCache(t *testing.T) {
	var announced int64
	var told []string
	h := newWorld(t, func(c *Config) {
		c.Announce = func(_ context.Context, revision int64) error { announced = revision; return nil }
		c.ResetAuthorizers = func(apiId, stage string) { told = append(told, apiId+"/"+stage) }
	})
	ws := h.api("WEBSOCKET")
	h.must("POST", ws+"/stages", `{"stageName":"prod"}`)
	path := ws + "/stages/prod/cache/authorizers"
	for range 2 { // another one is another revision
		before := announced
		h.must("DELETE", path, "")
		changes, err := h.control.Store.Changes(t.Context(), before, 0)
		if err != nil || len(changes) != 1 || changes[0].Revision != announced || changes[0].Key != catalog.Resets("us-east-1", id(ws)).Key("prod") {
			t.Errorf("stored %v (%v) and announced %d, want one reset of prod and its revision", changes, err, announced)
		}
	}
	h.refused("DELETE", ws+"/stages/none/cache/authorizers", "", 404, "NotFoundException", "Invalid Stage identifier specified")
	if len(told) > 0 {
		t.Errorf("told this process of %v, want nothing: it follows the feed", told)
	}
	inner := h.control.Store
	h.control.plane.Store = readOnly{inner}
	h.must("DELETE", path, "")
	if want := []string{id(ws) + "/prod"}; !slices.Equal(told, want) {
		t.Errorf("with a read-only store: told of %v, want %v", told, want)
	}
	h.control.plane.Store = inner
	h.must("DELETE", ws+"/stages/prod", "")
	f := fixture{world: h}
	if all := f.everything(); strings.Contains(all, "resets") {
		t.Errorf("something of the stage is left:\n%s", all)
	}
}

func TestHooks(t *testing.T) {
	h := newWorld(t, func(c *Config) {
		c.StrictIssuers = func(context.Context, string) error { return errors.New("no route to host") }
		c.Endpoint = func(region, apiId, protocol string) string { return protocol + "://" + apiId + "." + region + ".test" }
		c.MaxTemplate = 300 << 10
	})
	ws := h.api("WEBSOCKET")
	if got, want := h.must("GET", ws, "")["apiEndpoint"], "WEBSOCKET://"+id(ws)+".us-east-1.test"; got != want {
		t.Errorf("got %v, want %v", got, want)
	}
	h.refused("POST", h.api("HTTP")+"/authorizers", `{"name":"a","authorizerType":"JWT","identitySource":["$request.header.a"],"jwtConfiguration":{"issuer":"https://i"}}`, 400, "BadRequestException",
		"Caught exception when connecting to https://i/.well-known/openid-configuration for issuer https://i. Please try again later.")
	h.must("POST", ws+"/integrations", `{"integrationType":"MOCK","requestTemplates":{"a":"`+strings.Repeat("x", 40000)+`"}}`)
}

// TestConcurrentWritersOfOneApi: calls on one API queue, none is lost or refused.
func TestConcurrentWritersOfOneApi(t *testing.T) {
	h := newWorld(t, nil)
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
