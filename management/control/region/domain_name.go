package region

import (
	"cmp"
	"context"

	"github.com/dragoman-gateway/dragoman/management/control/family"
	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/store/catalog"
)

// DomainNames are the custom domains of a region. An empty URI takes the truststore of
// mutual TLS away, and its version with it.
func DomainNames() *family.Of[resource.DomainName] {
	return &family.Of[resource.DomainName]{
		Noun: "DomainName", Named: "domain name", Label: "domainName", At: family.InRegion(catalog.DomainNames), Serves: true,
		Id: func(d *resource.DomainName) *string { return &d.DomainName },
		// Documented: API Gateway Developer Guide, Quotas for configuring and running a REST API: 120
		// public custom domain names for each account and region.
		Quota: 120, Many: "custom domain names",
		Begin: freeDomainName, Apply: applyDomainName, Free: clearDomain,
		Check: func(_ context.Context, t *family.Change, d *resource.DomainName) error { return d.Validate(t.Region) },
		Arn:   func(_ *family.Sight, d *resource.DomainName) string { return d.DomainNameArn },
	}
}

// inDomain is the place of nouns that belong to a custom domain.
func inDomain[T any](in func(region, domain string) catalog.Collection[T]) family.Place[T] {
	return family.Under(DomainNames(), func(s *family.Sight) catalog.Collection[T] { return in(s.Region, s.Below) })
}

// freeDomainName refuses a second domain of a name. Observed: AWS answers 400 and not 409,
// and automation looks for these words.
func freeDomainName(ctx context.Context, t *family.Change, d *resource.DomainName) error {
	if _, err := catalog.DomainNames(t.Region).Entry(ctx, t.Tx, d.DomainName); err == nil {
		return family.BadRequest("The domain name you provided already exists.")
	}
	return nil
}

// applyDomainName applies a request. The target's name stays over all updates, since the
// owner's DNS points to it. Observed: an update may carry the whole configuration as it was
// read, with members that only answers have.
func applyDomainName(t *family.Change, d *resource.DomainName) error {
	// It is read before the request is applied, which replaces the configurations whole.
	address := ""
	if len(d.DomainNameConfigurations) > 0 {
		address = d.DomainNameConfigurations[0].ApiGatewayDomainName
	}
	if err := t.Request.Apply(d); err != nil {
		return err
	}
	d.Fill(t.Region, cmp.Or(address, Address(t.Region, resource.NewId(resource.ApiIdLength))))
	return nil
}

// Address is the name under which AWS would answer for a custom domain; id begins it.
func Address(region, id string) string {
	return "d-" + id + ".execute-api." + region + ".amazonaws.com"
}

// clearDomain takes the domain's mappings and rules with it.
//
// Documented: a domain's mappings and rules have no life without it (API Gateway V2 API
// Reference, DeleteDomainName).
func clearDomain(ctx context.Context, t *family.Change, name string) error {
	if err := catalog.ApiMappings(t.Region, name).Clear(ctx, t.Tx); err != nil {
		return err
	}
	return catalog.RoutingRules(t.Region, name).Clear(ctx, t.Tx)
}
