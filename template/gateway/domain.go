package gateway

import (
	"slices"
	"strings"

	"github.com/dragoman-gateway/dragoman/management/tree"
	noun "github.com/dragoman-gateway/dragoman/resource"
)

// domain is a custom domain with what leads from it to stages.
type domain struct {
	name            string
	node            tree.Node
	mappings, rules tree.Node
}

func (g *region) domain(r *resource) {
	g.required(r, "CreateDomainName")
	name := r.text("DomainName")
	n := g.convert(r, "CreateDomainName").Without("domainName")
	if name == "" {
		g.lacks["domains"] = true
		return
	}
	// Documented: CloudFormation Template Reference, AWS::ApiGatewayV2::DomainName:
	// DomainName is what Ref answers. It is the key of the document, so it is none of the
	// members.
	g.domains = append(g.domains, &domain{name: name, node: n, mappings: tree.Object(), rules: tree.Object()})
	g.came(g.at("domains."+name), whole(r))
}

// domainOf finds a domain by its name. One that is not here was made by somebody else, and
// nothing can be mapped to it.
func (g *region) domainOf(r *resource, name string) *domain {
	for _, d := range g.domains {
		// RFC 4343, section 2: names of domains are the same in either case.
		if strings.EqualFold(d.name, name) {
			return d
		}
	}
	if name != "" && !g.Partial && !g.lacks["domains"] {
		g.note(r, "the domain "+short(name)+" is in no template, so nothing of it is served")
	}
	return nil
}

func (g *region) mapping(r *resource) {
	g.required(r, "CreateApiMapping")
	n := g.convert(r, "CreateApiMapping")
	d := g.domainOf(r, r.text("DomainName"))
	switch {
	case g.isREST(r.text("ApiId")): // a domain may have mappings to either kind
		g.note(r, "what it leads to is a REST API, which is not served here")
		return
	case g.apiOf(r).detached, d == nil:
		return
	}
	// Documented: CloudFormation Template Reference, AWS::ApiGatewayV2::ApiMapping: an
	// ApiMappingKey that is left out is the root of the domain.
	d.mappings.Set(r.PhysicalID, n)
	g.came(g.at("domains."+d.name+".mappings."+r.PhysicalID), whole(r))
}

// rule puts a routing rule, which names its domain by ARN.
func (g *region) rule(r *resource) {
	// Documented: CloudFormation Template Reference, AWS::ApiGatewayV2::RoutingRule.
	g.required(r, "PutRoutingRule", "DomainName", "RoutingRuleId")
	n, arn := g.convert(r, "PutRoutingRule", "DomainNameArn"), r.get("DomainNameArn")
	if r.Lacks("DomainNameArn") {
		return
	}
	if arn.Null() {
		g.fault(r, r.Node, r.properties(), "DomainNameArn is missing", "a resource of type "+r.Type+" belongs to a domain")
		return
	}
	_, path, ok := noun.ParseArn(arn.Text())
	if !ok || len(path) != 2 || path[0] != "domainnames" {
		g.fault(r, arn, r.properties().Below("DomainNameArn"), short(arn.Text())+" is not the ARN of a domain", "write GetAtt: [Domain, DomainNameArn]")
		return
	}
	d := g.domainOf(r, path[1])
	if d == nil {
		return
	}
	// Ref answers the rule's ARN, whose last part is its id.
	id := r.PhysicalID[strings.LastIndexByte(r.PhysicalID, '/')+1:]
	d.rules.Set(id, n)
	g.came(g.at("domains."+d.name+".rules."+id), whole(r))
}

// isREST says whether an id is that of a REST API.
func (g *region) isREST(id string) bool {
	return slices.ContainsFunc(g.resources, func(r *resource) bool { return r.PhysicalID == id && r.Type == "AWS::ApiGateway::RestApi" })
}
