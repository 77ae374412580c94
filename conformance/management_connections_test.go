package conformance

import (
	"net/http"
	"net/url"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/coder/websocket"

	"github.com/dragoman-gateway/dragoman/server"
	"github.com/dragoman-gateway/dragoman/sigv4"
)

// signedCall makes a call of @connections with the SDK's own signer.
func (a *socketApi) signedCall(keys aws.Credentials, region, method, path, body string, change ...func(*http.Request)) heard {
	a.t.Helper()
	r, err := http.NewRequestWithContext(a.t.Context(), method, "http://"+a.DataAddr()+a.path()+path, strings.NewReader(body))
	must(a.t, err)
	must(a.t, v4.NewSigner().SignHTTP(a.t.Context(), keys, r, sigv4.HashBytes([]byte(body)), "execute-api", region, time.Now()))
	for _, c := range change {
		c(r)
	}
	return newWebApi(a.gateway, a.id).do(r)
}

// connected is an API with one client, and the id of its connection.
func connected(t *testing.T, g *gateway) (*socketApi, *websocket.Conn, string) {
	t.Helper()
	a := g.socketApi(mock(), mockReply("$context.connectionId"))
	conn := a.dial(nil)
	return a, conn, a.ask(conn, `{"action":"ask"}`)
}

func TestSignedConnections(t *testing.T) {
	t.Parallel()
	a, conn, id := connected(t, startAsking(t))
	session := aws.Credentials{AccessKeyID: "ASIASESSION", SecretAccessKey: sessionSecret, SessionToken: sessionToken}
	for _, path := range []string{"/@connections/" + id, "/%40connections/" + url.QueryEscape(id), "/@connections/" + url.QueryEscape(id), "/%40connections/" + id} {
		for _, keys := range []aws.Credentials{full, session} {
			if got := a.signedCall(keys, "us-east-1", "POST", path, "to "+path); got.StatusCode != 200 {
				t.Fatalf("POST %s: got %d %s", path, got.StatusCode, got.body)
			}
			if _, frame, err := conn.Read(t.Context()); err != nil || string(frame) != "to "+path {
				t.Fatalf("POST %s: got frame %s (%v)", path, frame, err)
			}
		}
	}
	reader := aws.Credentials{AccessKeyID: "AKIDREADER", SecretAccessKey: readerSecret}
	wrong := aws.Credentials{AccessKeyID: "AKIDFULL", SecretAccessKey: "wrong"}
	nobody := aws.Credentials{AccessKeyID: "AKIDNOBODY", SecretAccessKey: "x"}
	path := "/@connections/" + id
	unsign := func(r *http.Request) { r.Header.Del("Authorization") }
	tests := []struct {
		name            string
		got             heard
		status          int
		exception, text string
	}{
		{"read-only GET", a.signedCall(reader, "us-east-1", "GET", path, ""), 200, "", `"sourceIp":"127.0.0.1"`},
		{"read-only POST", a.signedCall(reader, "us-east-1", "POST", path, "x"), 403, "ForbiddenException", `{"message":"Forbidden"}`},
		{"read-only DELETE", a.signedCall(reader, "us-east-1", "DELETE", path, ""), 403, "ForbiddenException", `{"message":"Forbidden"}`},
		{"wrong secret", a.signedCall(wrong, "us-east-1", "POST", path, "x"), 403, "InvalidSignatureException",
			`{"message":"The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.` +
				`\n\nThe Canonical String for this request should have been\n'POST\n` + a.path() + "/%40connections/" + url.QueryEscape(id) + `\n\n`},
		{"unknown key", a.signedCall(nobody, "us-east-1", "POST", path, "x"), 403, "UnrecognizedClientException", "The security token included in the request is invalid."},
		{"not signed", a.signedCall(full, "us-east-1", "POST", path, "x", unsign), 403, "MissingAuthenticationTokenException", "Missing Authentication Token"},
		{"not signed, nobody there", a.signedCall(full, "us-east-1", "POST", "/@connections/AAAAAAAAAAAAAAA=", "x", unsign), 403, "MissingAuthenticationTokenException", ""},
		{"another region", a.signedCall(full, "eu-west-1", "POST", path, "x"), 403, "InvalidSignatureException", "Credential should be scoped to a valid region."},
		{"nobody there", a.signedCall(full, "us-east-1", "POST", "/@connections/AAAAAAAAAAAAAAA=", "x"), 410, "GoneException", ""},
		{"DELETE", a.signedCall(full, "us-east-1", "DELETE", path, ""), 204, "", ""},
	}
	for _, test := range tests {
		if test.got.StatusCode != test.status || test.got.Header.Get("X-Amzn-Errortype") != test.exception || !strings.Contains(test.got.body, test.text) {
			t.Errorf("%s: got %d %s %s, want %d %s %s", test.name, test.got.StatusCode, test.got.Header.Get("X-Amzn-Errortype"), test.got.body, test.status, test.exception, test.text)
		}
	}
}

