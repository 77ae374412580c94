package sam

import (
	"slices"
	"strings"

	"github.com/dragoman-gateway/dragoman/management/tree"
)

// implicitAPI is the logical id of the API that events make themselves.
// Documented: AWS SAM Developer Guide, HttpApi event source,
// ApiId: an event without it belongs to an API of this name, and templates refer to that by
// it.
const implicitAPI = "ServerlessHttpApi"

// event is one of the type HttpApi: an operation that calls a function.
type event struct {
	spot         // its properties
	id           string
	path, method string // as they are written
	api          *resource
	apiID        tree.Node // as it is written
}

// httpEvent is what the properties of such an event may be.
// Documented: AWS SAM Developer Guide, HttpApi.
var httpEvent = members("Path:t Method:t ApiId Stage Auth:o TimeoutInMillis:t RouteSettings:o PayloadFormatVersion:t")

var eventAuth = members("Authorizer:t AuthorizationScopes:l NONE")

// connect finds the API of each event, and opens its operations there in the order of
// the template. Functions add their integrations later.
func (t *transform) connect() {
	for _, r := range slices.Clone(t.resources) {
		if r.kind == "HttpApi" {
			t.openDocument(r)
		}
	}
	// The implicit API joins the resources while events are read, hence the copies.
	for _, r := range slices.Clone(t.resources) {
		if r.kind != "Function" {
			continue
		}
		for id, s := range r.props.get("Events").members() {
			if s.Node.Get("Type").Text() != "HttpApi" {
				continue
			}
			if e := t.event(r, id, s); e != nil {
				t.open(r, e)
			}
		}
	}
	t.conditionPaths()
}

// openDocument gives an HTTP API its document: the one that it has, or a new one.
// Documented: AWS SAM Developer Guide, AWS::Serverless::HttpApi,
// DefinitionBody: without it and DefinitionUri the document is generated. One that lies
// elsewhere cannot be added to.
func (t *transform) openDocument(r *resource) {
	body, uri := r.props.get("DefinitionBody"), r.props.get("DefinitionUri")
	switch {
	case body.Len() > 0 && isDocument(body.Node):
		r.document = authored(body.Node)
	case body.Len() == 0 && uri.Null():
		r.document = skeleton(r.begin())
	}
}

// event reads one; nil when it has no API that it could be a part of.
func (t *transform) event(r *resource, id string, s spot) *event {
	e := &event{spot: t.properties(s, httpEvent, "an event of type HttpApi"), id: id}
	e.path, e.method = t.known(e.get("Path")).Text(), t.known(e.get("Method")).Text()
	path, method := e.get("Path"), e.get("Method")
	switch {
	// Documented: AWS SAM Developer Guide, HttpApi event source,
	// Path and Method: an event with neither takes all requests that have no other route.
	case path.Null() && method.Null():
		e.path, e.method = defaultPath, anyMethod
	case path.Null() || method.Null():
		e.fault("Path and Method belong together", "without both, the event is the API's $default route")
		return nil
	case e.path == "":
		path.fault("it must be a text, or a parameter's", "")
		return nil
	case e.method == "":
		method.fault("it must be a text, or a parameter's", "")
		return nil
	}
	if e.api = t.eventAPI(r, e); e.api == nil {
		return nil
	}
	return e
}

// properties of an event, checked. One without any may leave them out.
func (t *transform) properties(s spot, allowed shape, what string) spot {
	p := s.get("Properties")
	if p.Null() || !p.check(anObject) || intrinsic(p.Node) != "" {
		return p.as(object(s.begin()))
	}
	allowed.check(p, what)
	return p
}

// eventAPI is the API that an event names, or else the implicit one.
func (t *transform) eventAPI(r *resource, e *event) *resource {
	named := e.get("ApiId")
	// Only an ApiId that is not written at all means the implicit API: one that comes to
	// nothing was meant to name something.
	if _, there := member(e.Node, "ApiId"); !there.There() {
		e.apiID = ref(e.begin(), implicitAPI)
		return t.implicit(e)
	}
	e.apiID = named.Node
	id := named.Text()
	if intrinsic(named.Node) == "Ref" {
		id = named.Node.Get("Ref").Text()
	}
	if id == implicitAPI {
		return t.implicit(e)
	}
	api := t.byID[id]
	switch {
	case api == nil:
		t.noAPI(named, id)
		return nil
	// Documented: AWS SAM Developer Guide, HttpApi event source,
	// ApiId: it names an AWS::Serverless::HttpApi of this template.
	// Observed: the translator makes the permission for another API all the same, for it
	// has no document that a route could be added to.
	case api.kind != "HttpApi":
		named.note("the event gives " + id + " no route, for it is no " + prefix + "HttpApi: only a permission to call " + r.id)
	}
	return api
}

