package conformance

import (
	"context"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"

	"github.com/dragoman-gateway/dragoman/server"
)

// region is a client for one region with what it has made there.
type region struct {
	*apigatewayv2.Client
	t                       *testing.T
	name, api, domain, link string
}

// settle makes one resource of each kind in a region.
func settle(t *testing.T, sdk *apigatewayv2.Client, name string) *region {
	t.Helper()
	ctx := t.Context()
	api, err := sdk.CreateApi(ctx, &apigatewayv2.CreateApiInput{
		Name: aws.String("in " + name), ProtocolType: types.ProtocolTypeHttp, Tags: map[string]string{"region": name},
	})
	must(t, err)
	_, err = sdk.CreateStage(ctx, &apigatewayv2.CreateStageInput{ApiId: api.ApiId, StageName: aws.String("prod"), Tags: map[string]string{"region": name}})
	must(t, err)
	// One name may be taken in every region.
	domain, err := sdk.CreateDomainName(ctx, &apigatewayv2.CreateDomainNameInput{
		DomainName: aws.String("api.example.com"), Tags: map[string]string{"region": name},
		DomainNameConfigurations: []types.DomainNameConfiguration{{
			CertificateArn: aws.String("arn:aws:acm:" + name + ":000000000000:certificate/11111111-2222-3333-4444-555555555555"), EndpointType: types.EndpointTypeRegional,
		}},
	})
	must(t, err)
	link, err := sdk.CreateVpcLink(ctx, &apigatewayv2.CreateVpcLinkInput{Name: aws.String("link"), SubnetIds: []string{"subnet-1"}, Tags: map[string]string{"region": name}})
	must(t, err)
	return &region{sdk, t, name, *api.ApiId, *domain.DomainName, *link.VpcLinkId}
}

func (r *region) arns() []string {
	prefix := "arn:aws:apigateway:" + r.name + "::/"
	return []string{prefix + "apis/" + r.api, prefix + "apis/" + r.api + "/stages/prod", prefix + "domainnames/" + r.domain, prefix + "vpclinks/" + r.link}
}

func (r *region) check() {
	r.t.Helper()
	ctx := r.t.Context()
	apis, err := r.GetApis(ctx, &apigatewayv2.GetApisInput{})
	must(r.t, err)
	if len(apis.Items) != 1 || *apis.Items[0].ApiId != r.api {
		r.t.Errorf("%s: got APIs %+v, want its own alone", r.name, apis.Items)
	}
	if want := "https://" + r.api + ".execute-api." + r.name + ".amazonaws.com"; *apis.Items[0].ApiEndpoint != want {
		r.t.Errorf("%s: got endpoint %s, want %s", r.name, *apis.Items[0].ApiEndpoint, want)
	}
	domains, err := r.GetDomainNames(ctx, &apigatewayv2.GetDomainNamesInput{})
	must(r.t, err)
	if len(domains.Items) != 1 || !strings.Contains(aws.ToString(domains.Items[0].DomainNameConfigurations[0].ApiGatewayDomainName), "."+r.name+".") {
		r.t.Errorf("%s: got domains %+v", r.name, domains.Items)
	}
	links, err := r.GetVpcLinks(ctx, &apigatewayv2.GetVpcLinksInput{})
	must(r.t, err)
	if len(links.Items) != 1 || *links.Items[0].VpcLinkId != r.link {
		r.t.Errorf("%s: got links %+v", r.name, links.Items)
	}
	for _, arn := range r.arns() {
		tags, err := r.GetTags(ctx, &apigatewayv2.GetTagsInput{ResourceArn: &arn})
		if err != nil || tags.Tags["region"] != r.name {
			r.t.Errorf("%s: tags of %s: got %+v (%v)", r.name, arn, tags, err)
		}
	}
}

