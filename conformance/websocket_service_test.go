package conformance

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"

	"github.com/dragoman-gateway/dragoman/server"
)

// reply is an integration response with one template.
func reply(key, template string) apigatewayv2.CreateIntegrationResponseInput {
	return apigatewayv2.CreateIntegrationResponseInput{IntegrationResponseKey: &key, ResponseTemplates: map[string]string{"$default": template}}
}

// A table and a queue that somebody else wrote are called by action and by path;
// the status of their answer chooses what the client is told.
func TestWebSocketServicesOfMoto(t *testing.T) {
	at := moto(t)
	boto3(t, at, `
client("dynamodb").create_table(TableName="pets", KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}], AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}], BillingMode="PAY_PER_REQUEST")
client("sqs").create_queue(QueueName="orders")
print("{}")
`)
	g := start(t)
	for _, row := range []struct{ name, uri, contentType, template, answer string }{
		{"table", "dynamodb:action/PutItem", "", `{"TableName":"$input.path('$.table')","Item":{"id":{"S":"$input.path('$.id')"}}}`, "stored"},
		{"queue", "sqs:path/123456789012/orders", "'application/x-www-form-urlencoded'", `Action=SendMessage&Version=2012-11-05&MessageBody=$util.urlEncode($input.path('$.id'))`, "stored"},
	} {
		spec := apigatewayv2.CreateIntegrationInput{
			IntegrationType: types.IntegrationTypeAws, IntegrationMethod: aws.String("POST"), IntegrationUri: aws.String("arn:aws:apigateway:us-east-1:" + row.uri),
			CredentialsArn:   aws.String("arn:aws:iam::123456789012:role/r"),
			RequestTemplates: map[string]string{"$default": row.template}, TemplateSelectionExpression: aws.String(`\$default`),
		}
		if row.contentType != "" {
			spec.RequestParameters = map[string]string{"integration.request.header.Content-Type": row.contentType}
		}
		a := g.socketApi(spec, reply("/2\\d\\d/", "stored"))
		in := reply("/4\\d\\d/", "refused")
		in.ApiId, in.IntegrationId = &a.id, &a.integration
		_, err := a.sdk.CreateIntegrationResponse(t.Context(), &in)
		must(t, err)
		a.deploy()
		conn := a.dial(nil)
		if got := a.ask(conn, `{"action":"ask","table":"pets","id":"a & b"}`); got != "stored" {
			t.Errorf("%s: got %s, want stored", row.name, got)
		}
		if row.name == "table" {
			if got := a.ask(conn, `{"action":"ask","table":"none","id":"x"}`); got != "refused" {
				t.Errorf("%s that is not there: got %s, want refused", row.name, got)
			}
		}
	}
	sees := boto3(t, at, `
item = client("dynamodb").get_item(TableName="pets", Key={"id": {"S": "a & b"}})["Item"]["id"]["S"]
sqs = client("sqs")
body = sqs.receive_message(QueueUrl=sqs.get_queue_url(QueueName="orders")["QueueUrl"])["Messages"][0]["Body"]
print(json.dumps({"item": item, "body": body}))
`)
	if sees["item"] != "a & b" || sees["body"] != "a & b" {
		t.Errorf("the services hold %v", sees)
	}
}

// Messages reach the targets of a VPC link, and nobody when the link has none.
func TestWebSocketPrivateIntegration(t *testing.T) {
	at := backend(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		_, _ = io.WriteString(w, r.URL.Path+" "+string(body))
	})
	g := start(t, func(c *server.Config) {
		c.VpcLinks = map[string][]string{"link01": {strings.TrimPrefix(at, "http://")}}
	})
	for id, want := range map[string]string{"link01": `/inner {"action":"ask"}`, "link02": ""} {
		a := g.socketApi(apigatewayv2.CreateIntegrationInput{
			IntegrationType: types.IntegrationTypeHttpProxy, IntegrationMethod: aws.String("POST"), IntegrationUri: aws.String("http://private.example.com/inner"),
			ConnectionType: types.ConnectionTypeVpcLink, ConnectionId: aws.String(id),
		}, apigatewayv2.CreateIntegrationResponseInput{})
		got := a.ask(a.dial(nil), `{"action":"ask"}`)
		if want == "" {
			got, want = errorFrame(t, got), "Internal server error"
		}
		if got != want {
			t.Errorf("%s: got %s, want %s", id, got, want)
		}
	}
}
