package evaluate

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/dragoman-gateway/dragoman/management/tree"
	"github.com/dragoman-gateway/dragoman/template/source"
)

// parameter has its value when the template is read.
type parameter struct {
	value tree.Node // a text, or a list of texts
	kind  string
	ok    bool
}

// kinds are the types of parameters. Documented: CloudFormation User Guide, Parameters,
// Supplied parameter types. AWS's own types are texts, or lists of them.
var kinds = regexp.MustCompile(`^(String|Number|CommaDelimitedList|List<[A-Za-z0-9:]+>|AWS::SSM::Parameter::(Name|Value<[A-Za-z0-9:<>]+>)|AWS::[A-Za-z0-9]+::[A-Za-z0-9:]+)$`)

// kindNames are those that may be meant by one that does not exist.
var kindNames = []string{"String", "Number", "CommaDelimitedList", "List<Number>", "List<String>"}

// facets are the members of a parameter.
var facets = []string{"Type", "Default", "AllowedValues", "AllowedPattern", "ConstraintDescription", "Description", "MinLength", "MaxLength", "MinValue", "MaxValue", "NoEcho"}

func (s *stack) readParameters(section tree.Node) {
	keys := namesIn(section)
	for name, n := range s.members(section, "Parameters") {
		p := top("Parameters", name)
		for key := range n.Pairs() {
			if !slices.Contains(facets, key.Text()) {
				s.fault(key, p.below(key.Text()).path, key.Text()+" is no member of a parameter", s.nearest(key.Text(), facets))
			}
		}
		if !isLogicalID(name) {
			s.fault(keys[name], p.path, "the name "+quoted(name)+" has other characters than letters and digits", "take them out")
		}
		s.parameters.add(name, s.readParameter(name, n, p))
	}
}

func (s *stack) readParameter(name string, n tree.Node, p place) *parameter {
	kind := n.Get("Type").Text()
	if !kinds.MatchString(kind) {
		if kind == "" {
			s.fault(n, p.below("Type").path, "the parameter has no Type", "Type: String")
		} else {
			s.fault(n.Get("Type"), p.below("Type").path, "the type "+quoted(kind)+" of the parameter does not exist", s.suggest(kind, kindNames))
		}
		return &parameter{}
	}
	about := Parameter{Stack: s.name, Name: name, Type: kind, Description: n.Get("Description").Text(), NoEcho: strings.EqualFold(n.Get("NoEcho").Text(), "true")}
	for _, allowed := range n.Get("AllowedValues").Items() {
		about.Allowed = append(about.Allowed, allowed.Text())
	}
	given, is := s.given[name]
	// What was meant for it may be what is wrong. Its default would be another value.
	if !is && (s.lacks || n.Get(source.Unread).There() && !n.Get("Default").There()) {
		return &parameter{kind: kind}
	}
	if !is {
		given = n.Get("Default")
	}
	// Documented: CloudFormation User Guide, Parameters, Default: a value of the type,
	// which for CommaDelimitedList is a text with commas.
	if !is && (given.IsList() || given.IsObject()) {
		s.fault(given, p.below("Default").path, "the Default of a parameter is a text", `a list is written with commas: "a,b"`)
		return &parameter{}
	}
	about.Value = givenText(given)
	if about.NoEcho {
		s.secrets.Add(about.Value)
	}
	// Documented: CloudFormation User Guide, Parameters: each has a value when the
	// template is worked out, of whoever deploys it or its Default. An empty text is a
	// value.
	about.Missing = !given.There() || given.Null()
	if s.parent == nil {
		s.result.Parameters = append(s.result.Parameters, about)
	}
	if about.Missing {
		hint := "--parameter " + name + "=VALUE, or a Default in the template"
		if s.parent != nil {
			hint = "give it under Parameters of the resource, or a Default in the template"
		}
		s.fault(n, p.path, "the parameter "+name+" has no value", hint)
		return &parameter{kind: kind}
	}
	if len(about.Value) > longestValue {
		s.fault(n, p.path, "the value of the parameter "+name+" is too long", strconv.Itoa(longestValue)+" bytes are allowed")
		return &parameter{kind: kind}
	}
	value, ok := s.stored(kind, about, is, n, p)
	if !ok || !s.spend(n, p.path, 1, len(value)) {
		return &parameter{kind: kind}
	}
	return s.checkParameter(about, value, n, p)
}

