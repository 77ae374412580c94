package openapi

import (
	"bytes"
	"maps"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

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
	root := newMap()
	set(root, "openapi", str("3.0.1"))
	set(root, "info", w.info())
	set(root, "servers", list([]int{0}, func(int) *yaml.Node { return w.server() }))
	if tags := w.tags(); tags != nil {
		set(root, "tags", tags)
	}
	components := w.components() // names what the paths refer to
	set(root, "paths", w.paths())
	if len(components.Content) > 0 {
		set(root, "components", components)
	}
	if w.Extensions {
		if c := s.Api.CorsConfiguration; c != nil {
			set(root, corsMember, corsNode(c))
		}
		set(root, versionMember, str("1.0"))
	}
	return render(root, e.Format)
}

func render(root *yaml.Node, format Format) ([]byte, error) {
	if format == JSON {
		w := &jsonWriter{lines: true, most: maxWritten}
		err := w.write(root, 0)
		return w.Bytes(), err
	}
	var b bytes.Buffer
	enc := yaml.NewEncoder(&b)
	enc.SetIndent(2)
	if err := enc.Encode(root); err != nil {
		return nil, err
	}
	return b.Bytes(), enc.Close()
}

// info names the API. An API without a version gets the moment of its creation,
// in AWS's form.
func (w *writer) info() *yaml.Node {
	n := newMap()
	set(n, "title", str(w.Api.Name))
	setText(n, "description", w.Api.Description)
	version := w.Api.Version
	if version == "" {
		version = w.Api.CreatedDate.UTC().Format("2006-01-02 15:04:05") + "UTC"
	}
	set(n, "version", str(version))
	return n
}

// server names where the API is reached. A stage with a name is the variable
// basePath, as AWS has it; AWS also writes an empty one, which strict readers of
// OpenAPI refuse.
func (w *writer) server() *yaml.Node {
	n := newMap()
	if w.Stage == "" || w.Stage == resource.DefaultKey {
		set(n, "url", str(w.Endpoint+"/"))
	} else {
		base, variables := newMap(), newMap()
		set(base, "default", str(w.Stage))
		set(variables, "basePath", base)
		set(n, "url", str(w.Endpoint+"/{basePath}"))
		set(n, "variables", variables)
	}
	if w.Extensions && w.Api.DisableExecuteApiEndpoint {
		disabled := newMap()
		set(disabled, "disableExecuteApiEndpoint", boolean(true))
		set(n, endpointMember, disabled)
	}
	return n
}

func (w *writer) tags() *yaml.Node {
	if !w.Extensions || len(w.Api.Tags) == 0 {
		return nil
	}
	return list(slices.Sorted(maps.Keys(w.Api.Tags)), func(key string) *yaml.Node {
		n := newMap()
		set(n, "name", str(key))
		set(n, tagValueMember, str(w.Api.Tags[key]))
		return n
	})
}

// paths writes the routes, those of one path together.
func (w *writer) paths() *yaml.Node {
	byPath := map[string]*yaml.Node{}
	all := newMap()
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
		item := byPath[path]
		if item == nil {
			item = newMap()
			byPath[path] = item
			set(all, path, item)
		}
		set(item, method, w.operation(route, path))
	}
	return all
}

func (w *writer) operation(route *resource.Route, path string) *yaml.Node {
	n := newMap()
	// OpenAPI wants every operation id once; names of routes may repeat.
	if name := route.OperationName; name != "" && !w.names[name] {
		w.names[name] = true
		set(n, "operationId", str(name))
	}
	if parameters := pathParameters(path); len(parameters.Content) > 0 {
		set(n, "parameters", parameters)
	}
	described, byDefault := newMap(), newMap()
	set(described, "description", str("Default response for "+route.RouteKey))
	set(byDefault, "default", described)
	set(n, "responses", byDefault)
	w.access(n, route)
	if !w.Extensions {
		return n
	}
	if route.RouteKey == resource.DefaultKey {
		set(n, "isDefaultRoute", boolean(true))
	}
	if id, ok := route.IntegrationId(); ok {
		if i := w.backend(id); i != nil {
			set(n, integrationMember, i)
		}
	}
	return n
}

