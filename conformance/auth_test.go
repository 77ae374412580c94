package conformance

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/dragoman-gateway/dragoman/server"
	"github.com/dragoman-gateway/dragoman/sigv4"
	"github.com/dragoman-gateway/dragoman/sigv4/credential"
	"github.com/dragoman-gateway/dragoman/wire"
)

// The keys of the journeys. Their secrets are words that nothing else contains,
// so that a log can be searched for them.
const (
	fullSecret    = "open-Sesame+/full"
	readerSecret  = "open-Sesame+/reader"
	sessionSecret = "open-Sesame+/session"
	sessionToken  = "token-Sesame//=="
)

const keyFile = `[admin]
aws_access_key_id = AKIDFULL
aws_secret_access_key = ` + fullSecret + `

[reader]
aws_access_key_id = AKIDREADER
aws_secret_access_key = ` + readerSecret + `
dragoman_policy = read-only

[session]
aws_access_key_id = ASIASESSION
aws_secret_access_key = ` + sessionSecret + `
aws_session_token = ` + sessionToken + `
`

var full = aws.Credentials{AccessKeyID: "AKIDFULL", SecretAccessKey: fullSecret}

// asking makes a gateway ask for signatures by the keys of a file.
func asking(file string) func(*server.Config) {
	return func(c *server.Config) { c.Auth, c.Credentials = "sigv4", file }
}

func writeKeys(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "credentials")
	must(t, os.WriteFile(file, []byte(text), 0o600))
	return file
}

func appendFile(t *testing.T, file, text string) {
	t.Helper()
	old, err := os.ReadFile(file)
	must(t, err)
	must(t, os.WriteFile(file, append(old, text...), 0o600))
}

// startAsking runs a gateway that verifies signatures; its client has the full key.
func startAsking(t *testing.T, change ...func(*server.Config)) *gateway {
	t.Helper()
	g := start(t, append([]func(*server.Config){asking(writeKeys(t, keyFile))}, change...)...)
	g.sdk = g.as(full, "us-east-1")
	return g
}

// as is a client with other keys or for another region.
func (g *gateway) as(keys aws.Credentials, region string) *apigatewayv2.Client {
	return apigatewayv2.New(apigatewayv2.Options{
		BaseEndpoint: aws.String("http://" + g.ManagementAddr()), Region: region, Retryer: attempts(),
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) { return keys, nil }),
	})
}

// refused holds an error of the SDK to its status, exception and text.
func refused(t *testing.T, what string, err error, status int, exception, text string) {
	t.Helper()
	api, _ := errors.AsType[smithy.APIError](err)
	answer, _ := errors.AsType[*smithyhttp.ResponseError](err)
	switch {
	case api == nil || answer == nil:
		t.Errorf("%s: got %v, want %d %s", what, err, status, exception)
	case answer.HTTPStatusCode() != status || api.ErrorCode() != exception || !strings.Contains(api.ErrorMessage(), text):
		t.Errorf("%s: got %d %s %q, want %d %s %q", what, answer.HTTPStatusCode(), api.ErrorCode(), api.ErrorMessage(), status, exception, text)
	}
}

