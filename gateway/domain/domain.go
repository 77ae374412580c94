package domain

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/dragoman-gateway/dragoman/gateway/routing"
	"github.com/dragoman-gateway/dragoman/gateway/serving"
	"github.com/dragoman-gateway/dragoman/internal/uripath"
	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/catalog"
)

// Domains are the custom domains that are served. They are safe for concurrent
// use; before Load there are none. What is not mapped is refused: a host that
// somebody has configured never falls back to the paths of APIs.
type Domains struct {
	directory routing.Apis
	table     atomic.Pointer[table]
	tls       *TLS // nil: there is no TLS
	judge     judge
	logger    *slog.Logger
	served    map[string]Definition // by name; of Load alone
}

var _ routing.Domains = (*Domains)(nil)

// New makes domains over the APIs of a directory.
func New(logger *slog.Logger) *Domains {
	if logger == nil {
		logger = slog.Default()
	}
	return &Domains{logger: logger}
}

// Serve says where the APIs are found. Call it before the first request.
func (d *Domains) Serve(directory routing.Apis) { d.directory = directory }

// Load takes the domains as they are stored in place of all that were. One of which
// something cannot be read is served as it was before; if it was not served, it
// answers that it is broken: what is left of it could lead requests elsewhere.
func (d *Domains) Load(ctx context.Context, r store.Reader) ([]*catalog.Unreadable, error) {
	found, err := catalog.ListDomainNames(ctx, r)
	if err != nil {
		return nil, err
	}
	var faults []*catalog.Unreadable
	served := make(map[string]Definition, len(found))
	for _, f := range found {
		next, err := definition(ctx, r, f)
		var fault *catalog.Unreadable
		switch {
		case errors.As(err, &fault):
			faults = append(faults, fault)
			if before, ok := d.served[f.Name]; ok {
				next = before
			} else {
				next = Definition{Domain: &resource.DomainName{DomainName: f.Name}, Broken: fault}
			}
		case err != nil:
			return nil, err
		}
		served[f.Name] = next
	}
	d.served = served
	d.Replace(slices.Collect(maps.Values(served)))
	return faults, nil
}

// definition reads a domain with all that belongs to it.
func definition(ctx context.Context, r store.Reader, f catalog.Regional[resource.DomainName]) (Definition, error) {
	mappings, err := catalog.ApiMappings(f.Region, f.Name).Whole(ctx, r)
	if err != nil {
		return Definition{}, err
	}
	rules, err := catalog.RoutingRules(f.Region, f.Name).Whole(ctx, r)
	return Definition{Domain: f.Noun, Mappings: mappings, Rules: rules}, cmp.Or(err, f.Err)
}

// Replace takes domains in place of all that were.
func (d *Domains) Replace(all []Definition) { d.table.Store(compile(all)) }

// Route implements routing.Domains. A stage that is not served is not mapped.
//
// Assumed: routing rules reach HTTP and WebSocket APIs too; AWS takes REST APIs
// alone, which are not served here.
func (d *Domains) Route(host string, r *http.Request) (v *routing.Match, known, mapped bool) {
	t := d.table.Load()
	e := t.find(host)
	if e == nil {
		return nil, false, false
	}
	if e.truststore != "" && !d.verified(t, e, r) {
		return nil, true, false
	}
	if e.broken != nil {
		return &routing.Match{Api: &serving.Api{Broken: e.broken}}, true, true
	}
	v, to := e.choose(r)
	if v == nil {
		return nil, true, false
	}
	if v.Api = d.directory.Api(to.api); v.Api == nil {
		return nil, true, false
	}
	if v.Stage = v.Api.Stages[to.stage]; v.Stage == nil && v.Api.Broken == nil {
		return nil, true, false
	}
	if e.truststore != "" {
		v.ClientCert = clientCert(r.TLS.PeerCertificates[0])
	}
	return v, true, true
}

// choose finds the target: rules before mappings.
// Documented: API Gateway Developer Guide, Routing rules to connect API stages to
// a custom domain name for REST APIs.
//
// A path whose other readings have another target is unclear: a backend that
// reads it so would be asked past what guards that target.
// Assumed: keys and base paths are compared with the path decoded, as routes are,
// after any number of slashes.
func (e *entry) choose(r *http.Request) (*routing.Match, target) {
	path, _ := routing.Path(r)
	v, to := e.find(r, path)
	if v == nil {
		return nil, to
	}
	for _, reading := range uripath.Readings(path) {
		if other, at := e.find(r, reading); other != nil && (at != to || other.Rule != v.Rule || other.BasePath != v.BasePath) {
			v.Unclear = true
		}
	}
	return v, to
}

func (e *entry) find(r *http.Request, path string) (*routing.Match, target) {
	for i := range e.rules {
		rule := &e.rules[i]
		rest, ok := rule.matches(r, path)
		if ok {
			return &routing.Match{Path: rest, Mapped: true, BasePath: rule.base, Rule: rule.id}, rule.target
		}
	}
	for i := range e.mappings {
		m := &e.mappings[i]
		if rest, ok := below(path, m.key, e.levels); ok {
			return &routing.Match{Path: rest, Mapped: true, BasePath: m.key}, m.target
		}
	}
	return nil, target{}
}

// All conditions of a rule have to hold; a rule without any takes every request.
// A base path that is all of the path leaves / when it is stripped.
// Documented: API Gateway Developer Guide, Routing rules to connect API stages to
// a custom domain name for REST APIs.
func (r *rule) matches(request *http.Request, path string) (rest string, ok bool) {
	rest = path
	if r.base != "" {
		if rest, ok = below(path, r.base, false); !ok {
			return "", false
		}
		if !r.strip {
			rest = path
		} else if rest == "" {
			rest = "/"
		}
	}
	for i := range r.headers {
		if !r.headers[i].matches(request) {
			return "", false
		}
	}
	return rest, true
}

// below takes a key off the beginning of an escaped path. The key ends where a
// segment ends, unless loose, where it is a mere prefix: so does AWS once any key
// of the domain has several levels.
// Documented: API Gateway Developer Guide, Map API stages to a custom domain name
// for HTTP APIs.
//
// Assumed: what a loose key leaves of a segment is the first segment of the rest.
func below(path, key string, loose bool) (rest string, ok bool) {
	if key == "" {
		return path, true
	}
	rest, ok = uripath.CutPrefix(strings.TrimLeft(path, "/"), key)
	switch {
	case !ok:
		return "", false
	case rest == "" || rest[0] == '/':
		return rest, true
	case !loose:
		return "", false
	}
	return "/" + rest, true
}
