package evaluate

import (
	"slices"
	"strconv"
	"strings"

	"github.com/dragoman-gateway/dragoman/management/tree"
	"github.com/dragoman-gateway/dragoman/template/source"
)

// maxNesting is how deep stacks may stand in each other.
// Assumed: templates do not nest as deep as this. Without a bound a stack that contains
// itself would have no end.
const maxNesting = 10

const stackType = "AWS::CloudFormation::Stack"

// openNested opens the stacks inside a stack, and what is inside those.
func (s *stack) openNested() {
	for _, id := range s.resources.names {
		r := s.resources.named[id]
		// A stack whose condition does not hold is not opened: its file need not even
		// be there.
		if there, ok := s.there(r); r.kind == stackType && there && ok {
			s.nestedStack(r)
		}
	}
}

// nestedStack is the stack that a resource stands for, opened when it is first asked for;
// nil when its template cannot be read.
func (s *stack) nestedStack(r *resource) *stack {
	if r.opened {
		return r.nested
	}
	r.opened = true
	// What is in one that is not opened is not known, be it told why or not.
	defer func() { s.result.Partial = s.result.Partial || r.nested == nil }()
	p := r.place().below("Properties").below("TemplateURL")
	at := r.node.Get("Properties", "TemplateURL")
	where, ok := s.templateOf(r)
	if !ok {
		return nil
	}
	file, text, found := s.find(where, r.node.File())
	switch {
	// Documented: CloudFormation Template Reference, AWS::CloudFormation::Stack,
	// TemplateURL: an address in S3. Nothing is fetched from there, and the rest of the
	// template is of use without it; a name of a file that is missing is a mistake.
	case !found && strings.Contains(where, "://"):
		s.note(at, p.path, "the template "+quoted(where)+" of the nested stack is not a file here: what is in it is not run", "TemplateURL names a file beside the template")
		return nil
	case !found:
		s.fault(at, p.path, "the template "+quoted(where)+" of the nested stack cannot be read", "TemplateURL names a file beside the template")
		return nil
	}
	switch chain := append(s.files(), file); {
	case slices.Contains(chain[:len(chain)-1], file):
		s.fault(at, p.path, "stacks are nested in themselves: "+strings.Join(chain, " → "), "TemplateURL names another file")
		return nil
	case len(chain) > maxNesting:
		s.fault(at, p.path, "stacks are nested more than "+strconv.Itoa(maxNesting)+" deep: "+strings.Join(chain, " → "), "nest fewer of them")
		return nil
	}
	parameters, ok := s.property(r, "Parameters")
	name, named := s.named(r).Name()
	id, known := s.physicalID(r)
	template := s.parse(file, text, p)
	if !named || !known || !template.There() {
		return nil
	}
	// Documented: CloudFormation User Guide, Nested stacks: it is a stack of its own,
	// with its own name, id and parameters. It sees nothing else of the one around it.
	child := &stack{run: s.run, name: name, id: id, file: file, parent: s, given: map[string]tree.Node{}, lacks: !ok || r.node.Get(source.Unread).There() || r.node.Get("Properties", source.Unread).There()}
	for parameter, value := range parameters.Members() {
		if declared := template.Get("Parameters"); !declared.Get(parameter).There() && !declared.Get(source.Unread).There() && !template.Get(source.Unread).There() {
			s.fault(value, r.place().below("Properties").below("Parameters").below(parameter).path, "the template "+file+" has no parameter "+quoted(parameter), s.suggest(parameter, keysOf(declared)))
		}
		child.given[parameter] = value
	}
	r.nested = child
	child.read(template)
	child.declareExports()
	child.openNested()
	return child
}

// templateOf is where the template of a nested stack is. CDK writes an address of a bucket
// there, and the file of its assembly beside it.
// Documented: AWS CDK, Assets, CloudFormation resource metadata.
func (s *stack) templateOf(r *resource) (string, bool) {
	if asset := r.node.Get("Metadata", "aws:asset:path").Text(); asset != "" {
		return asset, true
	}
	value, ok := s.property(r, "TemplateURL")
	if !ok {
		return "", false
	}
	p := r.place().below("Properties").below("TemplateURL")
	where, ok := s.asText(value, r.node, p, "TemplateURL")
	if ok && where == "" {
		s.fault(r.node, p.path, "the nested stack has no TemplateURL", "TemplateURL names a file beside the template")
	}
	return where, ok && where != ""
}

// files are the templates around and of a stack.
func (s *stack) files() (files []string) {
	for ; s != nil; s = s.parent {
		files = append([]string{s.file}, files...)
	}
	return files
}

// evaluateNested puts what a nested stack says into the result.
func (s *stack) evaluateNested(r *resource) {
	if r.kind != stackType {
		return
	}
	if child := s.nestedStack(r); child != nil {
		child.evaluate()
	}
}

// nestedOutput is an output of a nested stack. Those of a template that is not here look
// likely.
func (s *stack) nestedOutput(r *resource, attribute string, n tree.Node, p place) (tree.Node, bool) {
	id, is := strings.CutPrefix(attribute, "Outputs.")
	if !is {
		s.fault(n, p.path, "a nested stack has no attribute "+quoted(attribute), "Outputs."+clipped(attribute)+" is the output of that name")
		return tree.Node{}, false
	}
	// Documented: CloudFormation Template Reference, AWS::CloudFormation::Stack, Return
	// values: Outputs.Name is the output Name, and there are no other attributes.
	child := s.nestedStack(r)
	if child == nil {
		return s.likely(r, id, n, p)
	}
	o := child.outputs.named[id]
	if o == nil && child.gaps != nil {
		return tree.Node{}, false
	}
	if o == nil {
		s.fault(n, p.path, "the nested stack "+r.id+" has no output "+quoted(id), s.suggest(id, child.outputs.names))
		return tree.Node{}, false
	}
	made, ok := o.made(child)
	if ok && !made {
		s.fault(n, p.path, "the output "+quoted(id)+" of the nested stack "+r.id+" is not made, since its condition does not hold", "ask for it inside Fn::If")
	}
	if !made || !ok {
		return tree.Node{}, false
	}
	value, ok := child.outputValue(o)
	if !ok {
		return tree.Node{}, false
	}
	return s.made(value, n, p)
}