func TestSignedClients(t *testing.T) {
	t.Parallel()
	g := startAsking(t)
	session := aws.Credentials{AccessKeyID: "ASIASESSION", SecretAccessKey: sessionSecret, SessionToken: sessionToken}
	for _, keys := range []aws.Credentials{full, session} {
		sdk := g.as(keys, "us-east-1")
		api, err := sdk.CreateApi(t.Context(), &apigatewayv2.CreateApiInput{Name: aws.String("漢 /+"), ProtocolType: types.ProtocolTypeHttp})
		must(t, err)
		arn := "arn:aws:apigateway:us-east-1::/apis/" + *api.ApiId
		_, err = sdk.TagResource(t.Context(), &apigatewayv2.TagResourceInput{ResourceArn: &arn, Tags: map[string]string{"a b": "c/d"}})
		must(t, err)
		_, err = sdk.UntagResource(t.Context(), &apigatewayv2.UntagResourceInput{ResourceArn: &arn, TagKeys: []string{"z", "a b", "ü"}})
		must(t, err)
	}
	const invalid = "The security token included in the request is invalid."
	ctx := t.Context()
	tests := []struct {
		name            string
		keys            aws.Credentials
		exception, text string
	}{
		{"wrong secret", aws.Credentials{AccessKeyID: "AKIDFULL", SecretAccessKey: "wrong"}, "InvalidSignatureException", "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.\n\nThe Canonical String for this request should have been\n'GET\n/v2/apis\n"},
		{"another key's secret", aws.Credentials{AccessKeyID: "AKIDFULL", SecretAccessKey: readerSecret}, "InvalidSignatureException", "does not match"},
		{"unknown key", aws.Credentials{AccessKeyID: "AKIDNOBODY", SecretAccessKey: "x"}, "UnrecognizedClientException", invalid},
		{"a session without its token", aws.Credentials{AccessKeyID: "ASIASESSION", SecretAccessKey: sessionSecret}, "UnrecognizedClientException", invalid},
		{"another token", aws.Credentials{AccessKeyID: "ASIASESSION", SecretAccessKey: sessionSecret, SessionToken: "other"}, "UnrecognizedClientException", invalid},
		{"a token that the key has not", aws.Credentials{AccessKeyID: "AKIDFULL", SecretAccessKey: fullSecret, SessionToken: "other"}, "UnrecognizedClientException", invalid},
	}
	for _, test := range tests {
		_, err := g.as(test.keys, "us-east-1").GetApis(ctx, &apigatewayv2.GetApisInput{})
		refused(t, test.name, err, 403, test.exception, test.text)
	}
}

// crafted sends one request of the management API that change has tampered with
// after or before it was signed.
type crafted struct {
	name                 string
	method, target, body string
	signer               func(*sigv4.Signer)
	before, after        func(*http.Request)
	at                   time.Duration // from now
	presign              time.Duration
	unsigned             bool
	status               int
	exception, text      string
}

