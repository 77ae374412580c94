package openapi

import (
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/dragoman-gateway/dragoman/resource"
)

// httpMethods are the methods that a path item may have and a route can.
var httpMethods = []string{"get", "put", "post", "delete", "options", "head", "patch"}

// defaultPath is how documents name the route $default.
const defaultPath = "/" + resource.DefaultKey

// paths reads the operations of the document, in its order.
func (d *reader) paths() error {
	all := get(d.root, "paths")
	if all == nil {
		d.warn("Parse issue: attribute paths is missing")
	}
	for path, item := range members(all) {
		if strings.HasPrefix(path, "x-") {
			continue
		}
		if !strings.HasPrefix(path, "/") {
			d.warn("Parse issue: attribute paths. Resource " + path + " should start with /")
			continue
		}
		if err := d.path(path, item); err != nil {
			return err
		}
	}
	return nil
}

func (d *reader) path(path string, item *yaml.Node) error {
	for name, operation := range members(item) {
		method := strings.ToUpper(name)
		switch {
		case name == anyMethod:
			method = "ANY"
		case name == "trace":
			d.warn("Parse issue: attribute paths.'" + path + "'(trace) is not supported")
			continue
		case name == "$ref":
			d.warn("Parse issue: attribute paths.'" + path + "'.$ref is not supported")
			continue
		case !isMethod(name):
			continue
		}
		if !isMap(operation) {
			return refuse("Unable to parse API definition: the operation at %s %s is not an object", method, path)
		}
		if err := d.operation(path, name, method, operation); err != nil {
			return err
		}
	}
	return nil
}

func isMethod(name string) bool {
	for _, m := range httpMethods {
		if m == name {
			return true
		}
	}
	return false
}

// operation reads one operation into a route.
func (d *reader) operation(path, name, method string, n *yaml.Node) error {
	route := Route{Integration: -1}
	route.RouteKey = method + " " + d.routePath(path)
	if path == defaultPath && method == "ANY" {
		route.RouteKey = resource.DefaultKey
	}
	route.OperationName = text(get(n, "operationId"))
	if err := d.integration(&route, n); err != nil {
		return err
	}
	if err := d.authorization(&route, n); err != nil {
		return err
	}
	at := " at " + method + " " + path
	d.unknownExtensions(n, at, integrationMember, authMember)
	if get(n, "requestBody") != nil {
		d.info("The request body" + at + " is not validated by HTTP APIs and was ignored")
	}
	for _, p := range items(get(n, "parameters")) {
		if in := text(get(p, "in")); in != "" && in != "path" {
			d.info("The " + in + " parameter " + text(get(p, "name")) + at + " is not validated by HTTP APIs and was ignored")
		}
	}
	d.Routes = append(d.Routes, route)
	return nil
}

// routePath puts the base path before a path.
func (d *reader) routePath(path string) string {
	if d.prefix == "" {
		return path
	}
	return d.prefix + strings.TrimSuffix(path, "/")
}

// references warns of references into the document that lead nowhere, in the
// operations, with the words of AWS's parser.
func (d *reader) references() {
	for path, item := range members(get(d.root, "paths")) {
		for name, operation := range members(item) {
			if isMethod(name) {
				d.lookUp(operation, "paths.'"+path+"'("+name+")", 0)
			}
		}
	}
}

func (d *reader) lookUp(n *yaml.Node, at string, depth int) {
	if d.visits++; depth > maxDepth || d.visits > maxVisits || len(d.Warnings) > 100 {
		return
	}
	for name, value := range members(n) {
		switch {
		case strings.HasPrefix(name, extension):
		case name == "$ref" && strings.HasPrefix(text(value), "#/"):
			if d.target(text(value)) == nil {
				d.warn("Parse issue: attribute " + at + "." + text(value) + " is missing")
			}
		case name == "content":
			for _, media := range members(value) {
				d.lookUp(media, at+".content", depth+1)
			}
		default:
			d.lookUp(value, at+"."+name, depth+1)
		}
	}
	for _, item := range items(n) {
		d.lookUp(item, at, depth+1)
	}
}

// target gives what a reference within the document names, or nil.
func (d *reader) target(reference string) *yaml.Node {
	rest, ok := strings.CutPrefix(reference, "#/")
	if !ok {
		return nil
	}
	n := d.root
	for part := range strings.SplitSeq(rest, "/") {
		if n = get(n, strings.ReplaceAll(strings.ReplaceAll(part, "~1", "/"), "~0", "~")); n == nil {
			return nil
		}
	}
	return n
}
