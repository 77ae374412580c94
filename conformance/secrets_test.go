package conformance

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"
	"github.com/coder/websocket"

	"github.com/dragoman-gateway/dragoman/server"
)

// planted are secrets, each of which tells where it came from.
var planted = map[string]string{
	"bearer":     "bearer+token/4711==",
	"password":   "basic-pass:w0rd",
	"cookie":     "cookie-value-4711",
	"set-cookie": "set-cookie-value-4711",
	"key":        "x-api-key-value-4711",
	"session":    "session-token-4711",
	"signature":  "signature0123456789abcdef",
	"ticket":     `ticket "quoted" & <4711>`,
	"header":     "tenant-header-4711",
	"variable":   "stage-variable-4711",
	"protocol":   "protocol.token.4711",
	"masked":     "masked-member-4711",
	"number":     "4929123412341234",
	"form":       "form field 4711",
	"nested":     "nested-member-4711",
	"usage":      "usage-identifier-key-4711-and-more",
	"client":     "client-of-oauth-4711",
	"issued":     "token-that-was-issued-4711",
	"user":       "user-of-an-address-4711",
}

// leaks are the secrets that stand in a text, in any of the usual writings.
func leaks(text string) (found []string) {
	for name, secret := range planted {
		quoted, _ := json.Marshal(secret)
		for _, as := range []string{
			secret, string(quoted[1 : len(quoted)-1]), url.QueryEscape(secret), url.PathEscape(secret), strings.ReplaceAll(secret, " ", "+"),
			base64.StdEncoding.EncodeToString([]byte(secret)), base64.StdEncoding.EncodeToString([]byte(secret))[:len(secret)],
		} {
			if at := strings.Index(text, as); at >= 0 {
				found = append(found, name+": …"+text[max(0, at-80):min(len(text), at+len(as)+20)])
				break
			}
		}
	}
	return found
}

// faces are all texts that tell of records.
func (g *gateway) tracesEverywhere(stream *strings.Builder) map[string]string {
	g.t.Helper()
	all := map[string]string{"stream": stream.String()}
	get := func(path string) string {
		r, err := http.Get("http://" + g.ManagementAddr() + path)
		must(g.t, err)
		defer r.Body.Close()
		text, err := io.ReadAll(r.Body)
		must(g.t, err)
		return string(text)
	}
	all["list"] = get("/_dragoman/traces?limit=1000")
	for _, r := range g.traces("limit=1000") {
		all["one"] += get("/_dragoman/traces/" + r.ID)
	}
	// The command shows the same in all of its forms: lines, one step by step, and as JSON.
	command := func(arguments ...string) string {
		cmd := exec.CommandContext(g.t.Context(), os.Args[0], append([]string{"trace"}, arguments...)...) //nolint:gosec // it is this program
		cmd.Env = append(g.environment(), asMain+"=1")
		out, err := cmd.CombinedOutput()
		if err != nil {
			g.t.Errorf("dragoman trace %q: %v %s", arguments, err, out)
		}
		return string(out)
	}
	all["dragoman trace"], all["dragoman trace --json"] = command(), command("--json")
	shown := map[string]bool{}
	for _, r := range g.traces("limit=1000") {
		if place := r.Kind + r.Route + http.StatusText(r.Status); !shown[place] { // of each kind one: starting a process takes its time
			shown[place] = true
			all["dragoman trace ID"] += command(r.ID)
		}
	}
	for _, path := range []string{"home", "metrics", "connections", "decisions", "usage", "settings", "functions", "tap"} {
		all[path] = get("/_dragoman/" + path)
	}
	return all
}

