package conformance

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"
	"github.com/google/go-cmp/cmp"

	"github.com/dragoman-gateway/dragoman/awsconfig/awstest"
	"github.com/dragoman-gateway/dragoman/server"
)

// An API that is put into a gateway that runs is served at once under its own id, or
// under a new one where that is taken; nothing that is there goes or changes.
func TestCloneIntoAGateway(t *testing.T) {
	awstest.Isolate(t)
	source, target := start(t), start(t)
	web := source.answering("pets")
	source.domain("pets.example.com")
	source.mapped("pets.example.com", "v1", web.id, "v1")
	source.mapped("pets.example.com", "", web.id, "live")
	want := web.answers()

	// The target has an API of its own, with a deployment that no stage serves, which a
	// document would not have.
	own := target.shop("own")
	kept, err := target.sdk.CreateDeployment(t.Context(), &apigatewayv2.CreateDeploymentInput{ApiId: &own.id, Description: aws.String("for a rollback")})
	must(t, err)
	before := target.exported()
	to := "http://" + target.ManagementAddr()

	out, report := cloned(t, "http://"+source.ManagementAddr(), "--all", "--to", to)
	if out != "" || !strings.Contains(report, "copied 1 API, ") || strings.Contains(report, "its id was taken") {
		t.Errorf("got %q, %s", out, report)
	}
	copied := newWebApi(target, web.id)
	if diff := cmp.Diff(want, copied.answers()); diff != "" {
		t.Errorf("the copy answers differently:\n%s", diff)
	}
	copied.expect("pets.example.com", "/v1/old/7", "GET /old/7 one calm")
	own.expect(own.id+".execute-api.localhost", "/x", "own /x")
	deployments, err := target.sdk.GetDeployments(t.Context(), &apigatewayv2.GetDeploymentsInput{ApiId: &own.id})
	must(t, err)
	if len(deployments.Items) != 2 {
		t.Errorf("the gateway has %d deployments of its own API, want both, %s too", len(deployments.Items), *kept.DeploymentId)
	}
	after := membersOf(t, target.exported())
	if diff := cmp.Diff(at(membersOf(t, before), "regions", "us-east-1", "apis", own.id), at(after, "regions", "us-east-1", "apis", own.id)); diff != "" {
		t.Errorf("what was there changed:\n%s", diff)
	}

	// Again: the id is taken now, and so are the keys of the domain.
	_, report = cloned(t, "http://"+source.ManagementAddr(), "--all", "--to", to)
	_, rest, ok := strings.Cut(report, "API "+web.id+": its id was taken, here it is ")
	if !ok {
		t.Fatalf("the report does not tell the new id: %s", report)
	}
	id, _, _ := strings.Cut(rest, "\n")
	if diff := cmp.Diff(want, newWebApi(target, id).answers()); diff != "" {
		t.Errorf("the second copy, %s, answers differently:\n%s", id, diff)
	}
	if diff := cmp.Diff(want, copied.answers()); diff != "" {
		t.Errorf("the first copy answers differently since the second:\n%s", diff)
	}
	copied.expect("pets.example.com", "/v1/old/7", "GET /old/7 one calm")
	for _, said := range []string{"domain pets.example.com: it is there and stays as it is", "ApiMapping key already exists for this domain name"} {
		if !strings.Contains(report, said) {
			t.Errorf("the report does not say %q:\n%s", said, report)
		}
	}
}

