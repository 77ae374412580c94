package gateway

import (
	"slices"
	"strings"

	"github.com/dragoman-gateway/dragoman/management/tree"
	"github.com/dragoman-gateway/dragoman/template/source"
)

// region collects what belongs to a region, in the form of the document.
type region struct {
	*builder
	name      string
	resources []*resource
	outputs   *Region

	apis       []*api
	known      map[string]*api // by id
	domains    []*domain
	vpcLinks   tree.Node
	apiKeys    tree.Node
	usagePlans []*usagePlan
	functions  []*function
	layers     map[string]*Layer // by ARN; nil for one whose content is not here
	idle       map[string]bool   // names of functions that only custom resources without effect call
}

func newRegion(b *builder, in *Region) *region {
	g := &region{builder: b, name: in.Name, outputs: in, known: map[string]*api{}, vpcLinks: tree.Object(), apiKeys: tree.Object(), layers: map[string]*Layer{}, idle: map[string]bool{}}
	for _, r := range in.Resources {
		g.resources = append(g.resources, &resource{r})
		key := r.Stack + "/" + r.LogicalID
		b.vague[key] = b.Wrong != nil && b.Wrong(r)
		own := source.Fault{File: r.Node.File(), Path: r.Path}
		b.wrong[key] = r.Broken || b.vague[key] || slices.ContainsFunc(b.Told, own.Holds)
	}
	return g
}

// kinds are the types that are served, in an order in which each finds what it names:
// what a template says of it, DependsOn or none, means nothing.
//
// Observed: templates that AWS deploys leave real dependencies out, a route's models for
// one, which it names by name. Deployments come after all that they freeze.
var kinds = []struct {
	name string
	read func(*region, *resource)
}{
	{"AWS::Lambda::LayerVersion", (*region).layer},
	{"AWS::Lambda::Function", (*region).function},
	{"AWS::Lambda::Version", (*region).version},
	{"AWS::Lambda::Alias", (*region).alias},
	{"AWS::Lambda::EventInvokeConfig", (*region).eventInvoke},
	{"AWS::ApiGatewayV2::VpcLink", (*region).vpcLink},
	{"AWS::ApiGatewayV2::Api", (*region).api},
	{"AWS::ApiGatewayV2::Model", (*region).model},
	{"AWS::ApiGatewayV2::Authorizer", (*region).authorizer},
	{"AWS::ApiGatewayV2::Integration", (*region).integration},
	{"AWS::ApiGatewayV2::IntegrationResponse", (*region).integrationResponse},
	{"AWS::ApiGatewayV2::Route", (*region).route},
	{"AWS::ApiGatewayV2::RouteResponse", (*region).routeResponse},
	{"AWS::ApiGatewayV2::ApiGatewayManagedOverrides", (*region).overrides},
	{"AWS::ApiGatewayV2::Stage", (*region).stage},
	{deploymentType, (*region).deployment},
	{"AWS::Lambda::Url", (*region).url},
	{"AWS::ApiGatewayV2::DomainName", (*region).domain},
	{"AWS::ApiGatewayV2::ApiMapping", (*region).mapping},
	{"AWS::ApiGatewayV2::RoutingRule", (*region).rule},
	{"AWS::ApiGateway::ApiKey", (*region).apiKey},
	{"AWS::ApiGateway::UsagePlan", (*region).usagePlan},
	{"AWS::ApiGateway::UsagePlanKey", (*region).usagePlanKey},
	{"AWS::CertificateManager::Certificate", (*region).certificate},
	{"AWS::Logs::LogGroup", (*region).logGroup},
}

func (g *region) build() {
	byType := map[string][]*resource{}
	for _, r := range g.resources {
		byType[r.Type] = append(byType[r.Type], r)
		if strings.HasPrefix(r.Type, "Custom::") && slices.Contains(silent, r.Type) {
			g.idle[functionName(r.text("ServiceToken"))] = true
		}
	}
	for _, kind := range kinds {
		for _, r := range byType[kind.name] {
			kind.read(g, r)
		}
		delete(byType, kind.name)
	}
	// Last, for what they tell of functions and what is behind them.
	for _, r := range g.resources {
		if byType[r.Type] != nil && !r.Broken {
			g.other(r)
		}
	}
	g.show()
}

// document is the region as the document has it.
func (g *region) document() tree.Node {
	apis, domains, plans := tree.Object(), tree.Object(), tree.Object()
	for _, a := range g.apis {
		apis.Set(a.id, a.document())
	}
	for _, d := range g.domains {
		domains.Set(d.name, d.node.SetFilled("mappings", d.mappings).SetFilled("rules", d.rules))
	}
	for _, p := range g.usagePlans {
		plans.Set(p.id, p.node.SetFilled("keys", p.keys))
	}
	return tree.Object().SetFilled("vpcLinks", g.vpcLinks).SetFilled("apis", apis).SetFilled("domains", domains).
		SetFilled("apiKeys", g.apiKeys).SetFilled("usagePlans", plans)
}

// at is a path of the document.
func (g *region) at(path string) string { return "regions." + g.name + "." + path }

// whole is the spot of something that a resource makes.
func whole(r *resource) spot { return spot{r, r.Properties, r.properties()} }

func (g *region) vpcLink(r *resource) {
	g.required(r, "CreateVpcLink")
	g.vpcLinks.Set(r.PhysicalID, g.convert(r, "CreateVpcLink"))
	g.came(g.at("vpcLinks."+r.PhysicalID), whole(r))
}
