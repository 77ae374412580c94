package conformance

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"

	"github.com/dragoman-gateway/dragoman/server"
	"github.com/dragoman-gateway/dragoman/sigv4"
	"github.com/dragoman-gateway/dragoman/sigv4/credential"
	"github.com/dragoman-gateway/dragoman/wire"
)

// The accounts of the journeys, and the keys of the second.
const (
	homeAccount  = "111111111111"
	otherAccount = "222222222222"
	accountKeys  = "\n[other]\naws_access_key_id=AKIDOTHER\naws_secret_access_key=o\ndragoman_account=" + otherAccount +
		"\n[deployer]\naws_access_key_id=AKIDDEPLOYER\naws_secret_access_key=d\ndragoman_policy=deployer\n"
)

var other = aws.Credentials{AccessKeyID: "AKIDOTHER", SecretAccessKey: "o"}

// startAccounts runs a gateway with keys of two accounts.
func startAccounts(t *testing.T, change ...func(*server.Config)) *gateway {
	t.Helper()
	g := start(t, append([]func(*server.Config){asking(writeKeys(t, keyFile+accountKeys)), func(c *server.Config) { c.Account = homeAccount }}, change...)...)
	g.sdk = g.as(full, "us-east-1")
	return g
}

// by calls an operation with a key.
func (g *gateway) by(keys aws.Credentials, method, target, body string) heard {
	g.t.Helper()
	return g.craft(crafted{method: method, target: target, body: body, signer: func(s *sigv4.Signer) {
		s.Credentials = sigv4.Credentials{AccessKeyID: keys.AccessKeyID, SecretAccessKey: credential.Secret(keys.SecretAccessKey)}
	}})
}

// owned is what an account has of each kind: what paths name, by the names of their labels.
type owned map[string]string

// fill puts what is owned into the path of an operation; all says that it names nothing else.
func (o owned) fill(path string) (filled string, all bool) {
	for name, id := range o {
		path = strings.ReplaceAll(path, "{"+name+"}", id)
	}
	return path, !strings.Contains(path, "{")
}

// furnish makes one resource of each kind.
func furnish(t *testing.T, g *gateway, keys aws.Credentials, domain string) owned {
	t.Helper()
	made := owned{}
	create := func(label, member, target, body string) {
		t.Helper()
		target, all := made.fill(target)
		body, _ = made.fill(body)
		answer := g.by(keys, "POST", target, body)
		found := jsonMember(answer.body, member)
		if !all || answer.StatusCode/100 != 2 || found == "" {
			t.Fatalf("POST %s: got %d %s", target, answer.StatusCode, answer.body)
		}
		made[label] = found
	}
	create("apiId", "apiId", "/v2/apis", `{"name":"of `+domain+`","protocolType":"WEBSOCKET","routeSelectionExpression":"$request.body.action"}`)
	create("integrationId", "integrationId", "/v2/apis/{apiId}/integrations", `{"integrationType":"MOCK"}`)
	create("integrationResponseId", "integrationResponseId", "/v2/apis/{apiId}/integrations/{integrationId}/integrationresponses", `{"integrationResponseKey":"$default"}`)
	create("routeId", "routeId", "/v2/apis/{apiId}/routes", `{"routeKey":"ask","target":"integrations/{integrationId}"}`)
	create("routeResponseId", "routeResponseId", "/v2/apis/{apiId}/routes/{routeId}/routeresponses", `{"routeResponseKey":"$default"}`)
	create("modelId", "modelId", "/v2/apis/{apiId}/models", `{"name":"pet","contentType":"application/json","schema":"{}"}`)
	create("authorizerId", "authorizerId", "/v2/apis/{apiId}/authorizers", `{"name":"a","authorizerType":"REQUEST","identitySource":["route.request.header.a"],"authorizerUri":"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:`+homeAccount+`:function:f/invocations"}`)
	create("deploymentId", "deploymentId", "/v2/apis/{apiId}/deployments", `{}`)
	create("stageName", "stageName", "/v2/apis/{apiId}/stages", `{"stageName":"prod","deploymentId":"{deploymentId}"}`)
	create("domainName", "domainName", "/v2/domainnames", `{"domainName":"`+domain+`","routingMode":"ROUTING_RULE_THEN_API_MAPPING","domainNameConfigurations":[{"certificateArn":"arn:aws:acm:us-east-1:`+homeAccount+`:certificate/11111111-2222-3333-4444-555555555555","endpointType":"REGIONAL"}]}`)
	create("apiMappingId", "apiMappingId", "/v2/domainnames/{domainName}/apimappings", `{"apiId":"{apiId}","stage":"prod"}`)
	create("routingRuleId", "routingRuleId", "/v2/domainnames/{domainName}/routingrules", `{"priority":1,"conditions":[{"matchBasePaths":{"anyOf":["a"]}}],"actions":[{"invokeApi":{"apiId":"{apiId}","stage":"prod"}}]}`)
	create("vpcLinkId", "vpcLinkId", "/v2/vpclinks", `{"name":"v","subnetIds":["subnet-1"]}`)
	create("api_Key", "id", "/apikeys", `{"name":"k","enabled":true}`)
	create("usageplanId", "id", "/usageplans", `{"name":"p","apiStages":[{"apiId":"{apiId}","stage":"prod"}]}`)
	create("keyId", "id", "/usageplans/{usageplanId}/keys", `{"keyId":"{api_Key}","keyType":"API_KEY"}`)
	create("portalProductId", "portalProductId", "/v2/portalproducts", `{"displayName":"product"}`)
	create("productPageId", "productPageId", "/v2/portalproducts/{portalProductId}/productpages", `{"displayContent":{"title":"t","body":"b"}}`)
	made["resource-arn"] = strings.NewReplacer(":", "%3A", "/", "%2F").Replace("arn:aws:apigateway:us-east-1::/apis/" + made["apiId"])
	made["specification"], made["requestParameterKey"], made["routeKey"] = "OAS30", "route.request.header.x", "ask"
	return made
}

