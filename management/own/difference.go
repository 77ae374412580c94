package own

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/management/control"
	"github.com/dragoman-gateway/dragoman/management/document"
	"github.com/dragoman-gateway/dragoman/management/own/ask"
	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/catalog"
	"github.com/dragoman-gateway/dragoman/wire"
)

// DifferencesPath tells what changes from one deployment of an API to another.
const DifferencesPath = "/_dragoman/differences"

// pending stands for the configuration as it is now, which nobody has deployed.
const pending = "pending"

// Difference is a resource that two configurations do not have alike.
type Difference struct {
	Kind    string   `json:"kind"` // api, route, route response, integration, integration response, model, authorizer
	ID      string   `json:"id"`
	Name    string   `json:"name"`             // as people know it: a route's key
	Parent  string   `json:"parent,omitempty"` // id of what it is below
	Change  string   `json:"change"`           // added, removed or changed
	Members []Member `json:"members"`
}

// Member is one value that differs. Values of maps stand alone, with the key behind a dot.
type Member struct {
	Name   string `json:"name"`
	Before any    `json:"before,omitempty"`
	After  any    `json:"after,omitempty"`
	Diff   string `json:"diff,omitempty"` // of texts of several lines, in the unified form
}

// Differences is the operation that tells them.
func Differences(c *control.Control) []wire.Row {
	d := &differences{c}
	return []wire.Row{{Handle: d.handle, Operation: &wire.Operation{
		Name: "GetDifferences", Method: "GET", Path: DifferencesPath, Status: 200, Shared: true, Input: ask.Query("api", "from", "to"),
	}}}
}

// differences compares two configurations of one view, and keeps nothing.
type differences struct{ *control.Control }

func (d *differences) handle(ctx context.Context, r *wire.Request) (any, error) {
	// To what is pending unless it is said: what would the next deployment change?
	asked, from, to := r.String("api"), r.String("from"), cmp.Or(r.String("to"), pending)
	if asked == "" || from == "" {
		return nil, fault.New(fault.BadRequest, "api and from are required: an API, and a deployment's id or %q", pending)
	}
	found := []Difference{}
	api := ""
	err := d.Store.View(ctx, func(reader store.Reader) error {
		// Whatever its region: a name or an id is enough to whoever compares.
		region, id, err := ask.API(ctx, reader, r, asked)
		if err != nil {
			return err
		}
		api = id
		before, err := configurationOf(ctx, reader, region, id, from)
		if err != nil {
			return err
		}
		after, err := configurationOf(ctx, reader, region, id, to)
		if err != nil {
			return err
		}
		found, err = Compare(before, after)
		return err
	})
	if err != nil {
		return nil, fault.E("own.GetDifferences", err)
	}
	return map[string]any{"api": api, "from": from, "to": to, "differences": found}, nil
}

// configurationOf is what a deployment froze, or what there is now.
func configurationOf(ctx context.Context, reader store.Reader, region, api, of string) (*resource.Snapshot, error) {
	// The word wins over an id: only a document could give a deployment that name.
	if of == pending {
		return catalog.LoadSnapshot(ctx, reader, region, api)
	}
	s, err := catalog.LoadDeployment(ctx, reader, region, api, of)
	if err != nil {
		// What cannot be read is told as what is not there: for a comparison both are the same.
		return nil, fault.New(fault.NotFound, "there is no deployment %q of %s that could be read", of, api)
	}
	return s, nil
}

// thing is a resource of a configuration as plain values.
type thing struct {
	kind, id, name, parent string
	members                map[string]any
}

// Compare tells what differs, in the order in which a message meets it.
func Compare(before, after *resource.Snapshot) ([]Difference, error) {
	old, err := things(before)
	if err != nil {
		return nil, err
	}
	fresh, err := things(after)
	if err != nil {
		return nil, err
	}
	was := map[string]*thing{}
	for i := range old {
		// By ids and not by names: a route whose key was changed is the same route, changed.
		was[old[i].kind+"/"+old[i].parent+"/"+old[i].id] = &old[i]
	}
	found := []Difference{}
	for i := range fresh {
		t := &fresh[i]
		key := t.kind + "/" + t.parent + "/" + t.id
		change, earlier := "changed", was[key]
		// What is left in the end is what was removed.
		if delete(was, key); earlier == nil {
			change, earlier = "added", &thing{}
		}
		// What was added is told even where all its members are defaults.
		if members := membersOf(earlier.members, t.members); change == "added" || len(members) > 0 {
			found = append(found, Difference{t.kind, t.id, t.name, t.parent, change, members})
		}
	}
	for i := range old {
		t := &old[i]
		if was[t.kind+"/"+t.parent+"/"+t.id] != nil {
			found = append(found, Difference{t.kind, t.id, t.name, t.parent, "removed", membersOf(t.members, nil)})
		}
	}
	// Responses come out of maps: unsorted, the same two deployments would differ in another order
	// each time.
	slices.SortStableFunc(found, func(a, b Difference) int {
		return cmp.Or(cmp.Compare(slices.Index(kinds, a.Kind), slices.Index(kinds, b.Kind)), cmp.Compare(a.Parent, b.Parent), cmp.Compare(a.Name, b.Name))
	})
	return found, nil
}

