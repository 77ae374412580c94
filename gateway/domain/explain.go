package domain

import (
	"crypto/tls"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/dragoman-gateway/dragoman/gateway/routing"
	"github.com/dragoman-gateway/dragoman/health"
	"github.com/dragoman-gateway/dragoman/verdict"
)

var _ routing.Explainer = (*Domains)(nil)

// Explain implements routing.Explainer. Unlike Route it asks for no certificate of a client:
// it tells that one is needed.
func (d *Domains) Explain(host string, r *http.Request) (e routing.Explained) {
	entry := d.table.Load().find(host)
	if entry == nil {
		return e
	}
	e = routing.Explained{Domain: entry.name, Mutual: entry.truststore != ""}
	// The mappings of what is broken are not known, so that nothing more is claimed.
	if entry.broken != nil {
		e.Why = "the custom domain cannot be served as it is stored"
		return e
	}
	v, to := entry.choose(r)
	if v == nil {
		e.Why = "neither a mapping nor a rule of the custom domain " + entry.name + " takes the path"
		return e
	}
	e.Match, e.API, e.Stage = v, to.api, to.stage
	switch api := d.directory.Api(to.api); {
	case api == nil:
		e.Why = "the API " + to.api + " that is mapped there is not served"
	case api.Stages[to.stage] == nil:
		e.Why = "the stage " + to.stage + " that is mapped there is not served"
	case v.Unclear:
		e.Why = "the path can be read in two ways that belong to different targets, so that it is refused"
	default:
		v.Api, v.Stage = api, api.Stages[to.stage]
	}
	return e
}

// Find says where a request would go, by these domains or otherwise, without sending it.
func (d *Domains) Find(asked verdict.Asked) verdict.Place {
	r := &http.Request{Method: http.MethodGet, Host: asked.Host, Header: http.Header{}}
	for name, value := range asked.Headers {
		r.Header.Set(name, value)
	}
	var err error
	if r.URL, err = url.ParseRequestURI(asked.Path); err != nil {
		return verdict.Place{Why: "the path cannot be read"}
	}
	w := routing.Find(d.directory, d, r)
	p := verdict.Place{By: w.By, Domain: w.Domain, Mutual: w.Mutual, API: w.API, Protocol: w.Protocol, Stage: w.Stage, Rest: w.Rest, Why: w.Why}
	if w.Match != nil {
		if p.Rule = w.Match.Rule; p.Rule == "" {
			p.Mapping = w.Match.BasePath
		}
	}
	host, _, _ := strings.Cut(asked.Host, ":") // a port is no part of a certificate's name
	p.Certificate = d.Certificate(host)
	return p
}

// Certificate is what a client of a host would be shown over TLS; nil where no listener
// speaks TLS. Nothing is fetched by asking.
func (d *Domains) Certificate(host string) *health.Certificate {
	if d.tls == nil {
		return nil
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	e := d.table.Load().find(host)
	told := func(arn string, c *tls.Certificate) *health.Certificate {
		j := health.Judge(c.Leaf, host, time.Now())
		if j.Arn = arn; e != nil {
			j.Domain = e.name
		}
		return &j
	}
	// The order is that of a handshake (see certificate): another would show what no client gets.
	if e != nil {
		if w := d.tls.certificates[e.certificate]; w != nil {
			return told(e.certificate, w.Get())
		}
	}
	if arn, found := d.tls.covering(host); found != nil {
		return told(arn, found)
	}
	if d.tls.manager != nil && d.fetches(host) {
		// It is fetched by the first handshake: until then there is nothing to judge.
		return &health.Certificate{Domain: host, Problem: ""}
	}
	if w := d.tls.certificates[Fallback]; w != nil {
		return told(Fallback, w.Get())
	}
	none := &health.Certificate{Refused: true, Problem: "there is no certificate for " + host + ": --certificate maps none to its ARN"}
	if e != nil {
		none.Domain, none.Arn = e.name, e.certificate
	}
	return none
}

// Certificates are those of all custom domains, by name; none where no listener speaks TLS.
func (d *Domains) Certificates() (all []health.Certificate) {
	if d.tls == nil {
		return nil
	}
	t := d.table.Load()
	if t == nil {
		return nil
	}
	for name := range t.exact {
		if c := d.Certificate(name); c != nil {
			all = append(all, *c)
		}
	}
	for suffix := range t.wildcards {
		// RFC 6125, 6.4.3: a wildcard stands for one label, so that any label shows what all get.
		if c := d.Certificate("any." + suffix); c != nil {
			c.Domain = "*." + suffix
			all = append(all, *c)
		}
	}
	slices.SortFunc(all, func(a, b health.Certificate) int { return strings.Compare(a.Domain, b.Domain) })
	return all
}
