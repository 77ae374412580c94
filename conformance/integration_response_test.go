package conformance

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"
	"github.com/aws/smithy-go"
)

func newLoopback(handler http.HandlerFunc) *httptest.Server { return httptest.NewServer(handler) }

// statusFor answers with the status that the header X-Status asks for.
func statusFor(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	status := 200
	_, _ = fmt.Sscan(r.Header.Get("X-Status"), &status)
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Kind", "gold")
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, `{"status":%d,"name":"répondeur","got":%q}`, status, body)
}

func httpApi(t *testing.T, g *gateway, template string) *socketApi {
	t.Helper()
	return g.socketApi(apigatewayv2.CreateIntegrationInput{
		IntegrationType: types.IntegrationTypeHttp, IntegrationMethod: aws.String("POST"),
		IntegrationUri:    aws.String(backend(t, statusFor)),
		RequestParameters: map[string]string{"integration.request.header.X-Status": "route.request.body.want"},
	}, apigatewayv2.CreateIntegrationResponseInput{
		IntegrationResponseKey: aws.String("$default"),
		ResponseTemplates:      map[string]string{"application/json": template},
	})
}

// update changes the API's integration response and deploys.
func (a *socketApi) update(in apigatewayv2.UpdateIntegrationResponseInput) *apigatewayv2.UpdateIntegrationResponseOutput {
	a.t.Helper()
	in.ApiId, in.IntegrationId, in.IntegrationResponseId = &a.id, &a.integration, &a.response
	out, err := a.sdk.UpdateIntegrationResponse(a.t.Context(), &in)
	must(a.t, err)
	a.deploy()
	return out
}

// Each member of UpdateIntegrationResponse changes the frame that a client gets.
func TestUpdateIntegrationResponseChangesTheFrame(t *testing.T) {
	for _, row := range []struct {
		name          string
		before, after string
		change        apigatewayv2.UpdateIntegrationResponseInput
	}{
		{"ResponseTemplates", "first gold 200", "second 200",
			apigatewayv2.UpdateIntegrationResponseInput{ResponseTemplates: map[string]string{"application/json": "second $input.path('$.status')"}}},
		{"IntegrationResponseKey", "first gold 200", `{"message": "Internal server error"`,
			apigatewayv2.UpdateIntegrationResponseInput{IntegrationResponseKey: aws.String(`/5\d\d/`)}},
		{"ContentHandlingStrategy", "first gold 200", `{"message": "Internal server error"`, // JSON is not base64
			apigatewayv2.UpdateIntegrationResponseInput{ContentHandlingStrategy: types.ContentHandlingStrategyConvertToBinary}},
		{"TemplateSelectionExpression", "first gold 200", "by status",
			apigatewayv2.UpdateIntegrationResponseInput{
				TemplateSelectionExpression: aws.String("${integration.response.statuscode}"),
				ResponseTemplates:           map[string]string{"200": "by status"},
			}},
	} {
		t.Run(row.name, func(t *testing.T) {
			a := httpApi(t, start(t), "first gold $input.path('$.status')")
			conn := a.dial(nil)
			if got := a.ask(conn, `{"action":"ask","want":"200"}`); got != row.before {
				t.Errorf("before: got %s, want %s", got, row.before)
			}
			a.update(row.change)
			if got := a.ask(conn, `{"action":"ask","want":"200"}`); !strings.HasPrefix(got, row.after) {
				t.Errorf("after: got %s, want %s", got, row.after)
			}
		})
	}
}

