package entry

import (
	"context"
	"strings"

	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/management/control"
	"github.com/dragoman-gateway/dragoman/management/own/ask"
	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/verdict"
	"github.com/dragoman-gateway/dragoman/wire"
)

// DomainTestPath says where a host and a path lead.
const DomainTestPath = "/_dragoman/domains/test"

// Find says where a request would go, without sending it.
type Find func(verdict.Asked) verdict.Place

// Domains is the operation that tells it; there is none without a data plane.
func Domains(c *control.Control, find Find) []wire.Row {
	if find == nil {
		return nil
	}
	d := &domains{c, find}
	return []wire.Row{{Handle: d.test, Operation: &wire.Operation{
		Name: "TestDomain", Method: "GET", Path: DomainTestPath, Status: 200, Shared: true, Input: ask.Query("host", "path", "headers"),
	}}}
}

// domains needs the store for names alone: where requests go, the table says that serves them,
// so that what is answered is what happens and not what is configured.
type domains struct {
	*control.Control
	find Find
}

// test answers where a host and a path lead. An API that the caller does not reach is to it
// as one that is not there, so that nobody learns by guessing what others have mapped.
func (d *domains) test(ctx context.Context, r *wire.Request) (any, error) {
	asked := verdict.Asked{Host: strings.TrimSpace(r.String("host")), Path: r.String("path")}
	// People paste an address where a host is asked for.
	if rest, ok := strings.CutPrefix(asked.Host, "https://"); ok {
		asked.Host = rest
	}
	if host, path, ok := strings.Cut(asked.Host, "/"); ok && asked.Path == "" {
		asked.Host, asked.Path = host, "/"+path
	}
	if !strings.HasPrefix(asked.Path, "/") {
		asked.Path = "/" + asked.Path
	}
	if asked.Host == "" {
		return nil, fault.New(fault.BadRequest, "host: want the host of a request, such as api.example.com")
	}
	var err error
	if asked.Headers, err = lines(r.String("headers")); err != nil {
		return nil, err
	}
	// The table is asked and not the configuration: a mapping that is not served yet leads nowhere.
	place := d.find(asked)
	place.Host, place.Path = asked.Host, asked.Path
	if place.API == "" {
		return place, nil
	}
	if !r.Reaches(place.API) {
		// In the same form as "nothing is there", but for the words: the fields give nothing away.
		return verdict.Place{Host: asked.Host, Path: asked.Path, Why: "no API that this key reaches is there"}, nil
	}
	err = d.Store.View(ctx, func(reader store.Reader) error {
		names, err := ask.Names(ctx, reader)
		place.APIName = names[place.API]
		return err
	})
	return place, fault.E("entry.TestDomain", err)
}

// lines reads headers as a request has them, one a line.
func lines(text string) (map[string]string, error) {
	headers := map[string]string{}
	for line := range strings.Lines(text) {
		// At the first colon: values have colons too.
		name, value, ok := strings.Cut(strings.TrimSpace(line), ":")
		if !ok && name != "" {
			return nil, fault.New(fault.BadRequest, "headers: want lines such as x-version: 2, got %q", name)
		}
		headers[strings.TrimSpace(name)] = strings.TrimSpace(value)
	}
	// Lines that are blank have made a header without a name.
	delete(headers, "")
	return headers, nil
}
