package catalog_test

import (
	"context"
	"errors"
	"testing"

	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/catalog"
	"github.com/dragoman-gateway/dragoman/store/sqlite"
)

// fill puts one API with something of everything into a store in memory.
func fill(t *testing.T) store.Store {
	t.Helper()
	db := sqlite.OpenMemory(sqlite.Options{})
	t.Cleanup(func() { db.Close() })
	ctx := context.Background()
	_, err := db.Update(ctx, func(tx store.Tx) error {
		return errors.Join(
			catalog.Apis("r").Put(ctx, tx, "a", &resource.Api{ApiId: "a"}),
			catalog.Routes("r", "a").Put(ctx, tx, "x", &resource.Route{RouteId: "x"}),
			catalog.Routes("r", "a").Put(ctx, tx, "b", &resource.Route{RouteId: "b"}),
			catalog.RouteResponses("r", "a", "x").Put(ctx, tx, "y", &resource.RouteResponse{RouteResponseId: "y"}),
			catalog.Integrations("r", "a").Put(ctx, tx, "i", &resource.Integration{IntegrationId: "i"}),
			catalog.IntegrationResponses("r", "a", "i").Put(ctx, tx, "z", &resource.IntegrationResponse{IntegrationResponseId: "z"}),
			catalog.Models("r", "a").Put(ctx, tx, "m", &resource.Model{ModelId: "m"}),
			catalog.Authorizers("r", "a").Put(ctx, tx, "u", &resource.Authorizer{AuthorizerId: "u"}),
			catalog.Stages("r", "a").Put(ctx, tx, "$default", &resource.Stage{StageName: "$default"}),
			catalog.PutDeployment(ctx, tx, "r", "a", &catalog.Deployment{Deployment: resource.Deployment{DeploymentId: "d"}}, &resource.Snapshot{Api: resource.Api{ApiId: "a"}}),
			catalog.DomainNames("r").Put(ctx, tx, "x.example.com", &resource.DomainName{DomainName: "x.example.com"}),
			catalog.Bump(ctx, tx, "r", "a"), catalog.Bump(ctx, tx, "r", "a"),
		)
	})
	if err != nil {
		t.Fatal(err)
	}
	return db
}

func view(t *testing.T, db store.Store, read func(ctx context.Context, r store.Reader)) {
	t.Helper()
	if err := db.View(context.Background(), func(r store.Reader) error { read(context.Background(), r); return nil }); err != nil {
		t.Fatal(err)
	}
}

func TestSnapshot(t *testing.T) {
	view(t, fill(t), func(ctx context.Context, r store.Reader) {
		s, err := catalog.LoadSnapshot(ctx, r, "r", "a")
		if err != nil {
			t.Fatal(err)
		}
		if len(s.Routes) != 2 || s.Routes[0].RouteId != "x" || s.Routes[1].RouteId != "b" {
			t.Errorf("routes: got %+v, want x and b in order of creation", s.Routes)
		}
		if len(s.RouteResponses["x"]) != 1 || len(s.IntegrationResponses["i"]) != 1 || len(s.Integrations) != 1 || len(s.Models) != 1 || len(s.Authorizers) != 1 {
			t.Errorf("got %+v, want one of everything else", s)
		}
		if _, err := catalog.LoadSnapshot(ctx, r, "other", "a"); !errors.Is(err, catalog.ErrNotFound) {
			t.Errorf("another region: got %v, want ErrNotFound", err)
		}
		if s, err := catalog.LoadDeployment(ctx, r, "r", "a", "d"); err != nil || s.Api.ApiId != "a" {
			t.Errorf("deployment: got %+v (%v), want what was frozen", s, err)
		}
		if mark, err := catalog.Version(ctx, r, "r", "a"); err != nil || mark != 2 {
			t.Errorf("mark: got %d (%v), want 2", mark, err)
		}
	})
}

func TestLists(t *testing.T) {
	view(t, fill(t), func(ctx context.Context, r store.Reader) {
		apis, err := catalog.ListApis(ctx, r)
		if err != nil || len(apis) != 1 || apis[0].Region != "r" || apis[0].ApiId != "a" {
			t.Errorf("apis: got %+v (%v), want a in r", apis, err)
		}
		domains, err := catalog.ListDomainNames(ctx, r)
		if err != nil || len(domains) != 1 || domains[0].Region != "r" || domains[0].Name != "x.example.com" {
			t.Errorf("domains: got %+v (%v), want x.example.com", domains, err)
		}
		page, err := catalog.Routes("r", "a").Page(ctx, r, 0, 1)
		if err != nil || len(page) != 1 || page[0].Name != "x" {
			t.Fatalf("page: got %+v (%v), want x", page, err)
		}
		if page, err = catalog.Routes("r", "a").Page(ctx, r, page[0].Created, 5); err != nil || len(page) != 1 || page[0].Name != "b" {
			t.Errorf("next page: got %+v (%v), want b", page, err)
		}
		for _, id := range []string{"", "nothere", "x/responses"} {
			if _, err := catalog.Routes("r", "a").Get(ctx, r, id); !errors.Is(err, catalog.ErrNotFound) {
				t.Errorf("%q: got %v, want ErrNotFound", id, err)
			}
		}
	})
}

func TestDeleteApi(t *testing.T) {
	db := fill(t)
	ctx := context.Background()
	if _, err := db.Update(ctx, func(tx store.Tx) error { return catalog.DeleteApi(ctx, tx, "r", "a") }); err != nil {
		t.Fatal(err)
	}
	view(t, db, func(ctx context.Context, r store.Reader) {
		docs, err := r.List(ctx, "", 0, 0)
		if err != nil || len(docs) != 1 || docs[0].Key != catalog.DomainNames("r").Key("x.example.com") {
			t.Errorf("got %v (%v), want the domain alone", docs, err)
		}
	})
	if _, err := db.Update(ctx, func(tx store.Tx) error { return catalog.DeleteApi(ctx, tx, "r", "a") }); !errors.Is(err, catalog.ErrNotFound) {
		t.Errorf("again: got %v, want ErrNotFound", err)
	}
}
