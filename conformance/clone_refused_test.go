package conformance

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"

	"github.com/dragoman-gateway/dragoman/awsconfig/awstest"
)

// refuse answers as AWS does.
func refuse(w http.ResponseWriter, status int, exception, message string) bool {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("x-amzn-errortype", exception)
	w.WriteHeader(status)
	fmt.Fprintf(w, `{"message":%q}`, message)
	return true
}

// A server that answers each call with a throttle, a fault or silence before it answers
// is asked again, until it does, and the copy is the same.
func TestCloneIsPatient(t *testing.T) {
	awstest.Isolate(t)
	g := start(t)
	a := g.answering("pets")
	want, _ := cloned(t, "http://"+g.ManagementAddr(), "--api-id", a.id)
	troubles := []func(w http.ResponseWriter) bool{
		func(w http.ResponseWriter) bool {
			return refuse(w, 429, "TooManyRequestsException", "Too Many Requests")
		},
		func(w http.ResponseWriter) bool { return refuse(w, 503, "ServiceUnavailableException", "later") },
		func(w http.ResponseWriter) bool { return refuse(w, 400, "ThrottlingException", "Rate exceeded") },
		func(w http.ResponseWriter) bool {
			conn, _, err := http.NewResponseController(w).Hijack()
			return err == nil && conn.Close() == nil
		},
	}
	var mu sync.Mutex
	asked := map[string]int{}
	rec := record(t, g.ManagementAddr(), func(operation string, w http.ResponseWriter, r *http.Request) bool {
		mu.Lock()
		asked[r.URL.String()]++
		n, urls := asked[r.URL.String()], len(asked)
		mu.Unlock()
		switch {
		case operation == "GetRoutes" && n < 4: // one after the other
			return troubles[n](w)
		case n == 1:
			return troubles[urls%len(troubles)](w)
		}
		return false
	})
	got, _ := cloned(t, rec.url, "--api-id", a.id)
	if got != want {
		t.Errorf("got another copy:\n%s", got)
	}
	rec.onlyRead(t)
}

// Retry-After is kept to, and so is a bound of attempts.
func TestCloneKeepsToRetryAfter(t *testing.T) {
	awstest.Isolate(t)
	g := start(t)
	a := g.shop("one")
	var times []time.Time
	rec := record(t, g.ManagementAddr(), func(operation string, w http.ResponseWriter, _ *http.Request) bool {
		if operation != "GetApi" {
			return false
		}
		if times = append(times, time.Now()); len(times) > 1 {
			return false
		}
		w.Header().Set("Retry-After", "1")
		return refuse(w, 429, "TooManyRequestsException", "Too Many Requests")
	})
	cloned(t, rec.url, "--api-id", a.id)
	if len(times) != 2 || times[1].Sub(times[0]) < time.Second {
		t.Errorf("it was asked at %v, want a second between", times)
	}
}

// guarded is an HTTP API with an open route and one that asks an authorizer.
func (g *gateway) guarded() *webApi {
	a := g.webApi()
	one := a.integrate(proxyTo("http://127.0.0.1:9/{x}"))
	a.route("GET /open/{x}", one)
	authorizer, err := a.sdk.CreateAuthorizer(g.t.Context(), &apigatewayv2.CreateAuthorizerInput{ApiId: &a.id, Name: aws.String("check"), AuthorizerType: types.AuthorizerTypeJwt,
		IdentitySource: []string{"$request.header.Authorization"}, JwtConfiguration: &types.JWTConfiguration{Issuer: aws.String("https://id.example.com"), Audience: []string{"me"}}})
	must(g.t, err)
	a.route("GET /secret/{x}", one, func(in *apigatewayv2.CreateRouteInput) {
		in.AuthorizationType, in.AuthorizerId = types.AuthorizationTypeJwt, authorizer.AuthorizerId
	})
	return a.deploy("prod")
}