// jsonMember is a member of an object whose value is a text, wherever it stands first.
func jsonMember(text, name string) string {
	_, rest, ok := strings.Cut(text, `"`+name+`":"`)
	value, _, closed := strings.Cut(rest, `"`)
	if !ok || !closed {
		return ""
	}
	return value
}

// With the key of one account nothing of another's is there, whatever the operation: lists
// are empty, and ids are as those that nobody has.
func TestAccountsKeptApart(t *testing.T) {
	t.Parallel()
	g := startAccounts(t)
	mine := furnish(t, g, full, "mine.example.com")
	const body = `{"name":"n","apiId":"x","stage":"s","keyId":"k","keyType":"API_KEY","priority":1,"conditions":[],"actions":[],"tags":{"a":"b"},"stageName":"s","routeKey":"r","routeResponseKey":"$default","integrationType":"MOCK","integrationResponseKey":"$default","authorizerType":"REQUEST","identitySource":["route.request.header.a"],"authorizerUri":"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:1:function:f/invocations","schema":"{}","body":"{\"openapi\":\"3.0.1\",\"info\":{\"title\":\"t\",\"version\":\"1\"},\"paths\":{}}","restEndpointIdentifier":{"identifierParts":{"method":"GET","path":"/a","restApiId":"a1b2c3d4e5","stage":"prod"}},"displayContent":{"title":"t","body":"b"},"policyDocument":"{}","patchOperations":[]}`
	tried := 0
	for _, o := range wire.Operations() {
		if !strings.Contains(o.Path, "{") {
			if o.Method != http.MethodGet {
				continue
			}
			answer := g.by(other, "GET", o.Path, "")
			if answer.StatusCode != 200 || strings.Contains(answer.body, homeAccount) {
				t.Errorf("%s: got %d %s", o.Name, answer.StatusCode, answer.body)
			}
			for label, id := range mine {
				if len(id) > 6 && strings.Contains(answer.body, id) {
					t.Errorf("%s tells the %s of another account: %s", o.Name, label, answer.body)
				}
			}
			continue
		}
		// What was not made, such as a page of a portal, is named by what nobody has.
		path, _ := mine.fill(o.Path)
		path = labels.ReplaceAllString(path, "nothere123")
		if o.Name == "GetUsage" {
			path += "?startDate=2026-01-01&endDate=2026-01-02"
		}
		if o.Name == "UntagResource" {
			path += "?tagKeys=a"
		}
		if o.Name == "ExportApi" {
			path += "?outputType=JSON"
		}
		sent := ""
		if o.Method != http.MethodGet && o.Method != http.MethodDelete {
			sent = body
		}
		answer := g.by(other, o.Method, path, sent)
		tried++
		if kind := answer.Header.Get("X-Amzn-Errortype"); answer.StatusCode != 404 || kind != "NotFoundException" {
			t.Errorf("%s %s: got %d %s %s", o.Name, path, answer.StatusCode, kind, answer.body)
		}
	}
	if tried < 60 {
		t.Errorf("only %d operations name anything", tried)
	}
	// All of it is still there.
	for _, o := range wire.Operations() {
		path, all := mine.fill(o.Path)
		if o.Method != http.MethodGet || !all || o.Name == "GetUsage" || o.Name == "GetModelTemplate" || strings.HasSuffix(o.Path, "sharingpolicy") {
			continue
		}
		if o.Name == "ExportApi" {
			continue // of WebSocket APIs there is none
		}
		if answer := g.by(full, "GET", path, ""); answer.StatusCode != 200 {
			t.Errorf("%s: its own account gets %d %s", o.Name, answer.StatusCode, answer.body)
		}
	}
	theirs(t, g, mine)
}