// point makes a route of its own for an integration, with integration responses by key.
func (a *socketApi) point(key string, in apigatewayv2.CreateIntegrationInput, responses map[string]string, change ...func(*apigatewayv2.CreateRouteInput)) {
	a.t.Helper()
	ctx := a.t.Context()
	in.ApiId = &a.id
	made, err := a.sdk.CreateIntegration(ctx, &in)
	must(a.t, err)
	for response, template := range responses {
		_, err := a.sdk.CreateIntegrationResponse(ctx, &apigatewayv2.CreateIntegrationResponseInput{
			ApiId: &a.id, IntegrationId: made.IntegrationId, IntegrationResponseKey: aws.String(response), ResponseTemplates: map[string]string{"$default": template},
		})
		must(a.t, err)
	}
	route := &apigatewayv2.CreateRouteInput{ApiId: &a.id, RouteKey: &key, Target: aws.String("integrations/" + *made.IntegrationId)}
	for _, c := range change {
		c(route)
	}
	created, err := a.sdk.CreateRoute(ctx, route)
	must(a.t, err)
	_, err = a.sdk.CreateRouteResponse(ctx, &apigatewayv2.CreateRouteResponseInput{ApiId: &a.id, RouteId: created.RouteId, RouteResponseKey: aws.String("$default")})
	must(a.t, err)
}

// follow reads the stream of records until the test ends.
func (g *gateway) follow() (text *strings.Builder, stop func()) {
	g.t.Helper()
	ctx, cancel := context.WithCancel(g.t.Context())
	r, err := http.NewRequestWithContext(ctx, "GET", "http://"+g.ManagementAddr()+"/_dragoman/traces/stream", nil)
	must(g.t, err)
	response, err := http.DefaultClient.Do(r)
	must(g.t, err)
	text, ended := &strings.Builder{}, make(chan struct{})
	go func() {
		defer close(ended)
		for lines := bufio.NewReader(response.Body); ; {
			line, err := lines.ReadString('\n')
			text.WriteString(line)
			if err != nil {
				return
			}
		}
	}()
	return text, func() { cancel(); <-ended; _ = response.Body.Close() }
}

// Secrets that are planted everywhere stand in no record, whatever shows it.
func TestSecretsEnterNoRecord(t *testing.T) {
	dir := t.TempDir()
	everything := strings.Join([]string{
		planted["cookie"], planted["key"], planted["ticket"], planted["header"], planted["variable"],
	}, " | ")
	// What a record cannot know is not echoed: what another request has carried.
	echoed := func(path string) string {
		switch path {
		case "/form", "/long", "/parts", "/xml":
			return ""
		case "", "/": // of the WebSocket API
			return everything + planted["bearer"] + planted["protocol"]
		}
		return everything
	}
	const allow = `{"principalId":"me","policyDocument":{"Version":"2012-10-17","Statement":[{"Action":"execute-api:Invoke","Effect":"Allow","Resource":"*"}]},"context":{"Password":%s,"plain":"shown"},"usageIdentifierKey":%s}`
	f := newWebFunctions(t, map[string]func([]byte) (string, bool){
		"guard": func([]byte) (string, bool) {
			return strings.NewReplacer(`{"principalId"`, `{"isAuthorized":true,"principalId"`).Replace(strings.Replace(strings.Replace(allow, "%s", quoteJSON(planted["nested"]), 1), "%s", quoteJSON(planted["usage"]), 1)), false
		},
		"talk": func(event []byte) (string, bool) {
			var e events.APIGatewayWebsocketProxyRequest
			_ = json.Unmarshal(event, &e)
			if strings.Contains(string(event), "raise") {
				return `{"errorType":"E","errorMessage":` + quoteJSON("it was "+everything) + `,"stackTrace":[` + quoteJSON("line 1: "+everything) + `]}`, true
			}
			return `{"statusCode":200,"headers":{"X-Echo":` + quoteJSON(everything) + `},"body":` + quoteJSON(string(event)+everything) + `}`, false
		},
	})
	at := backend(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if coding := r.Header.Get("Content-Encoding"); coding != "" {
			w.Header().Set("Content-Encoding", coding) // what came goes back as it is
			_, _ = w.Write(body)
			return
		}
		if r.URL.Path == "/token" {
			w.Header().Set("Location", "https://app.example/back#access_token="+planted["issued"])
			_, _ = io.WriteString(w, `{"access_token":`+quoteJSON(planted["issued"])+`,"token_type":"Bearer","asked":`+quoteJSON(string(body))+`}`)
			return
		}
		http.SetCookie(w, &http.Cookie{Name: "sid", Value: planted["set-cookie"], Path: "/"})
		w.Header().Set("X-Echo", r.Header.Get("Authorization"))
		heads, _ := json.Marshal(r.Header)
		_, _ = io.WriteString(w, string(heads)+r.URL.String()+string(body)+echoed(r.URL.Path)+base64.StdEncoding.EncodeToString([]byte("x"+echoed(r.URL.Path))))
	})
	g := start(t, recording, f.as, func(c *server.Config) {
		c.Observe.Mask = []string{"PASSWORD", "card", "pin code", "X-Hidden"}
		c.Observe.AccessLogs = map[string]string{"*": filepath.Join(dir, "access.log")}
	})
	stream, stop := g.follow()

	identity := []string{"route.request.querystring.ticket", "route.request.header.X-Tenant", "stageVariables.tenant", "route.request.header.Sec-WebSocket-Protocol"}
	plantHTTP(t, g, at)
	plantSocket(t, g, at, identity)

	eventually(t, "all records", func() bool {
		kinds := map[string]bool{}
		for _, r := range g.traces("limit=1000") {
			kinds[r.Kind] = true
		}
		return len(kinds) >= 4
	})
	stop()
	for face, text := range g.tracesEverywhere(stream) {
		for _, leak := range leaks(text) {
			t.Errorf("%s tells %s", face, leak)
		}
		if face == "list" && !strings.Contains(text, `unpacked`) {
			t.Errorf("a compressed body is not read: %.2000s", text)
		}
		if face == "list" && (!strings.Contains(text, "‹18:") || !strings.Contains(text, "shown")) {
			t.Errorf("the records hide nothing, or all: %.2000s", text)
		}
	}
	// What the API's owner asked to be logged is as it was.
	logged, err := os.ReadFile(filepath.Join(dir, "access.log"))
	must(t, err)
	if !strings.Contains(string(logged), planted["nested"]) {
		t.Errorf("the access log is without what it was asked for: %s", logged)
	}
}