// What the key may not read is told, and what it may is copied; a route whose
// authorizer could not be read is left out, for it would be open.
func TestCloneOfWhatMayBeRead(t *testing.T) {
	awstest.Isolate(t)
	g := start(t)
	a := g.guarded()
	for denied, want := range map[string]struct{ has, lacks, says []string }{
		"GetAuthorizers": {[]string{"routeKey: GET /open/{x}", "prod:"}, []string{"/secret", "authorizerId"}, []string{
			"API web (" + a.id + "): GetAuthorizers: AccessDeniedException: User: arn:aws:iam::1:user/u is not authorized to perform: apigateway:GET on resource: GetAuthorizers\n",
			"route GET /secret/{x}: its authorizer "}},
		"GetIntegrations": {[]string{"routeKey: GET /open/{x}", "routeKey: GET /secret/{x}", "authorizationType: JWT"}, []string{"target:"}, []string{"GetIntegrations: AccessDeniedException", "route GET /open/{x}: it has no integration"}},
		"GetRoutes":       {[]string{"integrationType: HTTP_PROXY", "prod:"}, []string{"routeKey"}, []string{"GetRoutes: AccessDeniedException"}},
		"GetStages":       {[]string{"routeKey: GET /open/{x}"}, []string{"prod"}, []string{"GetStages: AccessDeniedException"}},
		"GetDeployments":  {[]string{"routeKey: GET /open/{x}", "prod:"}, nil, []string{"GetDeployments: AccessDeniedException"}},
		"ExportApi":       {[]string{"routeKey: GET /open/{x}", "prod:"}, []string{"configuration:"}, []string{"ExportApi: AccessDeniedException", "it is the API as it is now"}},
		"GetDomainNames":  {[]string{"routeKey: GET /open/{x}"}, nil, []string{"custom domains: GetDomainNames: AccessDeniedException"}},
		"GetVpcLinks":     {[]string{"routeKey: GET /open/{x}"}, nil, []string{"VPC links: GetVpcLinks: AccessDeniedException"}},
	} {
		rec := record(t, g.ManagementAddr(), func(operation string, w http.ResponseWriter, _ *http.Request) bool {
			return operation == denied && refuse(w, 403, "AccessDeniedException", "User: arn:aws:iam::1:user/u is not authorized to perform:\n apigateway:GET on resource: "+denied)
		})
		file := filepath.Join(t.TempDir(), "g.yaml")
		_, report, status := dragoman(t, "", "clone", "--endpoint-url", rec.url, "--all", "--to", file)
		text, err := os.ReadFile(file)
		if status != 1 || err != nil {
			t.Errorf("%s: got status %d, %v, %s, want 1 and a file", denied, status, err, report)
			continue
		}
		for _, has := range want.has {
			if !strings.Contains(string(text), has) {
				t.Errorf("%s: the copy has no %q:\n%s", denied, has, text)
			}
		}
		for _, lacks := range want.lacks {
			if strings.Contains(string(text), lacks) {
				t.Errorf("%s: the copy has %q:\n%s", denied, lacks, text)
			}
		}
		for _, says := range append(want.says, "not read, so that the copy is incomplete:\n") {
			if !strings.Contains(report, says) {
				t.Errorf("%s: the report does not say %q:\n%s", denied, says, report)
			}
		}
	}
}

// Calls of one kind that are denied for each of many routes are one line.
func TestCloneTellsOnce(t *testing.T) {
	awstest.Isolate(t)
	g := start(t)
	a := g.socketApi(apigatewayv2.CreateIntegrationInput{IntegrationType: types.IntegrationTypeMock}, mockReply("hello"))
	for _, key := range []string{"a", "b", "c"} {
		a.addRoute(key, true)
	}
	rec := record(t, g.ManagementAddr(), func(operation string, w http.ResponseWriter, r *http.Request) bool {
		return operation == "GetRouteResponses" && refuse(w, 403, "AccessDeniedException", "no: "+r.URL.Path)
	})
	_, report, status := dragoman(t, "", "clone", "--endpoint-url", rec.url, "--all")
	if status != 1 || strings.Count(report, "GetRouteResponses") != 1 || !strings.Contains(report, " (and 3 more)\n") {
		t.Errorf("got status %d, %s, want one line for all four", status, report)
	}
}

