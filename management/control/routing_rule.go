package control

import (
	"context"

	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/store/catalog"
	"github.com/dragoman-gateway/dragoman/wire"
)

const ruleName = "routing rule"

func (c *Control) createRoutingRule(ctx context.Context, r *wire.Request) (any, error) {
	var noun *resource.RoutingRule
	err := c.inDomain(ctx, r, func(t *change, d *resource.DomainName) error {
		noun = &resource.RoutingRule{}
		if err := r.Apply(noun); err != nil {
			return err
		}
		if err := quota(ctx, t, catalog.RoutingRules(t.region, d.DomainName), 50, "routing rules"); err != nil {
			return err
		}
		noun.RoutingRuleId = resource.NewId(resource.RoutingRuleIdLength)
		return t.putRoutingRule(ctx, d, noun)
	})
	if err != nil {
		return nil, err
	}
	r.Resource = noun.RoutingRuleArn
	return noun, nil
}

// putOneRoutingRule replaces a rule whole; the id stays.
func (c *Control) putOneRoutingRule(ctx context.Context, r *wire.Request) (any, error) {
	var noun *resource.RoutingRule
	err := c.inDomain(ctx, r, func(t *change, d *resource.DomainName) error {
		old, err := find(ctx, t.tx, catalog.RoutingRules(t.region, d.DomainName), ruleName, r.Path["routingRuleId"])
		if err != nil {
			return err
		}
		noun = &resource.RoutingRule{}
		if err := r.Apply(noun); err != nil {
			return err
		}
		noun.RoutingRuleId = old.RoutingRuleId
		return t.putRoutingRule(ctx, d, noun)
	})
	if err != nil {
		return nil, err
	}
	return noun, nil
}

func (c *Control) deleteRoutingRule(ctx context.Context, r *wire.Request) (any, error) {
	return nil, c.inDomain(ctx, r, func(t *change, d *resource.DomainName) error {
		at := catalog.RoutingRules(t.region, d.DomainName)
		if err := exists(ctx, t.tx, at, ruleName, r.Path["routingRuleId"]); err != nil {
			return err
		}
		return at.Delete(ctx, t.tx, r.Path["routingRuleId"])
	})
}

// putRoutingRule checks and puts a rule; its priority must be the only one of its domain.
// AWS takes REST APIs alone as targets; here HTTP and WebSocket APIs stand for them.
func (t *change) putRoutingRule(ctx context.Context, d *resource.DomainName, noun *resource.RoutingRule) error {
	noun.RoutingRuleArn = resource.RoutingRuleArn(t.region, t.r.Account, d.DomainName, noun.RoutingRuleId)
	if err := noun.Validate(); err != nil {
		return err
	}
	target := noun.Actions[0].InvokeApi
	if _, err := t.invocable(ctx, target.ApiId, target.Stage); err != nil {
		return err
	}
	at := catalog.RoutingRules(t.region, d.DomainName)
	others, err := at.All(ctx, t.tx)
	if err != nil {
		return err
	}
	for _, other := range others {
		if other.RoutingRuleId != noun.RoutingRuleId && other.Priority == noun.Priority {
			// Assumed: that it is a conflict is documented, the text is not.
			return conflict("A routing rule with priority %d already exists for this domain name", noun.Priority)
		}
	}
	return at.Put(ctx, t.tx, noun.RoutingRuleId, noun)
}
