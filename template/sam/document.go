package sam

import (
	"regexp"
	"slices"
	"strings"

	"github.com/dragoman-gateway/dragoman/management/tree"
)

// What API Gateway calls its members of OpenAPI documents.
const (
	anyMethod    = "x-amazon-apigateway-any-method"
	integration  = "x-amazon-apigateway-integration"
	defaultPath  = "$default"
	corsMember   = "x-amazon-apigateway-cors"
	endpointRule = "x-amazon-apigateway-endpoint-configuration"
	authorizer   = "x-amazon-apigateway-authorizer"
)

// document is the OpenAPI document of an HTTP API while events and properties are added
// to it. Its paths and operations may stand in Fn::If.
type document struct {
	rest    tree.Node // without paths
	paths   *fields
	opened  map[string]*path
	managed bool // made here, not by the template's author
}

// path is one that is being changed: the forms that it may have, and the condition that
// chooses between them, if there are two.
type path struct {
	value tree.Node
	forms []*fields // nil for AWS::NoValue, and for what is no object
}

// authored is a document that a template has.
func authored(body tree.Node) *document {
	return &document{rest: body.Without("paths").From(body), paths: fieldsOf(body.Get("paths")), opened: map[string]*path{}}
}

// skeleton is the document of an API that has none.
// Observed: the translator begins with these members. An API takes its name from the title,
// so one without a Name is called as its stack.
func skeleton(from tree.Node) *document {
	info := object(from).Put(text(from, "version"), text(from, "1.0")).Put(text(from, "title"), ref(from, "AWS::StackName"))
	rest := object(from).Put(text(from, "openapi"), text(from, "3.0.1")).Put(text(from, "info"), info)
	return &document{rest: rest, paths: fieldsOf(object(from)), opened: map[string]*path{}, managed: true}
}

// version3 are the versions of OpenAPI that count as 3.
// Documented: Amazon API Gateway Developer Guide, Working with OpenAPI definitions for HTTP
// APIs: they are made of OpenAPI 3.
// Observed: the translator takes the number alone, or one or two digits after it.
var version3 = regexp.MustCompile(`^3(\.\d)(\.\d)?$`)

// isDocument says whether a body can be added to: OpenAPI 3 with paths. Others, such as
// one that a transform includes, are passed on as they are.
func isDocument(body tree.Node) bool {
	return body.Get("paths").IsObject() && version3.MatchString(body.Get("openapi").Text())
}

// body is the document again.
func (d *document) body() tree.Node {
	d.close()
	return with(d.rest, "paths", d.paths.node())
}

// close writes the paths that were changed.
func (d *document) close() {
	if len(d.opened) == 0 {
		return
	}
	for i, p := range d.paths.items {
		if open := d.opened[p.key.Text()]; open != nil {
			d.paths.items[i].value = open.node()
		}
	}
	d.opened = map[string]*path{}
}

// open is a path to be changed, nil when there is none.
func (d *document) open(name string) *path {
	if p := d.opened[name]; p != nil {
		return p
	}
	value, there := d.paths.get(name)
	if !there {
		return nil
	}
	p := &path{value: value}
	for _, form := range forms(value) {
		if form.IsObject() && !isNoValue(form) {
			p.forms = append(p.forms, fieldsOf(form))
		} else {
			p.forms = append(p.forms, nil)
		}
	}
	d.opened[name] = p
	return p
}

// forms are both branches of a value in Fn::If, or the value.
func forms(value tree.Node) []tree.Node {
	if intrinsic(value) == "Fn::If" && value.Get("Fn::If").Len() == 3 {
		return value.Get("Fn::If").Items()[1:]
	}
	return []tree.Node{value}
}

func (p *path) node() tree.Node {
	made := forms(p.value)
	for i, form := range p.forms {
		if form != nil {
			made[i] = form.node()
		}
	}
	if len(made) == 1 {
		return made[0]
	}
	return call("Fn::If", list(p.value, p.value.Get("Fn::If").Items()[0], made[0], made[1]))
}

// normal is a method as documents have it.
// Documented: OpenAPI Specification 3.0.1, Path Item Object: methods are in small letters.
// Amazon API Gateway Developer Guide, x-amazon-apigateway-any-method object: this one
// catches all others.
func normal(method string) string {
	if method = strings.ToLower(method); method == "any" {
		return anyMethod
	}
	return method
}