// theirs makes what the second account has beside the first.
func theirs(t *testing.T, g *gateway, mine owned) {
	t.Helper()
	sdk := g.as(other, "us-east-1")
	// The name of a domain is one of the network: it belongs to one account.
	_, err := sdk.CreateDomainName(t.Context(), &apigatewayv2.CreateDomainNameInput{DomainName: aws.String("mine.example.com"),
		DomainNameConfigurations: []types.DomainNameConfiguration{{CertificateArn: aws.String("arn:aws:acm:us-east-1:" + otherAccount + ":certificate/11111111-2222-3333-4444-555555555555"), EndpointType: types.EndpointTypeRegional}}})
	refused(t, "a domain of another account", err, 400, "BadRequestException", "already exists")
	made := furnish(t, g, other, "theirs.example.com")
	for label, id := range made {
		if id == mine[label] && len(id) > 6 && label != "requestParameterKey" {
			t.Errorf("both accounts have the %s %s", label, id)
		}
	}
	// An API of another account cannot be mapped, nor opened by a plan.
	for path, body := range map[string]string{
		"/v2/domainnames/{domainName}/apimappings": `{"apiId":"` + mine["apiId"] + `","stage":"prod","apiMappingKey":"k"}`,
		"/usageplans": `{"name":"q","apiStages":[{"apiId":"` + mine["apiId"] + `","stage":"prod"}]}`,
	} {
		target, _ := made.fill(path)
		if answer := g.by(other, "POST", target, body); answer.StatusCode != 400 && answer.StatusCode != 404 {
			t.Errorf("POST %s: got %d %s", target, answer.StatusCode, answer.body)
		}
	}
	for _, keys := range []aws.Credentials{full, other} {
		apis, err := g.as(keys, "us-east-1").GetApis(context.WithoutCancel(t.Context()), &apigatewayv2.GetApisInput{})
		must(t, err)
		if len(apis.Items) != 1 {
			t.Errorf("%s has %d APIs, want 1", keys.AccessKeyID, len(apis.Items))
		}
	}
}

// A deployer writes and deploys what is below an API, and nothing else.
func TestDeployers(t *testing.T) {
	t.Parallel()
	g := startAccounts(t)
	mine := furnish(t, g, full, "mine.example.com")
	deployer := aws.Credentials{AccessKeyID: "AKIDDEPLOYER", SecretAccessKey: "d"}
	for _, o := range wire.Operations() {
		path, _ := mine.fill(o.Path)
		path = labels.ReplaceAllString(path, "nothere123")
		below := strings.HasPrefix(o.Path, "/v2/apis/{apiId}/") || strings.HasPrefix(o.Path, "/v2/tags/") || o.Path == "/v2/apis/{apiId}" && o.Method != http.MethodDelete
		if below && o.Method == http.MethodDelete {
			continue // it would take away what the others name
		}
		answer := g.by(deployer, o.Method, path, "{}")
		want := o.Method != http.MethodGet && !below
		if denied := answer.StatusCode == 403; denied != want {
			t.Errorf("%s %s: got %d %s, want denied %v", o.Name, path, answer.StatusCode, answer.body, want)
		} else if denied && (answer.Header.Get("X-Amzn-Errortype") != "AccessDeniedException" || !strings.Contains(answer.body, "User: arn:aws:iam::"+homeAccount+":user/deployer is not authorized to perform: apigateway:"+o.Method+" on resource: arn:aws:apigateway:us-east-1::/")) {
			t.Errorf("%s: got %s", o.Name, answer.body)
		}
	}
	if answer := g.by(deployer, "POST", "/v2/apis/"+mine["apiId"]+"/deployments", "{}"); answer.StatusCode != 201 {
		t.Errorf("a deployer does not deploy: %d %s", answer.StatusCode, answer.body)
	}
}

