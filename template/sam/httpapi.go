package sam

import (
	"regexp"
	"strings"

	"github.com/dragoman-gateway/dragoman/management/tree"
)

// httpAuth is what Auth may have.
// Documented: AWS SAM Developer Guide, HttpApiAuth.
var httpAuth = members("Authorizers:o DefaultAuthorizer:t EnableIamAuthorizer:t")

// httpCORS is what CorsConfiguration may have.
// Documented: AWS SAM Developer Guide, HttpApiCorsConfiguration:
// its members are those of the CORS configuration of API Gateway.
var httpCORS = members("AllowMethods:tl AllowHeaders:tl AllowOrigins:tl MaxAge:t ExposeHeaders:tl AllowCredentials:t")

// httpAPI makes an API with a body and a stage of an AWS::Serverless::HttpApi.
// Documented: AWS SAM Developer Guide, AWS::Serverless::HttpApi.
func (t *transform) httpAPI(r *resource) {
	if r.kind != "HttpApi" {
		return
	}
	p, from := r.props, r.begin()
	api := object(from)
	body, uri := p.get("DefinitionBody"), p.get("DefinitionUri")
	switch {
	// Documented: AWS SAM Developer Guide,
	// AWS::Serverless::HttpApi, DefinitionBody and DefinitionUri: one of them at most.
	case r.document != nil && !uri.Null():
		uri.fault("DefinitionBody and DefinitionUri exclude each other", "")
	case r.document != nil:
		t.addTo(r)
		api.Put(text(from, "Body"), r.document.body())
	case !uri.Null():
		t.inlineOnly(p, "DefinitionUri names the document: this works with a DefinitionBody or without both")
		api.Put(text(from, "BodyS3Location"), location(uri, "Bucket", "Key", "Version"))
	default:
		if intrinsic(body.Node) == "" {
			t.inlineOnly(p, "DefinitionBody is no document of OpenAPI 3 with paths")
		}
		api.Put(text(body.key, "Body"), body.Node)
	}
	if v := p.get("FailOnWarnings"); set(v.Node) {
		api.Put(v.key, v.Node)
	}
	r.main("AWS::ApiGatewayV2::Api", api)
	t.authorizerPermissions(r)
	t.domain(r, "httpapi:createdBy")
	t.httpStage(r)
}

// inlineOnly refuses what is written into a document where there is none to write into.
// Observed: the translator refuses it too. To leave it out would mean an API without the
// authorizers that its author counts on.
func (t *transform) inlineOnly(p spot, why string) {
	for _, name := range []string{"CorsConfiguration", "Auth", "Tags", "DisableExecuteApiEndpoint", "Name", "Description"} {
		if v := p.get(name); !v.Null() && (v.Len() > 0 || isText(v.Node) && v.Text() != "false") {
			v.fault(why, "")
		}
	}
}

// addTo writes what the properties say into the document, in the order of AWS's transform.
func (t *transform) addTo(r *resource) {
	t.cors(r)
	t.authorizers(r)
	d, p := r.document, r.props
	tags := p.get("Tags")
	if tags.Null() {
		tags = tags.as(object(r.begin()))
	}
	// Observed: the translator marks every API that it makes.
	tagged := with(tags.Node, "httpapi:createdBy", text(r.begin(), "SAM"))
	d.rest = with(d.rest, "tags", documentTags(d.rest.Get("tags"), tagged))
	r.props = p.as(with(p.Node, "Tags", tagged))
	// Documented: Amazon API Gateway Developer Guide,
	// x-amazon-apigateway-endpoint-configuration object: OpenAPI 3 has it in its servers.
	if disabled := p.get("DisableExecuteApiEndpoint"); !disabled.Null() {
		d.rest = with(d.rest, "servers", disabledServers(d.rest.Get("servers"), disabled.Node))
	}
	t.title(d, p.get("Name"))
	t.description(d, p.get("Description"))
	if at, there := d.paths.at[defaultPath]; there && set(p.get("FailOnWarnings").Node) {
		// API Gateway warns of a path that does not begin with a slash. AWS's transform
		// takes a function for true, whatever that comes to.
		d.close()
		d.paths.items[at].key = text(d.paths.items[at].key, "/"+defaultPath)
	}
}

// documentTags are the tags of a document with those of an API.
// Documented: Amazon API Gateway Developer Guide, x-amazon-apigateway-tag-value property:
// the tags of an API that is imported are those of its document.
func documentTags(all, tags tree.Node) tree.Node {
	const value = "x-amazon-apigateway-tag-value"
	items, at := all.Items(), map[string]int{}
	for i, tag := range items {
		at[tag.Get("name").Text()] = i
	}
	for key, v := range tags.Pairs() {
		if i, there := at[key.Text()]; there {
			items[i] = with(items[i], value, v)
			continue
		}
		items = append(items, object(key).Put(text(key, "name"), text(key, key.Text())).Put(text(key, value), v))
	}
	return list(tags, items...)
}

// disabledServers are the servers of a document with the rule.
// Observed: the translator puts it into each of them, and into a new one where there is
// none.
func disabledServers(all, disabled tree.Node) tree.Node {
	items := all.Items()
	if len(items) == 0 {
		items = []tree.Node{object(disabled)}
	}
	for i, server := range items {
		rule := server.Get(endpointRule)
		if rule.Null() {
			rule = object(disabled)
		}
		items[i] = with(server, endpointRule, with(rule, "disableExecuteApiEndpoint", disabled))
	}
	return list(disabled, items...)
}

