package conformance

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"

	"github.com/dragoman-gateway/dragoman/internal/needs"
)

// A change of an API that deploys by itself is deployed by others when its writer dies as soon
// as it has acknowledged it, before it could deploy.
func TestAWriterDiesBeforeItDeploys(t *testing.T) {
	t.Parallel()
	database, bus := needs.Postgres(t), natsServer(t)
	address := database.URL("auto")
	node := func() *process {
		t.Helper()
		p, err := launch(t, "--store", address, "--bus", bus, "--data-dir", "", "--api-endpoint", "{protocol}://localhost:{port}/_aws/execute-api/{apiId}", "--drain", "300ms")
		must(t, err)
		return p
	}
	stays := node()
	g := stays.gateway(t)
	a := g.socketApi(mock(), mockReply("round 0"))
	_, err := g.sdk.UpdateStage(t.Context(), &apigatewayv2.UpdateStageInput{ApiId: &a.id, StageName: aws.String("prod"), AutoDeploy: aws.Bool(true)})
	must(t, err)
	integrations, err := g.sdk.GetIntegrations(t.Context(), &apigatewayv2.GetIntegrationsInput{ApiId: &a.id})
	must(t, err)
	integration := integrations.Items[0].IntegrationId
	responses, err := g.sdk.GetIntegrationResponses(t.Context(), &apigatewayv2.GetIntegrationResponsesInput{ApiId: &a.id, IntegrationId: integration})
	must(t, err)
	conn := a.dial(nil)
	// Until the writer died in time: a machine that is busy may let it deploy first.
	for n := 1; ; n++ {
		writer := node()
		want := "round " + string(rune('0'+n))
		_, err := writer.gateway(t).sdk.UpdateIntegrationResponse(t.Context(), &apigatewayv2.UpdateIntegrationResponseInput{
			ApiId: &a.id, IntegrationId: integration, IntegrationResponseId: responses.Items[0].IntegrationResponseId, ResponseTemplates: map[string]string{"$default": want},
		})
		must(t, err)
		writer.kill()
		due := strings.TrimSpace(database.SQL(`SELECT count(*) FROM auto.dragoman_documents WHERE key LIKE 'due/%'`))
		for end := time.Now().Add(20 * time.Second); a.ask(conn, `{"action":"ask"}`) != want; time.Sleep(50 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatal("the change of a writer that died is not deployed within 20 s")
			}
		}
		if due == "1" {
			break
		}
		if n == 5 {
			t.Fatal("no writer died before the change was deployed")
		}
	}
	g.stop()
}
