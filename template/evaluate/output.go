package evaluate

import (
	"slices"

	"github.com/dragoman-gateway/dragoman/management/tree"
)

// output is one of a template, worked out when it is first asked for.
type output struct {
	id    string
	node  tree.Node
	value string
	state state
	ok    bool
}

// export is an output that other stacks may import.
type export struct {
	stack  *stack
	output *output
}

// parts are the members of an output.
var parts = []string{"Value", "Description", "Export", "Condition"}

func (s *stack) readOutput(id string, key, n tree.Node) {
	p := top("Outputs", id)
	for member := range n.Pairs() {
		if !slices.Contains(parts, member.Text()) {
			s.fault(member, p.below(member.Text()).path, member.Text()+" is no member of an output", s.nearest(member.Text(), parts))
		}
	}
	if !isLogicalID(id) {
		s.fault(key, p.path, "the name "+quoted(id)+" has other characters than letters and digits", "take them out")
	}
	if !n.Get("Value").There() {
		s.fault(n, p.path, "the output has no Value", "Value: !Ref LogicalID")
	}
	s.outputs.add(id, &output{id: id, node: n})
}

// made says whether an output's condition holds.
// Documented: CloudFormation User Guide, Conditions: an output with a condition is made
// only when that holds. One that is not made is not exported either.
func (o *output) made(s *stack) (made, ok bool) {
	n := o.node.Get("Condition")
	if n.Null() {
		return true, true
	}
	return s.condition(n.Text(), n, top("Outputs", o.id).below("Condition"))
}

// outputValue works an output out.
func (s *stack) outputValue(o *output) (string, bool) {
	p := top("Outputs", o.id).below("Value")
	switch o.state {
	case underway:
		s.fault(o.node, p.path, "the output needs itself, by way of other stacks", "stacks must not import from each other in a circle")
		return "", false
	case untouched:
		o.state = underway
		o.value, o.ok = s.text(o.node.Get("Value"), p, "the value of an output")
		o.state = done
	}
	return o.value, o.ok
}

func (s *stack) evaluateOutput(o *output) {
	if made, ok := o.made(s); !made || !ok {
		return
	}
	value, ok := s.outputValue(o)
	name, named := s.exportName(o)
	if !ok || !named {
		return
	}
	out := Output{Stack: s.name, LogicalID: o.id, Value: s.outside(s.resolved(value, o.node.Get("Value"), top("Outputs", o.id).below("Value").path, anOutput)), Description: o.node.Get("Description").Text(), Export: name, Nested: s.parent != nil}
	if !s.spend(o.node, top("Outputs", o.id).path, len(s.secrets), 0) {
		return
	}
	// Documented: CloudFormation User Guide, Parameters, NoEcho: what a template puts
	// into its outputs is not masked. The output keeps its value here too, since other
	// stacks import it, and whoever shows it is told what it holds.
	out.Secret = s.secrets.in(value)
	s.result.Outputs = append(s.result.Outputs, out)
}

// exportName is the name that an output is exported by, "" when it is not.
func (s *stack) exportName(o *output) (string, bool) {
	n := o.node.Get("Export", "Name")
	if !n.There() {
		return "", true
	}
	return s.text(n, top("Outputs", o.id).below("Export").below("Name"), "the name of an export")
}

// declareExports tells all stacks what this one exports.
func (s *stack) declareExports() {
	for _, id := range s.outputs.names {
		o := s.outputs.named[id]
		made, ok := o.made(s)
		if s.unsure = s.unsure || !ok; !made || !ok {
			continue
		}
		name, ok := s.exportName(o)
		if s.unsure = s.unsure || !ok; !ok || name == "" {
			continue
		}
		// Documented: CloudFormation User Guide, Outputs, Export: its name is unique in
		// an account and region. Whose value an import means could not be told
		// otherwise.
		if first := s.exports[name]; first != nil {
			s.fault(o.node, top("Outputs", id).below("Export").path, "the export "+quoted(name)+" is there twice, first in the stack "+first.stack.name, "export names are of the whole account and region")
			continue
		}
		s.exports[name] = &export{s, o}
	}
}

// importValue answers what another stack exports.
// Documented: CloudFormation Template Reference, Fn::ImportValue.
func (s *stack) importValue(n tree.Node, p place) (tree.Node, bool) {
	name, ok := s.text(n, p, "the name of Fn::ImportValue")
	if !ok {
		return tree.Node{}, false
	}
	if from := s.exports[name]; from != nil {
		value, ok := from.stack.outputValue(from.output)
		if !ok {
			return tree.Node{}, false
		}
		return s.made(value, n, p)
	}
	// Only for what no stack here exports: an export of these templates is what they
	// say.
	if s.Resolve != nil {
		if value, ok := s.Resolve("import", name); ok {
			return s.made(value, n, p)
		}
	}
	names := make([]string, 0, len(s.exports))
	for known := range s.exports {
		names = append(names, known)
	}
	// A stack that could not be read, or an output of which something is wrong, may be what
	// exports it.
	if s.unsure || s.Unread || s.result.Partial && len(s.faults) > 0 {
		return tree.Node{}, false
	}
	hint := s.nearest(name, names)
	if hint == "" {
		hint = "load the stack that exports it as well, or give --parameter " + name + "=VALUE"
	}
	s.fault(n, p.path, "no stack exports "+quoted(name), hint)
	return tree.Node{}, false
}
