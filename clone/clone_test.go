package clone

import (
	"encoding/json"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dragoman-gateway/dragoman/client"
	"github.com/dragoman-gateway/dragoman/management/document"
)

// api is a server of the V2 API that answers what it is told, in any order: lists by
// their path, one item a page.
type api struct {
	t       *testing.T
	items   map[string][]string // path below /v2 to its items
	ones    map[string]string   // path to a single item
	fails   map[string]int      // path to a status
	exports map[string]string   // by stage
	calls   int
}

func (a *api) RoundTrip(r *http.Request) (*http.Response, error) {
	a.calls++
	path := strings.TrimPrefix(r.URL.Path, "/v2")
	answer := func(status int, body string) (*http.Response, error) {
		return &http.Response{StatusCode: status, Header: http.Header{"X-Amzn-Errortype": {"InternalServerErrorException"}}, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
	}
	if status := a.fails[path]; status != 0 {
		return answer(status, `{"message":"it failed"}`)
	}
	if strings.HasSuffix(path, "/exports/OAS30") {
		return answer(200, a.exports[r.URL.Query().Get("stageName")])
	}
	if one, ok := a.ones[path]; ok {
		return answer(200, one)
	}
	items, ok := a.items[path]
	if !ok && strings.HasPrefix(path, "/apis/") && strings.Count(path, "/") == 2 {
		for _, item := range a.items["/apis"] {
			if strings.Contains(item, `"apiId":"`+strings.TrimPrefix(path, "/apis/")+`"`) {
				return answer(200, item)
			}
		}
	}
	// The order is another one for each list that is begun, which no server promises
	// not to do.
	token := r.URL.Query().Get("nextToken")
	if token == "" {
		rand.Shuffle(len(items), func(i, j int) { items[i], items[j] = items[j], items[i] })
	}
	page := 0
	_ = json.Unmarshal([]byte(token), &page)
	member := "items"
	if strings.HasSuffix(path, "/routingrules") {
		member = "routingRules"
	}
	if page >= len(items) {
		return answer(200, `{"`+member+`":[]}`)
	}
	body := `{"` + member + `":[` + items[page] + `]`
	if page+1 < len(items) {
		next, _ := json.Marshal(page + 1)
		body += `,"nextToken":"` + string(next) + `"`
	}
	return answer(200, body+"}")
}

func (a *api) run(ids ...string) (*Copy, error) {
	c := client.New(client.Options{Region: "eu-west-1", HTTPClient: &http.Client{Transport: a}, RetryMaxAttempts: 12})
	return Run(a.t.Context(), Options{Client: c, Region: "eu-west-1", ApiIds: ids})
}

// has holds a copy to texts of its document and its report.
func (a *api) has(c *Copy, document []string, report []string) {
	a.t.Helper()
	for _, text := range document {
		if !strings.Contains(string(c.Document), text) {
			a.t.Errorf("the document has no %q:\n%s", text, c.Document)
		}
	}
	var lines []string
	for _, part := range [][]Line{c.Report.Unread, c.Report.Left, c.Report.Notes} {
		for _, l := range part {
			lines = append(lines, l.String())
		}
	}
	for _, text := range report {
		if !strings.Contains(strings.Join(lines, "\n"), text) {
			a.t.Errorf("the report has no %q:\n%s", text, strings.Join(lines, "\n"))
		}
	}
}

// account is a region as AWS shows it: what AWS sets itself is there, and what was made
// through the older API.
func account(t *testing.T) *api {
	return &api{t: t, items: map[string][]string{
		"/apis": {
			`{"apiId":"web1234567","name":"web","protocolType":"HTTP","apiEndpoint":"https://web1234567.execute-api.eu-west-1.amazonaws.com","createdDate":"2020-01-02T03:04:05Z","tags":{"aws:cloudformation:stack-name":"s","mine":"1"},"routeSelectionExpression":"$request.method $request.path","unheardOf":{"a":1}}`,
			`{"apiId":"chat123456","name":"chat","protocolType":"WEBSOCKET","createdDate":"2020-01-02T03:04:05Z","tags":{},"routeSelectionExpression":"$request.body.action"}`,
		},
		"/apis/web1234567/routes": {
			`{"routeId":"r1","routeKey":"GET /a","target":"integrations/i1","authorizationType":"NONE","apiKeyRequired":false,"authorizationScopes":[],"requestParameters":{}}`,
			`{"routeId":"r2","routeKey":"GET /b","target":"integrations/i2","authorizationType":"NONE"}`,
			`{"routeId":"r3","routeKey":"GET /c","authorizationType":"CUSTOM","authorizerId":"gone"}`,
		},
		"/apis/web1234567/integrations": {
			`{"integrationId":"i1","integrationType":"AWS_PROXY","integrationUri":"arn:aws:lambda:eu-west-1:123456789012:function:one:${stageVariables.alias}","payloadFormatVersion":"2.0","timeoutInMillis":30000,"connectionType":"INTERNET","integrationMethod":"POST"}`,
			`{"integrationId":"i2","integrationType":"HTTP_PROXY","integrationUri":"arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/app/a/b/c","payloadFormatVersion":"1.0","connectionType":"VPC_LINK","connectionId":"lost12","integrationMethod":"ANY"}`,
			`{"integrationId":"i3","integrationType":"BEAM","integrationUri":"x"}`,
		},
		"/apis/web1234567/stages": {
			`{"stageName":"prod","autoDeploy":true,"deploymentId":"d1","stageVariables":{"alias":"live"},"createdDate":"2020-01-02T03:04:05Z","lastUpdatedDate":"2020-01-02T03:04:05Z","accessLogSettings":{"destinationArn":"arn:aws:logs:eu-west-1:123456789012:log-group:g","format":"$context.requestId $context.newest"},
				"defaultRouteSettings":{"detailedMetricsEnabled":false,"loggingLevel":"OFF","dataTraceEnabled":false},"routeSettings":{"GET /gone":{"throttlingBurstLimit":1}}}`,
		},
		"/apis/web1234567/deployments":  {`{"deploymentId":"d1"}`, `{"deploymentId":"d0"}`},
		"/apis/chat123456/routes":       {`{"routeId":"c1","routeKey":"$connect","authorizationType":"CUSTOM","authorizerId":"a1","apiKeyRequired":true}`},
		"/apis/chat123456/integrations": {`{"integrationId":"k1","integrationType":"HTTP_PROXY","integrationMethod":"GET","integrationUri":"http://inside.example.com","connectionType":"VPC_LINK","connectionId":"v1link"}`},
		"/apis/chat123456/authorizers":  {`{"authorizerId":"a1","name":"who","authorizerType":"REQUEST","authorizerUri":"arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/arn:aws:lambda:eu-west-1:123456789012:function:who/invocations","identitySource":["route.request.header.Auth"],"authorizerResultTtlInSeconds":0}`},
		"/apis/chat123456/stages":       {`{"stageName":"dev","deploymentId":"d5","clientCertificateId":"cc1"}`},
		"/domainnames": {
			`{"domainName":"edge.example.com","domainNameConfigurations":[{"endpointType":"EDGE","certificateArn":"arn:aws:acm:us-east-1:123456789012:certificate/e"}]}`,
			`{"domainName":"api.example.com","domainNameConfigurations":[{"endpointType":"EDGE","certificateArn":"arn:aws:acm:us-east-1:123456789012:certificate/e"},{"endpointType":"REGIONAL","securityPolicy":"TLS_1_0","certificateArn":"arn:aws:acm:eu-west-1:123456789012:certificate/r","domainNameStatus":"AVAILABLE","apiGatewayDomainName":"d-abc.execute-api.eu-west-1.amazonaws.com","hostedZoneId":"Z"}],
				"mutualTlsAuthentication":{"truststoreUri":"s3://bucket/key.pem"},"tags":{"aws:x":"y"}}`,
		},
		"/domainnames/api.example.com/apimappings": {
			`{"apiMappingId":"m1","apiMappingKey":"v1","apiId":"web1234567","stage":"prod"}`,
			`{"apiMappingId":"m2","apiMappingKey":"rest","apiId":"restapi123","stage":"prod"}`,
			`{"apiMappingId":"m3","apiMappingKey":"old","apiId":"web1234567","stage":"nothere"}`,
		},
	}}
}

// An account with all that AWS sets and the V2 API has no words for is copied, and what
// is left out is told; a server that lists in any order gives the same copy.
func TestRunOnAnAccount(t *testing.T) {
	a := account(t)
	c, err := a.run()
	if err != nil {
		t.Fatal(err)
	}
	a.has(c, []string{
		`account: "123456789012"`, "mine: \"1\"", "routeKey: GET /a", "integrationUri: arn:aws:lambda:eu-west-1:123456789012:function:one:${stageVariables.alias}",
		"lost12:", "apiMappingKey: v1", "authorizerId: a1", "apiGatewayDomainName: d-abc",
	}, []string{
		"API web (web1234567): tag aws:cloudformation:stack-name, which AWS alone may set",
		"route GET /c: its authorizer gone is not there, without which it would be open",
		"API web (web1234567), integration i3: ",
		"API web (web1234567): the VPC link lost12 could not be read",
		"API web (web1234567): deployments that no stage serves: 1",
		"API web (web1234567), stage prod: the settings of the route GET /gone, which is not there",
		"API web (web1234567), stage prod: its access log: The following context variables are not supported",
		"API chat (chat123456): the configuration as it is now is deployed to stage dev",
		"API chat (chat123456), stage dev: the private key of the client certificate cc1",
		"VPC link v1link: its network: serve --vpc-link v1link=HOST:PORT", "VPC link lost12: its network",
		"API chat (chat123456): the API keys and usage plans for route $connect",
		"domain api.example.com: its security policy TLS_1_0 became TLS_1_2",
		"domain api.example.com: the mapping of /rest to the API restapi123, which is not copied",
		"domain api.example.com, mapping m3: Invalid stage identifier specified: nothere",
		"domain api.example.com: the private key of its certificate, which AWS gives to nobody: serve --certificate arn:aws:acm:eu-west-1:123456789012:certificate/r=CERT,KEY",
		"serve --truststore s3://bucket/key.pem=FILE", "domain edge.example.com: its endpoint is not regional",
	})
	if len(c.Report.Unread) > 0 {
		t.Errorf("got %v unread", c.Report.Unread)
	}
	if strings.Contains(string(c.Document), "aws:cloudformation") || strings.Contains(string(c.Document), "web1234567.execute-api") || strings.Contains(string(c.Document), "GET /c") {
		t.Errorf("the document has what it must not:\n%s", c.Document)
	}
	if got := c.Functions; len(got) != 2 || got[0].Name.Name != "one" || got[0].Qualifier != "live" || got[1].Name.Name != "who" || got[1].Callers[0] != "API chat (chat123456)" {
		t.Errorf("got the functions %+v", got)
	}
	if got := document.Count(c.Counts); got != "2 APIs, 1 API mapping, 1 VPC link, 1 authorizer, 1 domain name, 3 integrations, 3 routes and 2 stages" {
		t.Errorf("got %s", got)
	}
	for range 5 {
		again, err := account(t).run()
		if err != nil || string(again.Document) != string(c.Document) || len(again.Report.Left) != len(c.Report.Left) {
			t.Fatalf("another run gives %v\n%s", err, again.Document)
		}
		for i, l := range again.Report.Left {
			if l != c.Report.Left[i] {
				t.Errorf("another run tells %s, the first %s", l, c.Report.Left[i])
			}
		}
	}
}

// One API comes with the domains and links that belong to it.
func TestRunOnOneApi(t *testing.T) {
	a := account(t)
	c, err := a.run("chat123456", "chat123456")
	if err != nil {
		t.Fatal(err)
	}
	if got := document.Count(c.Counts); got != "1 API, 1 authorizer, 1 integration, 1 route and 1 stage" {
		t.Errorf("got %s", got)
	}
	for _, l := range c.Report.Left {
		if strings.HasPrefix(l.What, "domain") {
			t.Errorf("a domain of another API is told: %s", l)
		}
	}
}

// A part that fails for ever is given up on, after a time that has a bound; the rest is
// copied.
func TestPatienceEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := account(t)
		a.fails = map[string]int{"/apis/web1234567/stages": 500, "/domainnames": 503}
		began := time.Now()
		c, err := a.run()
		if err != nil {
			t.Fatal(err)
		}
		a.has(c, []string{"routeKey: GET /a"}, []string{
			"API web (web1234567): GetStages: InternalServerErrorException: it failed", "custom domains: GetDomainNames: InternalServerErrorException: it failed"})
		if took := time.Since(began); took > 5*time.Minute || len(c.Report.Unread) != 2 {
			t.Errorf("it took %v, %v", took, c.Report.Unread)
		}
	})
}

