package conformance

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"

	"github.com/dragoman-gateway/dragoman/internal/needs"
)

// block is the code in the README behind a marker such as <!-- walk: cli -->.
func block(t *testing.T, marker string) string { t.Helper(); return blockOf(t, "README.md", marker) }

// blockOf is such a block of another page.
func blockOf(t *testing.T, page, marker string) string {
	t.Helper()
	text, err := os.ReadFile("../" + page)
	must(t, err)
	found := regexp.MustCompile("(?s)<!-- walk: " + marker + " -->\n```\\w+\n(.*?)```").FindSubmatch(text)
	if found == nil {
		t.Fatalf("%s has no block %q", page, marker)
	}
	return string(found[1])
}

// environment is that of a user who followed the README so far.
func (g *gateway) environment() []string {
	return append(os.Environ(), "AWS_ENDPOINT_URL_APIGATEWAYV2=http://"+g.ManagementAddr(),
		"AWS_ACCESS_KEY_ID=local", "AWS_SECRET_ACCESS_KEY=local", "AWS_DEFAULT_REGION=us-east-1", "AWS_PAGER=", "AWS_CONFIG_FILE=/dev/null")
}

func (g *gateway) shell(script string) string {
	g.t.Helper()
	file := filepath.Join(g.t.TempDir(), "walk.sh")
	must(g.t, os.WriteFile(file, []byte("set -eu\n"+script), 0o600))
	cmd := exec.Command("bash", file)
	cmd.Env = g.environment()
	out, err := cmd.CombinedOutput()
	if err != nil {
		g.t.Fatalf("%v\n%s", err, out)
	}
	return string(out)
}

// The five-minute walk of the README, typed as it stands there.
func TestReadmeWalkWithTheCLI(t *testing.T) {
	tool(t, "aws", "apigatewayv2", "help")
	g := start(t)
	walk := block(t, "cli") + "\necho ids $API $INTEGRATION $RESPONSE\n"
	out := g.shell(walk)
	ids := regexp.MustCompile(`ids (\S+) (\S+) (\S+)`).FindStringSubmatch(out)
	if ids == nil || !strings.Contains(out, "ws://"+ids[1]+".execute-api.localhost:"+port(g.DataAddr())) {
		t.Fatalf("the walk did not end with the API's endpoint:\n%s", out)
	}
	a := &socketApi{gateway: g, id: ids[1]}
	conn, err := dial(t, "ws://"+g.DataAddr()+"/_aws/execute-api/"+a.id+"/dev")
	must(t, err)
	if got := a.ask(conn, `{"action":"hello"}`); got != `{"said": "hello"}` {
		t.Errorf("before the update: got %s", got)
	}
	g.shell("API=" + ids[1] + " INTEGRATION=" + ids[2] + " RESPONSE=" + ids[3] + "\n" + block(t, "update"))
	if got := a.ask(conn, `{"action":"hello"}`); !strings.HasPrefix(got, `{"said": "hello again", "by": "`) {
		t.Errorf("after the update: got %s", got)
	}
}

// The tutorial of the first integration response, typed as it stands there: what a client is
// told depends on the status, before and after the second response is there.
func TestFirstIntegrationResponse(t *testing.T) {
	tool(t, "aws", "apigatewayv2", "help")
	const page = "docs/first-integration-response.md"
	g := start(t)
	ids := regexp.MustCompile(`ids (\S+) (\S+)`).FindStringSubmatch(g.shell(blockOf(t, page, "api") + "\necho ids $API $INTEGRATION\n"))
	if ids == nil {
		t.Fatal("the tutorial made no API")
	}
	a := &socketApi{gateway: g, id: ids[1]}
	conn, err := dial(t, "ws://"+g.DataAddr()+"/_aws/execute-api/"+a.id+"/dev")
	must(t, err)
	const good, bad = `{"action":"order","pieces":2}`, `{"action":"order","pieces":0}`
	for _, message := range []string{good, bad} {
		if got := a.ask(conn, message); got != `{"ordered": true}` {
			t.Errorf("with $default alone, %s: got %s", message, got)
		}
	}
	g.shell("API=" + ids[1] + " INTEGRATION=" + ids[2] + "\n" + blockOf(t, page, "refusal"))
	if got := a.ask(conn, good); got != `{"ordered": true}` {
		t.Errorf("got %s", got)
	}
	if got := a.ask(conn, bad); got != `{"refused": true, "why": "no pieces"}` {
		t.Errorf("got %s", got)
	}
}

func TestReadmeWalkWithBoto3(t *testing.T) {
	python := tool(t, "python3", "-c", "import boto3")
	g := start(t)
	script := strings.ReplaceAll(block(t, "boto3"), "http://127.0.0.1:8081", "http://"+g.ManagementAddr())
	cmd := exec.Command(python, "-c", script)
	cmd.Env = g.environment()
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if got := strings.TrimSpace(string(out)); got != `{'application/json': '{"said": "hello again"}'}` {
		t.Errorf("got %s", got)
	}
}

// The client of the walk, which waits for its answer.
func TestReadmeWalkWithWscat(t *testing.T) {
	bin := filepath.Join(os.Getenv("DRAGOMAN_NODE_MODULES"), ".bin")
	t.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	tool(t, "wscat", "--version")
	a := start(t).socketApi(mock(), mockReply(`{"said": "hello"}`))
	a.addRoute("hello", true)
	a.deploy()
	command := strings.NewReplacer("127.0.0.1:8080", a.DataAddr(), "/dev", "/prod").Replace(block(t, "connect"))
	var out []byte
	eventually(t, "the answer, without a terminal", func() bool { // a busy machine may be slower than the line waits
		cmd := exec.Command("bash", "-c", "API="+a.id+"\n"+command)
		out, _ = cmd.CombinedOutput() // its standard input is empty
		return string(out) == `{"said": "hello"}`+"\n"
	})
}

