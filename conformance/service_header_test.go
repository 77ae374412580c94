package conformance

import (
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"

	"github.com/dragoman-gateway/dragoman/awsconfig/awstest"
)

// queryService answers as services of the query protocol do: in JSON to those who
// accept it, in XML to all others.
func queryService(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Accept") == "application/json" {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"PublishResponse":{"PublishResult":{"MessageId":"m-1"}},"SendMessageResponse":{"SendMessageResult":{"MessageId":"m-2"}}}`)
		return
	}
	w.Header().Set("Content-Type", "text/xml")
	_, _ = io.WriteString(w, `<SendMessageResponse><SendMessageResult><MessageId>m-3</MessageId></SendMessageResult></SendMessageResponse>`)
}

var freshTrace = regexp.MustCompile(`^Root=1-[0-9a-f]{8}-[0-9a-f]{24}`)

// TestServicesAreToldWhoAsks: every service call of an AWS integration, by action and
// by path, on $connect, of messages and on $disconnect, carries what AWS sends along;
// what is mapped comes over it.
func TestServicesAreToldWhoAsks(t *testing.T) {
	s := awstest.Serve(t, queryService)
	servicesAt(t, s.URL)
	for _, id := range []string{"SNS", "S3", "FIREHOSE"} {
		t.Setenv("AWS_ENDPOINT_URL_"+id, s.URL)
	}
	g := start(t)
	const form = "'application/x-www-form-urlencoded'"
	for _, row := range []struct {
		name, uri, method, answer string
		parameters                map[string]string
		says                      string
	}{
		{"SNS by action", "sns:action/Publish", "POST", "$input.path('$.PublishResponse.PublishResult.MessageId')", map[string]string{"Content-Type": form}, "m-1"},
		{"SQS by path", "sqs:path/000000000000/q", "POST", "$input.path('$.SendMessageResponse.SendMessageResult.MessageId')", map[string]string{"Content-Type": form}, "m-2"},
		{"DynamoDB by action", "dynamodb:action/PutItem", "POST", "stored", nil, "stored"},
		{"S3 by path", "s3:path/bucket/key", "PUT", "put", nil, "put"},
		{"Kinesis by action", "kinesis:action/PutRecord", "POST", "put", nil, "put"},
		{"mapped over", "sqs:path/000000000000/q", "POST", "$input.body", map[string]string{"Content-Type": form, "Accept": "'text/xml'", "User-Agent": "'mine'", "X-Amzn-Trace-Id": "'Root=1-5'"}, "m-3"},
	} {
		spec := apigatewayv2.CreateIntegrationInput{
			IntegrationType: types.IntegrationTypeAws, IntegrationMethod: &row.method, IntegrationUri: aws.String("arn:aws:apigateway:us-east-1:" + row.uri),
			CredentialsArn:   aws.String("arn:aws:iam::000000000000:role/r"),
			RequestTemplates: map[string]string{"$default": `{"a":1}`}, TemplateSelectionExpression: aws.String(`\$default`), RequestParameters: map[string]string{},
		}
		for name, value := range row.parameters {
			spec.RequestParameters["integration.request.header."+name] = value
		}
		a := g.socketApi(spec, reply("$default", row.answer))
		a.addRoute("$connect", false)
		a.addRoute("$disconnect", false)
		a.deploy()
		before := len(s.All())
		conn := a.dial(nil)
		if got := a.ask(conn, `{"action":"ask"}`); !strings.Contains(got, row.says) {
			t.Errorf("%s: the client is told %q, want %q", row.name, got, row.says)
		}
		must(t, conn.CloseNow())
		eventually(t, "all three events have come", func() bool { return len(s.All()) == before+3 })
		for _, got := range s.All()[before:] {
			for name, want := range map[string]string{"Accept": "application/json", "User-Agent": "AmazonAPIGateway_" + a.id, "X-Amzn-Apigateway-Api-Id": a.id, "X-Amzn-Trace-Id": ""} {
				if mapped, ok := row.parameters[name]; ok {
					want = strings.Trim(mapped, "'")
				}
				value := got.Header.Get(name)
				if want != "" && value != want || want == "" && !freshTrace.MatchString(value) {
					t.Errorf("%s: %s %s: %s is %q, want %q", row.name, got.Method, got.RequestURI, name, value, want)
				}
				if n := len(got.Header.Values(name)); n != 1 {
					t.Errorf("%s: %s comes %d times", row.name, name, n)
				}
			}
		}
	}
}

