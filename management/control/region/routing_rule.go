package region

import (
	"context"
	"strconv"

	"github.com/dragoman-gateway/dragoman/management/control/family"
	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/store/catalog"
)

// RoutingRules are the routing rules of a custom domain.
func RoutingRules() *family.Of[resource.RoutingRule] {
	return &family.Of[resource.RoutingRule]{
		Noun: "RoutingRule", Named: "routing rule", Label: "routingRuleId", At: inDomain(catalog.RoutingRules), Serves: true,
		Id:       func(r *resource.RoutingRule) *string { return &r.RoutingRuleId },
		IdLength: resource.RoutingRuleIdLength,
		Key:      func(_ *family.Change, r *resource.RoutingRule) string { return strconv.Itoa(int(r.Priority)) },
		// Documented: API Gateway Developer Guide, Quotas for configuring and running a REST API: 50
		// routing rules for each domain name.
		Quota: 50, Many: "routing rules",
		Check: checkRoutingRule,
		Arn:   func(_ *family.Sight, r *resource.RoutingRule) string { return r.RoutingRuleArn },
	}
}

// checkRoutingRule holds a rule to its rules; its priority must be the only one of its
// domain. AWS takes REST APIs alone as targets; here HTTP and WebSocket APIs stand for
// them.
func checkRoutingRule(ctx context.Context, t *family.Change, noun *resource.RoutingRule) error {
	// Documented: this ARN has the account in it, unlike those of domains and APIs (API
	// Gateway V2 API Reference, CreateRoutingRule, routingRuleArn).
	noun.RoutingRuleArn = resource.RoutingRuleArn(t.Region, t.Request.Account, t.Below, noun.RoutingRuleId)
	if err := noun.Validate(); err != nil {
		return err
	}
	// Documented: a rule has exactly one action, to invoke an API (API Gateway V2 API
	// Reference, CreateRoutingRule); Validate has seen to it.
	target := noun.Actions[0].InvokeApi
	if _, err := invocable(ctx, t, target.ApiId, target.Stage); err != nil {
		return err
	}
	// Documented: rules are tried in order of priority, so it must be unique in a domain
	// (API Gateway Developer Guide, Routing rules to connect API stages to a custom domain
	// name for REST APIs).
	taken, err := RoutingRules().Taken(ctx, t, noun)
	if taken != "" {
		// Assumed: that it is a conflict is documented, the text is not.
		return family.Conflict("A routing rule with priority %d already exists for this domain name", noun.Priority)
	}
	return err
}
