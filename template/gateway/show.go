package gateway

import (
	"strings"

	"github.com/dragoman-gateway/dragoman/management/tree"
)

// show puts what was read into the result.
func (g *region) show() {
	for _, a := range g.apis {
		a.settle()
		api := shown(a.document(), a.id, g.called)
		api.Origin, api.Region, api.URL = a.r.origin(), g.name, a.r.Type == "AWS::Lambda::Url"
		for _, d := range g.domains {
			if d.leadsTo(a.id) {
				api.Domains = append(api.Domains, d.name)
			}
		}
		g.result.APIs = append(g.result.APIs, api)
	}
	for _, f := range g.functions {
		g.reads(f.Code.Zip)
		g.result.Functions = append(g.result.Functions, f.Function)
	}
	for _, o := range g.outputs.Outputs {
		g.result.Outputs = append(g.result.Outputs, Output{Stack: o.Stack, Name: o.LogicalID, Value: o.Value, Description: o.Description, Export: o.Export, Secret: o.Secret, Nested: o.Nested})
	}
}

// Shown is an API of a document for whoever shows it.
func Shown(n tree.Node, id string) API {
	return shown(n, id, func(arn string) string { return arn[strings.LastIndex(arn, ":function:")+len(":function:"):] })
}

// shown tells what an API of a document has; called is what a function is called, which is
// given by its ARN.
func shown(n tree.Node, id string, called func(arn string) string) API {
	api := API{ID: id, Name: n.Get("name").Text(), Protocol: n.Get("protocolType").Text()}
	for name := range n.Get("stages").Members() {
		api.Stages = append(api.Stages, name)
	}
	for _, route := range n.Get("routes").Members() {
		to, function := target(n, route, called)
		api.Routes = append(api.Routes, Route{Key: route.Get("routeKey").Text(), Target: to, Function: function, Link: link(n, route)})
	}
	for _, a := range n.Get("authorizers").Members() {
		uri, _, _ := strings.Cut(a.Get("authorizerUri").Text(), "/invocations")
		if _, _, lambda := strings.Cut(uri, ":function:"); lambda {
			api.Asks = append(api.Asks, functionName(uri))
		}
	}
	return api
}

func (d *domain) leadsTo(apiID string) bool {
	for _, m := range d.mappings.Members() {
		if m.Get("apiId").Text() == apiID {
			return true
		}
	}
	for _, rule := range d.rules.Members() {
		for _, action := range rule.Get("actions").Items() {
			if action.Get("invokeApi", "apiId").Text() == apiID {
				return true
			}
		}
	}
	return false
}

// link is what targets can be given for behind a route of an API.
func link(api, route tree.Node) (ids []string) {
	id, _ := strings.CutPrefix(route.Get("target").Text(), "integrations/")
	i := api.Get("integrations", id)
	if i.Get("connectionType").Text() != "VPC_LINK" {
		return nil
	}
	ids = append(ids, i.Get("connectionId").Text())
	if uri := i.Get("integrationUri").Text(); strings.HasPrefix(uri, "arn:") {
		ids = append(ids, uri)
	}
	return ids
}

// target words what is behind a route of an API; function is the name of a function,
// as its ARN has it, or "".
func target(api, route tree.Node, called func(arn string) string) (words, function string) {
	id, ok := strings.CutPrefix(route.Get("target").Text(), "integrations/")
	if !ok {
		return "none", ""
	}
	i := api.Get("integrations", id)
	uri := i.Get("integrationUri").Text()
	switch kind := i.Get("integrationType").Text(); {
	case strings.Contains(uri, ":function:"):
		name := uri[strings.Index(uri, ":function:"):]
		name, _, _ = strings.Cut(name, "/")
		function, _, _ = strings.Cut(strings.TrimPrefix(name, ":function:"), ":")
		return called("arn" + name), function
	case i.Get("integrationSubtype").There():
		return i.Get("integrationSubtype").Text(), ""
	case uri != "":
		return uri, ""
	default:
		return strings.ToLower(kind), ""
	}
}
