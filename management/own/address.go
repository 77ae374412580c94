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
	asked := strings.TrimSpace(r.String("address"))
	if relay.Absolute(asked) {
		return asked, nil
	}
	path, query, _ := strings.Cut(asked, "?")
	name, path, _ := strings.Cut(path, "/")
	var address string
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
		address = "http://" + api.ApiId + ".execute-api.localhost:" + k.port() + "/" + path
		return nil
	})
	if err != nil {
		return "", fault.E("own.address", err)
	}
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
	all = slices.DeleteFunc(all, func(a catalog.Located[resource.Api]) bool { return a.Noun == nil || !r.Reaches(a.ApiId) })
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
	first, rest, _ := strings.Cut(path, "/")
	base := slices.Contains(names, resource.DefaultKey)
	switch {
	case first == resource.DefaultKey && base && api.ProtocolType == resource.HTTP:
		return rest, nil
	case path != "", base && api.ProtocolType == resource.HTTP:
		return path, nil
	case len(names) == 1:
		return names[0], nil
	case len(names) == 0:
		return "", fault.New(fault.BadRequest, "The API %q has no stage", api.Name)
	}
	return "", fault.New(fault.BadRequest, "Which stage of %q? It has %s", api.Name, strings.Join(names, ", "))
}
