package openapi

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/dragoman-gateway/dragoman/management/tree"
	"github.com/dragoman-gateway/dragoman/resource"
)

// Format is the text form of a document.
type Format string

// The formats, by the names that AWS gives them.
const (
	JSON Format = "JSON"
	YAML Format = "YAML"
)

// Export says how a configuration is written.
type Export struct {
	Endpoint   string // address of the API, without a stage
	Stage      string // "" for the latest configuration
	Extensions bool   // write the x-amazon-apigateway- members
	Format     Format
}

// writer makes the document of a configuration.
type writer struct {
	*resource.Snapshot
	Export
	shared  map[string]string // reference by integration id, for those that several routes use
	schemes map[string]string // name of the security scheme by authorizer id
	names   map[string]bool   // operation ids that were written
}

// Write gives the document of an HTTP API's configuration.
func Write(s *resource.Snapshot, e Export) ([]byte, error) {
	w := &writer{s, e, map[string]string{}, map[string]string{}, map[string]bool{}}
	root := tree.Object()
	// Imports take 3.0 alone, so that an export can be imported again.
	root.Set("openapi", tree.Text("3.0.1"))
	root.Set("info", w.info())
	root.Set("servers", tree.List(w.server()))
	root.SetFilled("tags", w.tags())
	components := w.components() // names what the paths refer to
	root.Set("paths", w.paths())
	root.SetFilled("components", components)
	if w.Extensions {
		if c := s.Api.CorsConfiguration; c != nil {
			root.Set(corsMember, corsNode(c))
		}
		root.Set(versionMember, tree.Text("1.0"))
	}
	return render(root, e.Format)
}

func render(root tree.Node, format Format) ([]byte, error) {
	if format == JSON {
		return root.IndentedJSON()
	}
	return root.YAML()
}

// info names the API. An API without a version gets the moment of its creation,
// in AWS's form.
func (w *writer) info() tree.Node {
	n := tree.Object()
	n.Set("title", tree.Text(w.Api.Name))
	n.SetFilled("description", tree.Text(w.Api.Description))
	version := w.Api.Version
	if version == "" {
		version = w.Api.CreatedDate.UTC().Format("2006-01-02 15:04:05") + "UTC"
	}
	n.Set("version", tree.Text(version))
	return n
}

// server names where the API is reached. A stage with a name is the variable
// basePath, as AWS has it; AWS also writes an empty one, which strict readers of
// OpenAPI refuse.
func (w *writer) server() tree.Node {
	n := tree.Object()
	if w.Stage == "" || w.Stage == resource.DefaultKey {
		n.Set("url", tree.Text(w.Endpoint+"/"))
	} else {
		n.Set("url", tree.Text(w.Endpoint+"/{basePath}"))
		n.Set("variables", tree.Object().Set("basePath", tree.Object().Set("default", tree.Text(w.Stage))))
	}
	if w.Extensions && w.Api.DisableExecuteApiEndpoint {
		n.Set(endpointMember, tree.Object().Set("disableExecuteApiEndpoint", tree.Bool(true)))
	}
	return n
}

func (w *writer) tags() tree.Node {
	if !w.Extensions || len(w.Api.Tags) == 0 {
		return tree.Node{}
	}
	var tags []tree.Node
	for _, key := range slices.Sorted(maps.Keys(w.Api.Tags)) {
		tags = append(tags, tree.Object().Set("name", tree.Text(key)).Set(tagValueMember, tree.Text(w.Api.Tags[key])))
	}
	return tree.List(tags...)
}

// paths writes the routes, those of one path together.
func (w *writer) paths() tree.Node {
	byPath := map[string]tree.Node{}
	all := tree.Object()
	for i := range w.Routes {
		route := &w.Routes[i]
		path, method := defaultPath, anyMethod
		if m, p, ok := resource.SplitRouteKey(route.RouteKey); ok {
			path = p
			if m != "ANY" {
				method = strings.ToLower(m)
			}
		}
		if method == anyMethod && !w.Extensions {
			continue // OpenAPI has no word for it
		}
		item, ok := byPath[path]
		if !ok {
			item = tree.Object()
			byPath[path] = item
			all.Set(path, item)
		}
		item.Set(method, w.operation(route, path))
	}
	return all
}

func (w *writer) operation(route *resource.Route, path string) tree.Node {
	n := tree.Object()
	// OpenAPI wants every operation id once; names of routes may repeat.
	if name := route.OperationName; name != "" && !w.names[name] {
		w.names[name] = true
		n.Set("operationId", tree.Text(name))
	}
	n.SetFilled("parameters", pathParameters(path))
	described := tree.Object().Set("description", tree.Text("Default response for "+route.RouteKey))
	// OpenAPI 3.0.3, Operation Object: responses are required, and each of them a
	// description, though a route of an HTTP API has none.
	n.Set("responses", tree.Object().Set("default", described))
	w.access(n, route)
	if !w.Extensions {
		return n
	}
	if route.RouteKey == resource.DefaultKey {
		n.Set("isDefaultRoute", tree.Bool(true))
	}
	if id, ok := route.IntegrationId(); ok {
		n.SetFilled(integrationMember, w.backend(id))
	}
	return n
}