func quoteJSON(s string) string {
	b, _ := json.Marshal(s)
	return string(b)
}

const accessFormat = `{"id":"$context.requestId","of":"$context.authorizer.Password"}`

func (g *gateway) guard(api string, identity []string, version *string) *string {
	g.t.Helper()
	in := &apigatewayv2.CreateAuthorizerInput{
		ApiId: &api, Name: aws.String("guard"), AuthorizerType: "REQUEST", IdentitySource: identity,
		AuthorizerUri: aws.String(strings.ReplaceAll(talkURI, "function:talk", "function:guard")), AuthorizerPayloadFormatVersion: version,
	}
	made, err := g.sdk.CreateAuthorizer(g.t.Context(), in)
	must(g.t, err)
	return made.AuthorizerId
}

// plantHTTP sends secrets through an HTTP API.
func plantHTTP(t *testing.T, g *gateway, at string) {
	a := g.webApi()
	guard := g.guard(a.id, []string{"$request.querystring.ticket", "$request.header.X-Tenant", "$stageVariables.tenant"}, aws.String("1.0"))
	with := func(in *apigatewayv2.CreateRouteInput) { in.AuthorizationType, in.AuthorizerId = "CUSTOM", guard }
	proxy := proxyTo(at + "/{proxy}")
	proxy.RequestParameters = map[string]string{"append:header.X-Copy": "$request.header.X-Tenant", "append:querystring.copy": "$request.querystring.ticket"}
	proxy.ResponseParameters = map[string]map[string]string{"200": {"append:header.X-Copy": "$response.header.X-Echo"}}
	a.route("ANY /proxy/{proxy+}", a.integrate(proxy), with)
	a.route("ANY /open/{proxy+}", a.integrate(proxyTo(at+"/{proxy}")))
	a.route("ANY /user", a.integrate(proxyTo(strings.Replace(at, "://", "://joe:"+planted["user"]+"@", 1))))
	a.route("ANY /talk", a.integrate(invoking("1.0")), with)
	a.route("ANY /talk2", a.integrate(invoking("2.0")), with)
	a.deploy("$default", func(in *apigatewayv2.CreateStageInput) {
		in.StageVariables = map[string]string{"tenant": planted["variable"]}
		in.AccessLogSettings = &types.AccessLogSettings{DestinationArn: aws.String("arn:aws:logs:us-east-1:000000000000:log-group:g"), Format: aws.String(accessFormat)}
	})
	query := "?x=1&ticket=" + url.QueryEscape(planted["ticket"]) + "&X-Amz-Signature=" + planted["signature"] + "&X-Amz-Security-Token=" + planted["session"]
	basic := base64.StdEncoding.EncodeToString([]byte("joe:" + planted["password"]))
	for _, path := range []string{"/proxy/a", "/open/a", "/talk", "/talk?raise", "/talk2", "/nothing", "/proxy/" + url.PathEscape(planted["header"])} {
		target, more, _ := strings.Cut(path, "?")
		for _, authorization := range []string{"Bearer " + planted["bearer"], "Basic " + basic} {
			got := a.call("POST", target+query+"&"+more, `{"password":`+quoteJSON(planted["masked"])+`,"deep":[{"Card":`+planted["number"]+`}],"copy":`+quoteJSON("of "+planted["masked"]+planted["number"])+`}`,
				"Content-Type", "application/json", "Authorization", authorization, "Cookie", "sid="+planted["cookie"]+"; theme=dark", "X-Api-Key", planted["key"],
				"X-Amz-Security-Token", planted["session"], "X-Tenant", planted["header"], "x-hidden", planted["nested"])
			if got.StatusCode >= 500 && more == "" {
				t.Errorf("%s: got %d %s", path, got.StatusCode, got.body)
			}
		}
	}
	var packed bytes.Buffer
	zip := gzip.NewWriter(&packed)
	_, _ = io.WriteString(zip, `{"password":`+quoteJSON(planted["masked"])+`,"plain":"unpacked"}`)
	_ = zip.Close()
	a.call("POST", "/open/gzip", packed.String(), "Content-Type", "application/json", "Content-Encoding", "gzip")
	a.call("POST", "/open/br", packed.String(), "Content-Type", "application/json", "Content-Encoding", "br")
	a.call("POST", "/open/form", url.Values{"pin code": {planted["form"]}, "text": {"my " + planted["form"]}}.Encode(), "Content-Type", "application/x-www-form-urlencoded")
	form := url.Values{"grant_type": {"password"}, "username": {"joe"}, "password": {planted["form"]}, "client_secret": {planted["client"]}}.Encode()
	a.call("POST", "/open/token", form, "Content-Type", "application/x-www-form-urlencoded")
	a.call("POST", "/open/token?token="+planted["issued"], `{"token":`+quoteJSON(planted["issued"])+`,"clientSecret":`+quoteJSON(planted["client"])+`}`, "Content-Type", "application/json")
	a.call("POST", "/open/parts", "--b\r\nContent-Disposition: form-data; name=\"client_secret\"\r\n\r\n"+planted["client"]+"\r\n--b--\r\n", "Content-Type", "multipart/form-data; boundary=b")
	a.call("POST", "/open/xml", "<a><password>"+planted["client"]+"</password></a>", "Content-Type", "text/xml")
	if got := a.call("GET", "/user", ""); got.StatusCode != 500 {
		t.Errorf("an address with a user: got %d", got.StatusCode)
	}
	a.call("POST", "/open/long", `{"pad":"`+strings.Repeat("x", 4060)+`","password":`+quoteJSON(planted["masked"])+`}`, "Content-Type", "application/json", "Authorization", "Bearer "+planted["bearer"])
	a.call("GET", "/x", "", "Host", "zzzzzzzzzz.execute-api.localhost", "Authorization", "Bearer "+planted["bearer"], "Cookie", "a="+planted["cookie"])
}

