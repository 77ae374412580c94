package conformance

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/coder/websocket"

	"github.com/dragoman-gateway/dragoman/config"
	"github.com/dragoman-gateway/dragoman/internal/needs"
	"github.com/dragoman-gateway/dragoman/management/own/right"
	"github.com/dragoman-gateway/dragoman/server"
	"github.com/dragoman-gateway/dragoman/sigv4"
)

// question is how an operation of our own is asked about what an account has, with labels for ids
// as paths have them.
type question struct {
	query, body string
	// works is its status for who may, 0 for 200; nothing is the status for who has none of it, 0 for
	// that of works, or 404 where the path names something.
	works, nothing int
	exception      string // that says so, "" for NotFoundException
	tells          string // the answer has this for who may
	empty          string // and this for who has nothing
	without        bool   // a key that may still has nothing here: what the row tells of is another key's
	web            bool   // it is asked of the HTTP API
}

// Configurations that change nothing.
const (
	emptyDocument = "dragoman: 1\nregions: {}\n"
	openDocument  = `{"body":"{\"openapi\":\"3.0.1\",\"info\":{\"title\":\"t\",\"version\":\"1\"},\"paths\":{}}"}`
	eventQuestion = "?api={apiId}&route=ask"
)

// questions are asked of every operation in the table of rights; one that is missing fails the test.
var questions = map[string]question{
	"GetTap":       {tells: `"{apiId}"`, empty: `"apis":[]`},
	"PutTap":       {body: `{"apis":["{apiId}"]}`, nothing: 404},
	"GetTraces":    {query: "?api={apiId}", tells: `"{id}"`, empty: `"traces":[]`},
	"FollowTraces": {query: "?api={apiId}", tells: ": records follow", empty: ": records follow"},
	"GetTrace":     {tells: `"{id}"`},
	"ReplayTrace":  {query: "?dryRun=true", tells: `"reaches"`},

	"GetDecisions":   {query: "?api={apiId}", tells: `"decisions":[{`, empty: `"decisions":[]`},
	"TestAuthorizer": {body: `{"api":"{apiId}","authorizer":"{authorizerId}","headers":{"a":"b"}}`, nothing: 404, tells: `"decision":`},
	"GetKeyUsage":    {tells: `"{usageplanId}"`, empty: `"usagePlans":[]`},
	"TestDomain":     {query: "?host={domainName}&path=/", tells: `"{apiId}"`, empty: `"api":""`},

	"GetHome":        {tells: `"{apiId}"`, empty: `"apis":[]`},
	"GetPicture":     {tells: `"{routeId}"`},
	"GetDifferences": {query: "?api={apiId}&from={deploymentId}&to=pending", nothing: 404, tells: "differences"},
	"GetMetrics":     {tells: `"{apiId}"`, empty: `"series":[]`},
	"ScrapeMetrics":  {tells: "dragoman_"},
	"GetRegions":     {tells: `"us-east-1"`, empty: `"regions":[]`},
	"GetSettings":    {tells: `"` + homeAccount + `"`, empty: `"flags":[]`},
	"GetFleet":       {tells: `"nodes":[`},

	"ListConnections":   {query: "?api={apiId}", tells: `"{connectionId}"`, empty: `"connections":[]`},
	"PostToConnections": {body: `{"connections":["{connectionId}"],"message":"x"}`, tells: `"sent":1`, empty: `"sent":0`},
	"PostToConnection":  {body: `{"message":"x"}`},
	"DeleteConnection":  {works: 204, nothing: 404},
	"ResolveAddress":    {query: "?address={apiId}/prod", nothing: 404, tells: "{apiId}"},
	"OpenClient":        {body: `{"address":"{apiId}/prod"}`, nothing: 404},
	"ReadClient":        {without: true},
	"WriteClient":       {body: `{"message":"x"}`},
	"CloseClient":       {works: 204},
	"SendRequest":       {body: `{"address":"{apiId}/prod","method":"GET"}`, nothing: 404},

	"GetLocalFunctions":  {tells: `"name":"f"`, empty: `"functions":[]`},
	"GetLocalFunction":   {tells: `"name":"f"`},
	"GetFunctionLogs":    {tells: "a line of the function"},
	"FollowFunctionLogs": {tells: "a line of the function"},
	"GetLogs":            {tells: "a line of the function"},
	"FollowLogs":         {tells: "event: "},
	"GetSampleEvents":    {query: eventQuestion, nothing: 404, tells: `"events":[`},

	"ListFunctions":            {tells: `"FunctionName":"f"`, empty: `"Functions":[]`},
	"GetFunction":              {tells: `"FunctionName":"f"`, exception: "ResourceNotFoundException"},
	"GetFunctionConfiguration": {tells: `"FunctionName":"f"`, exception: "ResourceNotFoundException"},
	"Invoke":                   {body: `{}`, tells: "isAuthorized", exception: "ResourceNotFoundException"},
	"InvokeWithResponseStream": {body: `{}`, tells: "isAuthorized", exception: "ResourceNotFoundException"},

	"ExportConfiguration": {tells: "{apiId}", empty: "dragoman: 1"},
	"ImportConfiguration": {query: "?dryRun=true", body: emptyDocument},
	"ApplyConfiguration":  {query: "?dryRun=true", body: emptyDocument},
	"MergeConfiguration":  {body: emptyDocument},
	"ResetConfiguration":  {works: 204},
	"GetFaults":           {tells: `"rules":[]`},
	"ReplaceFaults":       {body: `{"rules":[]}`, tells: `"rules":[]`},
	"RemoveFaults":        {tells: `"rules":[]`},
	"ImportDocument":      {query: "?dryRun=true", body: openDocument},
	"ReimportDocument":    {query: "?dryRun=true", body: openDocument, web: true},

	"EvaluateTemplate": {body: "{}"}, "EvaluateJSONPath": {body: "{}"}, "EvaluateSelection": {body: "{}"}, "EvaluateParameters": {body: "{}"},
	"EvaluatePattern": {body: "{}"}, "EvaluateSchema": {body: "{}"}, "EvaluateResponse": {body: "{}"},

	"CreateConsoleCode":    {works: 201, tells: `"code":"`},
	"CreateConsoleSession": {works: 403}, // for a code, and no key
}

