package clone

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"

	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/management/control"
	"github.com/dragoman-gateway/dragoman/management/control/family"
	"github.com/dragoman-gateway/dragoman/management/document"
	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/catalog"
	"github.com/dragoman-gateway/dragoman/store/sqlite"
)

// builder puts what was read into a store in memory, as an import puts a document: the
// rules that judge a document judge each noun first, so that the one that a gateway
// would refuse is left out alone.
type builder struct {
	region, account string
	maxTemplate     int
	store           *sqlite.DB
	report          *Report
}

func newBuilder(o Options, account string, report *Report) *builder {
	return &builder{o.Region, account, o.MaxTemplate, sqlite.OpenMemory(sqlite.Options{}), report}
}

func (b *builder) close() { _ = b.store.Close() }

// in loads into a store, all or nothing.
func (b *builder) in(ctx context.Context, s store.Store, load func(*control.Loader) error) error {
	// Each attempt has a control of its own, which remembers nothing of those before.
	c := control.New(control.Config{Store: s, Account: b.account, MaxTemplate: b.maxTemplate, Now: still, Logger: slog.New(slog.DiscardHandler)})
	_, err := s.Update(ctx, func(tx store.Tx) error { return load(c.Loader(tx, b.region, b.account)) })
	return err
}

// why is what the rules say of a noun, "" for an error that is not theirs.
func why(err error) string {
	if err == nil || fault.KindOf(err) == fault.Internal {
		return ""
	}
	return short(fault.Message(err))
}

// put puts everything, in an order in which each finds what it refers to.
func (b *builder) put(ctx context.Context, apis []*source, links []resource.VpcLink, domains []*domain) error {
	for i := range links {
		err := b.in(ctx, b.store, func(l *control.Loader) error { return l.VpcLink(ctx, &links[i]) })
		if why(err) == "" && err != nil {
			return err
		}
		if err != nil {
			b.report.left("VPC link "+links[i].VpcLinkId, "%s", why(err))
		}
	}
	for _, s := range apis {
		there, err := b.snapshot(ctx, b.store, &s.Snapshot, s.title())
		if err != nil {
			return err
		}
		if there {
			if err := b.stages(ctx, s); err != nil {
				return err
			}
		}
	}
	for _, d := range domains {
		if err := b.domain(ctx, d); err != nil {
			return err
		}
	}
	return nil
}

// snapshot puts the configuration of an API, without the nouns that are refused. All
// that are refused at once are dropped at once: then it is tried again.
func (b *builder) snapshot(ctx context.Context, s store.Store, of *resource.Snapshot, title string) (there bool, err error) {
	for {
		var found []error
		err := b.in(ctx, s, func(l *control.Loader) error {
			l.Collect(func(err error) { found = append(found, err) })
			return errors.Join(l.Api(ctx, of), errors.Join(found...))
		})
		if err == nil {
			return true, nil
		}
		dropped := false
		for _, one := range found {
			if part, ok := errors.AsType[*family.PartError](one); ok && drop(of, part) {
				dropped = true
				b.report.left(title+", "+where(part), "%s", why(part.Err))
			}
		}
		if !dropped {
			if why(err) == "" {
				return false, err
			}
			b.report.left(title, "%s", why(err))
			return false, nil
		}
		closed(of, title, b.report)
	}
}

// singular are the words for the parts of a document.
var singular = map[string]string{"authorizers": "authorizer", "models": "model", "integrations": "integration", "routes": "route",
	"responses": "response", "mappings": "mapping", "rules": "routing rule", "pages": "page", "endpoints": "page of an endpoint"}

// where words the way to a part: "route abc1234, response def567".
func where(p *family.PartError) string {
	var words []string
	for i := 0; i+1 < len(p.Path); i += 2 {
		words = append(words, singular[p.Path[i]]+" "+p.Path[i+1])
	}
	return strings.Join(words, ", ")
}

// drop takes a noun out of a configuration, and says whether it was there. A route
// whose integration goes stays without one: it is not another route's.
func drop(s *resource.Snapshot, p *family.PartError) bool {
	switch id := ""; len(p.Path) {
	case 2:
		id = p.Path[1]
		switch p.Path[0] {
		case "authorizers":
			return without(&s.Authorizers, func(a *resource.Authorizer) bool { return a.AuthorizerId == id })
		case "models":
			return without(&s.Models, func(m *resource.Model) bool { return m.ModelId == id })
		case "routes":
			return without(&s.Routes, func(r *resource.Route) bool { return r.RouteId == id })
		case "integrations":
			for i := range s.Routes {
				if s.Routes[i].Target == "integrations/"+id {
					s.Routes[i].Target = ""
				}
			}
			return without(&s.Integrations, func(i *resource.Integration) bool { return i.IntegrationId == id })
		}
	case 4:
		id = p.Path[3]
		if p.Path[0] == "integrations" {
			return dropBelow(s.IntegrationResponses, p.Path[1], func(r *resource.IntegrationResponse) bool { return r.IntegrationResponseId == id })
		}
		return dropBelow(s.RouteResponses, p.Path[1], func(r *resource.RouteResponse) bool { return r.RouteResponseId == id })
	}
	return false
}

