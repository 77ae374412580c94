package gateway

import (
	"slices"
	"strconv"
	"strings"

	"github.com/dragoman-gateway/dragoman/management/openapi"
	"github.com/dragoman-gateway/dragoman/management/tree"
	noun "github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/template/source"
)

// imported makes an API what an OpenAPI document says, as ImportApi would. Properties
// that stand beside it win over it.
//
// Documented: CloudFormation Template Reference, AWS::ApiGatewayV2::Api: Body,
// BodyS3Location, BasePath, FailOnWarnings.
// Assumed: which of the two wins.
func (g *region) imported(a *api, head tree.Node) {
	r := a.r
	// Until it is read it is an HTTP API of which more than this may be meant.
	a.head = over(tree.Object().Set("name", tree.Text(r.LogicalID)).Set("protocolType", tree.Text(noun.HTTP)), head)
	// Documented: Amazon API Gateway Developer Guide, Working with OpenAPI definitions for
	// HTTP APIs: ImportApi is for HTTP APIs.
	if protocol := r.get("ProtocolType"); protocol.Text() == noun.WebSocket {
		g.fault(r, protocol, r.properties().Below("ProtocolType"), "an OpenAPI document describes HTTP APIs alone", "leave ProtocolType out")
		g.hollow[a.id] = true
		return
	}
	text, body, at := g.body(r)
	if text == "" {
		g.bodyless()
		return
	}
	if r.Lacks("Body") {
		g.bodyless()
	}
	d, faults := openapi.ReadAll(text, openapi.Options{Basepath: r.text("BasePath"), Region: g.name, Account: g.Account})
	for _, e := range faults {
		g.bodyless()
		if e.Broken != nil {
			g.broken(r, g.bodies[r.key()], e.Broken)
			continue
		}
		s := within(r, body, at, e.Way...)
		if strings.Contains(e.Message, "for Basepath") {
			s = whole(r).below("BasePath")
		}
		// What it misses there may be what could not be worked out.
		if g.toldWithin(s) {
			continue
		}
		hint := ""
		if written := e.Message; !r.get("Body").There() && (strings.Contains(written, `{"Fn::`) || strings.Contains(written, `{"Ref"`)) {
			hint = "functions in a file are worked out only where AWS::Include puts it into the template"
		}
		g.fault(r, s.node, s.path, e.Message, hint)
	}
	if d == nil {
		return
	}
	// Documented: CloudFormation Template Reference, AWS::ApiGatewayV2::Api,
	// FailOnWarnings: the creation is rolled back when there is a warning; without it they
	// are passed over.
	if strings.EqualFold(r.text("FailOnWarnings"), "true") && len(d.Warnings) > 0 && !r.Lacks("Body") && !body.Torn() {
		g.bodyless()
		g.fault(r, body, at, "Warnings found during import: "+strings.Join(d.Warnings, "; "), "FailOnWarnings is true")
		return
	}
	if len(faults) == 0 {
		g.leftOut(r, d)
	}
	next := d.Over(&noun.Snapshot{Api: *d.Api(a.id)}, a.derive)
	a.head = over(written(&next.Api, "apiId"), head)
	for i := range next.Authorizers {
		n := &next.Authorizers[i]
		a.parts["authorizers"].Set(n.AuthorizerId, written(n, "authorizerId"))
		g.came(a.at+".authorizers."+n.AuthorizerId, within(r, body, at, "components", "securitySchemes", n.Name, "x-amazon-apigateway-authorizer"))
	}
	for i := range next.Integrations {
		n := &next.Integrations[i]
		a.parts["integrations"].Set(n.IntegrationId, written(n, "integrationId"))
	}
	for i := range next.Routes {
		n := &next.Routes[i]
		a.parts["routes"].Set(n.RouteId, written(n, "routeId"))
		s := within(r, body, at, operation(body, n.RouteKey)...)
		g.came(a.at+".routes."+n.RouteId, s)
		if id, ok := n.IntegrationId(); ok {
			if _, known := g.spots[a.at+".integrations."+id]; !known {
				s = s.below("x-amazon-apigateway-integration")
				// What several operations share is wrong where it stands.
				if shared := openapi.Pointer(s.node.Get("$ref").Text()); shared != nil {
					s = within(r, body, at, shared...)
				}
				g.came(a.at+".integrations."+id, s)
			}
		}
	}
}

// leftOut tells what an import leaves out: an author finds out by a 404 otherwise.
func (g *region) leftOut(r *resource, d *openapi.Definition) {
	for _, left := range d.LeftOut {
		g.noteOfBody(r, left.What+" was left out: "+left.Why)
	}
	if n := unanswered(d); n != "" {
		g.noteOfBody(r, n)
	}
}

// bodyless notes that an API may have had any part in a document that cannot be read, or
// not all of it.
func (b *builder) bodyless() {
	for _, part := range []string{"authorizers", "integrations", "routes"} {
		b.lacks[part] = true
	}
}

// unanswered tells of operations that nothing is behind, as in documents that were not
// written for API Gateway.
func unanswered(d *openapi.Definition) string {
	var keys []string
	for i := range d.Routes {
		if d.Routes[i].Integration < 0 {
			keys = append(keys, d.Routes[i].RouteKey)
		}
	}
	switch len(keys) {
	case 0:
		return ""
	case 1:
		return "nothing answers " + keys[0] + ": no x-amazon-apigateway-integration is behind it"
	}
	return "nothing answers " + strconv.Itoa(len(keys)) + " operations, " + keys[0] + " the first of them: no x-amazon-apigateway-integration is behind them"
}

