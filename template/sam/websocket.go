package sam

import (
	"slices"
	"strings"

	"github.com/dragoman-gateway/dragoman/management/tree"
)

var (
	socketRoute = members(`ApiKeyRequired:t FunctionArn! IntegrationTimeout:t ModelSelectionExpression:t OperationName:t RequestModels:o RequestParameters:o
		RouteResponseSelectionExpression:t`)
	socketAuth = members("AuthArn AuthType:t! InvokeRole IdentitySource:l Name:t")
)

// socketAPI makes an API of an AWS::Serverless::WebSocketApi: a route with an integration
// and a permission for each of its routes, and a stage that deploys by itself.
// Documented: AWS SAM Developer Guide, AWS::Serverless::WebSocketApi.
func (t *transform) socketAPI(r *resource) {
	p, from := r.props, r.begin()
	tags := p.Node.Get("Tags")
	if tags.Null() {
		tags = object(from)
	}
	// Observed: the translator marks every API that it makes, and calls one without a Name
	// by its logical id.
	r.props = p.as(with(p.Node, "Tags", with(tags, "websocketapi:createdBy", text(from, "SAM"))))
	p = r.props
	api := copied(object(from), p.Node, "ApiKeySelectionExpression", "Description", "DisableExecuteApiEndpoint", "DisableSchemaValidation", "IpAddressType", "Name")
	if p.get("Name").Null() {
		api.Put(text(from, "Name"), text(from, r.id))
	}
	copied(api, p.Node, "RouteSelectionExpression", "Tags")
	r.main("AWS::ApiGatewayV2::Api", api.Put(text(from, "ProtocolType"), text(from, "WEBSOCKET")))
	if kind := p.get("IpAddressType"); isText(kind.Node) && !slices.Contains([]string{"ipv4", "dualstack"}, kind.Text()) {
		kind.fault("it must be ipv4 or dualstack", "")
	}
	authorization := t.connectAuth(r)
	var ids []tree.Node
	keys := map[string]string{} // by what logical ids have of them
	for key, route := range p.get("Routes").members() {
		made := t.socketRoute(r, key, route, authorization)
		if ids = append(ids, made...); made != nil {
			if other := keys[routeID(key)]; other != "" {
				route.note("it takes the place of the route " + other + ", for both have the logical id " + made[0].Text())
			}
			keys[routeID(key)] = key
		}
	}
	if routes := p.get("Routes"); routes.IsObject() && routes.Len() == 0 {
		routes.fault("a WebSocket API has one route at least", "")
	}
	t.domain(r, "websocketapi:createdBy")
	for _, name := range []string{"MutualTlsAuthentication", "OwnershipVerificationCertificateArn"} {
		if v := p.get("Domain").get(name); !v.Null() {
			v.fault("domains of WebSocket APIs have no mutual TLS", "")
		}
	}
	t.socketStage(r, ids)
}

// routeID is a route key as logical ids have it: its first letter raised, all others
// lowered.
// Observed: the translator lowers them, so sendMessage and sendmessage make the same id.
func routeID(key string) string {
	key = strings.ToLower(strings.TrimPrefix(key, "$"))
	return strings.ToUpper(key[:1]) + key[1:]
}