// A mapping that is free is added to a domain that is there, a link with the same
// network is the one that is there, and one with another network gets another id.
func TestCloneBesideLinksAndDomains(t *testing.T) {
	awstest.Isolate(t)
	source, target := start(t), start(t)
	for _, g := range []*gateway{source, target} {
		g.domain("shop.example.com")
	}
	backendOf := func(network string) *webApi {
		link, err := source.sdk.CreateVpcLink(t.Context(), &apigatewayv2.CreateVpcLinkInput{Name: &network, SubnetIds: []string{network}})
		must(t, err)
		a := source.webApi()
		a.route("$default", a.integrate(apigatewayv2.CreateIntegrationInput{
			IntegrationType: types.IntegrationTypeHttpProxy, IntegrationMethod: aws.String("ANY"), PayloadFormatVersion: aws.String("1.0"),
			IntegrationUri: aws.String("arn:aws:elasticloadbalancing:us-east-1:000000000000:listener/app/a/b/c"),
			ConnectionType: types.ConnectionTypeVpcLink, ConnectionId: link.VpcLinkId,
		}))
		return a.deploy("prod")
	}
	one, two := backendOf("subnet-1"), backendOf("subnet-2")
	source.mapped("shop.example.com", "one", one.id, "prod")
	source.mapped("shop.example.com", "two", two.id, "prod")
	to, from := "http://"+target.ManagementAddr(), "http://"+source.ManagementAddr()
	_, report := cloned(t, from, "--api-id", one.id, "--to", to)
	if !strings.Contains(report, "copied 1 API, 1 API mapping, 1 VPC link, 1 integration, 1 route and 1 stage") ||
		!strings.Contains(report, "domain shop.example.com: the mapping of /two to the API "+two.id+", which is not copied") {
		t.Errorf("got %s, want one mapping beside the domain that was there", report)
	}
	_, report = cloned(t, from, "--api-id", two.id, "--to", to)
	if !strings.Contains(report, "copied 1 API, 1 API mapping, 1 VPC link") {
		t.Errorf("got %s, want the other mapping too", report)
	}
	// A link with the id of the first and another network takes no place of it.
	links, err := source.sdk.GetVpcLinks(t.Context(), &apigatewayv2.GetVpcLinksInput{})
	must(t, err)
	id := *links.Items[0].VpcLinkId
	text, _ := cloned(t, from, "--all")
	other := start(t)
	if _, stderr, status := dragoman(t, strings.Replace(text, "- subnet-1\n", "- subnet-9\n", 1), "import", "--endpoint-url", "http://"+other.ManagementAddr(), "-"); status != 0 {
		t.Fatal(stderr)
	}
	_, report = cloned(t, "http://"+other.ManagementAddr(), "--api-id", one.id, "--to", to)
	if !strings.Contains(report, "VPC link "+id+": its id was taken, here it is ") || !strings.Contains(report, "API "+one.id+": its id was taken") {
		t.Errorf("got %s, want new ids for the API and its link", report)
	}
	_, report = cloned(t, from, "--api-id", one.id, "--to", to)
	if strings.Contains(report, "VPC link "+id+": its id was taken") {
		t.Errorf("got %s, want the link that is there", report)
	}
}

// A gateway that serves a file takes nothing, and what is no gateway is told apart.
func TestCloneIntoWhatTakesNothing(t *testing.T) {
	awstest.Isolate(t)
	source := start(t)
	a := source.shop("one")
	from := "http://" + source.ManagementAddr()
	file := t.TempDir() + "/g.yaml"
	cloned(t, from, "--all", "--to", file)
	readOnly := start(t, func(c *server.Config) { c.File, c.DataDir = file, "" })
	for to, want := range map[string]string{
		"http://" + readOnly.ManagementAddr(): "The configuration is read-only",
		"http://" + readOnly.DataAddr():       "is no management listener of a Dragoman",
		"http://127.0.0.1:1":                  "no gateway answers",
		"http://127.0.0.1:1/v2/apis":          "want the URL of a management listener",
	} {
		_, stderr, status := dragoman(t, "", "clone", "--endpoint-url", from, "--api-id", a.id, "--to", to)
		wrong := 1
		if strings.HasPrefix(want, "want the URL") {
			wrong = 2 // the call itself
		}
		if status != wrong || !strings.Contains(stderr, want) || strings.Count(stderr, "\n") != 1 {
			t.Errorf("--to %s: got status %d, %s, want one line with %q", to, status, stderr, want)
		}
	}
}
