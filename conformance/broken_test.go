package conformance

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"
	"github.com/coder/websocket"

	"github.com/dragoman-gateway/dragoman/server"
	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/catalog"
	"github.com/dragoman-gateway/dragoman/store/sqlite"
)

// spoil writes documents that do not fit their nouns, as a downgrade or a hand edit
// leaves them, into a data directory that nobody serves.
func spoil(t *testing.T, dir string, documents map[store.Key]string) {
	t.Helper()
	db, err := sqlite.Open(dir, sqlite.Options{})
	must(t, err)
	defer db.Close()
	_, err = db.Update(t.Context(), func(tx store.Tx) error {
		for key, text := range documents {
			if _, err := tx.Get(t.Context(), key); err != nil {
				t.Fatalf("%s: %v", key, err)
			}
			if err := tx.Put(t.Context(), key, []byte(text)); err != nil {
				return err
			}
		}
		return nil
	})
	must(t, err)
}

func fetch(t *testing.T, url string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	must(t, err)
	response, err := http.DefaultClient.Do(r)
	must(t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	must(t, err)
	return response.StatusCode, string(body)
}

// Documents that cannot be read harm what they belong to and nothing else: the
// gateway starts, names them where people look, and serves everything else; what is
// broken answers 500, can be seen, deleted and made anew.
func TestBrokenDocumentsHarmThemselvesAlone(t *testing.T) {
	dir := t.TempDir()
	inDir := func(c *server.Config) { c.DataDir = dir }
	g := start(t, inDir)
	ctx := t.Context()
	good, bad, lost := g.socketApi(mock(), mockReply("fine")), g.socketApi(mock(), mockReply("bad")), g.socketApi(mock(), mockReply("lost"))
	_, err := g.sdk.CreateDomainName(ctx, &apigatewayv2.CreateDomainNameInput{DomainName: aws.String("bad.example.com"),
		DomainNameConfigurations: []types.DomainNameConfiguration{{CertificateArn: aws.String("arn:aws:acm:us-east-1:000000000000:certificate/x")}}})
	must(t, err)
	g.stop()
	spoil(t, dir, map[store.Key]string{
		catalog.Stages("us-east-1", bad.id).Key("prod"):         `{"stageName":"prod","deploymentId":7,"description":"still here"}`,
		catalog.Apis("us-east-1").Key(lost.id):                  `{"apiId":"` + lost.id + `","protocolType":["WEBSOCKET"]}`,
		catalog.DomainNames("us-east-1").Key("bad.example.com"): `{"domainName":{}}`,
	})

	g = start(t, inDir)
	good.gateway, bad.gateway, lost.gateway = g, g, g
	if got := good.ask(good.dial(nil), `{"action":"ask"}`); got != "fine" {
		t.Errorf("the neighbour: got %s", got)
	}
	for name, api := range map[string]*socketApi{"a stage": bad, "an API": lost} {
		_, response, err := websocket.Dial(ctx, "ws://"+g.DataAddr()+api.path(), nil)
		if err == nil || response == nil || response.StatusCode != http.StatusInternalServerError {
			t.Errorf("%s that is broken: got %v, %v, want 500", name, response, err)
		}
	}
	status, ready := fetch(t, "http://"+g.ManagementAddr()+"/readyz")
	for _, want := range []string{"stage: API " + bad.id + ", stage prod: ", "deploymentId is a number", "stage: API " + lost.id + ": ", "bad.example.com"} {
		if status != http.StatusOK || !strings.Contains(ready, want) {
			t.Errorf("/readyz: got %d %s, want 200 and %q in it", status, ready, want)
		}
	}
	if _, metrics := fetch(t, "http://"+g.ManagementAddr()+"/metrics"); !strings.Contains(metrics, "dragoman_unserved_resources 3") {
		t.Error("/metrics does not count what is broken")
	}
	stage, err := g.sdk.GetStage(ctx, &apigatewayv2.GetStageInput{ApiId: &bad.id, StageName: aws.String("prod")})
	must(t, err)
	if got := aws.ToString(stage.LastDeploymentStatusMessage); !strings.Contains(got, "deploymentId is a number") || aws.ToString(stage.Description) != "still here" {
		t.Errorf("GetStage: got %q, %q", got, aws.ToString(stage.Description))
	}
	apis, err := g.sdk.GetApis(ctx, &apigatewayv2.GetApisInput{})
	if err != nil || len(apis.Items) != 3 {
		t.Errorf("GetApis: got %v, %v", apis, err)
	}

	good.response = updateReply(t, good, "newer")
	good.deploy() // it is served when it is answered
	if got := good.ask(good.dial(nil), `{"action":"ask"}`); got != "newer" {
		t.Errorf("the neighbour after a deployment: got %s", got)
	}
	_, err = g.sdk.DeleteStage(ctx, &apigatewayv2.DeleteStageInput{ApiId: &bad.id, StageName: aws.String("prod")})
	must(t, err)
	_, err = g.sdk.CreateStage(ctx, &apigatewayv2.CreateStageInput{ApiId: &bad.id, StageName: aws.String("prod")})
	must(t, err)
	bad.deploy()
	if got := bad.ask(bad.dial(nil), `{"action":"ask"}`); got != "bad" {
		t.Errorf("made anew: got %s", got)
	}
	_, err = g.sdk.DeleteApi(ctx, &apigatewayv2.DeleteApiInput{ApiId: &lost.id})
	must(t, err)
	_, err = g.sdk.DeleteDomainName(ctx, &apigatewayv2.DeleteDomainNameInput{DomainName: aws.String("bad.example.com")})
	must(t, err)
	eventually(t, "/readyz is well again", func() bool {
		_, ready := fetch(t, "http://"+g.ManagementAddr()+"/readyz")
		return ready == "ok\n"
	})
}

// updateReply words the integration response of an API anew.
func updateReply(t *testing.T, a *socketApi, text string) string {
	t.Helper()
	updated, err := a.sdk.UpdateIntegrationResponse(context.WithoutCancel(t.Context()), &apigatewayv2.UpdateIntegrationResponseInput{
		ApiId: &a.id, IntegrationId: &a.integration, IntegrationResponseId: &a.response, ResponseTemplates: mockReply(text).ResponseTemplates,
	})
	must(t, err)
	return *updated.IntegrationResponseId
}