// over puts members over those of another object.
func over(n, members tree.Node) tree.Node {
	var names []string
	for name, value := range members.Members() {
		if name == "tags" {
			value = over(n.Get("tags"), value) // those of the document stay beside them
		}
		members = members.Without(name).Set(name, value)
		names = append(names, name)
	}
	n = n.Without(names...)
	for name, value := range members.Members() {
		n.Set(name, value)
	}
	return n
}

// within is the place in a document that members and items lead to, as far as they do.
func within(r *resource, n tree.Node, at *tree.Path, names ...string) spot {
	return spot{r, n, at}.below(names...)
}

// below is the place that members and items lead to from a spot, as far as they do.
func (s spot) below(names ...string) spot {
	for _, name := range names {
		below := s.node.Get(name)
		if i, err := strconv.Atoi(name); err == nil && i < len(s.node.Items()) {
			below = s.node.Items()[i]
		}
		if !below.There() {
			break
		}
		s.node, s.path = below, s.path.Below(name)
	}
	return s
}

// operation is the way to the operation of a route, whose path may stand behind a base
// path.
func operation(body tree.Node, key string) []string {
	method, route, ok := strings.Cut(key, " ")
	if !ok {
		method, route = "ANY", "/"+key
	}
	found, item := "", tree.Node{}
	for at, n := range body.Get("paths").Members() {
		if len(at) > len(found) && (strings.HasSuffix(route, strings.TrimSuffix(at, "/")) || "/"+at == route) {
			found, item = at, n
		}
	}
	for name := range item.Members() {
		if strings.EqualFold(name, method) || method == "ANY" && name == "x-amazon-apigateway-any-method" {
			return []string{"paths", found, name}
		}
	}
	return []string{"paths", found}
}

// body is the OpenAPI document of an API: its text, "" where there is a fault; the value
// that stands in the template; and the way to that.
func (g *region) body(r *resource) (text string, n tree.Node, at *tree.Path) {
	n, at = r.get("Body"), r.properties().Below("Body")
	if n.There() {
		// Documented: CloudFormation Template Reference, AWS::ApiGatewayV2::Api, Body and
		// BodyS3Location: one of them.
		if r.get("BodyS3Location").There() {
			g.fault(r, r.get("BodyS3Location"), r.properties().Below("BodyS3Location"), "Body and BodyS3Location exclude each other", "")
			return "", n, at
		}
		if text = g.jsonText(r, n, at); text == "" && !r.Lacks("Body") {
			g.fault(r, n, at, "the body is empty", "")
		}
		return text, n, at
	}
	n, at = r.get("BodyS3Location"), r.properties().Below("BodyS3Location")
	if r.Lacks("BodyS3Location") || r.Lacks("Body") {
		return "", n, at
	}
	name := n.Text()
	// Documented: AWS CLI, cloudformation package: it takes the name of a local file for
	// BodyS3Location and puts an object of bucket and key in its place. An assembly has
	// both, and a template that was not packaged has the name.
	if name == "" && n.IsObject() {
		name, _ = g.asset(n.Get("Key"))
	}
	if name == "" || strings.Contains(name, "://") {
		return g.bodyInS3(r, n, at)
	}
	if n.Text() != "" {
		name = beside(r, n)
	}
	g.reads(name)
	content, err := g.Files.ReadFile(name)
	if err != nil || len(content) > openapi.MaxDocument {
		g.fault(r, n, at, "the OpenAPI document cannot be read: "+whyNot(err, len(content), openapi.MaxDocument), "")
		return "", n, at
	}
	// Its places are those of the file.
	g.bodies[r.key()] = name
	root, _ := tree.ParseAll(content)
	g.torn(name, root)
	return string(content), root.InFile(name), nil
}

// bodyInS3 is body for an OpenAPI document in S3, which may not be there yet.
//
// Documented: CloudFormation Template Reference, AWS::ApiGatewayV2::Api BodyS3Location.
func (g *region) bodyInS3(r *resource, n tree.Node, at *tree.Path) (string, tree.Node, *tree.Path) {
	const instead = "name a file beside the template: BodyS3Location: openapi.yaml"
	if g.Object == nil {
		g.fault(r, n, at, "the OpenAPI document is in S3, from where nothing is read without --services URL", "give that, or "+instead)
		return "", n, at
	}
	o := g.object(r, n, at, bodyNames, "the OpenAPI document", instead)
	if o == nil {
		return "", n, at
	}
	text, fetched := g.Object(*o)
	if !fetched {
		g.result.Wanted = append(g.result.Wanted, *o)
		return "", n, at
	}
	g.bodies[r.key()] = o.String()
	root, _ := tree.ParseAll(text)
	g.torn(o.String(), root)
	return string(text), root.InFile(o.String()), nil
}

// broken tells where an OpenAPI document is neither YAML nor JSON. Of one that several
// resources have that is told once.
func (g *region) broken(r *resource, file string, e *tree.Error) {
	g.wrong[r.key()] = true
	for _, f := range source.Broken(file, []*tree.Error{e}) {
		f.LogicalID = r.LogicalID
		if !g.toldOf(f) && len(g.result.Faults) < maxFaults {
			g.result.Faults = append(g.result.Faults, f)
		}
	}
}

// torn notes what could not be read of an OpenAPI document that is a file of its own, so that
// nothing is told which may only follow from that.
func (g *region) torn(file string, root tree.Node) {
	for _, gap := range root.Gaps() {
		at := source.Fault{File: file, Path: gap.Path}
		if gap.In.There() {
			g.holes = append(g.holes, at)
		} else {
			g.Told = append(slices.Clip(g.Told), at)
		}
	}
}