// operations are all forms that an operation has, in all that its path has; complete
// says whether each form of the path has the operation.
func (d *document) operations(name, method string) (all [][]tree.Node) {
	p := d.open(name)
	if p == nil {
		return nil
	}
	for i, form := range p.forms {
		switch {
		case form != nil:
			operation, _ := form.get(normal(method))
			all = append(all, branches(operation))
		case !isNoValue(forms(p.value)[i]):
			all = append(all, nil)
		}
	}
	return all
}

// integrated says whether an operation has an integration: in each form that its path
// may have, in one that it may have itself.
// A path that lacks the operation under one outcome of its condition would have no route
// there if the event passed it over.
func (d *document) integrated(name, method string) bool {
	all := d.operations(name, method)
	for _, operation := range all {
		if !slices.ContainsFunc(operation, hasIntegration) {
			return false
		}
	}
	return len(all) > 0
}

func hasIntegration(operation tree.Node) bool { return operation.Get(integration).Len() > 0 }

// add makes a place for an operation, if there is none.
func (d *document) add(name, method string, from tree.Node) {
	if value, there := d.paths.get(name); !there || value.Null() {
		d.paths.put(text(from, name), object(from))
		delete(d.opened, name)
	}
	for _, form := range d.open(name).forms {
		if form == nil {
			continue
		}
		if value, _ := form.get(normal(method)); value.Null() {
			form.put(text(from, normal(method)), object(from))
		}
	}
}

// change changes an operation in each form that its path may have.
func (d *document) change(name, method string, change func(tree.Node) tree.Node) {
	p := d.open(name)
	if p == nil {
		return
	}
	for _, form := range p.forms {
		if form == nil {
			continue
		}
		if operation, there := form.get(normal(method)); there {
			form.put(text(operation, normal(method)), change(operation))
		}
	}
}

// conditioned says that a path is there only under a condition.
func (d *document) conditioned(name, condition string) {
	d.close()
	i := d.paths.at[name]
	d.paths.items[i].value = when(condition, d.paths.items[i].value)
}

// secured gives all operations with an integration that say nothing of security what is
// given, but for OPTIONS, which browsers send without a token.
// Documented: AWS SAM Developer Guide, HttpApiAuth,
// DefaultAuthorizer: it is for all routes of the API.
// Observed: the translator leaves OPTIONS out.
func (d *document) secured(security tree.Node) {
	d.close()
	for i, p := range d.paths.items {
		if strings.HasPrefix(p.key.Text(), "Fn::") {
			continue // paths that a transform includes
		}
		d.paths.items[i].value = each(p.value, func(form tree.Node) tree.Node {
			changed := object(form)
			for key, operation := range form.Pairs() {
				// Documented: OpenAPI Specification 3.0.1, Path Item Object: parameters
				// stands among the methods and is none.
				if !slices.Contains([]string{"options", "parameters"}, strings.ToLower(key.Text())) {
					operation = each(operation, func(o tree.Node) tree.Node { return securedOperation(o, security) })
				}
				changed.Put(key, operation)
			}
			return changed
		})
	}
}

// securedOperation lets what an operation says of security win over the default.
// Observed: the translator gives nothing to operations without an integration.
func securedOperation(operation, security tree.Node) tree.Node {
	if !hasIntegration(operation) || operation.Get("security").Len() > 0 {
		return operation
	}
	return with(operation, "security", security)
}

// defaults says whether the route $default of a document calls a function whose id this
// is: then no other route of it needs a permission.
// Observed: the translator compares the function's own ARN: each event of a function with
// an alias has its permission.
func (d *document) defaults(id string) bool {
	if id == "" || !d.integrated(defaultPath, anyMethod) {
		return false
	}
	for _, form := range d.operations(defaultPath, anyMethod) {
		for _, operation := range form {
			for _, uri := range branches(operation.Get(integration, "uri")) {
				if found := arnOf.FindStringSubmatch(uri.Get("Fn::Sub").Text()); found == nil || found[1] != id {
					return false
				}
			}
		}
	}
	return true
}

var arnOf = regexp.MustCompile(`([A-Za-z0-9]+)\.Arn`)
