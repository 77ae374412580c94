package conformance

import (
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
)

// A request is sent again through today's configuration, with the identity that its record
// kept; what differs is told, and the client hears nothing of it.
func TestReplayOfARequest(t *testing.T) {
	var mu sync.Mutex
	var seen []string
	heard := func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		mu.Lock()
		seen = append(seen, r.Method+" "+r.URL.RequestURI()+" "+r.Header.Get("X-Colour")+" "+r.Header.Get("X-User")+" "+string(body))
		mu.Unlock()
		w.Header().Set("X-Answer", "1")
		_, _ = io.WriteString(w, "said "+string(body))
	}
	f := newWebFunctions(t, map[string]func([]byte) (string, bool){
		"talk":  says(`{"statusCode":200,"body":"hi"}`),
		"guard": says(`{"isAuthorized":true,"context":{"user":"ann"}}`),
		"no":    says(`{"isAuthorized":false}`),
	})
	g := start(t, recording, f.as)
	a := g.webApi()
	authorizer := func(name string) *string {
		made, err := a.sdk.CreateAuthorizer(t.Context(), &apigatewayv2.CreateAuthorizerInput{
			ApiId: &a.id, Name: &name, AuthorizerType: "REQUEST", IdentitySource: []string{"$context.routeKey"},
			AuthorizerUri: aws.String(strings.ReplaceAll(talkURI, "function:talk", "function:"+name)), AuthorizerPayloadFormatVersion: aws.String("2.0"), EnableSimpleResponses: aws.Bool(true),
		})
		must(t, err)
		return made.AuthorizerId
	}
	guard, no := authorizer("guard"), authorizer("no")
	first, second := backend(t, heard), backend(t, func(w http.ResponseWriter, r *http.Request) {
		heard(w, r)
		http.Error(w, "no", http.StatusTeapot)
	})
	in := proxyTo(first)
	in.RequestParameters = map[string]string{"append:header.X-User": "$context.authorizer.user"}
	integration := a.integrate(in)
	guarded := func(in *apigatewayv2.CreateRouteInput) {
		in.AuthorizationType, in.AuthorizerId = "CUSTOM", guard
	}
	a.route("GET /pets/{id}", integration, guarded)
	a.route("POST /pets", integration, guarded)
	a.route("DELETE /pets/{id}", integration, func(in *apigatewayv2.CreateRouteInput) { in.AuthorizationType, in.AuthorizerId = "CUSTOM", no })
	a.route("GET /function", a.integrate(invoking("2.0")))
	a.deploy("$default")

	type replay struct {
		Trace       traced
		Differences []struct{ Step, Member, Was, Is string }
	}
	idOf := func(text string) string {
		t.Helper()
		found := g.traces("limit=1&text=" + text)
		if len(found) != 1 {
			t.Fatalf("no record has %s", text)
		}
		return found[0].ID
	}
	again := func(id string) (r replay) {
		t.Helper()
		g.own("POST", "/_dragoman/traces/"+id+"/replay", "", &r)
		return r
	}
	twice := func(id string) string {
		t.Helper()
		var dry struct{ Twice, Reaches string }
		g.own("POST", "/_dragoman/traces/"+id+"/replay?dryRun=true", "", &dry)
		return dry.Twice
	}
	last := func() string {
		mu.Lock()
		defer mu.Unlock()
		return seen[len(seen)-1]
	}
	count := func() int {
		mu.Lock()
		defer mu.Unlock()
		return len(seen)
	}

	a.call("GET", "/pets/7?q=a%20b", "", "X-Colour", "red")
	get, want := idOf("q%3Da%2520b"), last()
	if !strings.HasPrefix(want, "GET /?q=a%20b red ann") {
		t.Fatalf("the backend got %q", want)
	}
	asked := len(f.seen["guard"])
	if r := again(get); twice(get) != "" || len(r.Differences) != 0 || r.Trace.Status != 200 || last() != want || !strings.Contains(r.Trace.text+r.Trace.Summary, "replay") {
		t.Errorf("the same again: got %+v %d, the backend got %q", r.Differences, r.Trace.Status, last())
	}
	if len(f.seen["guard"]) != asked {
		t.Error("the authorizer was asked again")
	}
	a.call("POST", "/pets", "a body", "Content-Type", "text/plain")
	post := idOf("a%20body")
	before := count()
	if twice(post) != "it is a POST" || count() != before {
		t.Errorf("a POST may be done twice: got %q, and the backend was asked %d times", twice(post), count()-before)
	}
	if r := again(post); last() != "POST /  ann a body" || r.Trace.Status != 200 {
		t.Errorf("got %+v, the backend got %q", r, last())
	}
	// What is deployed now is asked, not what was.
	_, err := a.sdk.UpdateIntegration(t.Context(), &apigatewayv2.UpdateIntegrationInput{ApiId: &a.id, IntegrationId: aws.String(strings.TrimPrefix(integration, "integrations/")), IntegrationUri: &second})
	must(t, err)
	_, err = a.sdk.CreateDeployment(t.Context(), &apigatewayv2.CreateDeploymentInput{ApiId: &a.id, StageName: aws.String("$default")})
	must(t, err)
	differs := map[string]bool{}
	for _, d := range again(post).Differences {
		differs[d.Step+" "+d.Member] = d.Was != d.Is
	}
	if !differs["integration address"] {
		t.Errorf("another backend is asked, and what differs is %v", differs)
	}
	a.call("GET", "/function?do=7", "")
	if got := twice(idOf("do%3D7")); !strings.Contains(got, "invokes the function") {
		t.Errorf("a function: got %q", got)
	}

	// What is not whole, or has secrets, cannot be sent again, and says why.
	refused := func(id, why string) {
		t.Helper()
		got := g.own("POST", "/_dragoman/traces/"+id+"/replay", "", nil)
		if got.StatusCode != 409 || !strings.Contains(got.body, why) {
			t.Errorf("got %d %s, want 409 with %q", got.StatusCode, got.body, why)
		}
	}
	a.call("POST", "/pets", "long"+strings.Repeat("x", 5000))
	refused(idOf("longxxxx"), "5004 bytes")
	a.call("GET", "/pets/8?w=secret", "", "Authorization", "Bearer abcdefghijkl")
	refused(idOf("w%3Dsecret"), "secret")
	a.call("GET", "/pets/9?w=long", "", "X-Long", strings.Repeat("y", 5000))
	refused(idOf("w%3Dlong"), "longer than a record keeps")

	// Nor what was refused: nobody else asks its authorizer.
	before = count()
	a.call("DELETE", "/pets/10?w=forbidden", "")
	denied := idOf("w%3Dforbidden")
	refused(denied, "none has let this request in")
	if got := g.own("POST", "/_dragoman/traces/"+denied+"/replay?dryRun=true", "", nil); got.StatusCode != 409 || count() != before {
		t.Errorf("a request that was refused: got %d %s, and the backend was asked %d times", got.StatusCode, got.body, count()-before)
	}

	// The command asks first, shows what differs, and marks the replay.
	run := func(arguments ...string) (string, int) {
		cmd := exec.CommandContext(t.Context(), os.Args[0], append([]string{"trace"}, arguments...)...) //nolint:gosec // it is this program
		cmd.Env = append(g.environment(), asMain+"=1")
		out, _ := cmd.CombinedOutput()
		return string(out), cmd.ProcessState.ExitCode()
	}
	if out, code := run(post, "--replay"); code != 2 || !strings.Contains(out, "it is a POST") {
		t.Errorf("without a terminal: got %d %s", code, out)
	}
	if out, code := run(post, "--replay", "--yes"); code != 0 || !strings.Contains(out, "replay of") || !strings.Contains(out, "address") || !strings.Contains(out, "not sent: this is a replay") {
		t.Errorf("with --yes: got %d %s", code, out)
	}
	if out, code := run(get, "--replay"); code != 0 || !strings.Contains(out, "418") && !strings.Contains(out, "address") {
		t.Errorf("a GET: got %d %s", code, out)
	}
}