func dropBelow[T any](of map[string][]T, parent string, gone func(*T) bool) bool {
	nouns := of[parent]
	there := without(&nouns, gone)
	of[parent] = nouns
	return there
}

func without[T any](nouns *[]T, gone func(*T) bool) bool {
	before := len(*nouns)
	*nouns = slices.DeleteFunc(*nouns, func(noun T) bool { return gone(&noun) })
	return len(*nouns) < before
}

// stages puts the stages of an API, with the deployments that are not the API as it is.
func (b *builder) stages(ctx context.Context, s *source) error {
	for i := range s.stages {
		stage := &s.stages[i]
		name := s.title() + ", stage " + stage.StageName
		frozen := s.frozen[stage.DeploymentId]
		if frozen != nil {
			there, err := b.judged(ctx, frozen, name)
			if err != nil {
				return err
			}
			if !there {
				frozen = nil
				b.report.note(name, "it serves the API as it is now")
			}
		}
		err := b.stage(ctx, s, stage, frozen)
		// Logs are the part of a stage with a language of its own, and no reason to serve
		// nothing.
		if why(err) != "" && stage.AccessLogSettings != nil {
			b.report.left(name, "its access log: %s", why(err))
			stage.AccessLogSettings = nil
			err = b.stage(ctx, s, stage, frozen)
		}
		if why(err) != "" {
			b.report.left(name, "%s", why(err))
		} else if err != nil {
			return err
		}
	}
	return nil
}

// stage puts one stage, which serves what a deployment froze, nil for the API as it is.
func (b *builder) stage(ctx context.Context, s *source, stage *resource.Stage, frozen *resource.Snapshot) error {
	one := *stage
	idle := one.DeploymentId == "" && !automatic(stage)
	return b.in(ctx, b.store, func(l *control.Loader) error {
		if frozen == nil {
			one.DeploymentId = ""
		} else if err := l.Deployment(ctx, s.Api.ApiId, deploymentOf(s, one.DeploymentId), frozen); err != nil {
			return err
		}
		return l.Stage(ctx, s.Api.ApiId, &one, idle)
	})
}

// judged holds what a deployment froze to the rules, apart from everything: it may use
// the ids of the API for other things, and links that are gone.
func (b *builder) judged(ctx context.Context, frozen *resource.Snapshot, name string) (bool, error) {
	aside := sqlite.OpenMemory(sqlite.Options{})
	defer func() { _ = aside.Close() }()
	for i := range frozen.Integrations {
		if id := frozen.Integrations[i].ConnectionId; id != "" {
			link := standIn(id)
			if err := b.in(ctx, aside, func(l *control.Loader) error { return l.VpcLink(ctx, &link) }); err != nil {
				return false, err
			}
		}
	}
	return b.snapshot(ctx, aside, frozen, name)
}

func deploymentOf(s *source, id string) resource.Deployment {
	for i := range s.deployments {
		if s.deployments[i].DeploymentId == id {
			return s.deployments[i]
		}
	}
	return resource.Deployment{DeploymentId: id}
}

// domain puts a custom domain, without the mappings and rules that are refused.
func (b *builder) domain(ctx context.Context, d *domain) error {
	name := "domain " + d.DomainName.DomainName
	for {
		err := b.in(ctx, b.store, func(l *control.Loader) error { return l.Domain(ctx, &d.DomainName, d.mappings, d.rules) })
		part, ok := errors.AsType[*family.PartError](err)
		switch {
		case err == nil:
			return nil
		case ok && d.drop(part):
			b.report.left(name+", "+where(part), "%s", why(part.Err))
		case why(err) != "":
			d.refused = true
			b.report.left(name, "%s", why(err))
			return nil
		default:
			return err
		}
	}
}

// drop takes a mapping or rule out of a domain, and says whether it was there.
func (d *domain) drop(p *family.PartError) bool {
	if len(p.Path) != 2 {
		return false
	}
	if p.Path[0] == "mappings" {
		return without(&d.mappings, func(m *resource.ApiMapping) bool { return m.ApiMappingId == p.Path[1] })
	}
	return without(&d.rules, func(rule *resource.RoutingRule) bool { return rule.RoutingRuleId == p.Path[1] })
}

// write gives the document, and counts what it has. What a gateway would not load is
// no copy.
func (b *builder) write(ctx context.Context) (text []byte, counts map[string]int, err error) {
	err = b.store.View(ctx, func(r store.Reader) error {
		text, err = document.Write(ctx, r, b.account, still())
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	loaded, err := document.Parse(text, b.maxTemplate)
	if err != nil {
		return nil, nil, err
	}
	counts = map[string]int{}
	for _, doc := range loaded {
		if noun := catalog.Noun(doc.Key); noun != "" {
			counts[noun]++
		}
	}
	return text, counts, nil
}