// A key that is limited to one API manages the connections of that one.
func TestLimitedKeyOfConnections(t *testing.T) {
	t.Parallel()
	file := writeKeys(t, keyFile)
	g := start(t, asking(file))
	g.sdk = g.as(full, "us-east-1")
	mine, _, myId := connected(t, g)
	other, _, otherId := connected(t, g)
	appendFile(t, file, "\n[limited]\naws_access_key_id=AKIDLIMITED\naws_secret_access_key=l\ndragoman_apis="+mine.id+"\n")
	limited := aws.Credentials{AccessKeyID: "AKIDLIMITED", SecretAccessKey: "l"}
	eventually(t, "the limited key", func() bool {
		return mine.signedCall(limited, "us-east-1", "GET", "/@connections/"+myId, "").StatusCode == 200
	})
	if got := other.signedCall(limited, "us-east-1", "GET", "/@connections/"+otherId, ""); got.StatusCode != 403 || got.body != `{"message":"Forbidden"}` {
		t.Errorf("another API: got %d %s", got.StatusCode, got.body)
	}
}

func TestBoto3WithKeys(t *testing.T) {
	t.Parallel()
	python := tool(t, "python3", "-c", "import boto3")
	a, conn, id := connected(t, startAsking(t))
	script := `
import boto3, sys, botocore
from botocore.exceptions import ClientError
management, data, api, connection, full, reader, session, token = sys.argv[1:]
def keys(id, secret, token=None):
    return dict(region_name="us-east-1", aws_access_key_id=id, aws_secret_access_key=secret, aws_session_token=token)
def v2(*k): return boto3.client("apigatewayv2", endpoint_url="http://" + management, **keys(*k))
def connections(*k): return boto3.client("apigatewaymanagementapi", endpoint_url="http://" + data + "/_aws/execute-api/" + api + "/prod", **keys(*k))
def refused(code, text, call, **arguments):
    try:
        call(**arguments)
    except ClientError as e:
        assert e.response["Error"]["Code"] == code and text in e.response["Error"]["Message"], e.response
        assert e.response["ResponseMetadata"]["HTTPStatusCode"] == 403, e.response
        return
    raise SystemExit("%s was not refused" % arguments)
for k in ("AKIDFULL", full), ("AKIDREADER", reader), ("ASIASESSION", session, token):
    assert v2(*k).get_api(ApiId=api)["ApiId"] == api
    connections(*k).get_connection(ConnectionId=connection)
arn = "arn:aws:apigateway:us-east-1::/apis/" + api
v2("AKIDFULL", full).tag_resource(ResourceArn=arn, Tags={"a": "b"})
refused("AccessDeniedException", "is not authorized to perform: apigateway:POST on resource: arn:aws:apigateway:us-east-1::/tags/", v2("AKIDREADER", reader).tag_resource, ResourceArn=arn, Tags={"a": "c"})
refused("AccessDeniedException", "is not authorized to perform: apigateway:POST on resource: arn:aws:apigateway:us-east-1::/apis", v2("AKIDREADER", reader).create_api, Name="n", ProtocolType="HTTP")
refused("UnrecognizedClientException", "security token", v2("AKIDNOBODY", "x").get_apis)
refused("UnrecognizedClientException", "security token", v2("ASIASESSION", session, "other").get_apis)
refused("InvalidSignatureException", "The request signature we calculated does not match", v2("AKIDFULL", "x").get_apis)
for c in connections("AKIDREADER", reader),:
    refused("ForbiddenException", "", c.post_to_connection, ConnectionId=connection, Data=b"x")
    refused("ForbiddenException", "", c.delete_connection, ConnectionId=connection)
refused("InvalidSignatureException", "The Canonical String for this request should have been", connections("AKIDFULL", "x").post_to_connection, ConnectionId=connection, Data=b"x")
connections("ASIASESSION", session, token).post_to_connection(ConnectionId=connection, Data=b"posted")
connections("AKIDFULL", full).delete_connection(ConnectionId=connection)
`
	cmd := exec.Command(python, "-c", script, a.ManagementAddr(), a.DataAddr(), a.id, id, fullSecret, readerSecret, sessionSecret, sessionToken)
	cmd.Env = a.environment()
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if _, posted, err := conn.Read(t.Context()); err != nil || string(posted) != "posted" {
		t.Errorf("got frame %s (%v)", posted, err)
	}
	if _, _, err := conn.Read(t.Context()); websocket.CloseStatus(err) != 1000 {
		t.Errorf("got %v, want close code 1000", err)
	}
}

// Where others can reach the data listener and there are no keys, nobody manages
// connections; keys protect them even where the management API asks for none.
func TestConnectionsBeyondLoopback(t *testing.T) {
	t.Parallel()
	everywhere := func(c *server.Config) { c.Listen = "0.0.0.0:0" }
	keys := func(c *server.Config) { c.Credentials = writeKeys(t, keyFile) }
	for name, test := range map[string]struct {
		g                *gateway
		unsigned, signed int
	}{
		"everywhere without keys":  {start(t, everywhere), 403, 403},
		"everywhere with keys":     {start(t, everywhere, keys), 403, 200},
		"on loopback with keys":    {start(t, keys), 403, 200},
		"on loopback without keys": {start(t), 200, 200},
	} {
		a, _, id := connected(t, test.g)
		unsign := func(r *http.Request) { r.Header.Del("Authorization") }
		if got := a.signedCall(full, "us-east-1", "POST", "/@connections/"+id, "x", unsign); got.StatusCode != test.unsigned {
			t.Errorf("%s, not signed: got %d %s, want %d", name, got.StatusCode, got.body, test.unsigned)
		}
		if got := a.signedCall(full, "us-east-1", "POST", "/@connections/"+id, "x"); got.StatusCode != test.signed {
			t.Errorf("%s, signed: got %d %s, want %d", name, got.StatusCode, got.body, test.signed)
		}
	}
}
