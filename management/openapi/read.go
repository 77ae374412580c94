package openapi

import (
	"net/url"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/dragoman-gateway/dragoman/resource"
)

// The extensions that a document may have.
const (
	extension         = "x-amazon-apigateway-"
	integrationMember = extension + "integration"
	anyMethod         = extension + "any-method"
	authMember        = extension + "auth"
	authTypeMember    = extension + "authtype"
	authorizerMember  = extension + "authorizer"
	corsMember        = extension + "cors"
	endpointMember    = extension + "endpoint-configuration"
	tagValueMember    = extension + "tag-value"
	versionMember     = extension + "importexport-version"
	integrations      = extension + "integrations"
)

// reader collects what a document says.
type reader struct {
	Definition
	root    *yaml.Node
	options Options
	prefix  string         // before each path
	shared  map[string]int // integrations that references name, by reference
	schemes map[string]*scheme
	visits  int // nodes looked at in search of references
}

// Read makes a definition of an OpenAPI 3.0 document in JSON or YAML. Its errors
// are of type *Error.
func Read(document string, options Options) (*Definition, error) {
	root, err := parse(options.variables().Replace(document))
	if err != nil {
		return nil, refuse("Unable to parse the OpenAPI document: %v", err)
	}
	version := text(get(root, "openapi"))
	switch {
	case get(root, "swagger") != nil:
		return nil, refuse("Invalid OpenAPI input. Swagger 2.0 is not supported for HTTP APIs, use OpenAPI 3.0")
	case version != "3.0" && !strings.HasPrefix(version, "3.0."):
		return nil, refuse("Invalid OpenAPI input. Expected an OpenAPI 3.0 document, got version %q", version)
	}
	d := &reader{root: root, options: options, shared: map[string]int{}, schemes: map[string]*scheme{}}
	for _, step := range []func() error{d.basepath, d.head, d.security, d.paths} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	d.references()
	return &d.Definition, nil
}

func (d *reader) info(text string) { d.Info = append(d.Info, text) }
func (d *reader) warn(text string) { d.Warnings = append(d.Warnings, text) }

// head reads what belongs to the whole API.
func (d *reader) head() error {
	info := get(d.root, "info")
	d.Title, d.Version, d.Description = text(get(info, "title")), text(get(info, "version")), text(get(info, "description"))
	for _, required := range []string{"title", "version"} {
		if text(get(info, required)) == "" {
			d.warn("Parse issue: attribute info." + required + " is missing")
		}
	}
	for _, tag := range items(get(d.root, "tags")) {
		if value := get(tag, tagValueMember); value != nil {
			if d.Tags == nil {
				d.Tags = map[string]string{}
			}
			d.Tags[text(get(tag, "name"))] = text(value)
		}
	}
	if n := get(d.root, corsMember); n != nil {
		if err := d.cors(n); err != nil {
			return err
		}
	}
	for _, at := range append([]*yaml.Node{d.root}, items(get(d.root, "servers"))...) {
		if n := get(at, endpointMember, "disableExecuteApiEndpoint"); n != nil {
			disabled := strings.EqualFold(text(n), "true")
			d.DisableEndpoint = &disabled
		}
	}
	d.unknownExtensions(d.root, "", corsMember, endpointMember, versionMember)
	return nil
}

// unknownExtensions tells what is only meant for other kinds of APIs.
func (d *reader) unknownExtensions(n *yaml.Node, where string, known ...string) {
	for name := range members(n) {
		if strings.HasPrefix(name, extension) && !slices.Contains(known, name) {
			d.info("The extension " + name + where + " is not supported for HTTP APIs and was ignored")
		}
	}
}

// cors reads the CORS rules. Keys of another spelling are not seen, as on AWS.
func (d *reader) cors(n *yaml.Node) error {
	var rules struct {
		AllowCredentials *flag   `json:"allowCredentials"`
		AllowHeaders     texts   `json:"allowHeaders"`
		AllowMethods     texts   `json:"allowMethods"`
		AllowOrigins     texts   `json:"allowOrigins"`
		ExposeHeaders    texts   `json:"exposeHeaders"`
		MaxAge           *number `json:"maxAge"`
	}
	if err := decode(n, &rules); err != nil {
		return refuse("Invalid %s: %v", corsMember, err)
	}
	cors := &resource.Cors{AllowCredentials: (*bool)(rules.AllowCredentials), AllowHeaders: rules.AllowHeaders, AllowMethods: rules.AllowMethods,
		AllowOrigins: rules.AllowOrigins, ExposeHeaders: rules.ExposeHeaders, MaxAge: (*int32)(rules.MaxAge)}
	if !cors.Empty() || isMap(n) && len(n.Content) == 0 {
		d.Cors = cors
	}
	return nil
}

// basepath reads what comes before each path.
func (d *reader) basepath() error {
	mode := d.options.Basepath
	switch mode {
	case "", Ignore:
		return nil
	case Prepend, Split:
	default:
		return refuse("Invalid value specified for Basepath: must be one of [%s, %s, %s]", Ignore, Prepend, Split)
	}
	servers := items(get(d.root, "servers"))
	if len(servers) == 0 {
		return nil
	}
	base := serverPath(servers[0])
	if mode == Split && base != "" {
		_, rest, _ := strings.Cut(base[1:], "/")
		base = ""
		if rest != "" {
			base = "/" + rest
		}
	}
	d.prefix = base
	return nil
}

// serverPath is the base path of a server: what its variable basePath says, or
// else the path of its URL; "" or "/a/b".
func serverPath(server *yaml.Node) string {
	base := get(server, "variables", "basePath", "default")
	path := text(base)
	if base == nil {
		address := text(get(server, "url"))
		for name, variable := range members(get(server, "variables")) {
			address = strings.ReplaceAll(address, "{"+name+"}", text(get(variable, "default")))
		}
		u, err := url.Parse(address)
		if err != nil {
			return ""
		}
		path = u.Path
	}
	if path = strings.Trim(path, "/"); path == "" {
		return ""
	}
	return "/" + path
}
