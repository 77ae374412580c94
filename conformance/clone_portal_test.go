package conformance

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"
	"github.com/google/go-cmp/cmp"

	"github.com/dragoman-gateway/dragoman/awsconfig/awstest"
	"github.com/dragoman-gateway/dragoman/server"
)

// petPortal publishes a portal with a product of many pages and one of an endpoint, and
// gives their ids.
func (g *gateway) petPortal() (portal, product string) {
	g.t.Helper()
	ctx := context.Background()
	made, err := g.sdk.CreatePortalProduct(ctx, &apigatewayv2.CreatePortalProductInput{DisplayName: aws.String("Pets"), Tags: map[string]string{"a": "b"}})
	must(g.t, err)
	var pages []string // what no order names is shown in any order
	for _, title := range strings.Fields("start food water beds doctors walks names") {
		page, err := g.sdk.CreateProductPage(ctx, &apigatewayv2.CreateProductPageInput{PortalProductId: made.PortalProductId,
			DisplayContent: &types.DisplayContent{Title: &title, Body: aws.String("All about " + title)}})
		must(g.t, err)
		pages = append(pages, *page.ProductPageArn)
	}
	endpoint, err := g.sdk.CreateProductRestEndpointPage(ctx, &apigatewayv2.CreateProductRestEndpointPageInput{PortalProductId: made.PortalProductId,
		RestEndpointIdentifier: &types.RestEndpointIdentifier{IdentifierParts: &types.IdentifierParts{RestApiId: aws.String("abcde12345"), Stage: aws.String("prod"), Path: aws.String("/pets"), Method: aws.String("GET")}}})
	must(g.t, err)
	_, err = g.sdk.UpdatePortalProduct(ctx, &apigatewayv2.UpdatePortalProductInput{PortalProductId: made.PortalProductId, DisplayOrder: &types.DisplayOrder{
		OverviewPageArn: &pages[0], ProductPageArns: pages[1:],
		Contents: []types.Section{{SectionName: aws.String("All"), ProductRestEndpointPageArns: []string{*endpoint.ProductRestEndpointPageArn}}}}})
	must(g.t, err)
	color := aws.String("#123456")
	shown, err := g.sdk.CreatePortal(ctx, &apigatewayv2.CreatePortalInput{Authorization: &types.Authorization{None: &types.None{}},
		EndpointConfiguration: &types.EndpointConfigurationRequest{None: &types.None{}}, IncludedPortalProductArns: []string{*made.PortalProductArn},
		PortalContent: &types.PortalContent{DisplayName: aws.String("Pet portal"), Theme: &types.PortalTheme{CustomColors: &types.CustomColors{
			AccentColor: color, BackgroundColor: color, ErrorValidationColor: color, HeaderColor: color, NavigationColor: color, TextColor: color}}}})
	must(g.t, err)
	_, err = g.sdk.PublishPortal(ctx, &apigatewayv2.PublishPortalInput{PortalId: shown.PortalId})
	must(g.t, err)
	return *shown.PortalId, *made.PortalProductId
}

// portalPage is what somebody who reads a portal sees, once there is something.
func (g *gateway) portalPage(id string) string {
	g.t.Helper()
	var page string
	eventually(g.t, "the portal "+id+" is published", func() bool {
		status, body := fetched(g.t, "http://"+g.DataAddr()+"/_dragoman/portals/"+id)
		page = body
		return status == http.StatusOK
	})
	return page
}

// A portal that is put into a gateway of another account is served there under its own
// id, with its products; again it is there twice, and the first is as it was.
func TestClonePortalsIntoAGateway(t *testing.T) {
	awstest.Isolate(t)
	source := start(t)
	portal, product := source.petPortal()
	want := source.portalPage(portal)
	if !strings.Contains(want, "All about doctors") {
		t.Fatalf("got %s", want)
	}
	// Lists come in pages of two, so that a copy needs all of them.
	rec := record(t, source.ManagementAddr(), func(operation string, _ http.ResponseWriter, r *http.Request) bool {
		if q := r.URL.Query(); strings.HasPrefix(operation, "List") && operation != "ListRoutingRules" {
			q.Set("maxResults", "2")
			r.URL.RawQuery = q.Encode()
		}
		return false
	})
	target := start(t, func(c *server.Config) { c.Account = "123456789012" })
	to := "http://" + target.ManagementAddr()
	_, report := cloned(t, rec.url, "--all", "--to", to)
	rec.onlyRead(t)
	if rec.called["ListProductPages"] < 4 || !strings.Contains(report, "copied 1 portal, 1 portal product, 1 product endpoint page and 7 product pages") || strings.Contains(report, "was taken") {
		t.Errorf("got %v, %s", rec.called, report)
	}
	if diff := cmp.Diff(want, target.portalPage(portal)); diff != "" {
		t.Errorf("the copy shows something else:\n%s", diff)
	}
	// What names each other does so by the ARNs of this account: it can be changed and
	// published again.
	republish := func(portal string) {
		t.Helper()
		now, err := target.sdk.GetPortal(t.Context(), &apigatewayv2.GetPortalInput{PortalId: &portal})
		must(t, err)
		if len(now.IncludedPortalProductArns) != 1 || !strings.HasPrefix(now.IncludedPortalProductArns[0], "arn:aws:apigateway:us-east-1:123456789012:/portalproducts/") {
			t.Errorf("got the products %v", now.IncludedPortalProductArns)
		}
		_, path, _ := strings.Cut(now.IncludedPortalProductArns[0], "/portalproducts/")
		have, err := target.sdk.GetPortalProduct(t.Context(), &apigatewayv2.GetPortalProductInput{PortalProductId: &path})
		must(t, err)
		_, err = target.sdk.UpdatePortalProduct(t.Context(), &apigatewayv2.UpdatePortalProductInput{PortalProductId: &path, DisplayOrder: have.DisplayOrder})
		must(t, err)
		_, err = target.sdk.PublishPortal(t.Context(), &apigatewayv2.PublishPortalInput{PortalId: &portal})
		must(t, err)
	}
	_, report = cloned(t, rec.url, "--all", "--to", to)
	for _, said := range []string{"portal product " + product + ": its id was taken, here it is ", "portal " + portal + ": its id was taken, here it is "} {
		_, rest, ok := strings.Cut(report, said)
		if !ok {
			t.Fatalf("the report does not say %q:\n%s", said, report)
		}
		if id, _, _ := strings.Cut(rest, "\n"); strings.HasPrefix(said, "portal "+portal) {
			if got := target.portalPage(id); !strings.Contains(got, "All about doctors") {
				t.Errorf("the second copy shows %s", got)
			}
			republish(id)
		}
	}
	if diff := cmp.Diff(want, target.portalPage(portal)); diff != "" {
		t.Errorf("the first copy shows something else since the second:\n%s", diff)
	}
	republish(portal)
}
