package openapi

import (
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/dragoman-gateway/dragoman/management/blame"
	"github.com/dragoman-gateway/dragoman/management/tree"
	"github.com/dragoman-gateway/dragoman/resource"
)

// httpMethods are the methods that a path item may have and a route can.
// Documented: API Gateway Developer Guide, Create routes for HTTP APIs; OpenAPI
// 3.0.3, Path Item Object, which has trace besides.
var httpMethods = []string{"get", "put", "post", "delete", "options", "head", "patch"}

// itemMembers are the members of a path item that are no methods.
// Documented: OpenAPI 3.0.3, Path Item Object.
var itemMembers = []string{"summary", "description", "servers", "parameters", "$ref"}

// defaultPath is how documents name the route $default.
const defaultPath = "/" + resource.DefaultKey

// maxOperationName is how many characters the name of a route's operation may have.
const maxOperationName = 64

// paths reads the operations of the document, in its order.
func (d *reader) paths() error {
	all := d.root.Get("paths")
	// Documented: OpenAPI 3.0.3, OpenAPI Object: paths is required.
	if all.Null() {
		d.warn("Parse issue: attribute paths is missing")
	} else if !all.IsObject() {
		return d.refused([]string{"paths"}, "Unable to parse API definition: the attribute paths is not an object") // a reimport would remove all
	}
	d.security = d.root.Get("security")
	if all.IsObject() { // most paths have one operation
		d.Routes = slices.Grow(d.Routes, all.Len())
	}
	for path, item := range all.Members() {
		written := path
		// OpenAPI 3.0.3, Specification Extensions: they may stand beside the paths.
		if strings.HasPrefix(path, "x-") {
			continue
		}
		// OpenAPI 3.0.3, Paths Object: each path begins with a slash.
		if !strings.HasPrefix(path, "/") {
			warning := "Parse issue: attribute paths. Resource " + path + " should start with /"
			if path != resource.DefaultKey {
				d.leaveOut("path "+path, "it does not start with /", warning)
				continue
			}
			// Observed: the route is made all the same. SAM writes it so.
			d.warn(warning)
			path = defaultPath
		}
		if err := d.path(written, path, item); err != nil {
			return err
		}
	}
	return nil
}

// path reads the operations of a path, which the document may have written otherwise.
func (d *reader) path(written, path string, item tree.Node) error {
	item, ok := d.item(path, item)
	if !ok {
		return nil
	}
	if !item.IsObject() {
		d.leaveOut("path "+path, "it is not an object", "Parse issue: attribute paths.'"+path+"' is not of type object")
		return nil
	}
	for name, operation := range item.Members() {
		method := strings.ToUpper(name)
		switch {
		// Documented: API Gateway Developer Guide, x-amazon-apigateway-any-method: the
		// operation takes every method that the path does not name.
		case name == anyMethod:
			method = "ANY"
		case name == "trace":
			d.leaveOut("operation TRACE "+path, "routes do not have this method", "Parse issue: attribute paths.'"+path+"'(trace) is not supported")
			continue
		case slices.Contains(httpMethods, name):
		case slices.Contains(itemMembers, name) || strings.HasPrefix(name, "x-"):
			continue
		default:
			d.leaveOut("the member "+name+" of the path "+path, "it is no method", "Parse issue: attribute paths.'"+path+"'."+name+" is unexpected")
			continue
		}
		if operation.Unread() {
			continue
		}
		d.way = []string{"paths", written, name}
		err := error(nil)
		if operation.IsObject() {
			err = d.operation(path, method, operation)
		} else {
			err = d.refused(nil, "Unable to parse API definition: the operation at %s %s is not an object", method, path)
		}
		if d.way = nil; err != nil {
			return err
		}
	}
	if parameters := item.Get("parameters"); parameters.There() {
		d.parameters(parameters, path)
	}
	return nil
}

// item follows a path item that is a reference within the document.
// Documented: OpenAPI 3.0.3, Path Item Object, $ref. Files and addresses outside
// the document are never fetched: an import must not make the gateway a client of
// whoever wrote the document.
func (d *reader) item(path string, item tree.Node) (found tree.Node, ok bool) {
	reference := item.Get("$ref").Text()
	if reference == "" {
		return item, true
	}
	if found = d.follow(item); !found.There() {
		d.leaveOut("path "+path, reference+" is not in the document", "Parse issue: attribute paths.'"+path+"'.$ref "+reference+" is not in the document")
		return tree.Node{}, false
	}
	return found, true
}

