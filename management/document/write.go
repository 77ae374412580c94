package document

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/dragoman-gateway/dragoman/management/tree"
	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/catalog"
)

// Write gives the document of everything in a store. account is that of the
// server; "" stands for DefaultAccount.
func Write(ctx context.Context, r store.Reader, account string, now time.Time) ([]byte, error) {
	if account == "" {
		account = DefaultAccount
	}
	// Regions stand in order of their names, so that two documents of the same store
	// are the same text and compare well in a repository.
	names, err := regions(ctx, r)
	if err != nil {
		return nil, err
	}
	all := tree.Object()
	for _, name := range names {
		w := &writer{r: r, region: name, account: account, now: now}
		n, err := w.write(ctx)
		if err != nil {
			return nil, err
		}
		all.SetFilled(name, n)
	}
	return tree.Object().Set("dragoman", tree.Int(version)).Set("account", tree.Text(account)).Set("regions", all).YAML()
}

// regions lists the regions that have anything.
func regions(ctx context.Context, r store.Reader) ([]string, error) {
	docs, err := r.List(ctx, "", 0, 0)
	if err != nil {
		return nil, err
	}
	found := map[string]bool{}
	for _, doc := range docs {
		// What is no noun may have anything where nouns have their region: counts have
		// the id of a usage plan there.
		if catalog.Noun(doc.Key) != "" {
			found[store.Split(doc.Key)[1]] = true
		}
	}
	return slices.Sorted(maps.Keys(found)), nil
}

// writer writes one region.
type writer struct {
	r       store.Reader
	region  string
	account string
	now     time.Time
}

// write is one region. What it has nothing of has no member.
func (w *writer) write(ctx context.Context) (tree.Node, error) {
	n := tree.Object()
	for _, part := range []struct {
		name  string
		write func(context.Context) (tree.Node, error)
	}{
		// The order is for people: what they look for most stands first. Reading has
		// an order of its own.
		{"apis", w.apis}, {"domains", w.domains}, {"vpcLinks", w.vpcLinks}, {"apiKeys", w.apiKeys}, {"usagePlans", w.usagePlans},
		{"portalProducts", w.products}, {"portals", w.portals},
	} {
		value, err := part.write(ctx)
		if err != nil {
			return tree.Node{}, err
		}
		n.SetFilled(part.name, value)
	}
	return n, nil
}

// each writes the nouns of a collection by name.
func each[T any](ctx context.Context, r store.Reader, at catalog.Collection[T], write func(id string, noun *T) (tree.Node, error)) (tree.Node, error) {
	found, err := at.Page(ctx, r, 0, 0)
	if err != nil {
		return tree.Node{}, err
	}
	n := tree.Object()
	for _, e := range found {
		value, err := write(e.Name, e.Noun)
		if err != nil {
			return tree.Node{}, err
		}
		if value.There() {
			n.Set(e.Name, value)
		}
	}
	return n, nil
}

// simple writes the nouns of a collection that have nothing below them.
func simple[T any](ctx context.Context, r store.Reader, at catalog.Collection[T], fill func(noun *T, id string)) (tree.Node, error) {
	return each(ctx, r, at, func(id string, noun *T) (tree.Node, error) {
		return minimal(noun, func(noun *T) { fill(noun, id) })
	})
}

// vpcLinks are written without their state: what serves them is named on a command line.
func (w *writer) vpcLinks(ctx context.Context) (tree.Node, error) {
	return each(ctx, w.r, catalog.VpcLinks(w.region), func(id string, link *resource.VpcLink) (tree.Node, error) {
		// Documented: API Gateway V2 API Reference, VpcLink, vpcLinkStatus: a link
		// stays visible while it is deleted. To write it would bring it back.
		if link.Deleted != 0 {
			return tree.Node{}, nil
		}
		// When it was made says only how long it is pending, which is over once it is
		// loaded.
		link.Made = 0
		return minimal(link, func(link *resource.VpcLink) { link.VpcLinkId = id; link.Fill() })
	})
}

func (w *writer) domains(ctx context.Context) (tree.Node, error) {
	return each(ctx, w.r, catalog.DomainNames(w.region), func(name string, d *resource.DomainName) (tree.Node, error) {
		n, err := minimal(d, func(d *resource.DomainName) { d.DomainName = name; d.Fill(w.region, address(d)) })
		if err != nil {
			return tree.Node{}, err
		}
		mappings, err := each(ctx, w.r, catalog.ApiMappings(w.region, name), func(id string, m *resource.ApiMapping) (tree.Node, error) {
			if !w.there(ctx, m.ApiId, m.Stage) {
				return tree.Node{}, nil
			}
			return minimal(m, func(m *resource.ApiMapping) { m.ApiMappingId = id })
		})
		if err != nil {
			return tree.Node{}, err
		}
		rules, err := w.rules(ctx, name)
		n.SetFilled("mappings", mappings)
		n.SetFilled("rules", rules)
		return n, err
	})
}