// An empty region is an empty document, which loads.
func TestRunOnNothing(t *testing.T) {
	a := &api{t: t}
	c, err := a.run()
	if err != nil || string(c.Document) != "dragoman: 1\naccount: \"000000000000\"\nregions: {}\n" || document.Count(c.Counts) != "nothing" {
		t.Errorf("got %v, %s", err, c.Document)
	}
}

// An export that loses who may call a route does not open it: an older deployment of it
// is guarded as the route is now.
func TestExportsThatLoseAccess(t *testing.T) {
	a := account(t)
	a.items["/apis"] = a.items["/apis"][:1]
	path := "/apis/web1234567"
	a.items[path+"/routes"] = []string{
		`{"routeId":"r1","routeKey":"GET /signed","target":"integrations/i1","authorizationType":"AWS_IAM"}`,
		`{"routeId":"r2","routeKey":"GET /open","target":"integrations/i1","authorizationType":"NONE"}`}
	a.items[path+"/stages"] = []string{`{"stageName":"prod","deploymentId":"d1","stageVariables":{"alias":"live"}}`}
	backend := func(uri string) string {
		return `{"x-amazon-apigateway-integration":{"type":"http_proxy","httpMethod":"GET","uri":"` + uri + `","payloadFormatVersion":"1.0"}}`
	}
	document := func(uri string) string {
		return `{"openapi":"3.0.1","info":{"title":"web","version":"1"},"paths":{"/signed":{"get":` + backend(uri) + `},"/open":{"get":` + backend(uri) + `}}}`
	}
	a.exports = map[string]string{"": document("http://now"), "prod": document("http://then")}
	c, err := a.run()
	if err != nil {
		t.Fatal(err)
	}
	_, frozen, ok := strings.Cut(string(c.Document), "configuration:")
	signed := strings.Index(frozen, "authorizationType: AWS_IAM")
	if !ok || signed < 0 || !strings.Contains(frozen, "integrationUri: http://then") || strings.Count(frozen, "authorizationType") != 1 {
		t.Errorf("got %s, want the route as it was, guarded as it is", c.Document)
	}
}