// Clients are of the account whose API they are connected to: another's key does not reach
// them at the data plane, and at the management plane they are not there.
func TestConnectionsOfAccounts(t *testing.T) {
	t.Parallel()
	g := startAccounts(t)
	mine, _, myID := connected(t, g)
	g.sdk = g.as(other, "us-east-1")
	theirs, _, theirID := connected(t, g)
	for _, row := range []struct {
		who       aws.Credentials
		own, api  *socketApi
		ownID, id string
	}{{full, mine, theirs, myID, theirID}, {other, theirs, mine, theirID, myID}} {
		name := row.who.AccessKeyID
		if got := row.own.signedCall(row.who, "us-east-1", "POST", "/@connections/"+row.ownID, "x"); got.StatusCode != 200 {
			t.Errorf("%s does not reach its own client: %d %s", name, got.StatusCode, got.body)
		}
		for _, method := range []string{"GET", "POST", "DELETE"} {
			if got := row.api.signedCall(row.who, "us-east-1", method, "/@connections/"+row.id, ""); got.StatusCode != 403 || got.body != `{"message":"Forbidden"}` {
				t.Errorf("%s, %s of another's client: got %d %s", name, method, got.StatusCode, got.body)
			}
		}
		// By its id alone another's client is as gone as one that never was, in whatever region.
		for _, method := range []string{"GET", "POST", "DELETE"} {
			for _, region := range []string{"us-east-1", "eu-west-1"} {
				theirs := g.callBack(row.who, region, method, g.DataAddr(), "/prod/@connections/"+row.id, "x")
				nobodys := g.callBack(row.who, region, method, g.DataAddr(), "/prod/@connections/AAAAAAAAAAAAAAA=", "x")
				if theirs.StatusCode != 410 || theirs.StatusCode != nobodys.StatusCode || theirs.body != nobodys.body || theirs.Header.Get("X-Amzn-Errortype") != nobodys.Header.Get("X-Amzn-Errortype") {
					t.Errorf("%s, %s by an id: another's client is %d %q, and nobody's %d %q", name, method, theirs.StatusCode, theirs.body, nobodys.StatusCode, nobodys.body)
				}
			}
		}
		answer := g.by(row.who, "GET", "/_dragoman/connections", "")
		if !strings.Contains(answer.body, row.ownID) || strings.Contains(answer.body, row.id) || !strings.Contains(answer.body, `"total":1`) {
			t.Errorf("%s is shown %s", name, answer.body)
		}
		if got := g.by(row.who, "POST", "/_dragoman/connections/"+url.PathEscape(row.id), `{"message":"x"}`); got.StatusCode != 404 || got.Header.Get("X-Amzn-Errortype") != "NotFoundException" {
			t.Errorf("%s posts to another's client: %d %s", name, got.StatusCode, got.body)
		}
		if answer := g.by(row.who, "GET", "/_dragoman/metrics", ""); answer.StatusCode != 200 || !strings.Contains(answer.body, `"connections":1`) || strings.Contains(answer.body, row.api.id) {
			t.Errorf("%s: metrics are %d %s", name, answer.StatusCode, answer.body)
		}
	}
	// A choice of what is recorded is each account's own.
	for _, row := range []struct {
		who    aws.Credentials
		body   string
		status int
		shows  string
	}{
		{full, `{"apis":["` + mine.id + `"]}`, 200, mine.id},
		{other, `{"apis":"all"}`, 403, ""},
		{other, `{"apis":["` + mine.id + `"]}`, 404, ""},
		{other, `{"apis":["` + theirs.id + `"]}`, 200, theirs.id},
	} {
		answer := g.by(row.who, "PUT", "/_dragoman/tap", row.body)
		if answer.StatusCode != row.status || row.shows != "" && answer.body != `{"apis":["`+row.shows+`"],"sample":1}` {
			t.Errorf("%s records %s: got %d %s", row.who.AccessKeyID, row.body, answer.StatusCode, answer.body)
		}
	}
	if answer := g.by(full, "GET", "/_dragoman/tap", ""); answer.body != `{"apis":["`+mine.id+`"],"sample":1}` {
		t.Errorf("the first account's choice has become %s", answer.body)
	}
}