func (g *gateway) craft(c crafted) heard {
	g.t.Helper()
	r, err := http.NewRequestWithContext(g.t.Context(), c.method, "http://"+g.ManagementAddr()+c.target, strings.NewReader(c.body))
	must(g.t, err)
	signer := sigv4.Signer{Credentials: sigv4.Credentials{AccessKeyID: "AKIDFULL", SecretAccessKey: fullSecret}, Region: "us-east-1", Service: "apigateway"}
	if c.signer != nil {
		c.signer(&signer)
	}
	if c.before != nil {
		c.before(r)
	}
	switch at := time.Now().Add(c.at); {
	case c.unsigned:
	case c.presign > 0:
		presign(g.t, signer, r, sigv4.HashBytes([]byte(c.body)), c.presign, at)
	default:
		must(g.t, signer.Sign(r, sigv4.HashBytes([]byte(c.body)), at))
	}
	if c.after != nil {
		c.after(r)
	}
	response, err := http.DefaultClient.Do(r)
	must(g.t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	must(g.t, err)
	return heard{response, string(body)}
}

// presign signs the URL of a request as the AWS SDK does.
func presign(t *testing.T, s sigv4.Signer, r *http.Request, payload string, expires time.Duration, at time.Time) {
	t.Helper()
	query := r.URL.Query()
	query.Set("X-Amz-Expires", strconv.Itoa(int(expires/time.Second)))
	r.URL.RawQuery = query.Encode()
	keys := aws.Credentials{AccessKeyID: s.Credentials.AccessKeyID, SecretAccessKey: string(s.Credentials.SecretAccessKey), SessionToken: string(s.Credentials.SessionToken)}
	signed, _, err := v4.NewSigner().PresignHTTP(t.Context(), keys, r, payload, s.Service, s.Region, at)
	must(t, err)
	r.URL, err = url.Parse(signed)
	must(t, err)
}

func TestSignaturesOfTheManagementAPI(t *testing.T) {
	t.Parallel()
	g := startAsking(t)
	const create, apis = `{"name":"a","protocolType":"HTTP"}`, "/v2/apis"
	setBody := func(text string) func(*http.Request) {
		return func(r *http.Request) {
			r.Body, r.ContentLength = io.NopCloser(strings.NewReader(text)), int64(len(text))
		}
	}
	header := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	const missing, unfit, incomplete = "MissingAuthenticationTokenException", "InvalidSignatureException", "IncompleteSignatureException"
	tests := []crafted{
		{name: "signed", method: "POST", target: apis, body: create, status: 201},
		{name: "presigned", method: "GET", target: apis + "?maxResults=1", presign: time.Minute, status: 200},
		{name: "presigned an hour ago for a day", method: "GET", target: apis, presign: 24 * time.Hour, at: -time.Hour, status: 200},
		{name: "a clock 4 minutes behind", method: "GET", target: apis, at: -4 * time.Minute, status: 200},
		{name: "a clock 4 minutes ahead", method: "GET", target: apis, at: 4 * time.Minute, status: 200},
		{name: "not signed", method: "GET", target: apis, unsigned: true, status: 403, exception: missing, text: "Missing Authentication Token"},
		{name: "nobody learns of paths", method: "GET", target: "/v2/nothing", unsigned: true, status: 403, exception: missing, text: "Missing Authentication Token"},
		{name: "nobody learns of methods", method: "PUT", target: "/v2/apis/a/routes", unsigned: true, status: 403, exception: missing},
		{name: "6 minutes old", method: "GET", target: apis, at: -6 * time.Minute, status: 403, exception: unfit, text: "Signature expired: "},
		{name: "6 minutes early", method: "GET", target: apis, at: 6 * time.Minute, status: 403, exception: unfit, text: "Signature not yet current: "},
		{name: "presigned and expired", method: "GET", target: apis, presign: time.Minute, at: -2 * time.Minute, status: 403, exception: unfit, text: "Signature expired: "},
		{name: "another body", method: "POST", target: apis, body: create, after: setBody(`{"name":"b","protocolType":"HTTP"}`), status: 403, exception: unfit, text: "does not match the signature you provided"},
		{name: "another query", method: "GET", target: apis + "?maxResults=1", after: func(r *http.Request) { r.URL.RawQuery = "maxResults=2" }, status: 403, exception: unfit},
		{name: "another path", method: "GET", target: apis + "/a", after: func(r *http.Request) { r.URL.Path = "/v2/apis/b" }, status: 403, exception: unfit},
		{name: "another method", method: "GET", target: apis + "/a", after: func(r *http.Request) { r.Method = "DELETE" }, status: 403, exception: unfit},
		{name: "a presigned query with more", method: "GET", target: apis, presign: time.Minute, after: func(r *http.Request) { r.URL.RawQuery += "&maxResults=1" }, status: 403, exception: unfit},
		{name: "a signed header changed", method: "GET", target: apis, before: header("X-Mine", "1"), after: header("X-Mine", "2"), status: 403, exception: unfit},
		{name: "another service", method: "GET", target: apis, signer: func(s *sigv4.Signer) { s.Service = "execute-api" }, status: 403, exception: unfit, text: "Credential should be scoped to correct service: 'apigateway'."},
		{name: "a payload hash that lies", method: "POST", target: apis, body: create, before: header("X-Amz-Content-Sha256", sigv4.EmptyPayload), status: 403, exception: unfit},
		{name: "no date", method: "GET", target: apis, after: func(r *http.Request) { r.Header.Del("X-Amz-Date") }, status: 403, exception: incomplete, text: "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."},
		{name: "no signature", method: "GET", target: apis, after: header("Authorization", "AWS4-HMAC-SHA256 Credential=AKIDFULL/20260101/us-east-1/apigateway/aws4_request"), status: 403, exception: incomplete, text: "Authorization header requires 'Signature' parameter."},
		{name: "another scheme", method: "GET", target: apis, unsigned: true, after: header("Authorization", "Bearer "+fullSecret), status: 403, exception: incomplete, text: "missing equal-sign"},
		{name: "the health of the process", method: "GET", target: "/healthz", unsigned: true, status: 200},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			answer := g.craft(test)
			if answer.StatusCode != test.status || answer.Header.Get("X-Amzn-Errortype") != test.exception || !strings.Contains(answer.body, test.text) {
				t.Errorf("got %d %q %s, want %d %q %s", answer.StatusCode, answer.Header.Get("X-Amzn-Errortype"), answer.body, test.status, test.exception, test.text)
			}
			if strings.Contains(answer.body, "Sesame") {
				t.Errorf("the answer tells a secret: %s", answer.body)
			}
			var said struct{ Message string }
			if test.status == 403 && (json.Unmarshal([]byte(answer.body), &said) != nil || said.Message == "" || answer.Header.Get("X-Amzn-Requestid") == "") {
				t.Errorf("not worded as AWS does: %v %s", answer.Header, answer.body)
			}
		})
	}
}

