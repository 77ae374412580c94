package evaluate

import (
	"slices"
	"strings"

	"github.com/dragoman-gateway/dragoman/management/tree"
	"github.com/dragoman-gateway/dragoman/template/source"
)

// stack is a template on its way to resources.
type stack struct {
	*run
	name   string
	id     string               // what AWS::StackId answers
	file   string               // of the template
	parent *stack               // nil of one that was asked for
	given  map[string]tree.Node // values of parameters, scalars all
	lacks  bool                 // some of given could not be worked out

	parameters section[*parameter]
	mappings   section[tree.Node]
	conditions section[*condition]
	resources  section[*resource]
	outputs    section[*output]
	rules      section[tree.Node]

	*gaps // nil where all of the template was read

	asking  []string // conditions that are being worked out
	asksAWS string   // the function of a rule that only AWS can answer; "" for none
}

// section is a part of a template, in order.
type section[T any] struct {
	names []string
	named map[string]T
}

func (s *section[T]) add(name string, value T) {
	if s.named == nil {
		s.named = map[string]T{}
	}
	s.names, s.named[name] = append(s.names, name), value
}

// place is where in a template work is done, and for whom.
type place struct {
	path   *tree.Path // to the property or condition: functions and what is in them add nothing
	inside bool       // a function
	owner  *resource  // whose references are kept; nil beside resources
	scope  scope
	sub    string // the variable of Fn::Sub that names something, as written
}

// scope is which functions may stand somewhere.
type scope int

const (
	inResources  scope = iota
	inConditions       // parameters and mappings alone
	inRules            // those, and the functions of rules
)

func (p place) below(name string) place {
	if !p.inside {
		p.path = p.path.Below(name)
	}
	return p
}

func (p place) insideFunction() place {
	p.inside = true
	return p
}

// top is the place of something with a name in a section.
func top(section, name string) place {
	return place{path: (*tree.Path)(nil).Below(section).Below(name)}
}

// state is how far something is that is worked out when it is first asked for.
type state int

const (
	untouched state = iota
	underway
	done
)

// sections are the parts of a template. Documented: CloudFormation User Guide,
// CloudFormation template sections. Globals is SAM's, and gone after its transform.
var sections = []string{"AWSTemplateFormatVersion", "Description", "Metadata", "Parameters", "Rules", "Mappings", "Conditions", "Transform", "Globals", "Hooks", "Resources", "Outputs"}

// formatVersion is the only one. Documented: CloudFormation User Guide, Format version.
const formatVersion = "2010-09-09"

// read reads the sections of a template. Loops and inclusions are written out before
// anybody transforms it, as CloudFormation does from the inside out.
func (s *stack) read(template tree.Node) {
	if !template.There() {
		return // it could not be read, which was told
	}
	if !template.IsObject() {
		s.fault(template, nil, "a template is an object with the member Resources", "Resources: {LogicalID: {Type: …, Properties: …}}")
		return
	}
	s.noteGaps(template)
	if n := template.Get("AWSTemplateFormatVersion"); n.There() && n.Text() != formatVersion {
		s.fault(n, (*tree.Path)(nil).Below("AWSTemplateFormatVersion"), "there is no version "+quoted(n.Text())+" of templates", formatVersion+" is the only one")
	}
	// First of all, since loops, the places of inclusions and transforms may need their
	// values.
	s.readParameters(template.Get("Parameters"))
	before := len(s.faults)
	template = s.expand(template)
	// A loop or a file that cannot be read may have made anything.
	s.result.Partial = s.result.Partial || len(s.faults) > before
	if s.Transform != nil {
		template = s.withoutEvents(template)
		plain, faults := s.Transform(template, s.parameterValue)
		s.result.Partial = s.result.Partial || len(faults) > 0
		for _, f := range faults {
			if strings.HasPrefix(f.Message, "there is no AWS::Serverless::HttpApi ") && s.gaps != nil {
				continue
			}
			f.Message, f.Hint = s.secrets.Conceal(f.Message), s.secrets.Conceal(f.Hint)
			s.tell(f)
			s.result.Refused = append(s.result.Refused, f)
		}
		// What SAM makes of one resource may be five: faults in them are to be told of
		// the one.
		if template != plain {
			s.result.Written.add(template)
		}
		template = plain
	}
	for key := range template.Pairs() {
		if name := key.Text(); !slices.Contains(sections, name) && name != source.Unread {
			s.fault(key, (*tree.Path)(nil).Below(name), name+" is no section of a template", s.suggest(name, sections))
		}
	}
	for name, value := range s.members(template.Get("Conditions"), "Conditions") {
		s.conditions.add(name, &condition{node: value})
	}
	for name, value := range s.members(template.Get("Rules"), "Rules") {
		s.rules.add(name, value)
	}
	s.readResources(template)
	outputs := template.Get("Outputs")
	keys := namesIn(outputs)
	for name, value := range s.members(outputs, "Outputs") {
		s.readOutput(name, keys[name], value)
	}
}

// parameterValue is the value of a parameter or pseudo parameter.
func (s *stack) parameterValue(name string) (tree.Node, bool) {
	if parameter := s.parameters.named[name]; parameter != nil {
		return parameter.value, parameter.ok
	}
	// AWS::NoValue is no value that a transform could decide by: it takes a member
	// away.
	if !slices.Contains(pseudoNames, name) || name == "AWS::NoValue" {
		return tree.Node{}, false
	}
	return s.pseudo(name, tree.Node{}, place{})
}

// members are those of a section, each of which is an object. A section may be left empty.
func (s *stack) members(section tree.Node, name string) func(func(string, tree.Node) bool) {
	if !section.Null() && !section.IsObject() {
		s.fault(section, (*tree.Path)(nil).Below(name), name+" is an object", name+": {Name: {…}}")
	}
	return func(yield func(string, tree.Node) bool) {
		for key, value := range section.Members() {
			if key == source.Unread {
				continue
			}
			if !value.IsObject() {
				s.fault(value, top(name, key).path, "expected an object", key+": {…}")
				s.result.Partial = true
			} else if !yield(key, value) {
				return
			}
		}
	}
}

// evaluate puts what a stack says into the result.
func (s *stack) evaluate() {
	// Documented: CloudFormation User Guide, Rules: parameters are held to them before
	// anything is made of a template. Circles are looked for last: what a resource
	// refers to is known only when its values are worked out.
	s.checkRules()
	s.checkNames()
	for _, name := range s.conditions.names {
		s.condition(name, s.conditions.named[name].node, top("Conditions", name))
	}
	for _, name := range s.resources.names {
		s.evaluateResource(s.resources.named[name])
	}
	for _, name := range s.outputs.names {
		s.evaluateOutput(s.outputs.named[name])
	}
	s.checkCycles()
}

// givenTexts are values of parameters that come from outside a template.
func givenTexts(values map[string]string) map[string]tree.Node {
	given := make(map[string]tree.Node, len(values))
	for name, value := range values {
		given[name] = tree.Text(value)
	}
	return given
}
