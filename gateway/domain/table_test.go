package domain

import (
	"net/http/httptest"
	"testing"

	"github.com/dragoman-gateway/dragoman/gateway/routing"
	"github.com/dragoman-gateway/dragoman/gateway/serving"
	"github.com/dragoman-gateway/dragoman/plan"
	"github.com/dragoman-gateway/dragoman/resource"
)

// apis is a directory where every API has the stages s, v1 and v2.
type apis map[string]*serving.Api

func (a apis) Api(id string) *serving.Api { return a[id] }

func directory(ids ...string) apis {
	a := apis{}
	for _, id := range ids {
		stages := map[string]*serving.Stage{}
		for _, name := range []string{"s", "v1", "v2"} {
			stages[name] = &serving.Stage{Stage: &plan.Stage{ApiID: id, Name: name}}
		}
		a[id] = &serving.Api{ID: id, Stages: stages}
	}
	return a
}

func domains(all ...Definition) *Domains {
	d := New(nil)
	d.Serve(directory("1", "2", "3", "4", "5", "a", "b"))
	d.Replace(all)
	return d
}

func named(name, mode string) *resource.DomainName {
	return &resource.DomainName{DomainName: name, RoutingMode: mode}
}

func keys(pairs ...string) (list []*resource.ApiMapping) {
	for i := 0; i < len(pairs); i += 2 {
		list = append(list, &resource.ApiMapping{ApiMappingKey: pairs[i], ApiId: pairs[i+1], Stage: "s"})
	}
	return list
}