// labels are the parts of an operation's path that callers fill in.
var labels = regexp.MustCompile(`\{[^}]+\}`)

// fill puts an API id, or the ARN of its stage, into the path of an operation.
func fill(path, apiId string) string {
	arn := strings.NewReplacer(":", "%3A", "/", "%2F").Replace("arn:aws:apigateway:us-east-1::/apis/" + apiId + "/stages/prod")
	return labels.ReplaceAllString(strings.NewReplacer("{apiId}", apiId, "{resource-arn}", arn).Replace(path), "xyz")
}

// Every operation is tried with keys that may not do everything. A body is sent
// that names another API in each way that a body can.
func TestPoliciesOfEveryOperation(t *testing.T) {
	t.Parallel()
	g := start(t, asking(writeKeys(t, keyFile+"\n[limited]\naws_access_key_id=AKIDLIMITED\naws_secret_access_key=l\ndragoman_apis=mine1,mine2\n"+
		"[both]\naws_access_key_id=AKIDBOTH\naws_secret_access_key=b\ndragoman_apis=mine1\ndragoman_policy=read-only\n")))
	const body = `{"apiId":"mine1","name":"n","protocolType":"HTTP","stage":"prod","actions":[{"invokeApi":{"apiId":"mine1","stage":"prod"}}],"apiStages":[{"apiId":"mine1","stage":"prod"}]}`
	try := func(id, secret string, o *wire.Operation, apiId string) (denied bool) {
		answer := g.craft(crafted{method: o.Method, target: fill(o.Path, apiId), body: body, signer: func(s *sigv4.Signer) {
			s.Credentials = sigv4.Credentials{AccessKeyID: id, SecretAccessKey: credential.Secret(secret)}
		}})
		denied = answer.Header.Get("X-Amzn-Errortype") == "AccessDeniedException"
		if denied && (answer.StatusCode != 403 || !strings.HasPrefix(answer.body, `{"message":"User: arn:aws:iam::`) || !strings.Contains(answer.body, " is not authorized to perform: apigateway:"+o.Method+" on resource: arn:aws:apigateway:us-east-1::/")) {
			t.Errorf("%s: got %d %s", o.Name, answer.StatusCode, answer.body)
		}
		if !denied && answer.StatusCode == 403 {
			t.Errorf("%s: got 403 %s", o.Name, answer.body)
		}
		return denied
	}
	for _, o := range wire.Operations() {
		write := o.Method != "GET"
		ofOne := strings.Contains(o.Path, "{apiId}") || strings.Contains(o.Path, "{resource-arn}")
		checks := []struct {
			who, id, secret, api string
			denied               bool
		}{
			{"read-only", "AKIDREADER", readerSecret, "any", write},
			{"limited, its own", "AKIDLIMITED", "l", "mine2", !ofOne},
			{"limited, another", "AKIDLIMITED", "l", "other", true},
			{"limited, a longer id", "AKIDLIMITED", "l", "mine11", true},
			{"both, its own", "AKIDBOTH", "b", "mine1", write || !ofOne},
		}
		for _, c := range checks {
			if got := try(c.id, c.secret, o, c.api); got != c.denied {
				t.Errorf("%s, %s %q: denied %v, want %v", o.Name, c.who, c.api, got, c.denied)
			}
		}
	}
	if !try("AKIDLIMITED", "l", wire.Lookup("GetApis"), "") {
		t.Error("a limited key lists APIs")
	}
}

