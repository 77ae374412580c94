package gateway

import (
	"encoding/json"

	"github.com/dragoman-gateway/dragoman/management/tree"
	noun "github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/template/source"
)

// api is an API with everything below it, in the form of the document.
type api struct {
	r     *resource // a Url, for the API that answers it
	at    string    // its path in the document
	id    string
	head  tree.Node
	parts map[string]tree.Node // by the names that the document has for them
	below map[string]tree.Node // responses, by the path of what they belong to
	made  tree.Node            // all of it

	detached bool   // it stands for one that is not known
	quick    *quick // what the management plane made of a target; nil for none

	deployments []*resource // that are of it
}

// quick is what is managed by API Gateway.
type quick struct {
	integration *noun.Integration
	route       *noun.Route
	stage       *noun.Stage
}

// parts of an API, in the order of the document.
var parts = []string{"authorizers", "models", "integrations", "routes", "deployments", "stages"}

func (g *region) newApi(r *resource, id string) *api {
	a := &api{r: r, at: g.at("apis." + id), id: id, head: tree.Object(), parts: map[string]tree.Node{}, below: map[string]tree.Node{}}
	for _, name := range parts {
		a.parts[name] = tree.Object()
	}
	g.apis, g.known[id] = append(g.apis, a), a
	g.came(a.at, whole(r))
	return a
}

// detached is an API in the place of one that is not known: what names it is read for its
// own faults, and may belong to any.
func (g *region) detached(r *resource, id string) *api {
	all, known := g.apis, g.known[id]
	a := g.newApi(r, id)
	g.apis, g.known[id], a.detached = all, known, true
	if known == nil {
		delete(g.known, id)
	}
	if part := partOf[r.Type]; part != "" {
		g.lacks[part] = true
	}
	return a
}

// partOf tells which part of an API resources of a type are.
var partOf = map[string]string{
	"AWS::ApiGatewayV2::Authorizer": "authorizers", "AWS::ApiGatewayV2::Model": "models", "AWS::ApiGatewayV2::Integration": "integrations",
	"AWS::ApiGatewayV2::Route": "routes", deploymentType: "deployments", "AWS::ApiGatewayV2::Stage": "stages",
}

// document is the API with all its parts; it is made once.
func (a *api) document() tree.Node {
	if a.made.There() {
		return a.made
	}
	if q := a.quick; q != nil {
		// Documented: CloudFormation Template Reference, AWS::ApiGatewayV2::Api, Target:
		// quick create makes an integration, a default route and a default stage that is
		// deployed by itself. They are written last, so that overrides have reached them.
		a.parts["integrations"].Set(q.integration.IntegrationId, written(q.integration, "integrationId"))
		a.parts["routes"].Set(q.route.RouteId, written(q.route, "routeId"))
		a.parts["stages"].Set(q.stage.StageName, written(q.stage, "stageName"))
	}
	n := a.head
	for _, name := range parts {
		for id, part := range a.parts[name].Members() {
			part.SetFilled("responses", a.below[name+"."+id])
		}
		n.SetFilled(name, a.parts[name])
	}
	a.made = n
	return n
}

// written is a noun of the management API as the document has it: its key is its id, and
// what is empty says nothing.
func written(v any, id string) tree.Node {
	text, err := json.Marshal(v)
	if err != nil {
		panic("gateway: a noun that is no JSON: " + err.Error())
	}
	n, err := tree.Parse(text)
	if err != nil {
		panic("gateway: a noun that is no JSON: " + err.Error())
	}
	made := tree.Object()
	for name, value := range n.Members() {
		if name != id && !(value.Tag() == "!!bool" && value.Text() == "false" && optional[name]) && (value.IsObject() && name == "corsConfiguration" || value.Len() > 0 || value.Text() != "") {
			made.Set(name, value)
		}
	}
	return made
}

// optional are the booleans that nouns always write, and that are false without it.
var optional = map[string]bool{"apiKeyRequired": true, "disableExecuteApiEndpoint": true}

// apiOf finds the API that a resource belongs to, or one in the place of what it names
// wrongly.
func (g *region) apiOf(r *resource) *api {
	id := r.get("ApiId")
	// Documented: CloudFormation Template Reference, AWS::ApiGatewayV2::Route and the
	// others: ApiId is required. The place is that of the resource: what is missing has
	// none.
	if id.Null() && !r.Lacks("ApiId") {
		g.fault(r, r.Node, r.properties(), "ApiId is missing", "a resource of type "+r.Type+" belongs to an API")
		return g.detached(r, "")
	}
	a := g.known[id.Text()]
	if a == nil && (g.Partial || r.Lacks("ApiId")) {
		return g.detached(r, id.Text())
	}
	if a == nil {
		var ids []string
		for _, a := range g.apis {
			ids = append(ids, a.r.LogicalID)
		}
		g.lost(r, "apis", id, r.properties().Below("ApiId"), "there is no API "+short(id.Text())+" here", source.Suggest(id.Text(), ids))
		return g.detached(r, id.Text())
	}
	return a
}

// namedBy is the member by which others name a part, or judge it, beside its id.
var namedBy = map[string]string{"authorizers": "authorizerType", "models": "name", "routes": "routeKey"}

// put adds a part that a resource describes.
func (g *region) put(a *api, part string, r *resource, id string, n tree.Node) {
	if member := namedBy[part]; member != "" && !n.Get(member).There() {
		g.lacks[part] = true
	}
	a.parts[part].Set(id, n)
	g.came(a.at+"."+part+"."+id, whole(r))
}

