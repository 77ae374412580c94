package control

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/catalog"
)

// counted is a store that counts the documents which writers are given.
type counted struct {
	store.Store
	given int
	keys  []store.Key // that were asked for
}

func (c *counted) Update(ctx context.Context, write func(store.Tx) error) (int64, error) {
	return c.Store.Update(ctx, func(tx store.Tx) error { return write(&countedTx{tx, c}) })
}

type countedTx struct {
	store.Tx
	count *counted
}

func (t *countedTx) Get(ctx context.Context, key store.Key) (store.Document, error) {
	t.count.given++
	t.count.keys = append(t.count.keys, key)
	return t.Tx.Get(ctx, key)
}

func (t *countedTx) List(ctx context.Context, prefix store.Key, after int64, limit int) ([]store.Document, error) {
	found, err := t.Tx.List(ctx, prefix, after, limit)
	t.count.given += len(found)
	return found, err
}

func (t *countedTx) Children(ctx context.Context, prefix store.Key, after int64, limit int) ([]store.Document, error) {
	found, err := t.Tx.Children(ctx, prefix, after, limit)
	t.count.given += len(found)
	return found, err
}

// TestWritesDoNotReadTheirSiblings: what a write reads does not grow with the number
// of nouns beside it, whatever else of the API is written in between.
func TestWritesDoNotReadTheirSiblings(t *testing.T) {
	count := &counted{}
	h := newWorld(t, func(c *Config) { count.Store, c.Store, c.Quotas = c.Store, count, true })
	ws := h.api("WEBSOCKET")
	target := h.make(ws+"/integrations", `{"integrationType":"MOCK"}`, "integrationId")
	response := h.make(ws+"/integrations/"+target+"/integrationresponses", `{"integrationResponseKey":"$default"}`, "integrationResponseId")
	kinds := []struct{ method, path, body string }{
		{"POST", "/routes", `{"routeKey":"r%d","target":"integrations/` + target + `","modelSelectionExpression":"$request.body.a","requestModels":{"a":"M0"}}`},
		{"POST", "/integrations", `{"integrationType":"MOCK","description":"%d"}`},
		{"POST", "/integrations/" + target + "/integrationresponses", `{"integrationResponseKey":"/k%d/"}`},
		{"PATCH", "/integrations/" + target + "/integrationresponses/" + response, `{"responseTemplates":{"a":"%d"}}`},
	}
	h.must("POST", ws+"/models", `{"name":"M0","schema":"{}"}`)
	model := func(n int) {
		h.must("POST", ws+"/models", fmt.Sprintf(`{"name":"M%d","schema":"{\"$ref\":\"https://apigateway.amazonaws.com/restapis/%s/models/M%d\"}"}`, n, id(ws), n-1))
	}
	var before []int
	for n := 1; n <= 200; n++ {
		for i, k := range kinds {
			count.given, count.keys = 0, nil
			h.must(k.method, ws+k.path, fmt.Sprintf(k.body, n))
			switch {
			case n == 2:
				before = append(before, count.given)
			case n > 2 && count.given != before[i]:
				t.Fatalf("%s %s beside %d others was given %d documents, beside one %d", k.method, k.path, n, count.given, before[i])
			}
		}
		if n < 10 {
			model(n)
		}
	}
}

// TestUpdateIntegrationResponseReadsOnce: an update reads its API, integration and
// response once each.
func TestUpdateIntegrationResponseReadsOnce(t *testing.T) {
	count := &counted{}
	h := newWorld(t, func(c *Config) { count.Store, c.Store = c.Store, count })
	api := h.api("WEBSOCKET")
	integration := h.make(api+"/integrations", `{"integrationType":"MOCK"}`, "integrationId")
	at := api + "/integrations/" + integration + "/integrationresponses"
	response := h.make(at, `{"integrationResponseKey":"$default"}`, "integrationResponseId")
	count.keys = nil
	h.must("PATCH", at+"/"+response, `{"templateSelectionExpression":"a"}`)
	r := "us-east-1"
	want := []store.Key{catalog.Apis(r).Key(id(api)), catalog.Integrations(r, id(api)).Key(integration), catalog.IntegrationResponses(r, id(api), integration).Key(response)}
	got := slices.DeleteFunc(count.keys, func(k store.Key) bool { return strings.HasPrefix(string(k), "marks/") }) // versions
	if !slices.Equal(got, want) {
		t.Errorf("got %v read, want %v", got, want)
	}
}