// What stands for the whole run ends it in one line, and nothing is written.
func TestCloneThatCannotBe(t *testing.T) {
	awstest.Isolate(t)
	g := start(t)
	a := g.guarded()
	at := "http://" + g.ManagementAddr()
	denying := func(denied string, status int, exception, message string) string {
		return record(t, g.ManagementAddr(), func(operation string, w http.ResponseWriter, _ *http.Request) bool {
			return operation == denied && refuse(w, status, exception, message)
		}).url
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "g.yaml")
	for _, row := range []struct {
		name string
		args []string
		want string
	}{
		{"no such API", []string{"--endpoint-url", at, "--api-id", "nothere"}, "dragoman: API nothere: GetApi: NotFoundException: Invalid API identifier specified 000000000000:nothere\n"},
		{"all are denied", []string{"--endpoint-url", denying("GetApis", 403, "AccessDeniedException", "not you"), "--all"}, "dragoman: GetApis: AccessDeniedException: not you\n"},
		{"an unknown key", []string{"--endpoint-url", denying("GetApi", 403, "UnrecognizedClientException", "The security token included in the request is invalid."), "--api-id", a.id},
			"dragoman: GetApi: UnrecognizedClientException: The security token included in the request is invalid.\n"},
		{"a session that ends meanwhile", []string{"--endpoint-url", denying("GetStages", 403, "ExpiredTokenException", "The security token included in the request is expired"), "--api-id", a.id},
			"dragoman: GetStages: ExpiredTokenException: The security token included in the request is expired\n"},
		{"nobody there", []string{"--endpoint-url", "http://127.0.0.1:1", "--all"}, "connection refused"},
		{"no region", []string{"--all"}, "dragoman: no region: give --region, AWS_REGION or a profile with one\n"},
		{"a bad account", []string{"--endpoint-url", at, "--all", "--account", "12"}, "dragoman: --account 12: want 12 digits\n"},
		{"no such profile", []string{"--endpoint-url", at, "--profile", "nothere", "--all"}, "nothere"},
		{"no folder", []string{"--endpoint-url", at, "--all", "--to", dir + "/no/g.yaml"}, "there is no folder " + dir + "/no\n"},
		{"a folder", []string{"--endpoint-url", at, "--all", "--to", dir}, dir + " is there already"},
		{"neither", []string{"--endpoint-url", at}, "[api-id all]"},
		{"both", []string{"--endpoint-url", at, "--api-id", a.id, "--all"}, "[api-id all]"},
	} {
		args := append([]string{"clone"}, row.args...)
		if !strings.Contains(strings.Join(args, " "), "--to") {
			args = append(args, "--to", file)
		}
		out, stderr, status := dragoman(t, "", args...)
		wrong := 1
		if slices.Contains([]string{"a bad account", "neither", "both"}, row.name) {
			wrong = 2 // the call itself
		}
		if status != wrong || out != "" || !strings.Contains(stderr, row.want) || strings.Count(stderr, "\n") != 1 {
			t.Errorf("%s: got status %d, %q, %q, want one line with %q", row.name, status, out, stderr, row.want)
		}
	}
	left, err := os.ReadDir(dir)
	must(t, err)
	if len(left) > 0 {
		t.Errorf("it left %v", left)
	}
	// Of two APIs, one that is not there keeps nobody from the other.
	_, stderr, status := dragoman(t, "", "clone", "--endpoint-url", at, "--api-id", "nothere", "--api-id", a.id, "--to", file)
	if _, err := os.Stat(file); status != 1 || err != nil || !strings.Contains(stderr, "API nothere: GetApi: NotFoundException") || !strings.Contains(stderr, "copied 1 API") {
		t.Errorf("got status %d, %v, %s", status, err, stderr)
	}
}