// socketRoute makes a route and answers its logical id.
func (t *transform) socketRoute(r *resource, key string, s spot, authorization tree.Node) []tree.Node {
	// Observed: the translator takes these keys alone, since it makes logical ids of them.
	if !slices.Contains([]string{"$connect", "$disconnect", "$default"}, key) && !alphanumeric.MatchString(key) {
		s.misnamed("a route key is $connect, $disconnect, $default, or letters and digits", key, []string{"$connect", "$disconnect", "$default"})
		return nil
	}
	if s.Null() || !s.check(anObject) {
		s.fault("a route needs FunctionArn", "")
		return nil
	}
	socketRoute.judge(s, "a route")
	from, base := s.begin(), r.id+routeID(key)
	route := object(from).Put(text(from, "ApiId"), ref(from, r.id)).Put(text(from, "RouteKey"), text(from, key))
	copied(route, s.Node, "ApiKeyRequired", "ModelSelectionExpression", "OperationName", "RequestModels", "RequestParameters", "RouteResponseSelectionExpression")
	// Observed: the translator makes no route response, without which API Gateway sends no
	// answer back. A template may have one of its own.
	if answers := s.get("RouteResponseSelectionExpression"); !answers.Null() && !t.has("AWS::ApiGatewayV2::RouteResponse") {
		answers.note("what the function answers is not sent to the client, for nothing makes a route response (as on AWS)")
	}
	// Observed: the translator refuses them elsewhere: messages have neither headers nor a
	// query, as the handshake has.
	if parameters := s.get("RequestParameters"); parameters.Len() > 0 && key != "$connect" {
		parameters.fault("only $connect has request parameters", "")
	}
	// Documented: Amazon API Gateway Developer Guide, Control and manage access to
	// WebSocket APIs in API Gateway: who may use an API is decided when a client connects.
	if key == "$connect" {
		copied(route, authorization, "AuthorizationType", "AuthorizerId")
	}
	arn := s.get("FunctionArn").Node
	// Without a function, as was told, there is no integration that the route could name.
	if !arn.Null() {
		route.Put(text(from, "Target"), call("Fn::Join", list(from, text(from, "/"), list(from, text(from, "integrations"), ref(from, base+"Integration")))))
	}
	r.beside(base+"Route", "AWS::ApiGatewayV2::Route", route)
	if arn.Null() {
		return nil
	}
	integration := object(from).Put(text(from, "ApiId"), ref(from, r.id)).Put(text(from, "IntegrationType"), text(from, "AWS_PROXY")).
		Put(text(from, "IntegrationUri"), sub(from, functionURI("FunctionArn"), object(from).Put(text(from, "FunctionArn"), arn)))
	r.beside(base+"Integration", "AWS::ApiGatewayV2::Integration", renamed(integration, s.Node, "IntegrationTimeout", "TimeoutInMillis"))
	r.beside(base+"Permission", "AWS::Lambda::Permission", invokable(from, arn, r.messagesARN(from, key)))
	return []tree.Node{text(from, base+"Route")}
}

// messagesARN is which messages a permission is for: those of a route of the stage.
// Documented: Amazon API Gateway Developer Guide, Control access to WebSocket APIs with IAM
// authorization: the ARN of a route ends with its stage and its key.
func (r *resource) messagesARN(from tree.Node, key string) tree.Node {
	api, stage := executeAPI+"${"+r.id+".ApiId}/", r.props.Node.Get("StageName")
	switch {
	case intrinsic(stage) != "":
		return sub(from, api+"${__StageName__}/"+key, object(from).Put(text(from, "__StageName__"), stage))
	case stage.Null():
		stage = text(from, "default")
	}
	return sub(from, api+stage.Text()+"/"+key, tree.Node{})
}

// connectAuth makes the authorizer of $connect, and answers what its route says of that.
func (t *transform) connectAuth(r *resource) tree.Node {
	auth := r.props.get("Auth")
	from, id := auth.begin(), r.id+"ConnectAuthorizer"
	route := object(from)
	if auth.Len() == 0 || intrinsic(auth.Node) != "" {
		return route
	}
	socketAuth.judge(auth, "Auth")
	kind, arn := t.known(auth.get("AuthType")), auth.get("AuthArn")
	if r.props.get("Routes").get("$connect").Null() {
		if strings.EqualFold(kind.Text(), "CUSTOM") {
			auth.fault("Auth is for the route $connect, which is not there", "add $connect to Routes")
		} else {
			// Observed: templates of this kind in the tests of the transform are deployed.
			auth.note("Auth is for the route $connect, which is not there: it has no effect")
		}
	}
	switch strings.ToUpper(kind.Text()) {
	case "CUSTOM":
		if arn.Null() {
			arn.fault("AuthType CUSTOM needs AuthArn", "the ARN of a function that says who may connect")
			return route
		}
		t.requestAuthorizer(r, id, auth)
		return route.Put(text(from, "AuthorizationType"), text(kind.Node, "CUSTOM")).Put(text(from, "AuthorizerId"), ref(from, id))
	case "AWS_IAM", "NONE":
		// Neither calls a function, so a member that only an authorizer reads says that one
		// was expected: the API would be more open than its author thinks.
		for name, other := range auth.members() {
			if name != "AuthType" {
				other.fault("AuthType "+kind.Text()+" has nothing beside it", "remove "+name+", or write AuthType: CUSTOM")
			}
		}
		return route.Put(text(from, "AuthorizationType"), text(kind.Node, strings.ToUpper(kind.Text())))
	}
	if !kind.Null() {
		kind.misnamed("there is no AuthType "+kind.Text(), kind.Text(), []string{"NONE", "AWS_IAM", "CUSTOM"})
	}
	return route
}