func TestKeysAreReloaded(t *testing.T) {
	t.Parallel()
	var log lines
	file := writeKeys(t, keyFile)
	g := start(t, asking(file), log.into)
	fresh := aws.Credentials{AccessKeyID: "AKIDFRESH", SecretAccessKey: "fresh-Sesame"}
	list := func(keys aws.Credentials) error {
		_, err := g.as(keys, "us-east-1").GetApis(t.Context(), &apigatewayv2.GetApisInput{})
		return err
	}
	refused(t, "before", list(fresh), 403, "UnrecognizedClientException", "")

	replaced := "[fresh]\naws_access_key_id=AKIDFRESH\naws_secret_access_key=fresh-Sesame\n"
	must(t, os.WriteFile(file+".new", []byte(replaced), 0o600))
	must(t, os.Rename(file+".new", file))
	eventually(t, "the new key", func() bool { return list(fresh) == nil })
	refused(t, "the key that is gone", list(full), 403, "UnrecognizedClientException", "")

	must(t, os.WriteFile(file, []byte("[fresh\naws_secret_access_key=broken-Sesame"), 0o600))
	eventually(t, "the word of the broken file", func() bool { return strings.Contains(log.String(), "access keys were not reloaded") })
	must(t, list(fresh))
	must(t, os.Remove(file))
	eventually(t, "the word of the lost file", func() bool { return strings.Contains(log.String(), "no such file") })
	must(t, list(fresh))
	if strings.Contains(log.String(), "Sesame") {
		t.Errorf("the log tells a secret:\n%s", log.String())
	}
}

func TestManagementBeyondLoopbackAsksForSignatures(t *testing.T) {
	t.Parallel()
	config := server.Default()
	config.DataDir, config.Listen, config.Management = "", "127.0.0.1:0", "0.0.0.0:0"
	if _, err := server.New(config); err == nil || !strings.Contains(err.Error(), "--auth sigv4 with --credentials FILE") || !strings.Contains(err.Error(), "--auth none") {
		t.Errorf("without --auth: got %v", err)
	}
	config.Auth, config.Credentials = "sigv4", filepath.Join(t.TempDir(), "nothing")
	if _, err := server.New(config); err == nil {
		t.Error("without the file of its keys it starts")
	}
	config.Credentials = writeKeys(t, "[a]\naws_access_key_id=A\naws_secret_access_key=sesame\ndragoman_policy=admin\n")
	if _, err := server.New(config); err == nil || !strings.Contains(err.Error(), "read-only, deployer or full") || strings.Contains(err.Error(), "sesame") {
		t.Errorf("with a broken file: got %v", err)
	}
	for name, change := range map[string]func(*server.Config){
		"--auth sigv4":                 asking(writeKeys(t, keyFile)),
		"keys and nothing said":        func(c *server.Config) { c.Credentials = writeKeys(t, keyFile) },
		"one key, nothing said":        func(c *server.Config) { c.Key = "AKIDONE:one" },
		"one key, and those of a file": func(c *server.Config) { c.Key, c.Credentials = "AKIDONE:one", writeKeys(t, keyFile) },
	} {
		g := start(t, change, func(c *server.Config) { c.Management = "0.0.0.0:0" })
		g.asksForSignatures(name)
		for id, secret := range map[string]string{"AKIDONE": "one", full.AccessKeyID: full.SecretAccessKey} {
			_, err := g.as(aws.Credentials{AccessKeyID: id, SecretAccessKey: secret}, "us-east-1").GetApis(t.Context(), nil)
			known := id == "AKIDONE" == strings.HasPrefix(name, "one key") || strings.HasSuffix(name, "file")
			if (err == nil) != known {
				t.Errorf("%s, signed by %s: got %v, want it let in: %v", name, id, err, known)
			}
		}
		if _, err := g.as(aws.Credentials{AccessKeyID: "AKIDONE", SecretAccessKey: "two"}, "us-east-1").GetApis(t.Context(), nil); err == nil {
			t.Errorf("%s: a wrong secret is let in", name)
		}
	}
}

// asksForSignatures calls without one.
func (g *gateway) asksForSignatures(name string) {
	t := g.t
	t.Helper()
	answer, err := http.Get("http://127.0.0.1:" + port(g.ManagementAddr()) + "/v2/apis")
	must(t, err)
	defer answer.Body.Close()
	if body, _ := io.ReadAll(answer.Body); answer.StatusCode != 403 || !bytes.Contains(body, []byte("Missing Authentication Token")) {
		t.Errorf("%s: got %d %s", name, answer.StatusCode, body)
	}
}
