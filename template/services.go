package template

import (
	"strconv"
	"strings"

	"github.com/dragoman-gateway/dragoman/management/tree"
	"github.com/dragoman-gateway/dragoman/template/evaluate"
	"github.com/dragoman-gateway/dragoman/template/gateway"
	"github.com/dragoman-gateway/dragoman/template/source"
)

// group are the stacks of one environment, with how they are evaluated.
type group struct {
	stacks  []evaluate.Stack
	options evaluate.Options
}

// services makes one template of all foreign resources. Their properties are evaluated
// once more with marks in the place of what foreign resources are called, so that what
// they say of each other can be said by functions again.
type services struct {
	ids    map[string]string // of foreign resources in the template, by stack/logical id
	taken  map[string]bool   // ids and names of outputs
	marks  map[gateway.ServiceValue]string
	values []gateway.ServiceValue // in the order in which they were asked for
}

// The letters around the number of a mark: none that a template can hold.
const (
	markBegins = "\x02"
	markEnds   = "\x03"
)

func key(stack, logicalID string) string { return stack + "/" + logicalID }

// servicesOf is what other services are to hold; nil for nothing.
func servicesOf(groups []group, foreign []gateway.Foreign) (*gateway.Services, error) {
	if len(foreign) == 0 {
		return nil, nil
	}
	s := &services{ids: map[string]string{}, taken: map[string]bool{}, marks: map[gateway.ServiceValue]string{}}
	for _, f := range foreign {
		s.ids[key(f.Stack, f.LogicalID)] = s.free(f.LogicalID, alphanumeric(f.Stack)+f.LogicalID)
	}
	properties := map[string]evaluate.Resource{}
	for _, g := range groups {
		values := g.options.Values
		g.options.Values = func(stack, logicalID, attribute string) (string, bool) {
			if s.ids[key(stack, logicalID)] != "" {
				return s.mark(stack, logicalID, attribute), true
			}
			return values(stack, logicalID, attribute)
		}
		// Its faults were told by the evaluation without marks.
		made, _ := evaluate.Evaluate(g.stacks, g.options)
		for _, r := range made.Resources {
			properties[key(r.Stack, r.LogicalID)] = r
		}
	}
	resources := tree.Object()
	for _, f := range foreign {
		resources.Set(s.ids[key(f.Stack, f.LogicalID)], s.resource(properties[key(f.Stack, f.LogicalID)], f))
	}
	template := tree.Object().Set("AWSTemplateFormatVersion", tree.Text("2010-09-09")).Set("Resources", resources).Set("Outputs", s.outputs())
	text, err := template.JSON(tree.Limits{Bytes: source.MaxBytes})
	return &gateway.Services{Template: text, Values: s.values}, err
}

// free is the first of some names that nobody has yet.
// Stacks may have the same logical ids, and all stand in one template here.
func (s *services) free(names ...string) string {
	name := names[0]
	for i := 0; s.taken[name]; i++ {
		if i < len(names) {
			name = names[i]
		} else {
			name = names[len(names)-1] + strconv.Itoa(i)
		}
	}
	s.taken[name] = true
	return name
}

// alphanumeric is what a logical id may have of a text.
// Documented: CloudFormation User Guide, Resources and Outputs: logical ids are
// alphanumeric.
func alphanumeric(text string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, text)
}

// mark stands for a value of a foreign resource.
func (s *services) mark(stack, logicalID, attribute string) string {
	v := gateway.ServiceValue{Stack: stack, LogicalID: logicalID, Attribute: attribute}
	if s.marks[v] == "" {
		s.marks[v] = markBegins + strconv.Itoa(len(s.values)) + markEnds
		s.values = append(s.values, v)
	}
	return s.marks[v]
}

// resource is a foreign resource as the template has it.
func (s *services) resource(r evaluate.Resource, f gateway.Foreign) tree.Node {
	n := tree.Object().Set("Type", tree.Text(f.Type))
	if r.Properties.Len() > 0 {
		n.Set("Properties", s.said(r.Properties))
	}
	needed := tree.List()
	// What is served here is no part of the template, and a dependency on it would be
	// refused there.
	for _, id := range f.DependsOn {
		if other := s.ids[key(f.Stack, id)]; other != "" {
			needed.Add(tree.Text(other))
		}
	}
	return n.SetFilled("DependsOn", needed)
}

// said is a value with functions in the place of marks.
func (s *services) said(n tree.Node) tree.Node {
	switch {
	case n.IsObject():
		made := tree.Object()
		for name, value := range n.Members() {
			made.Set(name, s.said(value))
		}
		return made
	case n.IsList():
		made := tree.List()
		for _, item := range n.Items() {
			made.Add(s.said(item))
		}
		return made
	case strings.Contains(n.Text(), markBegins):
		return s.joined(n.Text())
	}
	return n
}

// joined is a text that holds marks.
// A value that is nothing but one mark keeps its kind: a list that were joined would be a
// text.
func (s *services) joined(text string) tree.Node {
	parts := tree.List()
	for text != "" {
		before, rest, found := strings.Cut(text, markBegins)
		if before != "" {
			parts.Add(tree.Text(before))
		}
		if !found {
			break
		}
		number, after, _ := strings.Cut(rest, markEnds)
		if i, err := strconv.Atoi(number); err == nil && i < len(s.values) {
			parts.Add(s.function(s.values[i]))
		}
		text = after
	}
	if parts.Len() == 1 {
		return parts.Items()[0]
	}
	return tree.Object().Set("Fn::Join", tree.List(tree.Text(""), parts))
}

func (s *services) function(v gateway.ServiceValue) tree.Node {
	id := tree.Text(s.ids[key(v.Stack, v.LogicalID)])
	if v.Attribute == "Ref" {
		return tree.Object().Set("Ref", id)
	}
	return tree.Object().Set("Fn::GetAtt", tree.List(id, tree.Text(v.Attribute)))
}

// outputs answer all values that something here needs.
func (s *services) outputs() tree.Node {
	made := tree.Object()
	for i := range s.values {
		v := &s.values[i]
		v.Output = s.free(s.ids[key(v.Stack, v.LogicalID)] + "Value" + alphanumeric(v.Attribute))
		made.Set(v.Output, tree.Object().Set("Value", s.function(*v)))
	}
	return made
}
