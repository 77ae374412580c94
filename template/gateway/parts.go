package gateway

import (
	"strconv"

	"github.com/dragoman-gateway/dragoman/management/tree"
)

func (g *region) model(r *resource) {
	a := g.apiOf(r)
	g.required(r, "CreateModel")
	schema := r.get("Schema")
	if schema.IsObject() {
		// Documented: Schema is JSON in a template, and a text to the API.
		r = r.with("Schema", tree.Text(g.jsonText(r, schema, r.properties().Below("Schema"))))
	}
	g.put(a, "models", r, r.PhysicalID, g.convert(r, "CreateModel"))
}

// with is a resource with another value of a property, at the same place.
func (r *resource) with(name string, value tree.Node) *resource {
	properties := tree.Object().From(r.Properties)
	for key, old := range r.Properties.Members() {
		if key == name {
			old = value.From(old)
		}
		properties.Set(key, old)
	}
	changed := *r
	changed.Properties = properties
	return &changed
}

func (g *region) authorizer(r *resource) {
	a := g.apiOf(r)
	// Observed: an authorizer without IdentitySource is deployed; SAM makes such for
	// WebSocket APIs.
	g.required(r, "CreateAuthorizer", "IdentitySource")
	g.put(a, "authorizers", r, r.PhysicalID, g.convert(r, "CreateAuthorizer"))
}

func (g *region) integration(r *resource) {
	a := g.apiOf(r)
	g.required(r, "CreateIntegration")
	if r.get("ResponseParameters").IsObject() {
		r = r.with("ResponseParameters", g.responseParameters(r))
	}
	g.put(a, "integrations", r, r.PhysicalID, g.convert(r, "CreateIntegration"))
}

// responseParameters makes a map for each status of what a template has as a list.
//
// Documented: CloudFormation Template Reference, AWS::ApiGatewayV2::Integration
// ResponseParameterMap and ResponseParameter: Destination and Source.
func (g *region) responseParameters(r *resource) tree.Node {
	made, path := tree.Object(), r.properties().Below("ResponseParameters")
	for status, n := range r.get("ResponseParameters").Members() {
		list, at := n.Get("ResponseParameters"), path.Below(status).Below("ResponseParameters")
		if !list.There() {
			made.Set(status, n) // as the API has it
			continue
		}
		if !list.IsList() {
			g.fault(r, list, at, "expected a list of {Destination, Source}", "")
			continue
		}
		parameters := tree.Object()
		for i, item := range list.Items() {
			to, from := item.Get("Destination"), item.Get("Source")
			if to.Text() == "" || from.Null() {
				g.fault(r, item, at.Below(strconv.Itoa(i)), "expected Destination and Source", "as in {Destination: overwrite:statuscode, Source: \"404\"}")
				continue
			}
			parameters.Set(to.Text(), from)
		}
		made.Set(status, parameters)
	}
	return made
}

func (g *region) integrationResponse(r *resource) {
	g.response(r, "CreateIntegrationResponse", "integrations", "IntegrationId")
}

func (g *region) routeResponse(r *resource) {
	g.response(r, "CreateRouteResponse", "routes", "RouteId")
}

// response adds a response below the integration or route that a property names.
func (g *region) response(r *resource, operation, part, property string) {
	a := g.apiOf(r)
	g.required(r, operation)
	id := r.get(property)
	n := g.convert(r, operation)
	if id.Null() {
		return
	}
	if a.detached || !a.parts[part].Get(id.Text()).There() && r.Lacks(property) {
		return
	}
	if !a.parts[part].Get(id.Text()).There() {
		g.lost(r, part, id, r.properties().Below(property), "the API has no "+part[:len(part)-1]+" "+short(id.Text()), "")
		return
	}
	at := part + "." + id.Text()
	if !a.below[at].There() {
		a.below[at] = tree.Object()
	}
	a.below[at].Set(r.PhysicalID, n)
	g.came(a.at+"."+at+".responses."+r.PhysicalID, whole(r))
}

func (g *region) route(r *resource) {
	a := g.apiOf(r)
	g.required(r, "CreateRoute")
	g.put(a, "routes", r, r.PhysicalID, g.convert(r, "CreateRoute"))
}

// stage puts a stage. One that names no deployment and has none of its own serves
// nothing: on AWS such a stage waits for a deployment.
func (g *region) stage(r *resource) {
	a := g.apiOf(r)
	g.required(r, "CreateStage")
	// Documented: CloudFormation Template Reference, AWS::ApiGatewayV2::Stage:
	// AccessPolicyId is not supported.
	n := g.convert(r, "CreateStage", "AccessPolicyId").Without("stageName")
	switch name := r.text("StageName"); {
	case name == "":
		g.lacks["stages"] = true
	// Documented: CloudFormation Template Reference, AWS::ApiGatewayV2::Stage: its name is
	// its key within the API, so CloudFormation fails the second with what CreateStage
	// answers.
	case a.parts["stages"].Get(name).There():
		g.fault(r, r.get("StageName"), r.properties().Below("StageName"), "the API has a stage "+short(name)+" already", "")
	default:
		g.put(a, "stages", r, name, n)
	}
}

// settle says of each stage that has no deployment that it serves nothing: a stage of a
// document serves its API otherwise.
func (a *api) settle() {
	for _, n := range a.parts["stages"].Members() {
		if !n.Get("deploymentId").There() && n.Get("autoDeploy").Text() != "true" {
			n.Set("idle", tree.Bool(true))
		}
	}
}
