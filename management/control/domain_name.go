package control

import (
	"context"

	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/catalog"
	"github.com/dragoman-gateway/dragoman/wire"
)

// domainId names a domain that is not there in an error.
const domainId = "domain name"

// inDomain is the place of nouns that belong to a custom domain.
func inDomain[T any](in func(region, domain string) catalog.Collection[T]) place[T] {
	return func(ctx context.Context, reader store.Reader, r *wire.Request) (catalog.Collection[T], error) {
		domain := r.Path["domainName"]
		_, err := find(ctx, reader, catalog.DomainNames(r.Region), domainId, domain)
		return in(r.Region, domain), err
	}
}

// inDomain runs fn in the queue of the domain that the request names.
func (c *Control) inDomain(ctx context.Context, r *wire.Request, fn func(t *change, d *resource.DomainName) error) error {
	name := r.Path["domainName"]
	return c.write(ctx, r, func(t *change) error {
		d, err := find(ctx, t.tx, catalog.DomainNames(r.Region), domainId, name)
		if err != nil {
			return err
		}
		return fn(t, d)
	})
}

func (c *Control) createDomainName(ctx context.Context, r *wire.Request) (any, error) {
	name := r.String("domainName")
	address := "d-" + resource.NewId(resource.ApiIdLength) + ".execute-api." + r.Region + ".amazonaws.com"
	var noun *resource.DomainName
	err := c.write(ctx, r, func(t *change) error {
		noun = &resource.DomainName{}
		if err := r.Apply(noun); err != nil {
			return err
		}
		at := catalog.DomainNames(r.Region)
		if _, err := at.Entry(ctx, t.tx, name); err == nil {
			return badRequest("The domain name you provided already exists.")
		}
		if err := quota(ctx, t, at, 120, "custom domain names"); err != nil {
			return err
		}
		return t.putDomainName(ctx, noun, address)
	})
	if err != nil {
		return nil, err
	}
	r.Resource = noun.DomainNameArn
	return noun, nil
}

func (c *Control) updateDomainName(ctx context.Context, r *wire.Request) (any, error) {
	var noun *resource.DomainName
	err := c.inDomain(ctx, r, func(t *change, d *resource.DomainName) error {
		noun = d
		address := ""
		if len(d.DomainNameConfigurations) > 0 {
			address = d.DomainNameConfigurations[0].ApiGatewayDomainName
		}
		// An empty URI takes the truststore away, and its version with it.
		var mutual resource.MutualTlsAuthentication
		if err := r.Decode("mutualTlsAuthentication", &mutual); err != nil {
			return err
		}
		if err := r.Apply(d); err != nil {
			return err
		}
		if r.Has("mutualTlsAuthentication") && mutual.TruststoreUri == "" && mutual.TruststoreVersion == "" {
			d.MutualTlsAuthentication = nil
		}
		return t.putDomainName(ctx, d, address)
	})
	if err != nil {
		return nil, err
	}
	return noun, nil
}

// putDomainName fills, checks and puts a custom domain.
func (t *change) putDomainName(ctx context.Context, noun *resource.DomainName, address string) error {
	noun.Fill(t.region, address)
	if err := noun.Validate(t.region); err != nil {
		return err
	}
	return catalog.DomainNames(t.region).Put(ctx, t.tx, noun.DomainName, noun)
}

// deleteDomainName takes the domain's mappings and rules with it.
func (c *Control) deleteDomainName(ctx context.Context, r *wire.Request) (any, error) {
	name := r.Path["domainName"]
	return nil, c.write(ctx, r, func(t *change) error {
		if err := exists(ctx, t.tx, catalog.DomainNames(r.Region), domainId, name); err != nil {
			return err
		}
		if err := catalog.ApiMappings(r.Region, name).Clear(ctx, t.tx); err != nil {
			return err
		}
		if err := catalog.RoutingRules(r.Region, name).Clear(ctx, t.tx); err != nil {
			return err
		}
		return catalog.DomainNames(r.Region).Delete(ctx, t.tx, name)
	})
}