func (g *region) api(r *resource) {
	a := g.newApi(r, r.PhysicalID)
	head := g.convert(r, "CreateApi", "Body", "BodyS3Location", "BasePath", "FailOnWarnings")
	// Documented: CloudFormation Template Reference, AWS::ApiGatewayV2::Api: of an API
	// that is made of an OpenAPI document, Name and ProtocolType need not be given, so
	// what CreateApi requires is not asked for. Quick create is no part of ImportApi.
	document := func(name string) bool { return !r.without(name) && (!r.Unsure() || r.get(name).There()) }
	if document("Body") || document("BodyS3Location") {
		g.imported(a, head.Without("target", "routeKey", "credentialsArn"))
		return
	}
	g.required(r, "CreateApi")
	a.head = head.Without("target", "routeKey", "credentialsArn")
	if r.Unsure() { // it may have a document
		g.bodyless()
	}
	// Every rule of what is below it asks for this.
	if !head.Get("protocolType").There() {
		g.hollow[a.id] = true
	}
	target, key := r.text("Target"), r.text("RouteKey")
	switch {
	case r.Lacks("Target"):
		g.lacks["routes"], g.lacks["quick"] = true, true
	// Documented: CloudFormation Template Reference, AWS::ApiGatewayV2::Api, RouteKey,
	// CredentialsArn and Target: these belong to quick create, which HTTP APIs alone have.
	case target == "" && (key != "" || r.text("CredentialsArn") != ""):
		g.fault(r, r.get("RouteKey"), r.properties(), "RouteKey and CredentialsArn are only supported together with Target", "")
	case target == "":
	case r.text("ProtocolType") != noun.HTTP:
		g.fault(r, r.get("Target"), r.properties().Below("Target"), "Quick create is only supported for HTTP APIs", "")
	default:
		a.quickCreate(target, key, r.text("CredentialsArn"))
		g.came(a.at+".integrations."+a.quick.integration.IntegrationId, whole(r))
		g.came(a.at+".routes."+a.quick.route.RouteId, whole(r))
		g.came(a.at+".stages."+a.quick.stage.StageName, whole(r))
	}
}

// quickCreate gives an API what one gets that is created with a target.
func (a *api) quickCreate(target, key, credentials string) {
	a.head.Set("apiGatewayManaged", tree.Bool(true))
	q := &quick{integration: noun.QuickIntegration(target, credentials), stage: noun.QuickStage()}
	q.integration.IntegrationId = a.derive("integration", "quick", noun.IntegrationIdLength)
	q.route = noun.QuickRoute(key, q.integration.IntegrationId)
	q.route.RouteId = a.derive("route", "quick", noun.RouteIdLength)
	a.quick = q
}

// derive makes an id that stays the same for the same name, so that a template that is
// applied again changes nothing.
func (a *api) derive(kind, name string, length int) string {
	// Two letters more than AWS draws: these are not looked up before they are given.
	return a.r.id(kind+" "+name, length+2)
}

// overrides changes what is managed by API Gateway.
//
// Documented: CloudFormation Template Reference, AWS::ApiGatewayV2::ApiGatewayManagedOverrides.
func (g *region) overrides(r *resource) {
	a := g.apiOf(r)
	// The type's own page: it overrides what API Gateway manages, and nothing of an API
	// that has none.
	if a.detached {
		a.quickCreate("", "", "")
	}
	if a.quick == nil {
		g.lost(r, "quick", r.get("ApiId"), r.properties().Below("ApiId"), a.r.LogicalID+" has nothing that is managed by API Gateway", "only an API with a Target has")
		return
	}
	for name, n := range r.Properties.Members() {
		path := r.properties().Below(name)
		c := conversion{g.builder, r}
		switch name {
		case "ApiId":
		// Documented: CloudFormation Template Reference,
		// AWS::ApiGatewayV2::ApiGatewayManagedOverrides IntegrationOverrides,
		// RouteOverrides and StageOverrides: fewer properties than the types of these
		// names have.
		case "Integration":
			g.override(a.quick.integration, c.only(n, "CreateIntegration", path, "Description", "IntegrationMethod", "PayloadFormatVersion", "TimeoutInMillis"))
			g.came(a.at+".integrations."+a.quick.integration.IntegrationId, spot{r, n, path})
		case "Route":
			g.override(a.quick.route, c.only(n, "CreateRoute", path, "AuthorizationScopes", "AuthorizationType", "AuthorizerId", "OperationName", "Target"))
			g.came(a.at+".routes."+a.quick.route.RouteId, spot{r, n, path})
		case "Stage":
			g.override(a.quick.stage, c.only(n, "CreateStage", path, "AccessLogSettings", "AutoDeploy", "DefaultRouteSettings", "Description", "RouteSettings", "StageVariables"))
			g.came(a.at+".stages."+a.quick.stage.StageName, spot{r, n, path})
		default:
			g.fault(r, n, path, name+" is no property of "+r.Type, source.Suggest(name, []string{"ApiId", "Integration", "Route", "Stage"}))
		}
	}
}

// override puts members over those of a noun.
func (g *region) override(noun any, members tree.Node) {
	text, err := members.JSON(tree.Limits{Bytes: maxText})
	if err == nil {
		err = json.Unmarshal(text, noun)
	}
	if err != nil {
		// Members were made by the types of the same table that the nouns follow.
		panic("gateway: members that no noun has: " + err.Error())
	}
}
