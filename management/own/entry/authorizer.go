package entry

import (
	"cmp"
	"context"

	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/management/control"
	"github.com/dragoman-gateway/dragoman/management/own/ask"
	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/catalog"
	"github.com/dragoman-gateway/dragoman/verdict"
	"github.com/dragoman-gateway/dragoman/wire"
)

// TestPath tries an authorizer with a token.
const TestPath = "/_dragoman/authorizers/test"

// Try decides about a sample as the data plane would, and remembers nothing of it. An error
// says why the authorizer cannot be tried.
type Try func(ctx context.Context, s *verdict.Sample) (verdict.Verdict, error)

// mostSample is how many bytes a request to test an authorizer may have: what a header may
// hold, and what is around it.
const mostSample = 64 << 10

// Authorizers is the operation that tries authorizers. The token is in the body, which no
// log and no audit has. It is a write, for policies and the audit: a function is invoked.
func Authorizers(c *control.Control, try Try) []wire.Row {
	if try == nil {
		return nil
	}
	t := &trial{c, try}
	return []wire.Row{{Handle: t.handle, Operation: &wire.Operation{
		Name: "TestAuthorizer", Method: "POST", Path: TestPath, Status: 200, Shared: true, MaxBody: mostSample,
		Input: []wire.Member{
			ask.Body("api", ask.Text, true), ask.Body("authorizer", ask.Text, true), ask.Body("token", ask.Text, false), ask.Body("scopes", ask.Texts, false),
			ask.Body("stage", ask.Text, false), ask.Body("route", ask.Text, false), ask.Body("method", ask.Text, false), ask.Body("path", ask.Text, false),
			ask.Body("headers", ask.Named, false), ask.Body("query", ask.Named, false),
		},
	}}}
}

// trial reads what is named from the store itself: an authorizer is tried as it is written,
// also where no stage serves it yet.
type trial struct {
	*control.Control
	try Try
}

// handle finds what was named and tries it. The configuration is read as it stands, deployed
// or not: whoever tries an authorizer wants to know before it is deployed.
func (t *trial) handle(ctx context.Context, r *wire.Request) (any, error) {
	s := &verdict.Sample{Account: r.Account, Token: r.String("token"), Scopes: r.Strings("scopes"), Route: r.String("route"), Method: r.String("method"), Path: r.String("path")}
	for name, into := range map[string]*map[string]string{"headers": &s.Headers, "query": &s.Query} {
		if err := r.Decode(name, into); r.Has(name) && err != nil {
			return nil, fault.New(fault.BadRequest, "%s must be an object of texts", name)
		}
	}
	// One view for all of it, so that an authorizer is tried with the stage of its own moment.
	err := t.Store.View(ctx, func(reader store.Reader) error {
		region, id, err := ask.API(ctx, reader, r, r.String("api"))
		if err != nil {
			return err
		}
		snapshot, err := catalog.LoadSnapshot(ctx, reader, region, id)
		if err != nil {
			return err
		}
		s.Region, s.Api = region, &snapshot.Api
		// An id comes before a name, since a name may be another's id.
		asked := r.String("authorizer")
		for i := range snapshot.Authorizers {
			if a := &snapshot.Authorizers[i]; a.AuthorizerId == asked || s.Authorizer == nil && a.Name == asked {
				s.Authorizer = a
			}
		}
		if s.Authorizer == nil {
			return fault.New(fault.NotFound, "there is no authorizer %q of %s", asked, id)
		}
		s.Stage, err = stageOf(ctx, reader, region, id, r.String("stage"))
		return err
	})
	if err != nil {
		return nil, fault.E("entry.TestAuthorizer", err)
	}
	v, err := t.try(ctx, s)
	if err != nil { // it cannot be tried as it is configured, which is for the caller to mend
		return nil, fault.New(fault.BadRequest, "%s", err.Error())
	}
	v.API, v.Authorizer = s.Api.ApiId, cmp.Or(s.Authorizer.Name, s.Authorizer.AuthorizerId)
	return v, nil
}

// stageOf is the stage of a name, or the first where none is named: its variables may be part
// of the function's name.
func stageOf(ctx context.Context, reader store.Reader, region, api, name string) (*resource.Stage, error) {
	if name != "" {
		stage, err := catalog.Stages(region, api).Get(ctx, reader, name)
		if err != nil {
			return nil, fault.New(fault.NotFound, "there is no stage %q of %s", name, api)
		}
		return stage, nil
	}
	all, err := catalog.Stages(region, api).All(ctx, reader)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	return all[0], nil
}
