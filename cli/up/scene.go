package up

import (
	"maps"
	"slices"

	"github.com/dragoman-gateway/dragoman/function/local"
	"github.com/dragoman-gateway/dragoman/management/plane"
)

// stack is what was read: what is to be served.
type stack struct {
	name      string
	title     string // what was read, such as template.yaml (SAM)
	document  []byte
	apis      []api
	functions []function
	outputs   map[string]string
	notes     []string
}

// function is a function of a stack.
type function struct {
	local.Function
	LogicalID string
}

// scene is a stack with where it is served.
type scene struct {
	*stack
	data, management string // host:port
	secure           bool   // the data listener speaks TLS too
	bare             []string
}

// change is what became of a stack that was read again.
type change struct {
	plane.Changes
	files     []string // that were saved
	functions []string // logical ids of those that are new, others or gone
}

func (c *change) empty() bool {
	return len(c.Made)+len(c.Changes.Changed)+len(c.Removed)+len(c.functions) == 0
}

func (s *scene) addresses(a *api) []string {
	if s.data == "" {
		return []string{}
	}
	return a.addresses(s.data, slices.Contains(s.bare, a.ID), s.secure)
}

// event is the scene as programs are told it.
func (s *scene) event(name string) *readyEvent {
	e := &readyEvent{Event: name, Apis: []apiEvent{}, Functions: []functionEvent{}, Outputs: map[string]string{}, Notes: s.notes}
	if s.data != "" {
		e.Data, e.Management = "http://"+s.data, "http://"+s.management
	}
	for _, a := range s.apis {
		e.Apis = append(e.Apis, apiEvent{a.LogicalID, a.Name, a.ID, a.Stages, s.addresses(&a)})
	}
	for _, f := range s.functions {
		e.Functions = append(e.Functions, functionEvent{f.LogicalID, f.Name, f.Runtime})
	}
	maps.Copy(e.Outputs, s.outputs)
	return e
}

// logical is the logical id of a function by its name, which stays for one that the
// stack does not have.
func (s *stack) logical(name string) string {
	for _, f := range s.functions {
		if f.Name == name {
			return f.LogicalID
		}
	}
	return name
}