// rights is a gateway on which an account has something of everything.
type rights struct {
	*gateway
	t    *testing.T
	mine owned
}

func startRights(t *testing.T) *rights {
	t.Helper()
	needs.Program(t, "python3")
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "app.py"), []byte("def handler(event, context):\n    print('a line of the function')\n    return {'isAuthorized': True, 'principalId': 'p', 'policyDocument': {'Version': '2012-10-17', 'Statement': [{'Action': 'execute-api:Invoke', 'Effect': 'Allow', 'Resource': '*'}]}}\n"), 0o600))
	g := startAccounts(t, func(c *server.Config) {
		c.AllowFault = true
		c.Local = []config.Function{{Name: "f", Dir: dir, Timeout: time.Minute}}
	})
	r := &rights{g, t, furnish(t, g, full, "mine.example.com")}
	r.mine["functionName"], r.mine["FunctionName"] = "f", "f"
	// One message, and one client that an authorizer has let in, leave what operations tell of.
	api := r.mine["apiId"]
	for _, call := range []struct{ method, path, body string }{
		{"POST", "/v2/apis/" + api + "/routes", `{"routeKey":"$connect","authorizationType":"CUSTOM","authorizerId":"` + r.mine["authorizerId"] + `"}`},
		{"POST", "/v2/apis/" + api + "/deployments", `{"stageName":"prod"}`},
		{"PUT", "/_dragoman/tap", `{"apis":["` + api + `"]}`},
	} {
		if got := g.by(full, call.method, call.path, call.body); got.StatusCode/100 != 2 {
			t.Fatalf("%s %s: got %d %s", call.method, call.path, got.StatusCode, got.body)
		}
	}
	r.mine["webId"] = jsonMember(g.by(full, "POST", "/v2/apis", `{"name":"web","protocolType":"HTTP"}`).body, "apiId")
	return r
}

