package ask

import (
	"context"

	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/catalog"
	"github.com/dragoman-gateway/dragoman/wire"
)

// API finds what an id or a name means among the APIs that a caller reaches. An id comes
// before a name, since names may be anything; a name that several have is refused, for a
// guess would show one API's data as another's.
func API(ctx context.Context, reader store.Reader, r *wire.Request, asked string) (region, id string, err error) {
	all, err := catalog.ListApis(ctx, reader)
	if err != nil {
		return "", "", err
	}
	named := 0
	for i := range all {
		a := &all[i]
		switch {
		case a.Noun == nil || !r.Reaches(a.ApiId):
		case a.ApiId == asked:
			return a.Region, a.ApiId, nil
		case a.Noun.Name == asked:
			region, id = a.Region, a.ApiId
			named++
		}
	}
	if named > 1 {
		return "", "", fault.New(fault.BadRequest, "%d APIs have the name %q: give an id", named, asked)
	}
	if named == 0 {
		return "", "", fault.New(fault.NotFound, "there is no API %q", asked)
	}
	return region, id, nil
}

// Names are the names of all APIs by their ids.
func Names(ctx context.Context, reader store.Reader) (map[string]string, error) {
	all, err := catalog.ListApis(ctx, reader)
	names := make(map[string]string, len(all))
	for i := range all {
		if all[i].Noun != nil {
			names[all[i].ApiId] = all[i].Noun.Name
		}
	}
	return names, err
}