// pathParameters declares the variables of a path. Greedy ones keep their plus.
// Documented: OpenAPI 3.0.3, Parameter Object: a parameter of the path is required
// and says so.
func pathParameters(path string) tree.Node {
	var all []tree.Node
	for part := range strings.SplitSeq(path, "/") {
		if !strings.HasPrefix(part, "{") || !strings.HasSuffix(part, "}") {
			continue
		}
		name := part[1 : len(part)-1]
		all = append(all, tree.Object().
			Set("name", tree.Text(name)).
			Set("in", tree.Text("path")).
			Set("description", tree.Text("Generated path parameter for "+name)).
			Set("required", tree.Bool(true)).
			Set("schema", tree.Object().Set("type", tree.Text("string"))))
	}
	return tree.List(all...)
}

// backend writes an integration, or the reference to one that is shared.
func (w *writer) backend(id string) tree.Node {
	if reference := w.shared[id]; reference != "" {
		return tree.Object().Set("$ref", tree.Text(reference))
	}
	at := slices.IndexFunc(w.Integrations, func(i resource.Integration) bool { return i.IntegrationId == id })
	if at < 0 {
		return tree.Node{}
	}
	return integrationNode(&w.Integrations[at])
}

func integrationNode(i *resource.Integration) tree.Node {
	n := tree.Object()
	n.SetFilled("description", tree.Text(i.Description))
	n.SetFilled("integrationSubtype", tree.Text(i.IntegrationSubtype))
	n.SetFilled("credentials", tree.Text(i.CredentialsArn))
	n.SetFilled("requestParameters", textMap(i.RequestParameters))
	statuses := tree.Object()
	for _, status := range slices.Sorted(maps.Keys(i.ResponseParameters)) {
		statuses.Set(status, textMap(i.ResponseParameters[status]))
	}
	n.SetFilled("responseParameters", statuses)
	n.SetFilled("payloadFormatVersion", tree.Text(i.PayloadFormatVersion))
	n.Set("type", tree.Text(strings.ToLower(i.IntegrationType)))
	n.SetFilled("httpMethod", tree.Text(i.IntegrationMethod))
	n.SetFilled("uri", tree.Text(i.IntegrationUri))
	n.SetFilled("connectionType", tree.Text(i.ConnectionType))
	n.SetFilled("connectionId", tree.Text(i.ConnectionId))
	// The default is left out: a document that does not name it gets it again.
	if i.TimeoutInMillis != 0 && i.TimeoutInMillis != resource.MaxTimeoutHTTP {
		n.Set("timeoutInMillis", tree.Int(i.TimeoutInMillis))
	}
	if i.TlsConfig != nil && i.TlsConfig.ServerNameToVerify != "" {
		n.Set("tlsConfig", tree.Object().Set("serverNameToVerify", tree.Text(i.TlsConfig.ServerNameToVerify)))
	}
	return n
}

func textMap(m map[string]string) tree.Node {
	n := tree.Object()
	for _, key := range slices.Sorted(maps.Keys(m)) {
		n.Set(key, tree.Text(m[key]))
	}
	return n
}

func corsNode(c *resource.Cors) tree.Node {
	n := tree.Object()
	n.SetFilled("allowOrigins", tree.Texts(c.AllowOrigins))
	n.SetFilled("allowMethods", tree.Texts(c.AllowMethods))
	n.SetFilled("allowHeaders", tree.Texts(c.AllowHeaders))
	n.SetFilled("exposeHeaders", tree.Texts(c.ExposeHeaders))
	if c.MaxAge != nil {
		n.Set("maxAge", tree.Int(*c.MaxAge))
	}
	if c.AllowCredentials != nil {
		n.Set("allowCredentials", tree.Bool(*c.AllowCredentials))
	}
	return n
}

// components writes what several operations refer to, and remembers its names.
// Documented: API Gateway Developer Guide, x-amazon-apigateway-integrations.
func (w *writer) components() tree.Node {
	n := tree.Object()
	n.SetFilled("securitySchemes", w.securitySchemes())
	if !w.Extensions {
		return n
	}
	users := map[string]int{}
	for i := range w.Routes {
		if id, ok := w.Routes[i].IntegrationId(); ok {
			users[id]++
		}
	}
	shared := tree.Object()
	for i := range w.Integrations {
		if id := w.Integrations[i].IntegrationId; users[id] > 1 {
			name := "integration" + strconv.Itoa(shared.Len()+1)
			shared.Set(name, integrationNode(&w.Integrations[i]))
			w.shared[id] = "#/components/" + integrations + "/" + name
		}
	}
	n.SetFilled(integrations, shared)
	return n
}