// connect has a client connected and say something, and a client of the console opened by a key.
func (r *rights) connect(keys aws.Credentials) {
	r.t.Helper()
	api := &socketApi{gateway: r.gateway, id: r.mine["apiId"]}
	conn := api.dial(&websocket.DialOptions{HTTPHeader: http.Header{"A": {"b"}}})
	must(r.t, conn.Write(r.t.Context(), websocket.MessageText, []byte(`{"action":"ask"}`)))
	eventually(r.t, "the message has left a record", func() bool {
		id := jsonMember(r.by(full, "GET", "/_dragoman/traces?route=ask&limit=1", "").body, "id")
		r.mine["id"] = id
		return id != ""
	})
	r.mine["connectionId"] = jsonMember(r.by(full, "GET", "/_dragoman/connections?limit=1", "").body, "id")
	opened := r.by(keys, "POST", "/_dragoman/client", `{"address":"`+api.id+`/prod","headers":{"A":["b"]}}`)
	if r.mine["clientId"] = jsonMember(opened.body, "id"); r.mine["clientId"] == "" {
		r.t.Fatalf("a client: got %d %s", opened.StatusCode, opened.body)
	}
}

// ask calls an operation of the table. Of streams it answers the beginning.
func (r *rights) ask(keys aws.Credentials, row right.Row) heard {
	r.t.Helper()
	q, asked := questions[row.Name]
	if !asked {
		r.t.Fatalf("%s stands in the table of rights, and no question is known for it here", row.Name)
	}
	escaped := owned{}
	for label, id := range r.mine {
		escaped[label] = url.PathEscape(id)
	}
	if q.web {
		escaped["apiId"] = escaped["webId"]
	}
	path, _ := escaped.fill(row.Path)
	if left := labels.FindString(path); left != "" {
		r.t.Fatalf("%s: nothing is there for %s", row.Name, left)
	}
	query, _ := escaped.fill(q.query)
	body, _ := r.mine.fill(q.body)
	service := "apigateway"
	if right.IsLambda(row.Path) {
		service = "lambda"
	}
	ctx, cancel := context.WithTimeout(r.t.Context(), time.Minute)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, row.Method, "http://"+r.ManagementAddr()+path+query, strings.NewReader(body))
	must(r.t, err)
	must(r.t, v4.NewSigner().SignHTTP(ctx, keys, request, sigv4.HashBytes([]byte(body)), service, "us-east-1", time.Now()))
	response, err := http.DefaultClient.Do(request)
	must(r.t, err)
	defer response.Body.Close()
	if strings.HasPrefix(response.Header.Get("Content-Type"), "text/event-stream") {
		first := make([]byte, 4096)
		n, err := response.Body.Read(first)
		must(r.t, err)
		return heard{response, string(first[:n])}
	}
	said, err := io.ReadAll(response.Body)
	must(r.t, err)
	return heard{response, string(said)}
}

// worked holds an answer to what it is for who may.
func (r *rights) worked(who string, row right.Row, got heard) {
	r.t.Helper()
	q := questions[row.Name]
	tells, _ := r.mine.fill(q.tells)
	if want := max(q.works, 200); got.StatusCode != want || !strings.Contains(got.body, tells) {
		r.t.Errorf("%s, %s: got %d %.300s, want %d and %s", who, row.Name, got.StatusCode, got.body, want, tells)
	}
}