// blind shows that r reaches nothing of another region.
func (r *region) blind(other *region) {
	r.t.Helper()
	ctx := r.t.Context()
	calls := map[string]func() error{
		"GetApi": func() error { _, err := r.GetApi(ctx, &apigatewayv2.GetApiInput{ApiId: &other.api}); return err },
		"UpdateApi": func() error {
			_, err := r.UpdateApi(ctx, &apigatewayv2.UpdateApiInput{ApiId: &other.api, Name: aws.String("x")})
			return err
		},
		"DeleteApi": func() error { _, err := r.DeleteApi(ctx, &apigatewayv2.DeleteApiInput{ApiId: &other.api}); return err },
		"GetRoutes": func() error { _, err := r.GetRoutes(ctx, &apigatewayv2.GetRoutesInput{ApiId: &other.api}); return err },
		"CreateRoute": func() error {
			_, err := r.CreateRoute(ctx, &apigatewayv2.CreateRouteInput{ApiId: &other.api, RouteKey: aws.String("GET /")})
			return err
		},
		"GetStage": func() error {
			_, err := r.GetStage(ctx, &apigatewayv2.GetStageInput{ApiId: &other.api, StageName: aws.String("prod")})
			return err
		},
		"GetVpcLink": func() error {
			_, err := r.GetVpcLink(ctx, &apigatewayv2.GetVpcLinkInput{VpcLinkId: &other.link})
			return err
		},
		"DeleteVpcLink": func() error {
			_, err := r.DeleteVpcLink(ctx, &apigatewayv2.DeleteVpcLinkInput{VpcLinkId: &other.link})
			return err
		},
	}
	for _, arn := range other.arns() {
		calls["GetTags "+arn] = func() error { _, err := r.GetTags(ctx, &apigatewayv2.GetTagsInput{ResourceArn: &arn}); return err }
		calls["TagResource "+arn] = func() error {
			_, err := r.TagResource(ctx, &apigatewayv2.TagResourceInput{ResourceArn: &arn, Tags: map[string]string{"region": "mine"}})
			return err
		}
	}
	for name, call := range calls {
		refused(r.t, r.name+": "+name, call(), 404, "NotFoundException", "")
	}
	_, err := r.CreateApiMapping(ctx, &apigatewayv2.CreateApiMappingInput{DomainName: &r.domain, ApiId: &other.api, Stage: aws.String("prod")})
	refused(r.t, r.name+": a mapping to another region", err, 400, "BadRequestException", "Invalid API identifier specified")
}

func TestRegions(t *testing.T) {
	t.Parallel()
	names := []string{"us-east-1", "eu-west-1", "local"}
	for name, g := range map[string]*gateway{
		"verified": startAsking(t, func(c *server.Config) { c.ApiEndpoint = "aws" }),
		"believed": start(t, func(c *server.Config) { c.ApiEndpoint = "aws" }),
	} {
		t.Run(name, func(t *testing.T) {
			var all []*region
			for _, name := range names {
				all = append(all, settle(t, g.as(full, name), name))
			}
			for i, r := range all {
				for _, other := range slices.Delete(slices.Clone(all), i, i+1) {
					r.blind(other)
				}
			}
			for _, r := range all {
				r.check()
			}
			_, err := all[0].DeleteApi(t.Context(), &apigatewayv2.DeleteApiInput{ApiId: &all[0].api})
			must(t, err)
			all[1].check()
		})
	}
}

// Calls that are not signed are of the region that the server was told.
func TestRegionOfCallsThatAreNotSigned(t *testing.T) {
	t.Parallel()
	g := start(t, func(c *server.Config) { c.Region, c.ApiEndpoint = "ap-south-1", "aws" })
	answer := g.craft(crafted{method: "POST", target: "/v2/apis", body: `{"name":"a","protocolType":"HTTP"}`, unsigned: true})
	if answer.StatusCode != 201 || !strings.Contains(answer.body, ".execute-api.ap-south-1.amazonaws.com") {
		t.Errorf("got %d %s", answer.StatusCode, answer.body)
	}
	if apis, err := g.as(full, "ap-south-1").GetApis(t.Context(), &apigatewayv2.GetApisInput{}); err != nil || len(apis.Items) != 1 {
		t.Errorf("signed for the same region: got %+v (%v), want the one API", apis, err)
	}
	if apis, err := g.as(full, "us-east-1").GetApis(t.Context(), &apigatewayv2.GetApisInput{}); err != nil || len(apis.Items) != 0 {
		t.Errorf("signed for another region: got %+v (%v), want none", apis, err)
	}
}

