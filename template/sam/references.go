package sam

import (
	"strings"

	"github.com/dragoman-gateway/dragoman/management/tree"
)

// references are the names by which a template may speak of what the transform makes:
// X.Stage of the stage of an API, X.Alias of a function's alias, and the ids that a
// template gives to resources that get other ones.
type references struct {
	properties map[string]string // by "id.property"
	ids        map[string]string
}

// renamed are the new ids, with those that stand in the template.
func (r *references) renamed() map[string]string {
	made := map[string]string{}
	for id, to := range r.ids {
		made[to] = id
	}
	return made
}

func (r *references) init() { r.properties, r.ids = map[string]string{}, map[string]string{} }

// add says what a property of a resource leads to.
func (r *references) add(id, property, to string) { r.properties[id+"."+property] = to }

// resolve is a template with all references led to the resources themselves.
// Documented: AWS SAM Developer Guide, Generated CloudFormation resources, Referencing.
func (r *references) resolve(n tree.Node) tree.Node {
	if n.IsList() {
		made := list(n)
		for _, item := range n.Items() {
			made.Add(r.resolve(item))
		}
		return made
	}
	if !n.IsObject() {
		return n
	}
	switch argument := n.Get(intrinsic(n)); intrinsic(n) {
	case "Ref":
		if to := r.named(argument.Text()); isText(argument) && to != argument.Text() {
			return call("Ref", text(argument, to))
		}
		return n
	case "Fn::GetAtt":
		return r.attribute(n, argument)
	case "Fn::Sub":
		return call("Fn::Sub", r.substituted(argument))
	}
	made := object(n)
	for key, value := range n.Pairs() {
		if key.Text() == "DependsOn" && (isText(value) || value.IsList()) {
			value = r.dependsOn(value)
		}
		made.Put(key, r.resolve(value))
	}
	return made
}

// named is what a name leads to, which may have attributes behind it.
// What is behind a name that was led elsewhere is an attribute of the new resource.
func (r *references) named(name string) string {
	id, rest, dotted := strings.Cut(name, ".")
	if dotted {
		property, attribute, more := strings.Cut(rest, ".")
		if to := r.properties[id+"."+property]; to != "" {
			if more {
				return to + "." + attribute
			}
			return to
		}
	}
	if to := r.ids[id]; to != "" {
		return to + name[len(id):]
	}
	return name
}

// attribute leads an attribute of a property, X.Alias.Arn, to one of a resource.
func (r *references) attribute(n, argument tree.Node) tree.Node {
	items := argument.Items()
	if len(items) < 2 || !isText(items[0]) || !isText(items[1]) {
		return n
	}
	name := items[0].Text() + "." + items[1].Text()
	to := r.named(name)
	id, attribute, dotted := strings.Cut(to, ".")
	if to == name || !dotted {
		return n
	}
	return call("Fn::GetAtt", list(argument, append([]tree.Node{text(items[0], id), text(items[1], attribute)}, items[2:]...)...))
}

func (r *references) substituted(n tree.Node) tree.Node {
	if !n.IsList() {
		if !isText(n) {
			return n
		}
		return text(n, variable.ReplaceAllStringFunc(n.Text(), func(found string) string { return "${" + r.named(found[2:len(found)-1]) + "}" }))
	}
	made := list(n)
	for i, item := range n.Items() {
		if i == 0 {
			made.Add(r.substituted(item))
		} else {
			made.Add(r.resolve(item))
		}
	}
	return made
}

// dependsOn follows ids that were changed: CloudFormation refuses an id that is not there.
func (r *references) dependsOn(n tree.Node) tree.Node {
	if isText(n) {
		return text(n, r.named(n.Text()))
	}
	if !n.IsList() {
		return n
	}
	made := list(n)
	for _, item := range n.Items() {
		made.Add(r.dependsOn(item))
	}
	return made
}
