package control

import (
	"strconv"
	"strings"

	"github.com/dragoman-gateway/dragoman/mapping/json"
)

// maxSampleDepth bounds how deep a sample follows a schema that refers to itself.
const maxSampleDepth = 8

// sampleTemplate writes a mapping template that gives what a schema describes
// back as it came: what GetModelTemplate answers. Schemas that describe nothing
// give an empty object.
func sampleTemplate(schema string) string {
	doc, err := json.ParseStrict(schema)
	if err != nil {
		return sampleHead + "{\n}"
	}
	defer doc.Release()
	s := sampler{root: doc.Root()}
	s.text.WriteString(sampleHead)
	s.value(doc.Root(), "$inputRoot", "", 0)
	return s.text.String()
}

const sampleHead = "#set($inputRoot = $input.path('$'))\n"

type sampler struct {
	text  strings.Builder
	root  json.Node
	loops int
}

// value writes the template of one value that is reached by the reference path.
func (s *sampler) value(schema json.Node, path, indent string, depth int) {
	schema = s.resolve(schema, 0)
	switch s.kind(schema) {
	case "object":
		s.object(schema, path, indent, depth)
	case "array":
		s.array(schema, path, indent, depth)
	case "string":
		s.text.WriteString(`"` + path + `"`)
	default:
		s.text.WriteString(path)
	}
}

func (s *sampler) object(schema json.Node, path, indent string, depth int) {
	properties, _ := schema.Get("properties")
	s.text.WriteString("{")
	if depth < maxSampleDepth {
		for it, n := properties.Iter(), 0; it.Next(); n++ {
			if n > 0 {
				s.text.WriteString(",")
			}
			s.text.WriteString("\n" + indent + "  " + strconv.Quote(it.Key()) + " : ")
			s.value(it.Node(), path+"."+it.Key(), indent+"  ", depth+1)
		}
	}
	s.text.WriteString("\n" + indent + "}")
}

func (s *sampler) array(schema json.Node, path, indent string, depth int) {
	items, ok := schema.Get("items")
	if !ok || depth >= maxSampleDepth {
		s.text.WriteString("[\n" + indent + "]")
		return
	}
	elem := "$elem"
	// A name for each loop: an inner one would else overwrite the item of the outer one.
	if s.loops++; s.loops > 1 {
		elem += strconv.Itoa(s.loops)
	}
	s.text.WriteString("[\n#foreach(" + elem + " in " + path + ")\n" + indent + "  ")
	s.value(items, elem, indent+"  ", depth+1)
	s.text.WriteString("#if($foreach.hasNext),#end\n#end\n" + indent + "]")
}

// kind is the type of a schema, or what its members say it must be.
func (s *sampler) kind(schema json.Node) string {
	t, _ := schema.Get("type")
	if t.Kind() == json.Array {
		// Of several types the first one has to do: a template writes one form.
		t, _ = t.Item(0)
	}
	if t.Kind() == json.String {
		return t.Text()
	}
	if _, ok := schema.Get("properties"); ok {
		return "object"
	}
	if _, ok := schema.Get("items"); ok {
		return "array"
	}
	// What says nothing of itself at the top is taken for an object, as most payloads are.
	if schema == s.root {
		return "object"
	}
	return ""
}

// resolve follows references within the schema: "#/definitions/Pet".
func (s *sampler) resolve(schema json.Node, hops int) json.Node {
	ref, ok := schema.Get("$ref")
	pointer, local := strings.CutPrefix(ref.Text(), "#")
	// References that lead round in a circle would never come to a type.
	if !ok || !local || hops > maxSampleDepth {
		return schema
	}
	at := s.root
	for _, step := range strings.Split(strings.TrimPrefix(pointer, "/"), "/") {
		// "#" and "#/" are the document itself.
		if step == "" {
			continue
		}
		if at, ok = at.Get(strings.NewReplacer("~1", "/", "~0", "~").Replace(step)); !ok {
			return schema
		}
	}
	return s.resolve(at, hops+1)
}
