package catalog_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/catalog"
	"github.com/dragoman-gateway/dragoman/store/sqlite"
)

// change makes one random change of an API of a few nouns.
func change(ctx context.Context, tx store.Tx, r *rand.Rand) error {
	id, text := fmt.Sprint("n", r.IntN(4)), fmt.Sprint(r.IntN(3))
	routes, integrations := catalog.Routes("r", "a"), catalog.Integrations("r", "a")
	var err error
	switch r.IntN(9) {
	case 0:
		err = routes.Put(ctx, tx, id, &resource.Route{RouteId: id, RouteKey: text, RequestModels: map[string]string{"$default": text}})
	case 1:
		err = routes.Delete(ctx, tx, id) // its responses too
	case 2:
		err = integrations.Put(ctx, tx, id, &resource.Integration{IntegrationId: id, IntegrationUri: text})
	case 3:
		err = integrations.Delete(ctx, tx, id)
	case 4:
		err = catalog.RouteResponses("r", "a", id).Put(ctx, tx, text, &resource.RouteResponse{RouteResponseId: text})
	case 5:
		err = catalog.IntegrationResponses("r", "a", id).Put(ctx, tx, text, &resource.IntegrationResponse{IntegrationResponseId: text, ResponseTemplates: map[string]string{"$default": `"<` + text}})
	case 6:
		err = catalog.Models("r", "a").Put(ctx, tx, id, &resource.Model{ModelId: id, Schema: text})
	case 7:
		err = catalog.Authorizers("r", "a").Put(ctx, tx, id, &resource.Authorizer{AuthorizerId: id, Name: text})
	case 8:
		err = catalog.Apis("r").Put(ctx, tx, "a", &resource.Api{ApiId: "a", Name: text})
	}
	if err == catalog.ErrNotFound {
		return nil
	}
	return err
}

// What is taken over from a known configuration is what would have been decoded, the known one
// stays as it is, and what is frozen thaws to the same.
func TestConfigurationsOfChanges(t *testing.T) {
	ctx, db, random := t.Context(), sqlite.OpenMemory(sqlite.Options{}), rand.New(rand.NewPCG(1, 2))
	t.Cleanup(func() { db.Close() })
	var known *catalog.Configuration
	var before *resource.Snapshot // what known was, decoded by itself
	for step := range 2000 {
		_, err := db.Update(ctx, func(tx store.Tx) error {
			if step == 0 {
				return catalog.Apis("r").Put(ctx, tx, "a", &resource.Api{ApiId: "a"})
			}
			for range 1 + random.IntN(3) {
				if err := change(ctx, tx, random); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		_, err = db.Update(ctx, func(tx store.Tx) error {
			want, err := catalog.LoadSnapshot(ctx, tx, "r", "a")
			if err != nil {
				return err
			}
			got, err := catalog.LoadConfiguration(ctx, tx, "r", "a", known)
			if err != nil {
				return err
			}
			if !reflect.DeepEqual(got.Snapshot, want) {
				t.Fatalf("step %d: got %+v, want %+v", step, got.Snapshot, want)
			}
			if known != nil && !reflect.DeepEqual(known.Snapshot, before) {
				t.Fatalf("step %d: the known configuration became %+v, and was %+v", step, known.Snapshot, before)
			}
			known, before = got, want
			body, err := got.Freeze()
			if err != nil {
				return err
			}
			if err := catalog.PutFrozen(ctx, tx, "r", "a", &catalog.Deployment{Deployment: resource.Deployment{DeploymentId: "d"}}, body); err != nil {
				return err
			}
			thawed, err := catalog.LoadDeployment(ctx, tx, "r", "a", "d")
			if err == nil && !reflect.DeepEqual(thawed, want) {
				t.Fatalf("step %d: thawed %+v, want %+v", step, thawed, want)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// Nouns that did not change share the memory of the known ones: nothing of them is decoded, and
// those who compile see at once that they are the same.
func TestConfigurationTakesOver(t *testing.T) {
	ctx, db := t.Context(), fill(t)
	load := func(known *catalog.Configuration) (c *catalog.Configuration) {
		view(t, db, func(ctx context.Context, r store.Reader) {
			var err error
			if c, err = catalog.LoadConfiguration(ctx, r, "r", "a", known); err != nil {
				t.Fatal(err)
			}
		})
		return c
	}
	first := load(nil)
	_, err := db.Update(ctx, func(tx store.Tx) error {
		return catalog.IntegrationResponses("r", "a", "i").Put(ctx, tx, "z", &resource.IntegrationResponse{IntegrationResponseId: "z", ContentHandlingStrategy: "CONVERT_TO_TEXT"})
	})
	if err != nil {
		t.Fatal(err)
	}
	second := load(first)
	a, b := first.Snapshot, second.Snapshot
	if &a.Routes[0] != &b.Routes[0] || &a.Integrations[0] != &b.Integrations[0] || &a.RouteResponses["x"][0] != &b.RouteResponses["x"][0] {
		t.Error("nouns that did not change were read again")
	}
	if a.IntegrationResponses["i"][0].ContentHandlingStrategy != "" || b.IntegrationResponses["i"][0].ContentHandlingStrategy != "CONVERT_TO_TEXT" {
		t.Errorf("the response was %+v and became %+v", a.IntegrationResponses["i"], b.IntegrationResponses["i"])
	}
}