func (t *transform) requestAuthorizer(r *resource, id string, auth spot) {
	from, arn := auth.begin(), auth.get("AuthArn")
	a := object(from).Put(text(from, "ApiId"), ref(from, r.id)).Put(text(from, "AuthorizerType"), text(from, "REQUEST")).
		Put(text(from, "AuthorizerUri"), sub(from, functionURI("AuthArn"), object(from).Put(text(from, "AuthArn"), arn.Node)))
	renamed(a, auth.Node, "InvokeRole", "AuthorizerCredentialsArn")
	copied(a, auth.Node, "IdentitySource", "Name")
	if auth.get("Name").Null() {
		a.Put(text(from, "Name"), text(from, id))
	}
	r.beside(id, "AWS::ApiGatewayV2::Authorizer", a)
	// API Gateway calls by the role where there is one, and else the function has to allow
	// it.
	if auth.get("InvokeRole").Null() {
		api := attribute(from, r.id, "ApiId")
		r.beside(r.id+"AuthorizerPermission", "AWS::Lambda::Permission", invokable(from, arn.Node, authorizerARN(from, api)))
	}
}

// socketStage makes the stage, which is called default: $default is a name of stages of
// HTTP APIs alone.
// Documented: Amazon API Gateway Developer Guide, Stages for HTTP APIs in API Gateway:
// $default is served from the base of the URL, which WebSocket APIs never are.
// Observed: the translator makes the stage wait for the routes only when it has settings
// for them: API Gateway looks for these at once.
func (t *transform) socketStage(r *resource, routes []tree.Node) {
	p, from := r.props, r.begin()
	name := p.get("StageName")
	id := r.id + name.Text() + "Stage"
	switch {
	case name.Null() || name.Text() == "default":
		name, id = name.as(text(from, "default")), r.id+"DefaultStage"
	case name.Text() == defaultPath:
		name.fault("stages of WebSocket APIs are never called $default", "leave StageName out for a stage default")
	// Names of stages may have other characters than logical ids, and the rules of stages
	// say of the rest what is wrong with it.
	case !alphanumeric.MatchString(id):
		id = r.id + "Stage"
	}
	stage := object(from).Put(text(from, "ApiId"), ref(from, r.id)).Put(text(from, "StageName"), name.Node)
	copied(stage, p.Node, "StageVariables", "AccessLogSettings", "DefaultRouteSettings", "RouteSettings")
	tags := object(from).Put(text(from, "websocketapi:createdBy"), text(from, "SAM"))
	if yes(p.Node.Get("PropagateTags")) {
		tags = p.Node.Get("Tags")
	}
	r.beside(id, "AWS::ApiGatewayV2::Stage", stage.Put(text(from, "Tags"), tags).Put(text(from, "AutoDeploy"), truth(from, true)))
	if p.get("RouteSettings").Len() > 0 && len(routes) > 0 {
		r.attribute("DependsOn", list(from, routes...))
	}
	t.references.add(r.id, "Stage", id)
}

// has says whether a template has a resource of a type.
func (t *transform) has(kind string) bool {
	return slices.ContainsFunc(t.resources, func(r *resource) bool { return r.Node.Get("Type").Text() == kind })
}