// An action of a rule calls an API; without that stage the rule is left out whole.
// Documented: API Gateway V2 API Reference, RoutingRuleAction.
func (w *writer) rules(ctx context.Context, domain string) (tree.Node, error) {
	return each(ctx, w.r, catalog.RoutingRules(w.region, domain), func(id string, rule *resource.RoutingRule) (tree.Node, error) {
		for _, a := range rule.Actions {
			if a.InvokeApi == nil || !w.there(ctx, a.InvokeApi.ApiId, a.InvokeApi.Stage) {
				return tree.Node{}, nil
			}
		}
		return minimal(rule, func(rule *resource.RoutingRule) {
			rule.RoutingRuleId, rule.RoutingRuleArn = id, resource.RoutingRuleArn(w.region, w.account, domain, id)
			if rule.Conditions == nil {
				rule.Conditions = []resource.RoutingRuleCondition{}
			}
		})
	})
}

// there says whether a stage is there. What names one that was deleted has no
// effect any more, and is not written: it could not be loaded again.
func (w *writer) there(ctx context.Context, apiId, stage string) bool {
	_, err := catalog.Stages(w.region, apiId).Get(ctx, w.r, stage)
	return !errors.Is(err, catalog.ErrNotFound)
}

// address is what a domain has already.
func address(d *resource.DomainName) string {
	if len(d.DomainNameConfigurations) == 0 {
		return ""
	}
	return d.DomainNameConfigurations[0].ApiGatewayDomainName
}

// apiKeys are written with their values, without which nobody could use them: a document is
// as secret as they are.
func (w *writer) apiKeys(ctx context.Context) (tree.Node, error) {
	return each(ctx, w.r, catalog.ApiKeys(w.region), func(id string, key *resource.ApiKey) (tree.Node, error) {
		// Documented: API Gateway API Reference, CreateApiKey, stageKeys: they name
		// stages, which may be gone since.
		key.StageKeys = slices.DeleteFunc(key.StageKeys, func(s string) bool {
			apiId, stage, _ := strings.Cut(s, "/")
			return !w.there(ctx, apiId, stage)
		})
		return minimal(key, func(key *resource.ApiKey) { key.Id = id; key.Fill() })
	})
}

// usagePlans are written with the stages that are there: one that is gone would refuse the
// whole document when it is read again.
func (w *writer) usagePlans(ctx context.Context) (tree.Node, error) {
	return each(ctx, w.r, catalog.UsagePlans(w.region), func(id string, plan *resource.UsagePlan) (tree.Node, error) {
		// Documented: API Gateway API Reference, UsagePlan, apiStages.
		plan.ApiStages = slices.DeleteFunc(plan.ApiStages, func(s resource.ApiStage) bool { return !w.there(ctx, s.ApiId, s.Stage) })
		n, err := minimal(plan, func(plan *resource.UsagePlan) { plan.Id = id; plan.Fill() })
		if err != nil {
			return tree.Node{}, err
		}
		found, err := catalog.UsagePlanKeys(w.region, id).All(ctx, w.r)
		var keys []tree.Node
		for _, key := range found {
			keys = append(keys, tree.Text(key.Id))
		}
		n.SetFilled("keys", tree.List(keys...))
		return n, err
	})
}

func (w *writer) products(ctx context.Context) (tree.Node, error) {
	return each(ctx, w.r, catalog.PortalProducts(w.region), func(id string, p *resource.PortalProduct) (tree.Node, error) {
		n, err := minimal(p, func(p *resource.PortalProduct) { p.PortalProductId = id; p.Fill(w.region, w.account) })
		if err != nil {
			return tree.Node{}, err
		}
		pages, err := simple(ctx, w.r, catalog.ProductPages(w.region, id), func(page *resource.ProductPage, pageId string) {
			page.ProductPageId, page.ProductPageArn = pageId, resource.ProductPageArn(w.region, w.account, id, pageId)
		})
		if err != nil {
			return tree.Node{}, err
		}
		endpoints, err := simple(ctx, w.r, catalog.ProductRestEndpointPages(w.region, id), func(page *resource.ProductRestEndpointPage, pageId string) {
			page.ProductRestEndpointPageId, page.ProductRestEndpointPageArn = pageId, resource.ProductRestEndpointPageArn(w.region, w.account, id, pageId)
			page.Fill(w.region)
		})
		if err != nil {
			return tree.Node{}, err
		}
		n.SetFilled("pages", pages)
		n.SetFilled("endpoints", endpoints)
		// Most products have no policy, which is no error.
		policy, err := catalog.SharingPolicies(w.region).Get(ctx, w.r, id)
		if err == nil {
			n.SetFilled("sharingPolicy", tree.Text(policy.PolicyDocument))
		}
		return n, ignoreAbsent(err)
	})
}

// portals are written as they will be, and not as they are at this moment.
func (w *writer) portals(ctx context.Context) (tree.Node, error) {
	return each(ctx, w.r, catalog.Portals(w.region), func(id string, p *resource.Portal) (tree.Node, error) {
		// What is under way is written as if it had come to its end.
		p.Settle(w.now)
		switch p.PublishStatus {
		case resource.PublishInProgress:
			p.PublishStatus = resource.Published
		case resource.DisableInProgress:
			p.PublishStatus = resource.Disabled
		}
		// A preview is a passing copy, and why something failed is history and no
		// configuration.
		p.Preview, p.StatusException, p.Began, p.PreviewBegan = nil, nil, 0, 0
		return minimal(p, func(p *resource.Portal) { p.PortalId = id; p.Fill(w.region, w.account) })
	})
}