func (t *transform) noAPI(named spot, id string) {
	if id == "" {
		named.fault("it must name an API of this template", "write !Ref and the logical id of an "+prefix+"HttpApi")
		return
	}
	// Documented: CloudFormation quotas: a template has 500 resources at most. More names
	// are not worth the time of a suggestion.
	var ids []string
	for _, r := range t.resources[:min(len(t.resources), 500)] {
		if r.kind == "HttpApi" {
			ids = append(ids, r.id)
		}
	}
	named.misnamed("there is no "+prefix+"HttpApi "+id+" in this template", id, ids)
}

// implicit is the API of all events that name none. It is what Globals say of HTTP APIs,
// and takes the place of a resource of its name.
// Documented: AWS SAM Developer Guide, Globals section of the AWS
// SAM template, Implicit APIs: they are configured here alone.
// Observed: the translator overwrites a resource that has its id.
func (t *transform) implicit(e *event) *resource {
	if r := t.byID[implicitAPI]; r != nil && r.implicit {
		return r
	}
	at := spot{Node: object(e.begin()), path: (*tree.Path)(nil).Below("Resources").Below(implicitAPI), said: &t.said}
	r := &resource{spot: at, id: implicitAPI, kind: "HttpApi", implicit: true, document: skeleton(e.begin()), called: map[string]bool{}}
	r.props = at.get("Properties")
	r.props = r.props.as(t.global(r))
	if own := t.byID[implicitAPI]; own != nil {
		own.note("events make " + implicitAPI + " themselves: nothing that is said of it here is used")
		t.resources[slices.Index(t.resources, own)] = r
	} else {
		t.resources = append(t.resources, r)
	}
	t.byID[implicitAPI] = r
	return r
}

// routed is a route that an event makes, and who calls for it under which condition.
type routed struct {
	path, method, condition string
	function                *resource
}

// open opens the operation of an event in a document made here, and tells its API what
// it says of the route and of tags.
func (t *transform) open(r *resource, e *event) {
	condition := r.get("Condition").Text()
	if e.api.document != nil && e.api.document.managed {
		e.api.document.add(e.path, e.method, e.begin())
	}
	e.api.routes = append(e.api.routes, routed{e.path, normal(e.method), condition, r})
	if settings := e.get("RouteSettings"); settings.Len() > 0 {
		t.routeSettings(e, settings.Node, condition)
	}
	// Documented: AWS SAM Developer Guide,
	// AWS::Serverless::Function, PropagateTags: tags go to the resources that are generated
	// for the function, and the implicit API is one.
	if e.api.implicit && yes(r.props.get("PropagateTags").Node) && r.props.get("Tags").IsObject() {
		tags := t.merged(e.api.props.Node.Get("Tags"), r.props.get("Tags").Node)
		e.api.props = e.api.props.as(with(with(e.api.props.Node, "Tags", tags), "PropagateTags", truth(tags, true)))
	}
	r.events = append(r.events, e)
}

// routeKey is what the settings of the route are filed under.
// Documented: CloudFormation Template Reference, AWS::ApiGatewayV2::Stage, RouteSettings:
// by the key of the route.
func (e *event) routeKey() string {
	if e.method == anyMethod {
		return e.path
	}
	return strings.ToUpper(e.method) + " " + e.path
}

// routeSettings puts what an event says of its route over what its API does.
func (t *transform) routeSettings(e *event, settings tree.Node, condition string) {
	if e.api.settings == nil {
		e.api.settings = fieldsOf(e.api.props.get("RouteSettings").Node)
		e.api.settings.from = settings
	}
	// A function that is not made has no route, and API Gateway refuses a stage with
	// settings for a route that is not there.
	if condition != "" {
		settings = when(condition, settings)
	}
	key := e.routeKey()
	own, _ := e.api.settings.get(key)
	e.api.settings.put(text(settings, key), t.merged(own, settings))
}