// What is wrong with credentials is told with what would help.
func TestCloneWithoutCredentials(t *testing.T) {
	awstest.Isolate(t)
	t.Setenv("AWS_ACCESS_KEY_ID", "")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "")
	t.Setenv("HOME", t.TempDir()) // where sessions are
	file := filepath.Join(t.TempDir(), "config")
	must(t, os.WriteFile(file, []byte("[profile sso]\nsso_session = my\nsso_account_id = 123456789012\nsso_role_name = admin\n"+
		"[sso-session my]\nsso_region = eu-west-1\nsso_start_url = https://example.awsapps.com/start\n"), 0o600))
	t.Setenv("AWS_CONFIG_FILE", file)
	for profile, want := range map[string]string{
		"":    "dragoman: GetApis: no AWS credentials: give --profile NAME, keys in the environment, or --endpoint-url of another server\n",
		"sso": "dragoman: GetApis: aws sso login --profile sso begins a session: ",
	} {
		_, stderr, status := dragoman(t, "", "clone", "--all", "--region", "eu-west-1", "--profile", profile)
		if status != 1 || !strings.HasPrefix(stderr, want) || strings.Count(stderr, "\n") != 1 {
			t.Errorf("profile %q: got status %d, %s", profile, status, stderr)
		}
	}
}

// A file that is there stays unless --force is given.
func TestCloneReplacesByForce(t *testing.T) {
	awstest.Isolate(t)
	g := start(t)
	a := g.guarded()
	dir := t.TempDir()
	file := filepath.Join(dir, "g.yaml")
	must(t, os.WriteFile(file, []byte("mine"), 0o644))
	rec := record(t, g.ManagementAddr(), nil)
	_, stderr, status := dragoman(t, "", "clone", "--endpoint-url", rec.url, "--api-id", a.id, "--to", file)
	if text, _ := os.ReadFile(file); status != 1 || string(text) != "mine" || !strings.Contains(stderr, "g.yaml is there already: --force replaces it") || len(rec.called) > 0 {
		t.Errorf("got status %d, %s, %s after %v, want the file untouched before anything is called", status, text, stderr, rec.called)
	}
	cloned(t, rec.url, "--api-id", a.id, "--to", file, "--force")
	info, err := os.Stat(file)
	must(t, err)
	if text, _ := os.ReadFile(file); !strings.HasPrefix(string(text), "dragoman: 1\n") || info.Mode().Perm() != 0o600 {
		t.Errorf("got %s with mode %v", text, info.Mode())
	}
	if left, _ := os.ReadDir(dir); len(left) != 1 {
		t.Errorf("it left %v", left)
	}
}

// Ctrl-C while the server is slow leaves nothing.
func TestCloneInterrupted(t *testing.T) {
	awstest.Isolate(t)
	g := start(t)
	a := g.guarded()
	reached := make(chan struct{})
	rec := record(t, g.ManagementAddr(), func(operation string, _ http.ResponseWriter, r *http.Request) bool {
		if operation == "GetStages" {
			close(reached)
			<-r.Context().Done()
			return true
		}
		return false
	})
	dir := t.TempDir()
	cmd := binary(t, "clone", "--endpoint-url", rec.url, "--api-id", a.id, "--to", filepath.Join(dir, "g.yaml"))
	var said syncBuffer
	cmd.Stderr = &said
	must(t, cmd.Start())
	<-reached
	must(t, cmd.Process.Signal(syscall.SIGINT))
	err := cmd.Wait()
	if exit, ok := err.(*exec.ExitError); !ok || exit.ExitCode() != 1 || said.String() != "dragoman: interrupted: nothing was written" {
		t.Errorf("got %v, %s", err, said.String())
	}
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("it left %v", left)
	}
}
