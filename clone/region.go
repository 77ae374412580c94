package clone

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/dragoman-gateway/dragoman/client"
	"github.com/dragoman-gateway/dragoman/resource"
)

// domain is a custom domain as it was read.
type domain struct {
	resource.DomainName
	mappings []resource.ApiMapping
	rules    []resource.RoutingRule
	refused  bool // the rules did not take it
}

// standIn is a link that holds the place of one that could not be read: without it no
// integration could name it.
func standIn(id string) resource.VpcLink {
	return resource.VpcLink{VpcLinkId: id, Name: id, SubnetIds: []string{"subnet"}}
}

// links reads the VPC links that the APIs' integrations name, or every one.
func (r *reader) links(ctx context.Context, apis []*source, every bool) ([]resource.VpcLink, error) {
	wanted := map[string]string{} // the API that names a link, by its id
	for _, s := range apis {
		for i := range s.Integrations {
			integration := &s.Integrations[i]
			// A stage variable may stand for a link. Those of WebSocket APIs are links of
			// the older API, which this one does not list.
			if integration.ConnectionType == resource.VpcLinkType && s.Api.ProtocolType == resource.HTTP && !strings.HasPrefix(integration.ConnectionId, "${") {
				wanted[integration.ConnectionId] = s.title()
			}
		}
	}
	if len(wanted) == 0 && !every {
		return nil, nil
	}
	r.progress("VPC links")
	found, err := all(ctx, r, "VPC links", r.Client.VpcLinks(ctx, nil))
	if err != nil {
		return nil, err
	}
	var links []resource.VpcLink
	for _, link := range found {
		_, needed := wanted[link.VpcLinkId]
		if !needed && (!every || link.VpcLinkStatus == "DELETING") {
			continue
		}
		delete(wanted, link.VpcLinkId)
		link.VpcLinkStatus, link.VpcLinkStatusMessage = "", ""
		r.tags("VPC link "+link.VpcLinkId, link.Tags)
		links = append(links, link)
	}
	for _, id := range slices.Sorted(maps.Keys(wanted)) {
		r.report.note(wanted[id], "the VPC link %s could not be read: one of that id without a network holds its place", id)
		links = append(links, standIn(id))
	}
	sorted(links, func(link *resource.VpcLink) string { return link.VpcLinkId })
	return links, nil
}

// domains reads the custom domains that lead to the APIs, or every one.
func (r *reader) domains(ctx context.Context, apis []*source, every bool) ([]*domain, error) {
	r.progress("custom domains")
	found, err := all(ctx, r, "custom domains", r.Client.DomainNames(ctx, nil))
	if err != nil {
		return nil, err
	}
	sorted(found, func(d *resource.DomainName) string { return d.DomainName })
	copied := map[string]bool{}
	for _, s := range apis {
		copied[s.Api.ApiId] = true
	}
	var domains []*domain
	for i := range found {
		d := &domain{DomainName: found[i]}
		elsewhere, err := r.below(ctx, d, copied)
		if err != nil {
			return nil, err
		}
		if !every && len(d.mappings)+len(d.rules) == 0 {
			continue
		}
		name := "domain " + d.DomainName.DomainName
		if !regional(d) {
			r.report.left(name, "its endpoint is not regional: only REST APIs have such domains")
			continue
		}
		for _, what := range elsewhere {
			r.report.left(name, "%s, which is not copied", what)
		}
		r.shape(name, d)
		domains = append(domains, d)
	}
	return domains, nil
}

// below reads the mappings and rules of a domain that lead to APIs that are copied, and
// words the others.
func (r *reader) below(ctx context.Context, d *domain, copied map[string]bool) (elsewhere []string, err error) {
	name := d.DomainName.DomainName
	r.progress("domain %s", name)
	mappings, err := all(ctx, r, "domain "+name, r.ApiMappings(ctx, &client.GetApiMappingsInput{DomainName: name}))
	if err != nil {
		return nil, err
	}
	for _, m := range mappings {
		if copied[m.ApiId] {
			d.mappings = append(d.mappings, m)
		} else {
			elsewhere = append(elsewhere, "the mapping of /"+m.ApiMappingKey+" to the API "+m.ApiId)
		}
	}
	rules, err := r.rules(ctx, d)
	if err != nil {
		return nil, err
	}
	for _, rule := range rules {
		if leads(&rule, copied) {
			d.rules = append(d.rules, rule)
		} else {
			elsewhere = append(elsewhere, "the routing rule "+rule.RoutingRuleId+" to another API")
		}
	}
	sorted(d.mappings, func(m *resource.ApiMapping) string { return m.ApiMappingId })
	sorted(d.rules, func(rule *resource.RoutingRule) string { return rule.RoutingRuleId })
	slices.Sort(elsewhere)
	return elsewhere, nil
}

// rules reads the routing rules of a domain. Servers that are older than rules have no
// such operation, and domains that do not route by rules.
func (r *reader) rules(ctx context.Context, d *domain) ([]resource.RoutingRule, error) {
	var found []resource.RoutingRule
	for rule, err := range r.RoutingRules(ctx, &client.ListRoutingRulesInput{DomainName: d.DomainName.DomainName}) {
		if response, ok := errors.AsType[*client.ResponseError](err); ok && response.StatusCode == http.StatusNotFound &&
			(d.RoutingMode == "" || d.RoutingMode == resource.MappingOnly) {
			return nil, nil
		}
		if err != nil {
			return found, r.unread(ctx, "domain "+d.DomainName.DomainName, err)
		}
		found = append(found, rule)
	}
	return found, nil
}

func leads(rule *resource.RoutingRule, copied map[string]bool) bool {
	for _, a := range rule.Actions {
		if a.InvokeApi == nil || !copied[a.InvokeApi.ApiId] {
			return false
		}
	}
	return len(rule.Actions) > 0
}

func regional(d *domain) bool {
	return slices.ContainsFunc(d.DomainNameConfigurations, isRegional)
}

func isRegional(c resource.DomainNameConfiguration) bool {
	return c.EndpointType == "" || c.EndpointType == "REGIONAL"
}

// shape gives a domain the form that documents have: one regional configuration, with
// the one policy that the V2 API knows.
// Documented: API Gateway V2 API Reference, DomainNameConfiguration. Domains that were
// made through the older API may have others.
func (r *reader) shape(name string, d *domain) {
	r.tags(name, d.Tags)
	at := slices.IndexFunc(d.DomainNameConfigurations, isRegional)
	c := d.DomainNameConfigurations[at]
	if c.SecurityPolicy != "" && c.SecurityPolicy != "TLS_1_2" {
		r.report.note(name, "its security policy %s became TLS_1_2", short(c.SecurityPolicy))
		c.SecurityPolicy = "TLS_1_2"
	}
	c.DomainNameStatus, c.DomainNameStatusMessage = "", ""
	d.DomainNameConfigurations = []resource.DomainNameConfiguration{c}
}