// TestSiblingsOfOtherProcesses: two processes on one store see each other's nouns.
func TestSiblingsOfOtherProcesses(t *testing.T) {
	h := newWorld(t, nil)
	other := h.another()
	at := h.api("WEBSOCKET") + "/routes"
	taken := func(h *world, key string) {
		t.Helper()
		h.refused("POST", at, `{"routeKey":"`+key+`"}`, 409, "ConflictException", "Route with key "+key+" already exists for this API")
	}
	a := h.make(at, `{"routeKey":"a"}`, "routeId")
	b := other.make(at, `{"routeKey":"b"}`, "routeId")
	taken(h, "b")
	taken(other, "a")
	other.must("DELETE", at+"/"+a, "")
	h.must("PATCH", at+"/"+b, `{"routeKey":"a"}`)
	taken(other, "a")
	other.must("POST", at, `{"routeKey":"b"}`)
	taken(h, "b")
}

// TestRefusedWritesAreNotRemembered: what was refused after it was put is not taken.
func TestRefusedWritesAreNotRemembered(t *testing.T) {
	h := newWorld(t, nil)
	at := h.make("/v2/apis", `{"name":"a","protocolType":"HTTP","target":"http://a"}`, "apiId")
	h.refused("PATCH", "/v2/apis/"+at, `{"target":"http://b","routeKey":"GET a"}`, 400, "BadRequestException", "")
	h.must("POST", "/v2/apis/"+at+"/routes", `{"routeKey":"GET /a"}`)
	h.refused("POST", "/v2/apis/"+at+"/routes", `{"routeKey":"$default"}`, 409, "ConflictException", "Route with key $default already exists")
}

// unkept is a store whose commits fail while it is told so.
type unkept struct {
	store.Store
	failing bool
}

func (u *unkept) Update(ctx context.Context, write func(store.Tx) error) (int64, error) {
	return u.Store.Update(ctx, func(tx store.Tx) error {
		if err := write(tx); err != nil || !u.failing {
			return err
		}
		return store.ErrUnavailable
	})
}

// TestUnkeptWritesAreNotRemembered: what could not be stored is not taken, although
// what is stored next has the same revisions.
func TestUnkeptWritesAreNotRemembered(t *testing.T) {
	u := &unkept{}
	h := newWorld(t, func(c *Config) { u.Store, c.Store = c.Store, u })
	at := h.api("WEBSOCKET") + "/routes"
	h.must("POST", at, `{"routeKey":"before"}`)
	u.failing = true
	h.refused("POST", at, `{"routeKey":"a"}`, 503, "ServiceUnavailableException", "")
	u.failing = false
	h.must("POST", at, `{"routeKey":"b"}`)
	h.must("POST", at, `{"routeKey":"a"}`)
	h.refused("POST", at, `{"routeKey":"b"}`, 409, "ConflictException", "Route with key b already exists")
}

// TestOneOfManyWritersGetsAKey: of those who ask for the same key at the same time, on
// two nodes, one gets it.
func TestOneOfManyWritersGetsAKey(t *testing.T) {
	h := newWorld(t, nil)
	other := h.another()
	at := h.api("WEBSOCKET") + "/routes"
	made := make([]atomic.Int32, 30)
	var all sync.WaitGroup
	for _, node := range []*world{h, other, h, other} {
		all.Go(func() {
			for key := range made {
				switch status, answer, _ := node.call("POST", at, fmt.Sprintf(`{"routeKey":"r%d"}`, key)); status {
				case 201:
					made[key].Add(1)
				case 409:
				default:
					t.Errorf("got %d %v, want 201 or 409", status, answer)
				}
			}
		})
	}
	all.Wait()
	for key := range made {
		if got := made[key].Load(); got != 1 {
			t.Errorf("route r%d was made %d times, want once", key, got)
		}
	}
}
