package document

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

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
	names, err := regions(ctx, r)
	if err != nil {
		return nil, err
	}
	all := mapping()
	for _, name := range names {
		w := &writer{r: r, region: name, account: account, now: now}
		n, err := w.write(ctx)
		if err != nil {
			return nil, err
		}
		add(all, name, n)
	}
	root := mapping()
	keep(root, "dragoman", &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!int", Value: "1"})
	keep(root, "account", text(account))
	keep(root, "regions", all)
	var b bytes.Buffer
	enc := yaml.NewEncoder(&b)
	enc.SetIndent(2)
	if err := enc.Encode(root); err != nil {
		return nil, err
	}
	return b.Bytes(), enc.Close()
}

// regions lists the regions that have anything.
func regions(ctx context.Context, r store.Reader) ([]string, error) {
	docs, err := r.List(ctx, "", 0, 0)
	if err != nil {
		return nil, err
	}
	found := map[string]bool{}
	for _, doc := range docs {
		if path := store.Split(doc.Key); len(path) > 2 {
			found[path[1]] = true
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

func (w *writer) write(ctx context.Context) (*yaml.Node, error) {
	n := mapping()
	for _, part := range []struct {
		name  string
		write func(context.Context) (*yaml.Node, error)
	}{
		{"apis", w.apis}, {"domains", w.domains}, {"vpcLinks", w.vpcLinks}, {"apiKeys", w.apiKeys}, {"usagePlans", w.usagePlans},
		{"portalProducts", w.products}, {"portals", w.portals},
	} {
		value, err := part.write(ctx)
		if err != nil {
			return nil, err
		}
		add(n, part.name, value)
	}
	return n, nil
}

// each writes the nouns of a collection by name.
func each[T any](ctx context.Context, r store.Reader, at catalog.Collection[T], write func(id string, noun *T) (*yaml.Node, error)) (*yaml.Node, error) {
	found, err := at.Page(ctx, r, 0, 0)
	if err != nil {
		return nil, err
	}
	n := mapping()
	for _, e := range found {
		value, err := write(e.Name, e.Noun)
		if err != nil {
			return nil, err
		}
		if value != nil {
			keep(n, e.Name, value)
		}
	}
	return n, nil
}

// simple writes the nouns of a collection that have nothing below them.
func simple[T any](ctx context.Context, r store.Reader, at catalog.Collection[T], fill func(noun *T, id string)) (*yaml.Node, error) {
	return each(ctx, r, at, func(id string, noun *T) (*yaml.Node, error) {
		return minimal(noun, func(noun *T) { fill(noun, id) })
	})
}

func (w *writer) vpcLinks(ctx context.Context) (*yaml.Node, error) {
	return each(ctx, w.r, catalog.VpcLinks(w.region), func(id string, link *resource.VpcLink) (*yaml.Node, error) {
		if link.Deleted != 0 {
			return nil, nil
		}
		link.Made = 0
		return minimal(link, func(link *resource.VpcLink) { link.VpcLinkId = id; link.Fill() })
	})
}

func (w *writer) domains(ctx context.Context) (*yaml.Node, error) {
	return each(ctx, w.r, catalog.DomainNames(w.region), func(name string, d *resource.DomainName) (*yaml.Node, error) {
		n, err := minimal(d, func(d *resource.DomainName) { d.DomainName = name; d.Fill(w.region, address(d)) })
		if err != nil {
			return nil, err
		}
		mappings, err := each(ctx, w.r, catalog.ApiMappings(w.region, name), func(id string, m *resource.ApiMapping) (*yaml.Node, error) {
			if !w.there(ctx, m.ApiId, m.Stage) {
				return nil, nil
			}
			return minimal(m, func(m *resource.ApiMapping) { m.ApiMappingId = id })
		})
		if err != nil {
			return nil, err
		}
		rules, err := w.rules(ctx, name)
		add(n, "mappings", mappings)
		add(n, "rules", rules)
		return n, err
	})
}

func (w *writer) rules(ctx context.Context, domain string) (*yaml.Node, error) {
	return each(ctx, w.r, catalog.RoutingRules(w.region, domain), func(id string, rule *resource.RoutingRule) (*yaml.Node, error) {
		for _, a := range rule.Actions {
			if a.InvokeApi == nil || !w.there(ctx, a.InvokeApi.ApiId, a.InvokeApi.Stage) {
				return nil, nil
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

func (w *writer) apiKeys(ctx context.Context) (*yaml.Node, error) {
	return each(ctx, w.r, catalog.ApiKeys(w.region), func(id string, key *resource.ApiKey) (*yaml.Node, error) {
		key.StageKeys = slices.DeleteFunc(key.StageKeys, func(s string) bool {
			apiId, stage, _ := strings.Cut(s, "/")
			return !w.there(ctx, apiId, stage)
		})
		return minimal(key, func(key *resource.ApiKey) { key.Id = id; key.Fill() })
	})
}

func (w *writer) usagePlans(ctx context.Context) (*yaml.Node, error) {
	return each(ctx, w.r, catalog.UsagePlans(w.region), func(id string, plan *resource.UsagePlan) (*yaml.Node, error) {
		plan.ApiStages = slices.DeleteFunc(plan.ApiStages, func(s resource.ApiStage) bool { return !w.there(ctx, s.ApiId, s.Stage) })
		n, err := minimal(plan, func(plan *resource.UsagePlan) { plan.Id = id; plan.Fill() })
		if err != nil {
			return nil, err
		}
		found, err := catalog.UsagePlanKeys(w.region, id).All(ctx, w.r)
		keys := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}
		for _, key := range found {
			keys.Content = append(keys.Content, text(key.Id))
		}
		add(n, "keys", keys)
		return n, err
	})
}

func (w *writer) products(ctx context.Context) (*yaml.Node, error) {
	return each(ctx, w.r, catalog.PortalProducts(w.region), func(id string, p *resource.PortalProduct) (*yaml.Node, error) {
		n, err := minimal(p, func(p *resource.PortalProduct) { p.PortalProductId = id; p.Fill(w.region, w.account) })
		if err != nil {
			return nil, err
		}
		pages, err := simple(ctx, w.r, catalog.ProductPages(w.region, id), func(page *resource.ProductPage, pageId string) {
			page.ProductPageId, page.ProductPageArn = pageId, resource.ProductPageArn(w.region, w.account, id, pageId)
		})
		if err != nil {
			return nil, err
		}
		endpoints, err := simple(ctx, w.r, catalog.ProductRestEndpointPages(w.region, id), func(page *resource.ProductRestEndpointPage, pageId string) {
			page.ProductRestEndpointPageId, page.ProductRestEndpointPageArn = pageId, resource.ProductRestEndpointPageArn(w.region, w.account, id, pageId)
			page.Fill(w.region)
		})
		if err != nil {
			return nil, err
		}
		add(n, "pages", pages)
		add(n, "endpoints", endpoints)
		policy, err := catalog.SharingPolicies(w.region).Get(ctx, w.r, id)
		if err == nil {
			add(n, "sharingPolicy", text(policy.PolicyDocument))
		}
		return n, ignoreAbsent(err)
	})
}

func (w *writer) portals(ctx context.Context) (*yaml.Node, error) {
	return each(ctx, w.r, catalog.Portals(w.region), func(id string, p *resource.Portal) (*yaml.Node, error) {
		// What is under way is written as if it had come to its end.
		p.Settle(w.now)
		switch p.PublishStatus {
		case resource.PublishInProgress:
			p.PublishStatus = resource.Published
		case resource.DisableInProgress:
			p.PublishStatus = resource.Disabled
		}
		p.Preview, p.StatusException, p.Began, p.PreviewBegan = nil, nil, 0, 0
		return minimal(p, func(p *resource.Portal) { p.PortalId = id; p.Fill(w.region, w.account) })
	})
}
