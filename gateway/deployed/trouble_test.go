package deployed

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/catalog"
)

// spoil puts a text where a document is, past everything that checks.
func spoil(key store.Key, text string) func(context.Context, store.Tx) error {
	return func(ctx context.Context, tx store.Tx) error { return tx.Put(ctx, key, []byte(text)) }
}

// Each document that a stage is made of, unreadable in each way: its stage or API
// goes on with what it served, or is broken where it served nothing, and everything
// else goes on. Mended, it is served.
func TestUnreadableDocuments(t *testing.T) {
	frozen := store.Join("snapshots", region, "bad", "dnew")
	for _, row := range []struct {
		name        string
		key         store.Key
		text        string
		wholeApi    bool
		served, why string
	}{
		{"a stage of another type", catalog.Stages(region, "bad").Key("prod"), `{"stageName":"prod","deploymentId":7}`, false, "old", "deploymentId is a number"},
		{"a stage that is no JSON", catalog.Stages(region, "bad").Key("prod"), `{"stageName`, false, "old", "not JSON"},
		{"a stage that is a list", catalog.Stages(region, "bad").Key("prod"), `[]`, false, "old", "it is a array"},
		{"an API of another type", catalog.Apis(region).Key("bad"), `{"apiId":"bad","protocolType":[]}`, true, "old", "protocolType is a array"},
		{"an API that is no JSON", catalog.Apis(region).Key("bad"), ``, true, "old", "not JSON"},
		{"a frozen copy that does not unzip", frozen, "\x01nonsense", false, "old", "flate"},
		{"a frozen copy of a later form", frozen, "\x63", false, "old", "unknown form"},
		{"a frozen copy that is empty", frozen, "", false, "old", "unknown form"},
	} {
		t.Run(row.name, func(t *testing.T) {
			spoiled := func(ctx context.Context, tx store.Tx) error {
				return errors.Join(deploy("bad", "prod", "new")(ctx, tx), spoil(row.key, row.text)(ctx, tx))
			}
			w := newWorld(t)
			w.put(deploy("bad", "prod", "old"))
			w.put(deploy("bad", "dev", "dev"))
			w.run()
			w.announce(w.put(spoiled))
			w.announce(w.put(deploy("good", "prod", "fine"))) // the feed goes on
			w.check("after it was served", "bad", "prod", row.served)
			w.check("its sibling", "bad", "dev", "dev")
			w.check("its neighbour", "good", "prod", "fine")
			if got := w.Trouble("bad", "prod"); !strings.Contains(got, row.why) {
				t.Errorf("trouble: got %q, want %q in it", got, row.why)
			}
			if got := w.Trouble("good", "prod"); got != "" || w.Troubles() != 1 {
				t.Errorf("others: got %q and %d troubles, want none and 1", got, w.Troubles())
			}
			w.announce(w.put(deploy("bad", "dev", "dev2"))) // reads it again
			if n := strings.Count(w.logged(), "not served as it is stored"); n != 1 {
				t.Errorf("logged %d times, want once: %s", n, w.logged())
			}

			fresh := newWorld(t) // a start with such a document
			fresh.put(deploy("bad", "dev", "dev"))
			fresh.put(deploy("good", "prod", "fine"))
			fresh.put(spoiled)
			fresh.run()
			fresh.check("at a start, its neighbour", "good", "prod", "fine")
			if api := fresh.Api("bad"); row.wholeApi && api.Broken == nil || !row.wholeApi && (api.Stages["prod"].Broken == nil || !api.Damaged) {
				t.Errorf("at a start: got %+v, want what answers that it is broken", api)
			}
			if !row.wholeApi {
				fresh.check("at a start, its sibling", "bad", "dev", "dev")
			}
			fresh.announce(fresh.put(deploy("bad", "prod", "mended")))
			fresh.check("mended", "bad", "prod", "mended")
			if api := fresh.Api("bad"); api.Damaged || fresh.Troubles() != 0 || fresh.Trouble("bad", "prod") != "" {
				t.Errorf("mended: got %+v with %d troubles, want none", api, fresh.Troubles())
			}
		})
	}
}

func (w *world) logged() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.log.String()
}

// A stage that did not change keeps its pointer; one whose description changed keeps
// all that was compiled, and a deployment that was handed on is not read back.
func TestWhatDidNotChangeIsNotMadeAgain(t *testing.T) {
	w := newWorld(t)
	w.put(deploy("a1", "prod", "one"))
	w.put(deploy("a1", "dev", "one"))
	w.run()
	prod, dev := w.Api("a1").Stages["prod"], w.Api("a1").Stages["dev"]
	w.announce(w.put(func(ctx context.Context, tx store.Tx) error {
		return catalog.Stages(region, "a1").Put(ctx, tx, "dev", &resource.Stage{StageName: "dev", DeploymentId: "done", Description: "new"})
	}))
	now := w.Api("a1")
	if now.Stages["prod"] != prod {
		t.Error("a stage that did not change was made again")
	}
	if now.Stages["dev"] == dev || now.Stages["dev"].Stage.Stage.Description != "new" || now.Stages["dev"].Snapshot != dev.Snapshot {
		t.Error("a stage whose description changed was not made again from what was there")
	}
	handed := &resource.Snapshot{Api: resource.Api{ApiId: "a1", ProtocolType: resource.WebSocket}, Routes: []resource.Route{{RouteId: "r1", RouteKey: "two"}}}
	w.Offer("a1", "dtwo", handed)
	for i := range maxOffers - 1 { // others come and go
		w.Offer("a2", string(rune('a'+i)), &resource.Snapshot{})
	}
	w.announce(w.put(deploy("a1", "prod", "two")))
	if w.Api("a1").Stages["prod"].Snapshot != handed {
		t.Error("what was handed on was read back")
	}
	if len(w.offered) != maxOffers-1 {
		t.Errorf("%d offers are kept, want %d", len(w.offered), maxOffers-1)
	}
}