// The handler of the README posts back to the address that its event names, by whatever
// name the client has called the gateway: by path, by the name of its API here or at AWS,
// through a port that is mapped, and by the name that the operator gives.
func TestReadmeHandlerPostsBack(t *testing.T) {
	needs.Python(t, "boto3")
	for _, given := range []string{"", "{apiId}.gateway.example:9000"} {
		withoutKeys(t)
		dir := t.TempDir()
		must(t, os.WriteFile(filepath.Join(dir, "app.py"), []byte(block(t, "handler")), 0o600))
		arguments := []string{"serve", "--dev-tls", "--function", "later=" + dir, "--data-dir", "", "--listen", "127.0.0.1:0", "--management", "127.0.0.1:0"}
		if given != "" {
			arguments = append(arguments, "--domain-name", given)
		}
		p, err := run(t, binary(t, arguments...))
		must(t, err)
		c := &caller{p: p, socketApi: p.gateway(t).socketApi(apigatewayv2.CreateIntegrationInput{
			IntegrationType: types.IntegrationTypeAwsProxy, IntegrationUri: aws.String(strings.Replace(talkArn, "talk", "later", 1)),
		}, none)}
		c.with("call", false)
		own := port(c.DataAddr())
		for _, host := range []string{c.DataAddr(), "localhost:" + own, c.id + ".execute-api.localhost:" + own, c.id + ".execute-api.eu-west-1.amazonaws.com", "gateway:9000"} {
			if got := c.asks(c.from(host), `"later":true`); got != `{"later": true}` {
				t.Errorf("by %s (--domain-name %q): got %s", host, given, got)
			}
		}
	}
}

// boto3 reaches clients through @connections, and updates an integration
// response whose new template they see.
func TestBoto3Journey(t *testing.T) {
	python := tool(t, "python3", "-c", "import boto3")
	a := start(t).socketApi(mock(), mockReply("before $context.connectionId"))
	conn := a.dial(nil)
	id := strings.TrimPrefix(a.ask(conn, `{"action":"ask"}`), "before ")
	script := `
import boto3, os, sys, botocore
management, data, api, integration, response, connection = sys.argv[1:]
keys = dict(region_name="us-east-1", aws_access_key_id="local", aws_secret_access_key="local")
v2 = boto3.client("apigatewayv2", endpoint_url="http://" + management, **keys)
out = v2.update_integration_response(ApiId=api, IntegrationId=integration, IntegrationResponseId=response,
    ContentHandlingStrategy="CONVERT_TO_TEXT", IntegrationResponseKey="/2\\d\\d/",
    ResponseParameters={"method.response.header.X": "'one'"}, ResponseTemplates={"chosen": "after"}, TemplateSelectionExpression="chosen")
out.pop("ResponseMetadata")
assert out == {"ContentHandlingStrategy": "CONVERT_TO_TEXT", "IntegrationResponseId": response, "IntegrationResponseKey": "/2\\d\\d/",
    "ResponseParameters": {"method.response.header.X": "'one'"}, "ResponseTemplates": {"chosen": "after"}, "TemplateSelectionExpression": "chosen"}, out
try:
    v2.update_integration_response(ApiId=api, IntegrationId=integration, IntegrationResponseId="nothere")
    raise SystemExit("an unknown response was updated")
except v2.exceptions.NotFoundException as e:
    assert e.response["ResponseMetadata"]["HTTPStatusCode"] == 404
v2.create_deployment(ApiId=api, StageName="prod")
connections = boto3.client("apigatewaymanagementapi", endpoint_url="http://" + data + "/_aws/execute-api/" + api + "/prod", **keys)
connections.post_to_connection(ConnectionId=connection, Data=b"posted")
seen = connections.get_connection(ConnectionId=connection)
assert seen["Identity"]["SourceIp"] == "127.0.0.1", seen
assert seen["ConnectedAt"] <= seen["LastActiveAt"], seen
try:
    connections.post_to_connection(ConnectionId="AAAAAAAAAAAAAAA=", Data=b"x")
    raise SystemExit("an unknown connection was posted to")
except connections.exceptions.GoneException as e:
    assert e.response["ResponseMetadata"]["HTTPStatusCode"] == 410
`
	cmd := exec.Command(python, "-c", script, a.ManagementAddr(), a.DataAddr(), a.id, a.integration, a.response, id)
	cmd.Env = a.environment()
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	_, posted, err := conn.Read(t.Context())
	must(t, err)
	if string(posted) != "posted" {
		t.Errorf("posted frame: got %s", posted)
	}
	if got := a.ask(conn, `{"action":"ask"}`); got != "after" {
		t.Errorf("after the update: got %s", got)
	}
}

func mock() apigatewayv2.CreateIntegrationInput {
	return apigatewayv2.CreateIntegrationInput{IntegrationType: "MOCK", RequestTemplates: map[string]string{"application/json": `{"statusCode": 200}`}}
}

func mockReply(template string) apigatewayv2.CreateIntegrationResponseInput {
	return apigatewayv2.CreateIntegrationResponseInput{IntegrationResponseKey: aws.String("$default"), ResponseTemplates: map[string]string{"$default": template}}
}