// longestValue is how long one may be. Documented: CloudFormation quotas, Parameter values.
const longestValue = 4096

// givenText is a value as a text: a list, which a parent or a default may have, is
// written with commas.
// Documented: CloudFormation Template Reference, AWS::CloudFormation::Stack,
// Parameters: a map of texts; lists are joined before they are passed on. Assumed: a
// list there means what Fn::Join with a comma would have made of it.
func givenText(n tree.Node) string {
	if !n.IsList() {
		return n.Text()
	}
	var texts []string
	for _, item := range n.Items() {
		texts = append(texts, item.Text())
	}
	return strings.Join(texts, ",")
}

// stored is the value itself, which for a type of Systems Manager is kept there under the
// parameter's value.
func (s *stack) stored(kind string, about Parameter, given bool, n tree.Node, p place) (string, bool) {
	inner, is := strings.CutPrefix(kind, "AWS::SSM::Parameter::Value<")
	if !is {
		return about.Value, true
	}
	// Documented: CloudFormation User Guide, Systems Manager parameter types: the value
	// given is the name of the key, and Ref answers what is stored under it.
	if s.Resolve != nil {
		if value, ok := s.Resolve("ssm", about.Value); ok {
			return value, true
		}
	}
	switch {
	case given: // whoever runs a template without Systems Manager gives the value itself
		return about.Value, true
	case strings.HasPrefix(inner, "AWS::EC2::Image::Id"): // only instances, which nobody runs here, use one
		return "ami-00000000000000000", true
	}
	s.fault(n, p.path, "nobody answers the Systems Manager parameter "+quoted(about.Value), "--parameter "+about.Name+"=VALUE gives the value itself")
	return "", false
}

// checkParameter holds a value to what the template asks of it.
func (s *stack) checkParameter(about Parameter, text string, n tree.Node, p place) *parameter {
	kind, stored := strings.CutPrefix(about.Type, "AWS::SSM::Parameter::Value<")
	if stored {
		kind = strings.TrimSuffix(kind, ">")
	}
	one, list := strings.CutPrefix(kind, "List<")
	parts := []string{text}
	if list = list || kind == "CommaDelimitedList"; list {
		// Documented: CloudFormation User Guide, Parameters, CommaDelimitedList: each
		// item is trimmed of spaces.
		parts = strings.Split(text, ",")
		if text == "" {
			parts = nil
		}
		for i := range parts {
			parts[i] = strings.TrimSpace(parts[i])
		}
	}
	if stored {
		n = n.Without(demands...) // they are made of the name that the value has there
	}
	j, ok := newJudge(n, about.Allowed, strings.TrimSuffix(one, ">") == "Number"), true
	for _, part := range parts {
		wrong, hint := j.judge(part)
		if wrong == "" {
			continue
		}
		// Documented: CloudFormation User Guide, Parameters, ConstraintDescription: it
		// explains the constraint in the author's words, which a pattern seldom does.
		if said := n.Get("ConstraintDescription").Text(); said != "" {
			hint = strings.TrimPrefix(hint+"; "+said, "; ")
		}
		s.fault(n, p.path, "the value "+s.shown(part, about)+" of the parameter "+about.Name+" "+wrong, hint)
		ok = false
	}
	if !s.spend(n, p.path, len(parts), len(text)) {
		return &parameter{kind: about.Type}
	}
	if list {
		items := tree.List().From(n)
		for _, part := range parts {
			items.Add(tree.Text(part).From(n))
		}
		return &parameter{items, about.Type, ok}
	}
	return &parameter{tree.Text(text).From(n), about.Type, ok}
}

// Documented: CloudFormation User Guide, Parameters, NoEcho: the value is shown as
// asterisks.
func (s *stack) shown(value string, about Parameter) string {
	if about.NoEcho {
		return "****"
	}
	return quoted(value)
}
