package sam

import (
	"regexp"
	"strings"

	"github.com/dragoman-gateway/dragoman/management/tree"
)

// callee is what events call: a function or, if there is one, its alias.
type callee struct {
	id   string    // of the function; "" when an alias is called
	name tree.Node // what permissions are for
	uri  string    // its ARN in a text for Fn::Sub
	arn  tree.Node
}

// integrate adds the integration of an event to the document of its API, and the
// permission to call the function. An operation that has an integration already keeps it.
func (t *transform) integrate(r *resource, e *event, c callee) {
	d := e.api.document
	if d == nil || e.path == defaultPath || !d.defaults(c.id) {
		r.beside(r.id+e.id+"Permission", "AWS::Lambda::Permission", invokable(e.begin(), c.name, e.sourceARN()))
	}
	if d == nil {
		t.noDocument(e)
		return
	}
	switch operation := e.operationKey(); {
	// Observed: the translator refuses a second event where it made the document. In one
	// that an author wrote the first integration stays.
	case e.api.called[operation] && d.managed:
		e.fault("there is another event for "+operation, "an operation of an API has one event")
		return
	case e.api.called[operation]:
		e.note("there is another event for " + operation + ": this one adds a permission alone")
		return
	case !d.integrated(e.path, e.method):
		d.add(e.path, e.method, e.begin())
		condition := r.get("Condition").Text()
		d.change(e.path, e.method, func(o tree.Node) tree.Node { return e.operation(o, c, condition) })
	}
	e.api.called[e.operationKey()] = true
	d.change(e.path, e.method, func(o tree.Node) tree.Node { return eachIntegrated(o, e.details) })
	t.authorizeEvent(e)
}

// operationKey tells operations apart, for people too.
func (e *event) operationKey() string {
	if normal(e.method) == anyMethod {
		return "any method of " + e.path
	}
	return strings.ToUpper(e.method) + " " + e.path
}

// eachIntegrated is each, of the branches that have an integration.
func eachIntegrated(n tree.Node, change func(tree.Node) tree.Node) tree.Node {
	return each(n, func(o tree.Node) tree.Node {
		if !hasIntegration(o) {
			return o
		}
		return change(o)
	})
}

// noDocument refuses an event whose API has a body that is no document of OpenAPI 3. What
// a transform includes may be one.
func (t *transform) noDocument(e *event) {
	body := e.api.props.get("DefinitionBody")
	if e.api.kind == "HttpApi" && body.Len() > 0 && intrinsic(body.Node) == "" {
		body.fault("it must be a document of OpenAPI 3 with paths, for the event "+e.id+" adds a route to it", "")
	}
}

// operation is one with an integration that calls a function.
func (e *event) operation(o tree.Node, c callee, condition string) tree.Node {
	from := e.begin()
	// An API that is there without the function must not ask for its ARN, so the URI is
	// under the condition of the function.
	uri := sub(from, "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/"+c.uri+"/invocations", tree.Node{})
	if condition != "" {
		uri = when(condition, uri)
	}
	// Documented: Amazon API Gateway Developer Guide, x-amazon-apigateway-integration,
	// httpMethod: Lambda is called by POST, whatever the method of the route is.
	// Documented: AWS SAM Developer Guide, HttpApi event source,
	// PayloadFormatVersion: 2.0 is the default.
	proxy := object(from).Put(text(from, "type"), text(from, "aws_proxy")).Put(text(from, "httpMethod"), text(from, "POST")).
		Put(text(from, "payloadFormatVersion"), text(from, "2.0")).Put(text(from, "uri"), uri)
	o = with(o, integration, proxy)
	if e.path == defaultPath && normal(e.method) == anyMethod {
		o = with(o, "isDefaultRoute", truth(from, true))
	}
	// Documented: OpenAPI Specification 3.0.1, Operation Object: responses is required.
	if !o.Get("responses").There() {
		o = with(o, "responses", object(from))
	}
	if condition != "" {
		o = when(condition, o)
	}
	return o
}

// details are what an event says of its operation beside what it calls.
func (e *event) details(o tree.Node) tree.Node {
	proxy := o.Get(integration)
	if v := e.get("TimeoutInMillis"); !v.Null() {
		proxy = with(proxy, "timeoutInMillis", v.Node)
	}
	if v := e.get("PayloadFormatVersion"); !v.Null() {
		proxy = with(proxy, "payloadFormatVersion", version(v.Node))
	}
	o = with(o, integration, proxy)
	if parameters := e.parameters(o.Get("parameters")); parameters.Len() > 0 {
		o = with(o, "parameters", parameters)
	}
	return o
}

var pathParameter = regexp.MustCompile(`\{(.*?)\}`)

// parameters are those of an operation with those of its path.
// Documented: OpenAPI Specification 3.0.1, Path Templating and Parameter Object: each
// expression of a path has a parameter, which is in the path and is required.
func (e *event) parameters(all tree.Node) tree.Node {
	from, changed, named := e.begin(), list(e.begin()), map[string]bool{}
	for _, found := range pathParameter.FindAllStringSubmatch(e.path, -1) {
		named[found[1]] = true
	}
	done := map[string]bool{}
	for _, p := range all.Items() {
		if name := p.Get("name").Text(); named[name] && !done[name] {
			done[name] = true
			p = with(with(p, "in", text(from, "path")), "required", truth(from, true))
		}
		changed.Add(p)
	}
	for _, found := range pathParameter.FindAllStringSubmatch(e.path, -1) {
		if name := found[1]; !done[name] {
			done[name] = true
			changed.Add(object(from).Put(text(from, "name"), text(from, name)).Put(text(from, "in"), text(from, "path")).Put(text(from, "required"), truth(from, true)))
		}
	}
	return changed
}