// Absent members keep their stored value; an empty TemplateSelectionExpression
// clears it; the answer is the whole resource.
func TestUpdateIntegrationResponseKeepsWhatIsAbsent(t *testing.T) {
	a := httpApi(t, start(t), "one")
	a.update(apigatewayv2.UpdateIntegrationResponseInput{TemplateSelectionExpression: aws.String("chosen")})
	out := a.update(apigatewayv2.UpdateIntegrationResponseInput{
		ResponseParameters: map[string]string{"method.response.header.X-Kind": "integration.response.header.X-Kind"},
	})
	if got := aws.ToString(out.TemplateSelectionExpression); got != "chosen" {
		t.Errorf("TemplateSelectionExpression: got %q, want it kept", got)
	}
	if got := out.ResponseTemplates["application/json"]; got != "one" {
		t.Errorf("ResponseTemplates: got %q, want it kept", got)
	}
	if got := aws.ToString(out.IntegrationResponseKey); got != "$default" {
		t.Errorf("IntegrationResponseKey: got %q, want $default", got)
	}
	out = a.update(apigatewayv2.UpdateIntegrationResponseInput{TemplateSelectionExpression: aws.String("")})
	if got := aws.ToString(out.TemplateSelectionExpression); got != "" {
		t.Errorf("TemplateSelectionExpression: got %q, want it cleared", got)
	}
}

// Every rule is refused with its exception, and changes nothing.
func TestUpdateIntegrationResponseRefuses(t *testing.T) {
	a := httpApi(t, start(t), "one")
	_, err := a.sdk.CreateIntegrationResponse(t.Context(), &apigatewayv2.CreateIntegrationResponseInput{
		ApiId: &a.id, IntegrationId: &a.integration, IntegrationResponseKey: aws.String("/4../"),
	})
	must(t, err)
	header := "method.response.header.X-Kind"
	parameter := func(key, value string) apigatewayv2.UpdateIntegrationResponseInput {
		return apigatewayv2.UpdateIntegrationResponseInput{ResponseParameters: map[string]string{key: value}}
	}
	for _, row := range []struct {
		name      string
		in        apigatewayv2.UpdateIntegrationResponseInput
		exception string
		status    int
		says      string
	}{
		{"unknown API", apigatewayv2.UpdateIntegrationResponseInput{ApiId: aws.String("nothere123")}, "NotFoundException", 404, "API"},
		{"unknown integration", apigatewayv2.UpdateIntegrationResponseInput{IntegrationId: aws.String("nothere")}, "NotFoundException", 404, "Integration"},
		{"unknown response", apigatewayv2.UpdateIntegrationResponseInput{IntegrationResponseId: aws.String("nothere")}, "NotFoundException", 404, "IntegrationResponse"},
		{"strategy", apigatewayv2.UpdateIntegrationResponseInput{ContentHandlingStrategy: "CONVERT_TO_GOLD"}, "BadRequestException", 400, "ContentHandlingStrategy"},
		{"bare key", apigatewayv2.UpdateIntegrationResponseInput{IntegrationResponseKey: aws.String("200")}, "BadRequestException", 400, "IntegrationResponseKey"},
		{"broken pattern", apigatewayv2.UpdateIntegrationResponseInput{IntegrationResponseKey: aws.String("/2(/")}, "BadRequestException", 400, "IntegrationResponseKey"},
		{"parameter name", parameter("method.response.body.x", "'a'"), "BadRequestException", 400, "ResponseParameters"},
		{"integration parameter name", parameter("integration.response.header.x", "'a'"), "BadRequestException", 400, "ResponseParameters"},
		{"parameter value", parameter(header, "somewhere.else"), "BadRequestException", 400, "errors : [Invalid mapping expression specified: somewhere.else]"},
		{"unquoted value", parameter(header, "'open"), "BadRequestException", 400, "errors : [Invalid mapping expression specified: 'open]"},
		{"empty value", parameter(header, ""), "BadRequestException", 400, "ResponseParameters"},
		{"long value", parameter(header, "'"+strings.Repeat("a", 512)+"'"), "BadRequestException", 400, "ResponseParameters"},
		{"long template", apigatewayv2.UpdateIntegrationResponseInput{ResponseTemplates: map[string]string{"application/json": strings.Repeat("é", 32769)}}, "BadRequestException", 400, "ResponseTemplates"},
		{"taken key", apigatewayv2.UpdateIntegrationResponseInput{IntegrationResponseKey: aws.String("/4../")}, "ConflictException", 409, "/4../"},
	} {
		t.Run(row.name, func(t *testing.T) {
			in := row.in
			for at, id := range map[**string]string{&in.ApiId: a.id, &in.IntegrationId: a.integration, &in.IntegrationResponseId: a.response} {
				if *at == nil {
					*at = aws.String(id)
				}
			}
			_, err := a.sdk.UpdateIntegrationResponse(t.Context(), &in)
			var failure smithy.APIError
			if !errors.As(err, &failure) {
				t.Fatalf("got %v, want %s", err, row.exception)
			}
			if failure.ErrorCode() != row.exception || statusOf(err) != row.status {
				t.Errorf("got %s %d, want %s %d", failure.ErrorCode(), statusOf(err), row.exception, row.status)
			}
			if !strings.Contains(strings.ToLower(failure.ErrorMessage()), strings.ToLower(row.says)) {
				t.Errorf("message: got %q, want it to name %s", failure.ErrorMessage(), row.says)
			}
			kept, err := a.sdk.GetIntegrationResponse(t.Context(), &apigatewayv2.GetIntegrationResponseInput{ApiId: &a.id, IntegrationId: &a.integration, IntegrationResponseId: &a.response})
			must(t, err)
			if aws.ToString(kept.IntegrationResponseKey) != "$default" || kept.ResponseTemplates["application/json"] != "one" || len(kept.ResponseParameters) != 0 || kept.ContentHandlingStrategy != "" {
				t.Errorf("a refused call changed the response: %+v", kept)
			}
		})
	}
}

