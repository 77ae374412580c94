package domain

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"github.com/dragoman-gateway/dragoman/resource"
)

// Definition is a custom domain with what belongs to it.
type Definition struct {
	Domain   *resource.DomainName
	Mappings []*resource.ApiMapping
	Rules    []*resource.RoutingRule
	Broken   error // why the domain is there and has nothing to serve
}

// table is all custom domains. It is immutable.
type table struct {
	exact     map[string]*entry
	wildcards map[string]*entry // by what follows "*."
}

// entry is one domain.
type entry struct {
	name        string // in small letters
	certificate string // ARN
	truststore  string // URI; "" without mutual TLS
	rules       []rule // in order of priority; nil when the mode has none
	mappings    []mapping
	levels      bool  // some key has several levels
	broken      error // why it is there and has nothing to serve
}

// A target is the stage of an API that a mapping or a rule leads to.
type target struct{ api, stage string }

// mapping binds a key to a stage; the longest key comes first.
type mapping struct {
	key string
	target
}

// rule is a routing rule.
type rule struct {
	id      string
	headers []header
	base    string // without slashes at its ends; "" for any path
	strip   bool
	target
}

// header is a condition on the lines of one header.
type header struct {
	name       string // canonical
	text       string
	start, end bool // anything may come before, or after, the text
}

// compile makes the table of domains. What Validate would refuse is left out. It
// is made anew for each change and swapped whole, so that a request sees one
// state of all domains.
func compile(all []Definition) *table {
	t := &table{exact: map[string]*entry{}, wildcards: map[string]*entry{}}
	for _, d := range all {
		e := newEntry(d)
		if suffix, wild := strings.CutPrefix(e.name, "*."); wild {
			t.wildcards[suffix] = e
		} else {
			t.exact[e.name] = e
		}
	}
	return t
}

// The mode says which of the two a domain has.
// Documented: API Gateway V2 API Reference, DomainNames, routingMode.
func newEntry(d Definition) *entry {
	e := &entry{name: strings.ToLower(d.Domain.DomainName), broken: d.Broken}
	if c := d.Domain.DomainNameConfigurations; len(c) > 0 {
		e.certificate = c[0].CertificateArn
	}
	if m := d.Domain.MutualTlsAuthentication; m != nil {
		e.truststore = m.TruststoreUri
	}
	if d.Domain.RoutingMode != resource.RuleOnly {
		e.mappings, e.levels = mappings(d.Mappings)
	}
	if mode := d.Domain.RoutingMode; mode == resource.RuleOnly || mode == resource.RuleThenMapping {
		e.rules = rules(d.Rules)
	}
	return e
}

// The longest key is tried first.
// Documented: API Gateway Developer Guide, Map API stages to a custom domain name
// for HTTP APIs.
func mappings(from []*resource.ApiMapping) (list []mapping, levels bool) {
	for _, m := range from {
		list = append(list, mapping{m.ApiMappingKey, target{m.ApiId, m.Stage}})
		levels = levels || m.MultiLevel()
	}
	slices.SortFunc(list, func(a, b mapping) int { return cmp.Compare(len(b.key), len(a.key)) })
	return list, levels
}

// Rules are tried by priority, the lowest number first.
// Documented: API Gateway Developer Guide, Routing rules to connect API stages to
// a custom domain name for REST APIs.
func rules(from []*resource.RoutingRule) []rule {
	from = slices.SortedFunc(slices.Values(from), func(a, b *resource.RoutingRule) int { return cmp.Compare(a.Priority, b.Priority) })
	var list []rule
	for _, r := range from {
		if len(r.Actions) != 1 || r.Actions[0].InvokeApi == nil {
			continue
		}
		to := r.Actions[0].InvokeApi
		made := rule{id: r.RoutingRuleId, strip: to.StripBasePath, target: target{to.ApiId, to.Stage}}
		for _, c := range r.Conditions {
			if c.MatchBasePaths != nil && len(c.MatchBasePaths.AnyOf) == 1 {
				made.base = strings.Trim(c.MatchBasePaths.AnyOf[0], "/")
			}
			if c.MatchHeaders != nil && len(c.MatchHeaders.AnyOf) == 1 {
				made.headers = append(made.headers, newHeader(c.MatchHeaders.AnyOf[0]))
			}
		}
		list = append(list, made)
	}
	return list
}

// A glob has its * at the start, at the end or at both, never within.
func newHeader(v resource.RoutingRuleMatchHeaderValue) header {
	h := header{name: http.CanonicalHeaderKey(v.Header), text: v.ValueGlob}
	h.text, h.start = strings.CutPrefix(h.text, "*")
	h.text, h.end = strings.CutSuffix(h.text, "*")
	return h
}

// find is the domain of a host, in small letters and without a port: the exact
// name before the wildcard, which stands for one label. nil when there is none.
// Documented: API Gateway Developer Guide, Custom domain names for HTTP APIs.
func (t *table) find(host string) *entry {
	if t == nil || host == "" {
		return nil
	}
	if e := t.exact[host]; e != nil {
		return e
	}
	if _, suffix, ok := strings.Cut(host, "."); ok {
		return t.wildcards[suffix]
	}
	return nil
}

// matches looks at each line of the header for itself: *json does not match one
// line that goes on behind json, though another line ends so. The value's case
// matters.
// Documented: API Gateway Developer Guide, Routing rules to connect API stages to
// a custom domain name for REST APIs.
func (h *header) matches(r *http.Request) bool {
	if h.name == "Host" {
		return h.fits(r.Host)
	}
	return slices.ContainsFunc(r.Header[h.name], h.fits)
}

func (h *header) fits(value string) bool {
	switch {
	case h.start && h.end:
		return strings.Contains(value, h.text)
	case h.start:
		return strings.HasSuffix(value, h.text)
	case h.end:
		return strings.HasPrefix(value, h.text)
	}
	return value == h.text
}
