package control

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"encoding/json"
	"strings"

	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/catalog"
	"github.com/dragoman-gateway/dragoman/wire"
)

// Loader puts whole resources, ids and dates included, into a transaction, and
// holds them to the rules that calls are held to. What something refers to must be
// put before it: links, APIs, stages, domains; keys, plans; products, portals.
//
// What it puts depends on nothing but what it is given, so that the same
// configuration makes the same documents each time.
type Loader struct{ t *change }

// Loader puts into a transaction what belongs to a region and account.
func (c *Control) Loader(tx store.Tx, region, account string) *Loader {
	// The members that putters look for in the request of a call. Models are not
	// among them: one that is used may be deleted, so what names it may be stored.
	body := map[string]json.RawMessage{"target": nil}
	r := &wire.Request{Region: region, Account: account, Body: body, Path: map[string]string{}}
	return &Loader{&change{Control: c, r: r, tx: tx, region: region}}
}

// Api puts an API with all of its configuration.
func (l *Loader) Api(ctx context.Context, s *resource.Snapshot) error {
	l.t.api = &s.Api
	if err := l.t.putApi(ctx, &s.Api); err != nil {
		return err
	}
	for _, step := range []func(context.Context, *resource.Snapshot) error{l.authorizers, l.models, l.integrations, l.routes} {
		if err := step(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

func (l *Loader) authorizers(ctx context.Context, s *resource.Snapshot) error {
	for i := range s.Authorizers {
		if err := l.t.putAuthorizer(ctx, &s.Authorizers[i]); err != nil {
			return part(err, "authorizer", s.Authorizers[i].AuthorizerId)
		}
	}
	return nil
}

// models puts all before it judges any: they may refer to each other.
func (l *Loader) models(ctx context.Context, s *resource.Snapshot) error {
	at := catalog.Models(l.t.region, s.Api.ApiId)
	for i := range s.Models {
		if err := at.Put(ctx, l.t.tx, s.Models[i].ModelId, &s.Models[i]); err != nil {
			return err
		}
	}
	for i := range s.Models {
		if err := l.t.putModel(ctx, &s.Models[i]); err != nil {
			return part(err, "model", s.Models[i].ModelId)
		}
	}
	return nil
}

func (l *Loader) integrations(ctx context.Context, s *resource.Snapshot) error {
	for i := range s.Integrations {
		id := s.Integrations[i].IntegrationId
		if err := l.t.putIntegration(ctx, &s.Integrations[i]); err != nil {
			return part(err, "integration", id)
		}
		at := catalog.IntegrationResponses(l.t.region, s.Api.ApiId, id)
		responses := s.IntegrationResponses[id]
		for j := range responses {
			if err := l.t.putIntegrationResponse(ctx, at, &responses[j]); err != nil {
				return part(err, "integration "+id+", response", responses[j].IntegrationResponseId)
			}
		}
	}
	return nil
}

func (l *Loader) routes(ctx context.Context, s *resource.Snapshot) error {
	l.t.indexRoutes(nil)
	for i := range s.Routes {
		id := s.Routes[i].RouteId
		if err := l.t.putRoute(ctx, &s.Routes[i]); err != nil {
			return part(err, "route", id)
		}
		at := catalog.RouteResponses(l.t.region, s.Api.ApiId, id)
		responses := s.RouteResponses[id]
		for j := range responses {
			if err := l.t.putRouteResponse(ctx, at, &responses[j]); err != nil {
				return part(err, "route "+id+", response", responses[j].RouteResponseId)
			}
		}
	}
	return nil
}

// part tells in which part of a configuration an error is.
func part(err error, kind, id string) error {
	switch fault.KindOf(err) {
	case fault.BadRequest, fault.NotFound, fault.Conflict:
		return badRequest("%s %s: %s", kind, id, fault.Message(err))
	}
	return err
}

// Deployment puts a deployment with what it froze.
func (l *Loader) Deployment(ctx context.Context, apiId string, d resource.Deployment, frozen *resource.Snapshot) error {
	d.DeploymentStatus = resource.Deployed
	if err := d.Validate(); err != nil {
		return err
	}
	return catalog.PutDeployment(ctx, l.t.tx, l.t.region, apiId, &catalog.Deployment{Deployment: d}, frozen)
}

// Stage puts a stage. One without a deployment serves the API as it was loaded,
// unless idle says that it serves nothing.
func (l *Loader) Stage(ctx context.Context, apiId string, stage *resource.Stage, idle bool) (err error) {
	if l.t.api, err = catalog.Apis(l.t.region).Get(ctx, l.t.tx, apiId); err != nil {
		return err
	}
	stage.Fill(l.t.api.ProtocolType)
	if err := stage.Validate(l.t.api.ProtocolType); err != nil {
		return err
	}
	if err := l.t.knownRouteSettings(ctx, stage); err != nil {
		return err
	}
	switch {
	case stage.DeploymentId != "" && automatic(stage):
		return badRequest("Deployment ID cannot be set on this stage because AutoDeploy is enabled")
	case stage.DeploymentId != "":
		if _, err := find(ctx, l.t.tx, catalog.Deployments(l.t.region, apiId), "Deployment", stage.DeploymentId); err != nil {
			return err
		}
	case !idle:
		if stage.DeploymentId, err = l.deploy(ctx, apiId); err != nil {
			return err
		}
	}
	return catalog.Stages(l.t.region, apiId).Put(ctx, l.t.tx, stage.StageName, stage)
}

// deploy freezes the API as it was loaded; its id is drawn from what it froze. An
// API without routes has nothing to deploy.
func (l *Loader) deploy(ctx context.Context, apiId string) (string, error) {
	frozen, err := catalog.LoadSnapshot(ctx, l.t.tx, l.t.region, apiId)
	if err != nil || len(frozen.Routes) == 0 {
		return "", err
	}
	text, err := json.Marshal(frozen)
	if err != nil {
		return "", err
	}
	id := Derive(string(text), resource.DeploymentIdLength+2)
	return id, l.Deployment(ctx, apiId, resource.Deployment{DeploymentId: id, CreatedDate: frozen.Api.CreatedDate}, frozen)
}

// Derive makes an id of n characters, at most 50, out of a text.
func Derive(text string, n int) string {
	sum := sha256.Sum256([]byte(text))
	return strings.ToLower(base32.StdEncoding.EncodeToString(sum[:]))[:n]
}

// VpcLink puts a link, which is ready at once.
func (l *Loader) VpcLink(ctx context.Context, link *resource.VpcLink) error {
	return l.t.putVpcLink(ctx, link)
}

// Domain puts a custom domain with its mappings and rules.
func (l *Loader) Domain(ctx context.Context, d *resource.DomainName, mappings []resource.ApiMapping, rules []resource.RoutingRule) error {
	address := ""
	if len(d.DomainNameConfigurations) > 0 {
		address = d.DomainNameConfigurations[0].ApiGatewayDomainName
	}
	if address == "" {
		address = "d-" + Derive(d.DomainName, resource.ApiIdLength) + ".execute-api." + l.t.region + ".amazonaws.com"
	}
	if err := l.t.putDomainName(ctx, d, address); err != nil {
		return err
	}
	for i := range mappings {
		if err := l.t.putApiMapping(ctx, d, &mappings[i]); err != nil {
			return part(err, "mapping", mappings[i].ApiMappingId)
		}
	}
	for i := range rules {
		if err := l.t.putRoutingRule(ctx, d, &rules[i]); err != nil {
			return part(err, "routing rule", rules[i].RoutingRuleId)
		}
	}
	return nil
}

// ApiKey puts a key, which must have a value: nobody could send one that is drawn.
func (l *Loader) ApiKey(ctx context.Context, key *resource.ApiKey) error {
	if key.Value == "" {
		return badRequest("Invalid value specified for value: an API key that is loaded needs one")
	}
	return l.t.putApiKey(ctx, key)
}

// UsagePlan puts a plan with the ids of its keys.
func (l *Loader) UsagePlan(ctx context.Context, plan *resource.UsagePlan, keys []string) error {
	if err := l.t.putUsagePlan(ctx, plan); err != nil {
		return err
	}
	for _, id := range keys {
		key, err := find(ctx, l.t.tx, catalog.ApiKeys(l.t.region), keyName, id)
		if err != nil {
			return part(err, "key", id)
		}
		if err := l.t.keyFits(ctx, plan, id); err != nil {
			return err
		}
		noun := &resource.UsagePlanKey{Id: id, Type: "API_KEY", Name: key.Name, Value: key.Value}
		if err := catalog.UsagePlanKeys(l.t.region, plan.Id).Put(ctx, l.t.tx, id, noun); err != nil {
			return err
		}
	}
	return nil
}

// Product puts a portal product with its pages and sharing policy, "" for none.
func (l *Loader) Product(ctx context.Context, p *resource.ProductOnPage, policy string) error {
	product := &p.Product
	if err := l.pages(ctx, p); err != nil {
		return err
	}
	product.Fill(l.t.region, l.t.r.Account)
	if err := product.Validate(); err != nil {
		return err
	}
	if err := l.t.knownPages(ctx, product); err != nil {
		return err
	}
	if policy != "" {
		if err := checkPolicy(policy); err != nil {
			return err
		}
		noun := &catalog.SharingPolicy{PolicyDocument: policy, PortalProductId: product.PortalProductId}
		if err := catalog.SharingPolicies(l.t.region).Put(ctx, l.t.tx, product.PortalProductId, noun); err != nil {
			return err
		}
	}
	return catalog.PortalProducts(l.t.region).Put(ctx, l.t.tx, product.PortalProductId, product)
}

// pages puts the pages of a product.
func (l *Loader) pages(ctx context.Context, p *resource.ProductOnPage) error {
	region, account, product := l.t.region, l.t.r.Account, p.Product.PortalProductId
	for i := range p.Pages {
		page := &p.Pages[i]
		page.ProductPageArn = resource.ProductPageArn(region, account, product, page.ProductPageId)
		if err := page.Validate(); err != nil {
			return part(err, "page", page.ProductPageId)
		}
		if err := catalog.ProductPages(region, product).Put(ctx, l.t.tx, page.ProductPageId, page); err != nil {
			return err
		}
	}
	for i := range p.Endpoints {
		page := &p.Endpoints[i]
		page.ProductRestEndpointPageArn = resource.ProductRestEndpointPageArn(region, account, product, page.ProductRestEndpointPageId)
		page.Fill(region)
		if err := page.Validate(); err != nil {
			return part(err, "endpoint page", page.ProductRestEndpointPageId)
		}
		if err := catalog.ProductRestEndpointPages(region, product).Put(ctx, l.t.tx, page.ProductRestEndpointPageId, page); err != nil {
			return err
		}
	}
	return nil
}

// Portal puts a portal. One that is published shows its products as they were loaded.
func (l *Loader) Portal(ctx context.Context, p *resource.Portal) error {
	p.Preview, p.StatusException, p.Began, p.PreviewBegan = nil, nil, 0, 0
	p.Fill(l.t.region, l.t.r.Account)
	if err := p.Validate(); err != nil {
		return err
	}
	for _, arn := range p.IncludedPortalProductArns {
		if _, err := l.t.product(ctx, arn); err != nil {
			return err
		}
	}
	if p.PublishStatus != resource.Published {
		p.PublishStatus = resource.Disabled
		return catalog.Portals(l.t.region).Put(ctx, l.t.tx, p.PortalId, p)
	}
	return l.t.freezePortal(ctx, p, catalog.PublishedPage)
}
