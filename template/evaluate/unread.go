package evaluate

import (
	"strings"

	"github.com/dragoman-gateway/dragoman/management/tree"
	"github.com/dragoman-gateway/dragoman/template/source"
)

// gaps is what could not be read of a template: what may only follow from it is not told.
type gaps struct {
	template tree.Node
	holed    []string // resources of which something is unknown
	nameless bool     // there may be more resources, parameters and conditions than are known
}

// noteGaps looks for gaps in a template, before anything is made of it.
func (s *stack) noteGaps(template tree.Node) {
	if !source.Gaps(template) {
		return
	}
	s.gaps = &gaps{template: template, nameless: template.Get(source.Unread).There()}
	for _, section := range []string{"Resources", "Parameters", "Conditions", "Mappings"} {
		s.nameless = s.nameless || template.Get(section, source.Unread).There()
	}
	for id, r := range template.Get("Resources").Members() {
		if source.Gaps(r) {
			s.holed = append(s.holed, id)
		}
		s.result.Partial = s.result.Partial || id == source.Unread || r.Get(source.Unread).There() || source.Gaps(r.Get("Type"))
	}
	s.result.Partial = s.result.Partial || s.nameless
	s.unsure = s.unsure || source.Gaps(template.Get("Outputs")) || s.nameless
	s.torn[s.file] = append(s.torn[s.file], s.gaps)
}

// withoutEvents is a template without the events of which something could not be read: what
// SAM would make of the rest of one is none of what was meant.
func (s *stack) withoutEvents(template tree.Node) tree.Node {
	if s.gaps == nil || len(s.holed) == 0 {
		return template
	}
	return changed(template, "Resources", func(resources tree.Node) tree.Node {
		for _, id := range s.holed {
			resources = changed(resources, id, func(r tree.Node) tree.Node {
				return changed(r, "Properties", func(properties tree.Node) tree.Node {
					return changed(properties, "Events", func(events tree.Node) tree.Node {
						for name, event := range events.Members() {
							if source.Gaps(event) {
								s.result.Partial = true
								events = events.Without(name)
							}
						}
						return events
					})
				})
			})
		}
		return resources
	})
}

// changed is an object with a change of one member, itself where it has no such object.
func changed(n tree.Node, name string, change func(tree.Node) tree.Node) tree.Node {
	if !n.Get(name).IsObject() {
		return n
	}
	made := tree.Object().From(n)
	for key, value := range n.Pairs() {
		if key.Text() == name {
			value = change(value)
		}
		made.Put(key, value)
	}
	return made
}

// mayBe says whether something of a name may be in what could not be read, or be made of
// it: SAM begins what it makes of a resource with that one's name, and makes an API of its
// own for events that name none.
func (g *gaps) mayBe(id string) bool {
	if g == nil || g.template.Get("Resources", id).There() {
		return false
	}
	for _, of := range g.holed {
		if strings.HasPrefix(id, of) || strings.HasPrefix(id, "Serverless") {
			return true
		}
	}
	return g.nameless
}

// explained says whether a fault may only follow from what could not be read.
func (r *run) explained(f source.Fault) bool {
	for _, g := range r.torn[f.File] {
		if source.Explains(g.template, f.Path) {
			return true
		}
	}
	return false
}