// kinds are in the order in which differences are told.
// A message meets routes first, then what they refer to, and responses at the end.
var kinds = []string{"api", "route", "authorizer", "model", "integration", "integration response", "route response"}

// things are the resources of a configuration.
func things(s *resource.Snapshot) (all []thing, err error) {
	put := func(kind, id, name, parent string, noun any) {
		if err != nil {
			return
		}
		t := thing{kind: kind, id: id, name: name, parent: parent, members: map[string]any{}}
		// By way of JSON, as clients see it: members have the names of the API, and what is absent is
		// no difference from what is empty.
		var text []byte
		if text, err = json.Marshal(noun); err != nil {
			return
		}
		var values map[string]any
		if err = json.Unmarshal(text, &values); err != nil {
			return
		}
		// What nobody deploys, and a resource's own id, by which it is known.
		for _, unsaid := range slices.Concat(notDeployed, []string{ownID[kind]}) {
			delete(values, unsaid)
		}
		flatten(t.members, "", values)
		all = append(all, t)
	}
	put("api", s.Api.ApiId, s.Api.Name, "", &s.Api)
	for i := range s.Routes {
		put("route", s.Routes[i].RouteId, s.Routes[i].RouteKey, "", &s.Routes[i])
	}
	for i := range s.Authorizers {
		put("authorizer", s.Authorizers[i].AuthorizerId, s.Authorizers[i].Name, "", &s.Authorizers[i])
	}
	for i := range s.Models {
		put("model", s.Models[i].ModelId, s.Models[i].Name, "", &s.Models[i])
	}
	for i := range s.Integrations {
		n := &s.Integrations[i]
		put("integration", n.IntegrationId, strings.TrimSpace(n.IntegrationType+" "+n.IntegrationId), "", n)
	}
	for parent, list := range s.IntegrationResponses {
		for i := range list {
			put("integration response", list[i].IntegrationResponseId, list[i].IntegrationResponseKey, parent, &list[i])
		}
	}
	for parent, list := range s.RouteResponses {
		for i := range list {
			put("route response", list[i].RouteResponseId, list[i].RouteResponseKey, parent, &list[i])
		}
	}
	return all, err
}

// notDeployed are members that hold at once, or that the gateway itself writes.
// A difference of two deployments in them would be one that nobody has made.
var notDeployed = []string{"apiEndpoint", "createdDate", "tags", "apiGatewayManaged", "importInfo", "warnings"}

// ownID is the member that has the id of a resource of a kind.
var ownID = map[string]string{
	"api": "apiId", "route": "routeId", "authorizer": "authorizerId", "model": "modelId", "integration": "integrationId",
	"integration response": "integrationResponseId", "route response": "routeResponseId",
}

// flatten takes objects apart, so that of many templates the one is told that differs.
func flatten(into map[string]any, prefix string, values map[string]any) {
	for name, value := range values {
		// Lists stay whole: items have no names by which two of them could be told to be the same.
		if inner, ok := value.(map[string]any); ok {
			flatten(into, prefix+name+".", inner)
			continue
		}
		into[prefix+name] = value
	}
}

// membersOf tells the members that differ, by name.
func membersOf(before, after map[string]any) []Member {
	names := map[string]bool{}
	for name := range before {
		names[name] = true
	}
	for name := range after {
		names[name] = true
	}
	found := []Member{}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		old, fresh := before[name], after[name]
		if same(old, fresh) {
			continue
		}
		// Whole values beside the difference: programs read those, and people the lines.
		m := Member{Name: name, Before: old, After: fresh}
		a, _ := old.(string)
		b, _ := fresh.(string)
		// Templates always: most have one line when they begin, and grow.
		if strings.Contains(a+b, "\n") || strings.Contains(name, "Templates.") {
			m.Diff = document.Diff(a, b)
		}
		found = append(found, m)
	}
	return found
}

func same(a, b any) bool {
	// Maps are written in order of their keys, so that equal values have equal texts.
	x, _ := json.Marshal(a) // both came of JSON
	y, _ := json.Marshal(b)
	return string(x) == string(y)
}
