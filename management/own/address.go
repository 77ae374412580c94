package own

import (
	"context"
	"slices"
	"strings"

	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/management/relay"
	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/catalog"
	"github.com/dragoman-gateway/dragoman/wire"
)

// address is where a client is to go: an address as it stands, or what API/STAGE names.
func (k *clients) address(ctx context.Context, r *wire.Request) (string, error) {
	// People paste addresses, with the blanks around them.
	asked := strings.TrimSpace(r.String("address"))
	// An address is not judged here: the relay dials this gateway alone, whatever it names.
	if relay.Absolute(asked) {
		return asked, nil
	}
	// Cut by hand and not by net/url: a name may have characters that no host has.
	path, query, _ := strings.Cut(asked, "?")
	name, path, _ := strings.Cut(path, "/")
	var address string
	// API and stages of one moment: a stage that was renamed meanwhile would lead nowhere.
	err := k.Store.View(ctx, func(reader store.Reader) error {
		api, err := named(ctx, reader, r, name)
		if err != nil {
			return err
		}
		stages, err := catalog.Stages(api.Region, api.ApiId).All(ctx, reader)
		if err != nil {
			return err
		}
		if path, err = staged(api.Noun, stages, path); err != nil {
			return err
		}
		// By the API's own name on loopback: what is called is the data listener of this process.
		address = "http://" + api.ApiId + ".execute-api.localhost:" + k.port() + "/" + path
		return nil
	})
	if err != nil {
		return "", fault.E("own.address", err)
	}
	// As it came: the query is the API's own, with whatever is escaped in it.
	if query != "" {
		address += "?" + query
	}
	return address, nil
}

// named finds the API that an id or a name means, among those that the caller reaches.
func named(ctx context.Context, reader store.Reader, r *wire.Request, name string) (found catalog.Located[resource.Api], err error) {
	all, err := catalog.ListApis(ctx, reader)
	if err != nil {
		return found, err
	}
	// First of all: an API that the key does not reach must not be found by trying names, nor make
	// a name ambiguous.
	all = slices.DeleteFunc(all, func(a catalog.Located[resource.Api]) bool { return a.Noun == nil || !r.Reaches(a.ApiId) })
	// An id before any name: a name may be another's id.
	if i := slices.IndexFunc(all, func(a catalog.Located[resource.Api]) bool { return a.ApiId == name }); i >= 0 {
		return all[i], nil
	}
	all = slices.DeleteFunc(all, func(a catalog.Located[resource.Api]) bool { return a.Noun.Name != name })
	switch len(all) {
	case 1:
		return all[0], nil
	case 0:
		return found, fault.New(fault.NotFound, "There is no API %q: give API/STAGE with its id or name, or an address that begins with ws:// or http://", name)
	}
	// Names of APIs are not unique on AWS, so that a name may not be enough.
	return found, fault.New(fault.BadRequest, "%d APIs are called %q: give an id, such as %s", len(all), name, all[0].ApiId)
}

// staged is the path behind an API's own host. What begins with no stage is a path of
// $default where there is that; nothing is the one stage that there is.
func staged(api *resource.Api, stages []*resource.Stage, path string) (string, error) {
	var names []string
	for _, s := range stages {
		if s != nil {
			names = append(names, s.StageName)
		}
	}
	// Documented: API Gateway Developer Guide, Stages for HTTP APIs: $default is served at the base
	// of the address, so that its name is no part of a path.
	first, rest, _ := strings.Cut(path, "/")
	base := slices.Contains(names, resource.DefaultKey)
	switch {
	case first == resource.DefaultKey && base && api.ProtocolType == resource.HTTP:
		return rest, nil
	// A stage that is not there is the gateway's to refuse: whoever tries that wants to see it.
	case path != "", base && api.ProtocolType == resource.HTTP:
		return path, nil
	case len(names) == 1:
		return names[0], nil
	case len(names) == 0:
		return "", fault.New(fault.BadRequest, "The API %q has no stage", api.Name)
	}
	return "", fault.New(fault.BadRequest, "Which stage of %q? It has %s", api.Name, strings.Join(names, ", "))
}
