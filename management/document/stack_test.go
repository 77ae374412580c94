package document

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/catalog"
	"github.com/dragoman-gateway/dragoman/store/sqlite"
)

const first = `
dragoman: 1
regions:
  r:
    apis:
      a:
        name: a
        protocolType: HTTP
        integrations:
          i: {integrationType: HTTP_PROXY, integrationMethod: ANY, integrationUri: "http://127.0.0.1:1/", payloadFormatVersion: "1.0"}
        routes:
          one: {routeKey: GET /one, target: integrations/i}
        stages: {prod: {}, auto: {autoDeploy: true}}
      b: {name: b, protocolType: HTTP}
    domains:
      x.example.com:
        domainNameConfigurations: [{certificateArn: "arn:aws:acm:r:1:certificate/c"}]
        mappings: {m: {apiId: a, stage: prod}}
`

// rig is a store with the stack "s".
type rig struct {
	*testing.T
	store.Store
	ctx context.Context
	now time.Time // one second later with each replacement
}

func newRig(t *testing.T) *rig {
	db := sqlite.OpenMemory(sqlite.Options{})
	t.Cleanup(func() { _ = db.Close() })
	return &rig{t, db, context.Background(), time.Unix(1, 0)}
}

// replace replaces the stack and wants this summary.
func (r *rig) replace(name, text, want string) (revision int64) {
	r.Helper()
	wanted, err := Parse([]byte(text), 0)
	if err != nil {
		r.Fatal(err)
	}
	r.now = r.now.Add(time.Second)
	changes, revision, err := ReplaceStack(r.ctx, r, name, wanted, r.now)
	if err != nil || changes.String() != want {
		r.Errorf("got %q, %v, want %q", changes, err, want)
	}
	return revision
}

func (r *rig) update(write func(tx store.Tx) error) {
	r.Helper()
	if _, err := r.Update(r.ctx, write); err != nil {
		r.Fatal(err)
	}
}

func (r *rig) there(key store.Key) (found bool) {
	r.Helper()
	_ = r.View(r.ctx, func(tx store.Reader) error {
		_, err := tx.Get(r.ctx, key)
		found = err == nil
		return nil
	})
	return found
}

func TestStack(t *testing.T) {
	r := newRig(t)
	made := r.replace("s", first, "2 APIs, 1 API mapping, 1 domain name, 1 integration, 1 route and 2 stages made; nothing changed; nothing removed")
	if again := r.replace("s", first, "nothing made; nothing changed; nothing removed"); again != made {
		t.Errorf("the same again: got revision %d, want %d", again, made)
	}

	// Templates tell no dates: what is made has its own, and keeps it.
	dated := func() (created resource.Time) {
		r.update(func(tx store.Tx) error {
			api, err := catalog.Apis("r").Get(r.ctx, tx, "b")
			if err != nil {
				return err
			}
			stage, err := catalog.Stages("r", "a").Get(r.ctx, tx, "auto")
			if err != nil || stage.CreatedDate.IsZero() || stage.LastUpdatedDate.IsZero() {
				t.Errorf("got the stage %+v, %v", stage, err)
			}
			created = api.CreatedDate
			return nil
		})
		return created
	}
	was := dated()
	if was.IsZero() {
		t.Error("an API has no date")
	}

	// What others make and change stays.
	r.update(func(tx store.Tx) error {
		_ = catalog.Apis("r").Put(r.ctx, tx, "mine", &resource.Api{ApiId: "mine"})
		_ = catalog.Routes("r", "a").Put(r.ctx, tx, "mine", &resource.Route{RouteId: "mine"})
		_ = catalog.Bump(r.ctx, tx, "r", "a")
		return catalog.Routes("r", "a").Put(r.ctx, tx, "one", &resource.Route{RouteId: "one", RouteKey: "GET /other"})
	})
	r.replace("other", "dragoman: 1\nregions: {r: {apis: {o: {name: o, protocolType: HTTP}}}}", "1 API made; nothing changed; nothing removed")
	r.replace("s", strings.Replace(first, "name: b", "name: bee", 1), "nothing made; 1 API changed; nothing removed")
	if is := dated(); is != was {
		t.Errorf("an API that has changed was made at %v, before at %v", is, was)
	}
	for _, key := range []store.Key{catalog.Apis("r").Key("mine"), catalog.Routes("r", "a").Key("mine"), catalog.Apis("r").Key("o")} {
		if !r.there(key) {
			t.Errorf("%s is gone", key)
		}
	}
	if r.there(catalog.Dues("r").Key("a")) {
		t.Error("an API that nothing was changed of is due")
	}

	// A new route is deployed, with what others have added where that is automatic.
	r.replace("s", strings.Replace(first, "GET /one", "GET /two", 1), "nothing made; 1 API, 1 route and 2 stages changed; nothing removed")
	if !r.there(catalog.Dues("r").Key("a")) {
		t.Error("the API is not due although others have added a route")
	}

	// What is removed takes along what others have put into it.
	r.replace("s", "dragoman: 1\nregions: {r: {apis: {b: {name: b, protocolType: HTTP}}}}", "nothing made; nothing changed; 1 API, 1 API mapping, 1 domain name, 1 integration, 1 route and 2 stages removed")
	for _, key := range []store.Key{catalog.Routes("r", "a").Key("mine"), catalog.DomainNames("r").Key("x.example.com"), catalog.Dues("r").Key("a")} {
		if r.there(key) {
			t.Errorf("%s is still there", key)
		}
	}
	if !r.there(catalog.Apis("r").Key("mine")) || !r.there(catalog.Apis("r").Key("o")) {
		t.Error("what others made is gone")
	}
}

// A deployment that somebody's own stage serves stays until nobody needs it.
func TestStackKeepsDeploymentsInUse(t *testing.T) {
	r := newRig(t)
	r.replace("s", first, "2 APIs, 1 API mapping, 1 domain name, 1 integration, 1 route and 2 stages made; nothing changed; nothing removed")
	var old string
	r.update(func(tx store.Tx) error {
		stage, err := catalog.Stages("r", "a").Get(r.ctx, tx, "prod")
		if err != nil {
			return err
		}
		old = stage.DeploymentId
		return catalog.Stages("r", "a").Put(r.ctx, tx, "mine", &resource.Stage{StageName: "mine", DeploymentId: old})
	})
	two := strings.Replace(first, "GET /one", "GET /two", 1)
	r.replace("s", two, "nothing made; 1 route and 2 stages changed; nothing removed")
	if !r.there(catalog.Deployments("r", "a").Key(old)) {
		t.Fatal("the deployment in use is gone")
	}
	r.update(func(tx store.Tx) error { return catalog.Stages("r", "a").Delete(r.ctx, tx, "mine") })
	r.replace("s", strings.Replace(first, "GET /one", "GET /three", 1), "nothing made; 1 route and 2 stages changed; nothing removed")
	if r.there(catalog.Deployments("r", "a").Key(old)) {
		t.Error("the deployment that nobody needs is still there")
	}
}
