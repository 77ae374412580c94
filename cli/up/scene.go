package up

import (
	"net"
	"slices"
	"strings"

	"github.com/dragoman-gateway/dragoman/function/local"
	"github.com/dragoman-gateway/dragoman/management/plane"
	"github.com/dragoman-gateway/dragoman/template"
	"github.com/dragoman-gateway/dragoman/template/gateway"
)

// scene is what was read, with where it is served.
type scene struct {
	*template.Loaded
	name      string // of the stack
	functions []local.Function

	data, management string   // host:port; "" of what is not served
	secure           bool     // the data listener speaks TLS too
	bare             []string // ids of the APIs at the bare address
	services         string   // URL of who holds what is foreign; "" for nobody
}

// change is what became of a stack that was read again.
type change struct {
	plane.Changes
	functions []string // those that are new, others or gone
}

func (c *change) empty() bool {
	return len(c.Made)+len(c.Changes.Changed)+len(c.Removed)+len(c.functions) == 0
}

func (s *scene) addresses(a *gateway.API) []string {
	if s.data == "" {
		return []string{}
	}
	return addresses(a, s.data, slices.Contains(s.bare, a.ID), s.secure)
}

// event is the scene as programs are told it.
func (s *scene) event(name string) *readyEvent {
	e := &readyEvent{Event: name, Apis: []apiEvent{}, Functions: []functionEvent{}, Outputs: map[string]string{}}
	if s.data != "" {
		e.Data, e.Management = "http://"+s.data, "http://"+s.management
	}
	for i := range s.APIs {
		a := &s.APIs[i]
		e.Apis = append(e.Apis, apiEvent{a.LogicalID, a.Name, a.ID, append([]string{}, a.Stages...), s.addresses(a)})
	}
	for i := range s.functions {
		f := &s.functions[i]
		e.Functions = append(e.Functions, functionEvent{label(f), f.Name, f.Runtime})
	}
	for _, o := range s.outputs() {
		e.Outputs[o.Name] = shown(o)
	}
	for _, f := range s.Foreign {
		e.Foreign = append(e.Foreign, foreignEvent{f.LogicalID, f.Type, f.PhysicalID, append([]string{}, f.Functions...)})
	}
	for _, n := range s.Notes {
		e.Notes = append(e.Notes, n.String())
	}
	return e
}

// outputs are those of the stacks, each by a name of its own: of two stacks that have one of the
// same name both are STACK.NAME. What a nested stack puts out is for the one around it.
// Documented: CloudFormation User Guide, Nested stacks: Outputs.NAME is an attribute of it.
func (s *scene) outputs() (all []gateway.Output) {
	named := map[string]int{}
	for _, o := range s.Outputs {
		if !o.Nested {
			named[o.Name]++
			all = append(all, o)
		}
	}
	for i, o := range all {
		if named[o.Name] > 1 {
			all[i].Name = o.Stack + "." + o.Name
		}
	}
	return all
}

// title is what an API is called: of two stacks that have one of the same logical id, as stages
// of one application of the CDK do, both are STACK.LOGICALID, by which --default-api knows them too.
func (s *scene) title(a *gateway.API) string {
	for _, other := range s.APIs {
		if other.LogicalID == a.LogicalID && other.Stack != a.Stack {
			return a.Stack + "." + a.LogicalID
		}
	}
	return a.LogicalID
}

// hidden stands for what is not to be seen.
const hidden = "****"

// shown is the value of an output as people may see it.
func shown(o gateway.Output) string {
	if o.Secret {
		return hidden
	}
	return o.Value
}

// label is what a function is called in its template, or its name.
func label(f *local.Function) string {
	if f.LogicalID == "" {
		return f.Name
	}
	return f.LogicalID
}

// find is the function of a name or logical id.
func (s *scene) find(name string) *local.Function {
	i := slices.IndexFunc(s.functions, func(f local.Function) bool { return f.Name == name })
	if i < 0 {
		i = slices.IndexFunc(s.functions, func(f local.Function) bool { return f.LogicalID == name })
	}
	if i < 0 || name == "" {
		return nil
	}
	return &s.functions[i]
}

// logical is the logical id of a function by its name, which stays for one that the
// template does not have.
func (s *scene) logical(name string) string {
	if f := s.find(name); f != nil {
		return label(f)
	}
	return name
}

// apiName is the logical id of an API by its id, which stays for others.
func (s *scene) apiName(id string) string {
	for _, a := range s.APIs {
		if a.ID == id {
			return a.LogicalID
		}
	}
	return id
}

// streams says whether an API is the address of a function whose answers are streamed.
func (s *scene) streams(apiID string) bool {
	for i := range s.Functions {
		if url := s.Functions[i].URL; url != nil && url.Stream && url.APIID == apiID {
			return true
		}
	}
	return false
}

// shorten writes the addresses in outputs and in functions' variables as they are
// shortest.
func (s *scene) shorten() {
	var pairs []string
	for _, id := range s.bare {
		pairs = append(pairs, "://"+s.data+byPath+id, "://"+s.data)
	}
	shorter := strings.NewReplacer(pairs...)
	for i := range s.Outputs {
		s.Outputs[i].Value = shorter.Replace(s.Outputs[i].Value)
	}
	for i := range s.functions {
		for name, value := range s.functions[i].Env {
			s.functions[i].Env[name] = shorter.Replace(value)
		}
	}
}

// dialled is an address of a listener as it can be called from this machine: one that
// listens on every address is told as [::]:8080.
func dialled(address string) string {
	host, port, err := net.SplitHostPort(address)
	if ip := net.ParseIP(host); err == nil && ip != nil && ip.IsUnspecified() {
		return net.JoinHostPort("127.0.0.1", port)
	}
	return address
}