// operation reads one operation into a route, or leaves it out.
func (d *reader) operation(path, method string, n tree.Node) error {
	if err := d.pay(n); err != nil {
		return err
	}
	route := Route{Integration: -1}
	route.RouteKey = method + " " + d.routePath(path)
	// The route $default takes what no other route takes, so it has no method of its
	// own. Documented: API Gateway Developer Guide, Create routes for HTTP APIs.
	if path == defaultPath && method == "ANY" {
		route.RouteKey = resource.DefaultKey
	}
	if d.options.Backend != "" && !d.routable(route.RouteKey) {
		return nil
	}
	// Observed: no route is made of a path that ends with a slash, and the import goes on
	// (aws/serverless-application-model#1949), while CreateRoute refuses such a key.
	if strings.HasSuffix(route.RouteKey, "/") && path != "/" {
		d.leaveOut("operation "+route.RouteKey, "its path ends with /", "Unable to create route '"+route.RouteKey+"': a path must not end with /")
		return nil
	}
	// Access is read before the integration: an operation that is left out must leave
	// no integration behind.
	if admitted, err := d.authorization(&route, n); err != nil || !admitted {
		return err
	}
	if err := d.integration(&route, path, n); err != nil {
		return err
	}
	d.named(&route, n)
	at := " at " + method + " " + path
	d.unknownExtensions(n, at, integrationMember, authMember)
	// HTTP APIs do not validate requests. Documented: API Gateway Developer Guide,
	// Choose between REST APIs and HTTP APIs.
	if n.Get("requestBody").There() {
		d.info("The request body" + at + " is not validated by HTTP APIs and was ignored")
	}
	d.parameters(n.Get("parameters"), method+" "+path)
	d.Routes = append(d.Routes, route)
	return nil
}

// pay takes the price of reading an object, which aliases may repeat.
func (d *reader) pay(n tree.Node) error {
	if d.left -= priceOfMember * n.Len(); d.left < 0 {
		return refuse("Unable to parse the OpenAPI document: %v", tree.ErrRepeats)
	}
	return nil
}

// part reads a part of the document, which stands below what is read, into a Go value with
// JSON names. What cannot be read is refused, after the words of about, and the value has
// the other members.
func (d *reader) part(n tree.Node, into any, below []string, about string) error {
	err := d.decode(n, into)
	switch e := (*limitError)(nil); {
	case err == nil:
		return nil
	case errors.As(err, &e):
		return d.refused(below, "%s%s", about, e.text)
	}
	fresh, limits := reflect.TypeOf(into).Elem(), tree.Limits{Bytes: maxPart}
	var names []string
	for _, wrong := range n.Wrong(func(part tree.Node) error {
		text, err := part.JSON(limits)
		if err != nil {
			return err
		}
		return json.Unmarshal(text, reflect.New(fresh).Interface())
	}, d.most-len(d.faults)) {
		message, way := blame.Explain(wrong.Err), below
		if wrong.Path != "" {
			way, message = append(slices.Clip(below), wrong.Way...), wrong.Path+": "+message
			names = append(names, wrong.Way[0])
		} else {
			message = blame.Explain(err)
		}
		if err := d.refused(way, "%s%s", about, message); err != nil {
			return err
		}
	}
	_ = d.decode(n.Without(names...), into) // what is wrong with the rest was told
	return nil
}

// decode reads a part into a Go value with JSON names.
func (d *reader) decode(n tree.Node, into any) error {
	text, err := n.JSON(tree.Limits{Bytes: min(maxPart, d.left/priceOfByte)})
	d.left -= priceOfByte * len(text)
	if wrong, ok := errors.AsType[*tree.Error](err); ok {
		return &limitError{wrong.Message}
	}
	return json.Unmarshal(text, into)
}

// limitError says that a part is too large to be read.
type limitError struct{ text string }

// Error tells it.
func (e *limitError) Error() string { return e.text }

// named takes the id of an operation for its name.
//
// Assumed: an id that is too long for a name is told and left out.
func (d *reader) named(route *Route, operation tree.Node) {
	name := operation.Get("operationId").Text()
	if utf8.RuneCountInString(name) > maxOperationName {
		d.info("The operationId at " + route.RouteKey + " has more than 64 characters and was ignored")
		return
	}
	route.OperationName = name
}

// parameters tells which parameters nobody will look at.
// Parameters of the path are left out of this: the route key has them already.
func (d *reader) parameters(list tree.Node, at string) {
	for _, p := range list.Items() {
		if p = d.follow(p); !p.There() {
			continue // a reference that leads nowhere is told elsewhere
		}
		if in := p.Get("in").Text(); in != "" && in != "path" {
			d.info("The " + in + " parameter " + p.Get("name").Text() + " at " + at + " is not validated by HTTP APIs and was ignored")
		}
	}
}

// routePath puts the base path before a path.
// A path "/" behind a base path adds nothing: its route is the base path itself.
func (d *reader) routePath(path string) string {
	if d.prefix == "" {
		return path
	}
	return d.prefix + strings.TrimSuffix(path, "/")
}
