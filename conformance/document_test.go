package conformance

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"

	"github.com/dragoman-gateway/dragoman/cli"
	"github.com/dragoman-gateway/dragoman/server"
)

// dragoman runs a command line and answers what it printed.
func dragoman(t *testing.T, stdin string, args ...string) (out, errors string, status int) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	status = cli.Main(args, strings.NewReader(stdin), &stdout, &stderr)
	return stdout.String(), stderr.String(), status
}

// fetched is a document of a portal or gateway over HTTP.
func fetched(t *testing.T, url string) (status int, body string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	must(t, err)
	response, err := http.DefaultClient.Do(r)
	must(t, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	must(t, err)
	return response.StatusCode, string(text)
}

// TestDocumentMovesAGateway exports one gateway, imports the document into another
// one, and talks to what it serves.
func TestDocumentMovesAGateway(t *testing.T) {
	first, second := start(t), start(t)
	api := first.socketApi(apigatewayv2.CreateIntegrationInput{
		IntegrationType: types.IntegrationTypeMock, RequestTemplates: map[string]string{"$default": `{"statusCode":200}`},
		TemplateSelectionExpression: aws.String(`\$default`),
	}, apigatewayv2.CreateIntegrationResponseInput{
		IntegrationResponseKey: aws.String("$default"), ResponseTemplates: map[string]string{"$default": `{"you":"moved"}`},
		TemplateSelectionExpression: aws.String(`\$default`),
	})
	from, to := "http://"+first.ManagementAddr(), "http://"+second.ManagementAddr()
	file := filepath.Join(t.TempDir(), "gateway.yaml")
	if _, stderr, status := dragoman(t, "", "export", "--endpoint-url", from, "--output", file); status != 0 {
		t.Fatalf("export: %s", stderr)
	}
	out, stderr, status := dragoman(t, "", "import", "--endpoint-url", to, "--dry-run", file)
	if status != 0 || !strings.Contains(out, "+      "+api.id+":") {
		t.Fatalf("dry run: got %q, %s, want the API among the changes", out, stderr)
	}
	apis, err := second.sdk.GetApis(t.Context(), &apigatewayv2.GetApisInput{})
	must(t, err)
	if len(apis.Items) != 0 {
		t.Errorf("the dry run made %d APIs", len(apis.Items))
	}
	if _, stderr, status := dragoman(t, "", "import", "--endpoint-url", to, file); status != 0 {
		t.Fatalf("import: %s", stderr)
	}
	moved := &socketApi{gateway: second, id: api.id}
	if got := moved.ask(moved.dial(nil), `{"action":"ask"}`); got != `{"you":"moved"}` {
		t.Errorf("got %s, want the answer of before", got)
	}
	if out, stderr, status := dragoman(t, "", "import", "--endpoint-url", to, file); status != 0 || out != "no changes\n" {
		t.Errorf("the same document again: got %q, %s, want no changes", out, stderr)
	}
	if _, stderr, status := dragoman(t, "dragoman: 2", "import", "--endpoint-url", to, "-"); status == 0 || !strings.Contains(stderr, "expected dragoman: 1") {
		t.Errorf("a document of another form: got status %d, %s", status, stderr)
	}
}

// TestDocumentOfAllOperations exports what the calls of TestOperations leave, with
// something of everything, and wants the same after an import.
func TestDocumentOfAllOperations(t *testing.T) {
	dir := t.TempDir()
	g := start(t, func(c *server.Config) { c.DataDir = dir })
	c := &conformity{gateway: g, saved: map[string]string{}, called: map[string]bool{}, members: map[string]bool{}}
	for _, family := range families {
		if family.name == "deletions" {
			break
		}
		for _, s := range family.steps {
			c.run(s)
		}
	}
	g.stop()
	before, stderr, status := dragoman(t, "", "export", "--data-dir", dir)
	if status != 0 {
		t.Fatalf("export: %s", stderr)
	}
	other := t.TempDir()
	if out, stderr, status := dragoman(t, before, "import", "--data-dir", other, "-"); status != 0 || !strings.Contains(out, "portalProducts:") {
		t.Fatalf("import: %s, %s", out, stderr)
	}
	after, stderr, status := dragoman(t, "", "export", "--data-dir", other)
	if status != 0 {
		t.Fatalf("export: %s", stderr)
	}
	if before != after {
		changes, _, _ := dragoman(t, after, "import", "--data-dir", dir, "--dry-run", "-")
		t.Errorf("the document changed on its way:\n%s", changes)
	}
}

// TestPublishedPortal reads a portal in a browser's way.
func TestPublishedPortal(t *testing.T) {
	g := start(t)
	ctx := context.Background()
	product, err := g.sdk.CreatePortalProduct(ctx, &apigatewayv2.CreatePortalProductInput{DisplayName: aws.String("Pets")})
	must(t, err)
	_, err = g.sdk.CreateProductPage(ctx, &apigatewayv2.CreateProductPageInput{PortalProductId: product.PortalProductId,
		DisplayContent: &types.DisplayContent{Title: aws.String("Start"), Body: aws.String("How to feed them")}})
	must(t, err)
	color := aws.String("#123456")
	portal, err := g.sdk.CreatePortal(ctx, &apigatewayv2.CreatePortalInput{Authorization: &types.Authorization{None: &types.None{}},
		EndpointConfiguration: &types.EndpointConfigurationRequest{None: &types.None{}}, IncludedPortalProductArns: []string{*product.PortalProductArn},
		PortalContent: &types.PortalContent{DisplayName: aws.String("Pet portal"), Theme: &types.PortalTheme{CustomColors: &types.CustomColors{
			AccentColor: color, BackgroundColor: color, ErrorValidationColor: color, HeaderColor: color, NavigationColor: color, TextColor: color}}}})
	must(t, err)
	url := "http://" + g.DataAddr() + "/_dragoman/portals/" + *portal.PortalId
	if status, _ := fetched(t, url); status != http.StatusNotFound {
		t.Errorf("got %d before it is published, want 404", status)
	}
	_, err = g.sdk.PublishPortal(ctx, &apigatewayv2.PublishPortalInput{PortalId: portal.PortalId})
	must(t, err)
	eventually(t, "the portal is published", func() bool {
		status, body := fetched(t, url)
		return status == http.StatusOK && strings.Contains(body, "How to feed them")
	})
	_, err = g.sdk.PreviewPortal(ctx, &apigatewayv2.PreviewPortalInput{PortalId: portal.PortalId})
	must(t, err)
	eventually(t, "the preview is ready where the portal says", func() bool {
		now, err := g.sdk.GetPortal(ctx, &apigatewayv2.GetPortalInput{PortalId: portal.PortalId})
		must(t, err)
		if now.Preview == nil || now.Preview.PreviewUrl == nil {
			return false
		}
		status, _ := fetched(t, strings.Replace(*now.Preview.PreviewUrl, "localhost", "127.0.0.1", 1))
		return status == http.StatusOK
	})
	_, err = g.sdk.DisablePortal(ctx, &apigatewayv2.DisablePortalInput{PortalId: portal.PortalId})
	must(t, err)
	if status, _ := fetched(t, url); status != http.StatusNotFound {
		t.Errorf("got %d after it was disabled, want 404", status)
	}
}

// What a document has replaced is what the next call finds: a route that went with it
// can be made, one that came back cannot.
func TestCallsAfterADocument(t *testing.T) {
	g := start(t)
	a := g.socketApi(apigatewayv2.CreateIntegrationInput{IntegrationType: types.IntegrationTypeMock}, mockReply("hello"))
	at := "http://" + g.ManagementAddr()
	text, stderr, status := dragoman(t, "", "export", "--endpoint-url", at)
	if status != 0 {
		t.Fatal(stderr)
	}
	_, err := g.sdk.DeleteRoute(t.Context(), &apigatewayv2.DeleteRouteInput{ApiId: &a.id, RouteId: &a.route})
	must(t, err)
	a.addRoute("more", true)
	if _, stderr, status := dragoman(t, text, "import", "--endpoint-url", at, "-"); status != 0 {
		t.Fatal(stderr)
	}
	a.addRoute("more", true)
	if _, err := g.sdk.CreateRoute(t.Context(), &apigatewayv2.CreateRouteInput{ApiId: &a.id, RouteKey: aws.String("ask")}); err == nil || !strings.Contains(err.Error(), "Route with key ask already exists") {
		t.Errorf("got %v, want a conflict", err)
	}
}