// pathParameters declares the variables of a path. Greedy ones keep their plus.
func pathParameters(path string) *yaml.Node {
	n := list(nil, str)
	for part := range strings.SplitSeq(path, "/") {
		if !strings.HasPrefix(part, "{") || !strings.HasSuffix(part, "}") {
			continue
		}
		name := part[1 : len(part)-1]
		schema, p := newMap(), newMap()
		set(schema, "type", str("string"))
		set(p, "name", str(name))
		set(p, "in", str("path"))
		set(p, "description", str("Generated path parameter for "+name))
		set(p, "required", boolean(true))
		set(p, "schema", schema)
		n.Content = append(n.Content, p)
	}
	return n
}

// backend writes an integration, or the reference to one that is shared.
func (w *writer) backend(id string) *yaml.Node {
	if reference := w.shared[id]; reference != "" {
		n := newMap()
		set(n, "$ref", str(reference))
		return n
	}
	at := slices.IndexFunc(w.Integrations, func(i resource.Integration) bool { return i.IntegrationId == id })
	if at < 0 {
		return nil
	}
	return integrationNode(&w.Integrations[at])
}

func integrationNode(i *resource.Integration) *yaml.Node {
	n := newMap()
	setText(n, "description", i.Description)
	setText(n, "integrationSubtype", i.IntegrationSubtype)
	setText(n, "credentials", i.CredentialsArn)
	if len(i.RequestParameters) > 0 {
		set(n, "requestParameters", textMap(i.RequestParameters))
	}
	if len(i.ResponseParameters) > 0 {
		statuses := newMap()
		for _, status := range slices.Sorted(maps.Keys(i.ResponseParameters)) {
			set(statuses, status, textMap(i.ResponseParameters[status]))
		}
		set(n, "responseParameters", statuses)
	}
	setText(n, "payloadFormatVersion", i.PayloadFormatVersion)
	set(n, "type", str(strings.ToLower(i.IntegrationType)))
	setText(n, "httpMethod", i.IntegrationMethod)
	setText(n, "uri", i.IntegrationUri)
	setText(n, "connectionType", i.ConnectionType)
	setText(n, "connectionId", i.ConnectionId)
	if i.TimeoutInMillis != 0 && i.TimeoutInMillis != resource.MaxTimeoutHTTP {
		set(n, "timeoutInMillis", integer(i.TimeoutInMillis))
	}
	if i.TlsConfig != nil && i.TlsConfig.ServerNameToVerify != "" {
		tls := newMap()
		set(tls, "serverNameToVerify", str(i.TlsConfig.ServerNameToVerify))
		set(n, "tlsConfig", tls)
	}
	return n
}

func textMap(m map[string]string) *yaml.Node {
	n := newMap()
	for _, key := range slices.Sorted(maps.Keys(m)) {
		set(n, key, str(m[key]))
	}
	return n
}

func corsNode(c *resource.Cors) *yaml.Node {
	n := newMap()
	for _, member := range []struct {
		name   string
		values []string
	}{{"allowOrigins", c.AllowOrigins}, {"allowMethods", c.AllowMethods}, {"allowHeaders", c.AllowHeaders}, {"exposeHeaders", c.ExposeHeaders}} {
		if len(member.values) > 0 {
			set(n, member.name, list(member.values, str))
		}
	}
	if c.MaxAge != nil {
		set(n, "maxAge", integer(*c.MaxAge))
	}
	if c.AllowCredentials != nil {
		set(n, "allowCredentials", boolean(*c.AllowCredentials))
	}
	return n
}

// components writes what several operations refer to, and remembers its names.
func (w *writer) components() *yaml.Node {
	n := newMap()
	if schemes := w.securitySchemes(); len(schemes.Content) > 0 {
		set(n, "securitySchemes", schemes)
	}
	if !w.Extensions {
		return n
	}
	users := map[string]int{}
	for i := range w.Routes {
		if id, ok := w.Routes[i].IntegrationId(); ok {
			users[id]++
		}
	}
	shared := newMap()
	for i := range w.Integrations {
		if id := w.Integrations[i].IntegrationId; users[id] > 1 {
			name := "integration" + strconv.Itoa(len(shared.Content)/2+1)
			set(shared, name, integrationNode(&w.Integrations[i]))
			w.shared[id] = "#/components/" + integrations + "/" + name
		}
	}
	if len(shared.Content) > 0 {
		set(n, integrations, shared)
	}
	return n
}