// Good parameter values are stored as they were given.
func TestUpdateIntegrationResponseAccepts(t *testing.T) {
	a := httpApi(t, start(t), "one")
	for _, value := range []string{
		"'static'", "integration.response.header.X-Kind", "integration.response.multivalueheader.X-Kind",
		"integration.response.body", "integration.response.body.name", "integration.response.body.a[0].b",
		"context.connectionId", "context.authorizer.tenant", "stageVariables.colour",
	} {
		for _, name := range []string{"method.response.header.X-Kind", "route.response.header.X-Kind"} {
			out, err := a.sdk.UpdateIntegrationResponse(t.Context(), &apigatewayv2.UpdateIntegrationResponseInput{
				ApiId: &a.id, IntegrationId: &a.integration, IntegrationResponseId: &a.response,
				ResponseParameters: map[string]string{name: value},
			})
			if err != nil {
				t.Errorf("%s <- %s: %v", name, value, err)
			} else if got := out.ResponseParameters[name]; got != value {
				t.Errorf("%s: got %q back, want %q", name, got, value)
			}
		}
	}
}

// No client ever sees what was deployed before the deployment that it waited for.
func TestAThousandUpdatesAndNeverAnOldFrame(t *testing.T) {
	a := start(t).socketApi(apigatewayv2.CreateIntegrationInput{
		IntegrationType:  types.IntegrationTypeMock,
		RequestTemplates: map[string]string{"application/json": `{"statusCode": 200}`},
	}, apigatewayv2.CreateIntegrationResponseInput{
		IntegrationResponseKey: aws.String("$default"),
		ResponseTemplates:      map[string]string{"application/json": "round -1"},
	})
	conn := a.dial(nil)
	rounds := 1000
	if testing.Short() {
		rounds = 50
	}
	for i := range rounds {
		want := fmt.Sprintf("round %d", i)
		a.update(apigatewayv2.UpdateIntegrationResponseInput{ResponseTemplates: map[string]string{"application/json": want}})
		if got := a.ask(conn, `{"action":"ask"}`); got != want {
			t.Fatalf("round %d: got the frame %q, want %q", i, got, want)
		}
	}
}

func statusOf(err error) int {
	var status interface{ HTTPStatusCode() int }
	if errors.As(err, &status) {
		return status.HTTPStatusCode()
	}
	return 0
}