// The account stands in error texts and in the ARNs that have one; a key may be
// of an account of its own.
func TestAccounts(t *testing.T) {
	t.Parallel()
	file := writeKeys(t, keyFile+"\n[other]\naws_access_key_id=AKIDOTHER\naws_secret_access_key=o\ndragoman_account=222222222222\n")
	g := start(t, asking(file), func(c *server.Config) { c.Account = "111111111111" })
	other := aws.Credentials{AccessKeyID: "AKIDOTHER", SecretAccessKey: "o"}
	for account, keys := range map[string]aws.Credentials{"111111111111": full, "222222222222": other} {
		sdk, name := g.as(keys, "us-east-1"), "d"+account+".example.com"
		_, err := sdk.GetApi(t.Context(), &apigatewayv2.GetApiInput{ApiId: aws.String("nothere123")})
		refused(t, account, err, 404, "NotFoundException", "Invalid API identifier specified "+account+":nothere123")
		g.sdk = sdk
		web := g.webApi()
		_, err = sdk.CreateStage(t.Context(), &apigatewayv2.CreateStageInput{ApiId: &web.id, StageName: aws.String("prod")})
		must(t, err)
		_, err = sdk.CreateDomainName(t.Context(), &apigatewayv2.CreateDomainNameInput{DomainName: &name, RoutingMode: types.RoutingModeRoutingRuleOnly,
			DomainNameConfigurations: []types.DomainNameConfiguration{{CertificateArn: aws.String("arn:aws:acm:us-east-1:" + account + ":certificate/11111111-2222-3333-4444-555555555555"), EndpointType: types.EndpointTypeRegional}}})
		must(t, err)
		rule, err := sdk.CreateRoutingRule(t.Context(), &apigatewayv2.CreateRoutingRuleInput{DomainName: &name, Priority: aws.Int32(1),
			Actions:    []types.RoutingRuleAction{{InvokeApi: &types.RoutingRuleActionInvokeApi{ApiId: &web.id, Stage: aws.String("prod")}}},
			Conditions: []types.RoutingRuleCondition{{MatchBasePaths: &types.RoutingRuleMatchBasePaths{AnyOf: []string{"a"}}}}})
		must(t, err)
		if want := "arn:aws:apigateway:us-east-1:" + account + ":/domainnames/" + name + "/routingrules/" + *rule.RoutingRuleId; *rule.RoutingRuleArn != want {
			t.Errorf("got %s, want %s", *rule.RoutingRuleArn, want)
		}
	}
}

// The AWS CLI with --region, as it comes.
func TestRegionsWithTheCLI(t *testing.T) {
	t.Parallel()
	command := tool(t, "aws", "apigatewayv2", "help")
	g := start(t)
	run := func(arguments ...string) string {
		cmd := exec.CommandContext(context.WithoutCancel(t.Context()), command, append([]string{"apigatewayv2", "--output", "text"}, arguments...)...)
		cmd.Env = g.environment()
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		return strings.TrimSpace(string(out))
	}
	id := run("create-api", "--region", "eu-central-1", "--name", "n", "--protocol-type", "HTTP", "--tags", "a=b", "--query", "ApiId")
	if got := run("get-tags", "--region", "eu-central-1", "--resource-arn", "arn:aws:apigateway:eu-central-1::/apis/"+id, "--query", "Tags.a"); got != "b" {
		t.Errorf("tags: got %s", got)
	}
	if got := run("get-apis", "--query", "length(Items)"); got != "0" {
		t.Errorf("APIs of the default region: got %s, want 0", got)
	}
	if got := run("get-apis", "--region", "eu-central-1", "--query", "Items[].ApiId"); got != id {
		t.Errorf("APIs of eu-central-1: got %s, want %s", got, id)
	}
}