// denied holds an answer to a refusal.
func (r *rights) denied(who string, row right.Row, got heard) {
	r.t.Helper()
	if kind := got.Header.Get("X-Amzn-Errortype"); got.StatusCode != 403 || kind != "AccessDeniedException" {
		r.t.Errorf("%s, %s: got %d %s %.300s, want 403 AccessDeniedException", who, row.Name, got.StatusCode, kind, got.body)
	}
}

// nothing holds an answer to what it is for an account that has nothing of what was asked about.
func (r *rights) nothing(row right.Row, got heard) {
	r.t.Helper()
	q := questions[row.Name]
	for label, id := range r.mine {
		// What the caller has named itself is no secret, and what stands for all words neither.
		if said := strings.Contains(row.Path+q.query+q.body, "{"+label+"}") || q.web && label == "webId"; len(id) > 6 && !said && label != "requestParameterKey" && strings.Contains(got.body, id) {
			r.t.Errorf("%s tells the %s of another account: %.300s", row.Name, label, got.body)
		}
	}
	status, missing := q.nothing, q.nothing >= 400
	if status == 0 && strings.Contains(row.Path, "{") {
		status, missing = 404, true
	}
	if status == 0 {
		status = max(q.works, 200)
	}
	if got.StatusCode != status || !strings.Contains(got.body, q.empty) {
		r.t.Errorf("another account, %s: got %d %.300s, want %d and %s", row.Name, got.StatusCode, got.body, status, q.empty)
	}
	if want, kind := q.exception, got.Header.Get("X-Amzn-Errortype"); missing && kind != want && (want != "" || kind != "NotFoundException") {
		r.t.Errorf("another account, %s: got the exception %q", row.Name, kind)
	}
}

// Each operation of our own is called with a key of each kind, about things that are there: what
// another account has is not there for its key, a read-only key reads and does not write, and a
// deployer writes what is below an API and calls it, and no more.
func TestRightsOfOwnOperations(t *testing.T) {
	t.Parallel()
	r := startRights(t)
	reader := aws.Credentials{AccessKeyID: "AKIDREADER", SecretAccessKey: readerSecret}
	deployer := aws.Credentials{AccessKeyID: "AKIDDEPLOYER", SecretAccessKey: "d"}
	before := r.by(full, "GET", "/_dragoman/configuration", "").body

	r.connect(full)
	for _, row := range right.Table() {
		switch got := r.ask(other, row); {
		case row.Whose == right.Gateway, row.Name == "CreateConsoleSession":
			r.denied("another account", row, got)
		case row.Need == right.Any:
			r.worked("another account", row, got)
		default:
			r.nothing(row, got)
		}
	}
	for _, row := range right.Table() {
		switch got := r.ask(reader, row); {
		case row.Need != right.Reads && row.Need != right.Any:
			r.denied("read-only", row, got)
		case questions[row.Name].without:
			r.nothing(row, got)
		default:
			r.worked("read-only", row, got)
		}
	}
	if after := r.by(full, "GET", "/_dragoman/configuration", "").body; after != before {
		t.Errorf("other keys have changed what is configured from\n%s\nto\n%s", before, after)
	}

	r.connect(deployer)
	for _, row := range right.Table() {
		switch got := r.ask(deployer, row); row.Need {
		case right.Full:
			r.denied("a deployer", row, got)
		default:
			r.worked("a deployer", row, got)
		}
	}
	if after := r.by(full, "GET", "/_dragoman/configuration", "").body; after != before {
		t.Errorf("a deployer has changed what is configured from\n%s\nto\n%s", before, after)
	}

	r.connect(full)
	last := questions["ResetConfiguration"]
	for _, row := range right.Table() {
		if row.Name != "ResetConfiguration" {
			r.worked("a full key", row, r.ask(full, row))
		}
	}
	if got := r.by(full, "POST", "/_dragoman/reset", ""); got.StatusCode != last.works {
		t.Errorf("a full key empties the gateway: got %d %s", got.StatusCode, got.body)
	}
}