// routed is where a request goes, as "api path basePath", or what is wrong.
func routed(d *Domains, host, target string, header ...string) string {
	r := httptest.NewRequest("GET", target, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	v, known, mapped := d.Route(host, r)
	switch {
	case !known:
		return "unknown"
	case !mapped:
		return "unmapped"
	}
	return v.Api.ID + " " + v.Path + " " + v.BasePath
}

func TestMappings(t *testing.T) {
	levels := domains(Definition{named("api.example.com", resource.MappingOnly),
		keys("", "1", "orders", "2", "orders/v1/items", "3", "orders/v2/items", "4", "orders/v2/items/categories", "5"), nil, nil})
	single := domains(Definition{named("api.example.com", resource.MappingOnly), keys("", "1", "orders", "2"), nil, nil})
	closed := domains(Definition{named("api.example.com", ""), keys("orders", "2", "gone", "9"), nil, nil})
	for _, row := range []struct {
		name         string
		d            *Domains
		target, want string
	}{
		{"the longest", levels, "/orders/v1/items/123", "3 /123 orders/v1/items"},
		{"longer still", levels, "/orders/v2/items/categories/5", "5 /5 orders/v2/items/categories"},
		{"none", levels, "/customers", "1 /customers "},
		{"a prefix of a segment", levels, "/ordersandmore", "2 /andmore orders"},
		{"the key alone", levels, "/orders", "2  orders"},
		{"the key and a slash", levels, "/orders/", "2 / orders"},
		{"the query stays", levels, "/orders/v1?x=1", "2 /v1 orders"},
		{"whole segments", single, "/ordersandmore", "1 /ordersandmore "},
		{"a segment", single, "/orders/1", "2 /1 orders"},
		{"case counts", single, "/Orders/1", "1 /Orders/1 "},
		{"escaped", single, "/orders/a%2Fb", "2 /a%2Fb orders"},
		{"root", single, "/", "1 / "},
		{"no empty key", closed, "/customers", "unmapped"},
		{"an API that is gone", closed, "/gone/x", "unmapped"},
	} {
		if got := routed(row.d, "api.example.com", row.target); got != row.want {
			t.Errorf("%s: got %q, want %q", row.name, got, row.want)
		}
	}
}

func TestHosts(t *testing.T) {
	d := domains(
		Definition{named("*.example.com", ""), keys("", "1"), nil, nil},
		Definition{named("API.Example.com", ""), keys("", "2"), nil, nil},
		Definition{named("*.deep.example.com", ""), keys("", "3"), nil, nil},
	)
	for host, want := range map[string]string{
		"api.example.com":       "2 / ",
		"other.example.com":     "1 / ",
		"a.deep.example.com":    "3 / ",
		"a.b.example.com":       "unknown",
		"example.com":           "unknown",
		"":                      "unknown",
		"api.example.com.evil":  "unknown",
		"a.b.deep.example.com":  "unknown",
		"evil-api.example.com":  "1 / ",
		"deep.example.com":      "1 / ",
		"*.example.com":         "1 / ",
		"localhost":             "unknown",
		"a1.execute-api.nobody": "unknown",
	} {
		if got := routed(d, host, "/"); got != want {
			t.Errorf("%q: got %q, want %q", host, got, want)
		}
	}
	if _, known, _ := New(nil).Route("api.example.com", httptest.NewRequest("GET", "/", nil)); known {
		t.Error("before anything is loaded: got a domain")
	}
}

func action(api string, strip bool) []resource.RoutingRuleAction {
	return []resource.RoutingRuleAction{{InvokeApi: &resource.RoutingRuleActionInvokeApi{ApiId: api, Stage: "s", StripBasePath: strip}}}
}

func headerIs(name, glob string) resource.RoutingRuleCondition {
	return resource.RoutingRuleCondition{MatchHeaders: &resource.RoutingRuleMatchHeaders{AnyOf: []resource.RoutingRuleMatchHeaderValue{{Header: name, ValueGlob: glob}}}}
}

func base(path string) resource.RoutingRuleCondition {
	return resource.RoutingRuleCondition{MatchBasePaths: &resource.RoutingRuleMatchBasePaths{AnyOf: []string{path}}}
}

func TestRules(t *testing.T) {
	all := []*resource.RoutingRule{
		{RoutingRuleId: "last", Priority: 1000, Actions: action("5", false), Conditions: []resource.RoutingRuleCondition{base("catch")}},
		{RoutingRuleId: "both", Priority: 10, Actions: action("1", false), Conditions: []resource.RoutingRuleCondition{headerIs("x-version", "beta*"), base("shop")}},
		{RoutingRuleId: "strip", Priority: 20, Actions: action("2", true), Conditions: []resource.RoutingRuleCondition{base("shop")}},
		{RoutingRuleId: "json", Priority: 30, Actions: action("3", false), Conditions: []resource.RoutingRuleCondition{headerIs("Accept", "*json")}},
		{RoutingRuleId: "two", Priority: 40, Actions: action("4", false), Conditions: []resource.RoutingRuleCondition{headerIs("a", "*x*"), headerIs("b", "exactly")}},
		{RoutingRuleId: "gone", Priority: 50, Actions: action("9", false), Conditions: []resource.RoutingRuleCondition{base("gone")}},
	}
	mapped := keys("", "a", "shop", "b")
	only := domains(Definition{named("d.com", resource.RuleOnly), mapped, all, nil})
	then := domains(Definition{named("d.com", resource.RuleThenMapping), mapped, all, nil})
	without := domains(Definition{named("d.com", resource.MappingOnly), mapped, all, nil})
	for _, row := range []struct {
		name, target     string
		header           []string
		only, then, none string
	}{
		{"header and path", "/shop/dogs", []string{"X-Version", "beta2"}, "1 /shop/dogs shop", "1 /shop/dogs shop", "b /dogs shop"},
		{"a value's case counts", "/shop/dogs", []string{"X-Version", "BETA"}, "2 /dogs shop", "2 /dogs shop", "b /dogs shop"},
		{"stripped to nothing", "/shop", nil, "2 / shop", "2 / shop", "b  shop"},
		{"whole segments", "/shopper", nil, "unmapped", "a /shopper ", "a /shopper "},
		{"a path's case counts", "/Shop", nil, "unmapped", "a /Shop ", "a /Shop "},
		{"any line of a header", "/x", []string{"Accept", "application/json", "Accept", "text/xml"}, "3 /x ", "3 /x ", "a /x "},
		{"one line is one value", "/x", []string{"Accept", "application/json,text/xml"}, "unmapped", "a /x ", "a /x "},
		{"both headers", "/x", []string{"A", "..x..", "B", "exactly"}, "4 /x ", "4 /x ", "a /x "},
		{"one of two headers", "/x", []string{"A", "x"}, "unmapped", "a /x ", "a /x "},
		{"the last priority", "/catch/it", nil, "5 /catch/it catch", "5 /catch/it catch", "a /catch/it "},
		{"a target that is gone", "/gone", nil, "unmapped", "unmapped", "a /gone "},
	} {
		for mode, at := range map[string]struct {
			d    *Domains
			want string
		}{"rules": {only, row.only}, "both": {then, row.then}, "mappings": {without, row.none}} {
			if got := routed(at.d, "d.com", row.target, row.header...); got != at.want {
				t.Errorf("%s, %s: got %q, want %q", row.name, mode, got, at.want)
			}
		}
	}
	r := httptest.NewRequest("GET", "/catch", nil)
	if v, _, _ := only.Route("d.com", r); v == nil || v.Rule != "last" || !v.Mapped || v.Stage.Name != "s" {
		t.Errorf("got %+v, want the rule's id and the stage", v)
	}
}

func TestARuleWithoutConditionsCatchesAll(t *testing.T) {
	d := domains(Definition{named("d.com", resource.RuleOnly), nil, []*resource.RoutingRule{{Priority: 1, Actions: action("1", true)}}, nil})
	if got := routed(d, "d.com", "/any/thing"); got != "1 /any/thing " {
		t.Errorf("got %q", got)
	}
}

func BenchmarkRoute(b *testing.B) {
	d := domains(Definition{named("api.example.com", ""), keys("", "1", "orders", "2", "orders/v1/items", "3"), nil, nil})
	r := httptest.NewRequest("GET", "/orders/v1/items/5", nil)
	b.ReportAllocs()
	for b.Loop() {
		if _, _, mapped := d.Route("api.example.com", r); !mapped {
			b.Fatal("not mapped")
		}
	}
}

var _ routing.Apis = apis{}