// TestServicesOfHTTPApisAnswerXML: a service integration of an HTTP API asks for
// nothing, and SQS answers as it likes.
func TestServicesOfHTTPApisAnswerXML(t *testing.T) {
	s := awstest.Serve(t, queryService)
	servicesAt(t, s.URL)
	a := start(t).webApi()
	a.subtype("POST /send", "SQS-SendMessage", map[string]string{"QueueUrl": "http://q", "MessageBody": "$request.body"})
	a.subtype("POST /event", "EventBridge-PutEvents", map[string]string{"Source": "s", "DetailType": "t", "Detail": "$request.body"})
	a.deploy("$default")
	got := a.call("POST", "/send", "hello", "Accept", "application/json")
	if got.StatusCode != 200 || !strings.Contains(got.body, "<MessageId>m-3<") {
		t.Errorf("got %d %s, want XML", got.StatusCode, got.body)
	}
	_ = a.call("POST", "/event", `{}`, "Accept", "application/json")
	if len(s.All()) != 2 {
		t.Fatalf("the services were asked %d times, want 2", len(s.All()))
	}
	for _, asked := range s.All() {
		if accept, ok := asked.Header["Accept"]; ok {
			t.Errorf("%s was asked with Accept %q, want none", asked.Service, accept)
		}
	}
}

// TestObjectsOfBodiesAreJSON: what a JSONPath of an HTTP API chooses is JSON where it
// is an object or a list; what is chosen for a WebSocket API prints as Java does.
func TestObjectsOfBodiesAreJSON(t *testing.T) {
	s := awstest.Serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"FailedEntryCount":0}`)
	})
	servicesAt(t, s.URL)
	g := start(t)
	a := g.webApi()
	a.subtype("POST /event", "EventBridge-PutEvents", map[string]string{"Source": "s", "DetailType": "$request.body.DetailType", "Detail": "$request.body.Detail", "Resources": "$request.body.Resources"})
	a.subtype("POST /run", "StepFunctions-StartExecution", map[string]string{"StateMachineArn": "m", "Input": `{"order":${request.body.items[0]},"note":"${request.body.note}"}`})
	a.subtype("POST /queue", "SQS-SendMessage", map[string]string{"QueueUrl": "http://q", "MessageBody": "$request.body.items", "MessageAttributes": "$request.body.attributes"})
	echoed := a.integrate(func() apigatewayv2.CreateIntegrationInput {
		in := proxyTo(backend(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `{"o":{"k":["v"]},"header":`+asJSON(r.Header.Get("X-Object"))+`,"query":`+asJSON(r.URL.Query().Get("q"))+`}`)
		}))
		in.RequestParameters = map[string]string{"append:header.x-object": "$request.body.Detail", "append:querystring.q": "$request.body.Resources"}
		in.ResponseParameters = map[string]map[string]string{"200": {"append:header.x-back": "$response.body.o"}}
		return in
	}())
	a.route("POST /echo", echoed)
	a.deploy("$default")
	const body = `{"DetailType":"t","Detail":{"message":"hi","n":[1,true,null]},"Resources":["r1","r2"],"items":[{"id":7,"tags":["é"]}],"note":"n","attributes":{"a":{"DataType":"String","StringValue":"x"}}}`
	for _, row := range []struct{ path, want string }{
		{"/event", `{"Entries":[{"Detail":"{\"message\":\"hi\",\"n\":[1,true,null]}","DetailType":"t","Resources":["r1","r2"],"Source":"s"}]}`},
		{"/run", `{"input":"{\"order\":{\"id\":7,\"tags\":[\"é\"]},\"note\":\"n\"}","stateMachineArn":"m"}`},
		{"/queue", "Action=SendMessage&MessageAttribute.1.Name=a&MessageAttribute.1.Value.DataType=String&MessageAttribute.1.Value.StringValue=x&MessageBody=%5B%7B%22id%22%3A7%2C%22tags%22%3A%5B%22%C3%A9%22%5D%7D%5D&QueueUrl=http%3A%2F%2Fq&Version=2012-11-05"},
	} {
		if got := a.call("POST", row.path, body); got.StatusCode != 200 {
			t.Errorf("%s: got %d %s", row.path, got.StatusCode, got.body)
		}
		if got := string(s.Last(t).Body); got != row.want {
			t.Errorf("%s: the service is asked\n got %s\nwant %s", row.path, got, row.want)
		}
	}
	got := a.call("POST", "/echo", body)
	if want := `{"o":{"k":["v"]},"header":"{\"message\":\"hi\",\"n\":[1,true,null]}","query":"[\"r1\",\"r2\"]"}`; got.body != want || got.Header.Get("X-Back") != `{"k":["v"]}` {
		t.Errorf("mapped: got %s and %q, want %s", got.body, got.Header.Get("X-Back"), want)
	}
	socket := g.socketApi(apigatewayv2.CreateIntegrationInput{
		IntegrationType: types.IntegrationTypeHttp, IntegrationMethod: aws.String("POST"),
		IntegrationUri:    aws.String(backend(t, func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.Header.Get("X-Object")) })),
		RequestParameters: map[string]string{"integration.request.header.x-object": "route.request.body.Detail"},
	}, apigatewayv2.CreateIntegrationResponseInput{IntegrationResponseKey: aws.String("$default")})
	if got := socket.ask(socket.dial(nil), `{"action":"ask","Detail":{"message":"hi","n":[1]}}`); got != "{message=hi, n=[1]}" {
		t.Errorf("WebSocket: got %s, want Java's form", got)
	}
}