// plantSocket sends secrets through a WebSocket API: with the handshake, and what a client
// has said with it in later messages too.
func plantSocket(t *testing.T, g *gateway, at string, identity []string) {
	const echo = `{"asked":$input.body,"ticket":"$util.escapeJavaScript($stageVariables.tenant)","who":"$context.authorizer.Password","coded":"$util.base64Encode($input.body)","url":"$util.urlEncode($input.body)"}`
	const all = `{"h":"$util.escapeJavaScript($input.params().toString())","t":"$util.urlEncode($input.params('ticket'))","a":"$input.params('Authorization')","statusCode":200}`
	a := g.socketApi(apigatewayv2.CreateIntegrationInput{
		IntegrationType: "HTTP", IntegrationMethod: aws.String("POST"), IntegrationUri: &at, RequestTemplates: map[string]string{"application/json": echo},
		RequestParameters: map[string]string{"integration.request.header.X-Copy": "context.authorizer.Password"},
	}, apigatewayv2.CreateIntegrationResponseInput{IntegrationResponseKey: aws.String("$default"), ResponseTemplates: map[string]string{"$default": `{"answer":"$util.escapeJavaScript($input.body)"}`}})
	proxy := apigatewayv2.CreateIntegrationInput{IntegrationType: types.IntegrationTypeAwsProxy, IntegrationUri: aws.String(talkURI)}
	a.point("talk", proxy, nil)
	a.addRoute("$disconnect", false)
	a.point("$connect", apigatewayv2.CreateIntegrationInput{IntegrationType: "HTTP", IntegrationMethod: aws.String("POST"), IntegrationUri: &at, RequestTemplates: map[string]string{"application/json": all}},
		map[string]string{"$default": "x"}, func(in *apigatewayv2.CreateRouteInput) {
			in.AuthorizationType, in.AuthorizerId = "CUSTOM", g.guard(a.id, identity, nil)
		})
	_, err := g.sdk.UpdateStage(t.Context(), &apigatewayv2.UpdateStageInput{ApiId: &a.id, StageName: aws.String("prod"), StageVariables: map[string]string{"tenant": planted["variable"]},
		AccessLogSettings: &types.AccessLogSettings{DestinationArn: aws.String("arn:aws:logs:us-east-1:000000000000:log-group:g"), Format: aws.String(accessFormat + " $context.connectionId")}})
	must(t, err)
	a.deploy()
	header := http.Header{
		"Authorization": {"Bearer " + planted["bearer"]}, "Cookie": {"sid=" + planted["cookie"]}, "X-Api-Key": {planted["key"]}, "X-Tenant": {planted["header"]},
		"X-Amz-Security-Token": {planted["session"]}, "X-Hidden": {planted["nested"]},
	}
	query := "?ticket=" + url.QueryEscape(planted["ticket"]) + "&X-Amz-Signature=" + planted["signature"]
	_, _, err = websocket.Dial(t.Context(), "ws://"+g.DataAddr()+a.path(), &websocket.DialOptions{HTTPHeader: header, Subprotocols: []string{"chat", planted["protocol"]}})
	if err == nil {
		t.Error("a handshake without its ticket was let in")
	}
	conn, _, err := websocket.Dial(t.Context(), "ws://"+g.DataAddr()+a.path()+query, &websocket.DialOptions{HTTPHeader: header, Subprotocols: []string{"chat", planted["protocol"]}})
	must(t, err)
	defer func() { _ = conn.CloseNow() }()
	conn.SetReadLimit(1 << 20)
	for _, secret := range planted {
		for _, action := range []string{"ask", "talk", "raise", "nope"} {
			route := action
			if action == "raise" {
				route = "talk"
			}
			a.ask(conn, `{"action":"`+route+`","do":"`+action+`","password":`+quoteJSON(secret)+`,"text":`+quoteJSON("so "+secret)+`}`)
		}
	}
	id := ""
	for _, r := range g.traces("limit=10&api=" + a.id) {
		if r.Connection != "" {
			id = r.Connection
		}
	}
	body := planted["bearer"] + planted["protocol"] + planted["ticket"] + `{"password":` + quoteJSON(planted["masked"]) + `}`
	if status, _, _ := a.call("POST", "/@connections/"+id, body); status != 200 {
		t.Errorf("POST: got %d", status)
	}
	if status, _, _ := a.call("POST", "/@connections", `{"connectionIds":[`+quoteJSON(id)+`],"data":`+quoteJSON(body)+`}`); status != 200 {
		t.Errorf("POST of a list: got %d", status)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	for range 2 {
		_, _, err = conn.Read(ctx)
		must(t, err)
	}
	_ = conn.Close(4000, "bye "+planted["bearer"]+" "+planted["protocol"])
	// Whoever posts to a client that has left posts its secrets as before.
	eventually(t, "the client is gone", func() bool {
		status, _, _ := a.call("POST", "/@connections/"+id, body)
		return status == http.StatusGone
	})
}