// title gives the name of the API to the document.
// Observed: the translator changes the title that it made itself alone: the title of an
// author says how the API is called already.
func (t *transform) title(d *document, name spot) {
	switch title := d.rest.Get("info", "title"); {
	case name.Null():
	case title.Get("Ref").Text() != "AWS::StackName":
		name.fault("the document has a title of its own, which is the name of the API", "leave Name out, or change info.title")
	default:
		d.rest = with(d.rest, "info", with(d.rest.Get("info"), "title", name.Node))
	}
}

// description is put where the document has none: of two nobody could say which one counts.
func (t *transform) description(d *document, described spot) {
	info := d.rest.Get("info")
	switch {
	case described.Null():
	case !info.Get("description").Null():
		described.fault("the document has a description of its own", "leave Description out, or info.description")
	case info.Null():
		d.rest = with(d.rest, "info", object(described.Node).Put(text(described.Node, "description"), described.Node))
	default:
		d.rest = with(d.rest, "info", with(info, "description", described.Node))
	}
}

// cors writes CorsConfiguration over what the document says of CORS, member by member.
func (t *transform) cors(r *resource) {
	s := t.known(r.props.get("CorsConfiguration"))
	var configured tree.Node
	switch {
	case s.Null() || isText(s.Node) && !yes(s.Node):
		if isText(s.Node) && !strings.EqualFold(s.Text(), "false") {
			s.fault("it must be true or an object", "")
		}
		return
	// Observed: the translator takes true for all origins, and for nothing else of CORS.
	case isText(s.Node):
		configured = object(s.Node).Put(text(s.Node, "allowOrigins"), list(s.Node, text(s.Node, "*")))
	case intrinsic(s.Node) != "":
		configured = camelCORS(s.Node)
	case s.IsList():
		s.fault("it must be true or an object", "")
		return
	default:
		httpCORS.check(s, "CorsConfiguration")
		configured = camelCORS(s.Node)
		// Documented: Fetch Standard, CORS protocol and credentials: browsers take no star
		// where credentials are sent.
		// Origins that a function gives are not known yet: API Gateway judges them.
		if origins := configured.Get("allowOrigins"); yes(configured.Get("allowCredentials")) && origins.IsList() && origins.Len() == 1 && origins.Items()[0].Text() == "*" {
			s.get("AllowCredentials").fault("credentials are allowed to origins by their names alone", "write the origins instead of *")
		}
	}
	all := r.document.rest.Get(corsMember)
	if intrinsic(configured) != "" || !all.IsObject() {
		all = object(s.begin()) // what a function comes to takes the place of all
	}
	for key, value := range configured.Pairs() {
		all = with(all, key.Text(), value)
	}
	r.document.rest = with(r.document.rest, corsMember, all)
}

// camelCORS is a configuration as documents spell it. Fn::If may choose between several.
// Documented: Amazon API Gateway Developer Guide, x-amazon-apigateway-cors object: its
// names begin with small letters.
func camelCORS(n tree.Node) tree.Node {
	return each(n, func(n tree.Node) tree.Node {
		if !n.IsObject() {
			return n
		}
		made := object(n)
		for key, value := range n.Pairs() {
			name := key.Text()
			if _, member := httpCORS.kinds[name]; member {
				if name = strings.ToLower(name[:1]) + name[1:]; !strings.Contains(name, "max") && name != "allowCredentials" {
					value = listed(value)
				}
			}
			made.Put(text(key, name), value)
		}
		return made
	})
}

// listed makes a list of a text, which may name several things between commas.
// Assumed: a template that says AllowOrigins: "*" means a list of it.
func listed(n tree.Node) tree.Node {
	if !isText(n) {
		return n
	}
	made := list(n)
	for part := range strings.SplitSeq(n.Text(), ",") {
		made.Add(text(n, strings.TrimSpace(part)))
	}
	return made
}

// alphanumeric is what a logical id may consist of.
var alphanumeric = regexp.MustCompile(`^[A-Za-z0-9]+$`)

// httpStage makes the stage, whose id tells what it is called where that is known.
// Documented: AWS SAM Developer Guide, AWS::Serverless::HttpApi,
// StageName: $default is the default.
// Observed: the translator makes each stage deploy by itself, and makes the id of a name
// that is no plain word with a hash.
func (t *transform) httpStage(r *resource) {
	p, from := r.props, r.begin()
	name := p.get("StageName")
	id := r.id + "Stage" + digest(text(from, name.Text()))
	switch {
	case name.Null() || name.Text() == defaultPath:
		name, id = name.as(text(from, defaultPath)), r.id+"ApiGatewayDefaultStage"
	case alphanumeric.MatchString(name.Text()):
		id = r.id + name.Text() + "Stage"
	}
	stage := object(from).Put(text(from, "ApiId"), ref(from, r.id)).Put(text(from, "StageName"), name.Node)
	copied(stage, p.Node, "StageVariables", "AccessLogSettings", "DefaultRouteSettings")
	if r.settings != nil {
		stage.Put(text(from, "RouteSettings"), r.settings.node())
	} else {
		copied(stage, p.Node, "RouteSettings")
	}
	copied(stage, p.Node, "Tags")
	r.beside(id, "AWS::ApiGatewayV2::Stage", stage.Put(text(from, "AutoDeploy"), truth(from, true)))
	t.references.add(r.id, "Stage", id)
}