var parameterInPath = regexp.MustCompile(`\{([a-zA-Z0-9._-]+|proxy\+)\}`)

// sourceARN is which calls a permission is for: those of the route, whatever the stage.
func (e *event) sourceARN() tree.Node {
	path, method := e.path, strings.ToUpper(e.method)
	if len(path) > 1 {
		path = strings.TrimSuffix(path, "/")
	}
	if path == defaultPath {
		path = ""
	}
	// Documented: Amazon API Gateway Developer Guide, Control access for invoking an API:
	// the ARN ends with the method and the path, and a star stands for what a parameter may
	// be.
	path = parameterInPath.ReplaceAllString(path, "*")
	if normal(e.method) == anyMethod {
		method = "*"
	}
	rest := "/" + method + path
	if path == "/"+defaultPath && method == "*" {
		rest = path
	}
	from := e.begin()
	variables := object(from).Put(text(from, "__ApiId__"), e.apiID).Put(text(from, "__Stage__"), text(from, "*"))
	return sub(from, executeAPI+"${__ApiId__}/${__Stage__}"+rest, variables)
}

// executeAPI begins the ARNs of APIs in texts for Fn::Sub.
const executeAPI = "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:"

// invokable is a permission for API Gateway to call a function.
func invokable(from, function, source tree.Node) tree.Node {
	return object(from).Put(text(from, "Action"), text(from, "lambda:InvokeFunction")).Put(text(from, "FunctionName"), function).
		Put(text(from, "Principal"), text(from, "apigateway.amazonaws.com")).Put(text(from, "SourceArn"), source)
}

// authorizeEvent secures the operation of an event that says how.
// Documented: AWS SAM Developer Guide, HttpApiFunctionAuth: an
// event has the default authorizer of its API when it names none.
func (t *transform) authorizeEvent(e *event) {
	auth := e.get("Auth")
	if auth.Len() == 0 || intrinsic(auth.Node) != "" {
		return
	}
	eventAuth.loose(auth, "Auth of an event")
	api := e.api.props.get("Auth")
	named := auth.get("Authorizer")
	chosen := t.known(named)
	if chosen.Null() {
		if chosen = t.known(api.get("DefaultAuthorizer")); chosen.Null() {
			auth.fault("Auth needs an Authorizer", "or a DefaultAuthorizer in Auth of "+e.api.id)
			return
		}
	}
	if !named.Null() && !t.mayAuthorize(e, named, api, chosen.Text()) {
		return
	}
	// Documented: AWS SAM Developer Guide, HttpApiFunctionAuth,
	// AuthorizationScopes: they take the place of those that the authorizer has.
	scopes := list(auth.begin())
	if defined := api.get("Authorizers").get(chosen.Text()); defined.IsObject() && chosen.Text() != "AWS_IAM" {
		if s := defined.get("AuthorizationScopes"); s.IsList() {
			scopes = s.Node
		}
		if s := auth.get("AuthorizationScopes"); s.Len() > 0 {
			scopes = s.Node
		}
	}
	requirement := object(auth.begin()).Put(text(auth.begin(), chosen.Text()), scopes)
	e.api.document.change(e.path, e.method, func(o tree.Node) tree.Node {
		return eachIntegrated(o, func(o tree.Node) tree.Node {
			return with(o, "security", list(auth.begin(), append(o.Get("security").Items(), requirement)...))
		})
	})
}

// mayAuthorize says whether an API has the authorizer that an event names.
func (t *transform) mayAuthorize(e *event, named, api spot, name string) bool {
	if name == "" {
		named.fault("it must be a text, or a parameter's", "")
		return false
	}
	// Documented: AWS SAM Developer Guide, HttpApiFunctionAuth,
	// Authorizer: NONE makes a route public where the API has a default. Nowhere else it
	// says anything, so it is a mistake there.
	if name == "NONE" {
		if t.known(api.get("DefaultAuthorizer")).Null() {
			named.fault("NONE says that a route has no DefaultAuthorizer, and "+e.api.id+" has none", "leave Authorizer out")
			return false
		}
		return true
	}
	if name == "AWS_IAM" && yes(t.known(api.get("EnableIamAuthorizer")).Node) {
		return true
	}
	if api.get("Authorizers").get(name).Len() > 0 {
		return true
	}
	var names []string
	for defined := range api.get("Authorizers").members() {
		names = append(names, defined)
	}
	switch {
	case name == "AWS_IAM":
		named.fault(e.api.id+" does not enable the authorizer AWS_IAM", "set EnableIamAuthorizer: true in its Auth")
	case len(names) == 0:
		named.fault(e.api.id+" has no authorizers", "define "+name+" in Auth.Authorizers of "+e.api.id)
	default:
		named.misnamed(e.api.id+" has no authorizer "+name, name, names)
	}
	return false
}
