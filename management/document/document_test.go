package document

import (
	"bytes"
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dragoman-gateway/dragoman/management/tree"
	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/catalog"
	"github.com/dragoman-gateway/dragoman/store/file"
	"github.com/dragoman-gateway/dragoman/store/sqlite"
)

func full(t *testing.T) []byte {
	t.Helper()
	text, err := os.ReadFile("testdata/full.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func memory(t *testing.T) store.Store {
	db := sqlite.OpenMemory(sqlite.Options{})
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func parse[T string | []byte](t *testing.T, text T) []store.Document {
	t.Helper()
	docs, err := Parse([]byte(text), 0)
	if err != nil {
		t.Fatal(err)
	}
	return docs
}

// written gives the document of a store.
func written(t *testing.T, s store.Store, account string) string {
	t.Helper()
	var text []byte
	err := s.View(t.Context(), func(r store.Reader) (err error) {
		text, err = Write(t.Context(), r, account, time.Now())
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestRoundTrip loads a document with something of everything and writes the same.
func TestRoundTrip(t *testing.T) {
	s := memory(t)
	if _, err := Replace(t.Context(), s, parse(t, full(t))); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(full(t)), written(t, s, "123456789012")); diff != "" {
		t.Errorf("want -, got +:\n%s", diff)
	}
}

func TestParseIsDeterministic(t *testing.T) {
	a, b := parse(t, string(full(t))), parse(t, string(full(t)))
	if diff := cmp.Diff(a, b); diff != "" {
		t.Errorf("the same text gave other documents:\n%s", diff)
	}
	if len(a) < 30 {
		t.Errorf("got %d documents, want those of everything", len(a))
	}
}

// TestServedFromAFile reads what a stage serves out of a read-only store.
func TestServedFromAFile(t *testing.T) {
	s, err := file.New(parse(t, string(full(t))))
	if err != nil {
		t.Fatal(err)
	}
	routes := func(stage string) []string {
		t.Helper()
		var keys []string
		err := s.View(t.Context(), func(r store.Reader) error {
			noun, err := catalog.Stages("us-east-1", "chat").Get(t.Context(), r, stage)
			if err != nil || noun.DeploymentId == "" {
				return err
			}
			frozen, err := catalog.LoadDeployment(t.Context(), r, "us-east-1", "chat", noun.DeploymentId)
			if err != nil {
				return err
			}
			for _, route := range frozen.Routes {
				keys = append(keys, route.RouteKey)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return keys
	}
	for stage, want := range map[string][]string{"prod": {"$connect", "hello"}, "beta": {"$connect"}, "bare": nil} {
		if got := routes(stage); !slices.Equal(got, want) {
			t.Errorf("stage %s serves %q, want %q", stage, got, want)
		}
	}
	changed := strings.Replace(string(full(t)), "routeKey: hello", "routeKey: goodbye", 1)
	if _, err := s.Replace(parse(t, changed)); err != nil {
		t.Fatal(err)
	}
	if got := routes("prod"); !slices.Equal(got, []string{"$connect", "goodbye"}) {
		t.Errorf("stage prod serves %q after the document changed", got)
	}
}

const small = `dragoman: 1
regions:
  us-east-1:
    apis:
      web:
        name: web
        protocolType: HTTP
        integrations:
          a: {integrationType: HTTP_PROXY, integrationMethod: GET, integrationUri: "http://a", payloadFormatVersion: "1.0"}
        routes:
          r: {routeKey: GET /a, target: integrations/a}
        stages:
          prod:
`

func TestRefusals(t *testing.T) {
	if _, err := Parse([]byte(small), 0); err != nil {
		t.Fatal(err)
	}
	if _, err := Parse([]byte(strings.Replace(small, "stages:", "deployments: {d: }\n        stages:", 1)), 0); err != nil {
		t.Errorf("a deployment without a configuration: got %v", err)
	}
	for name, c := range map[string]struct{ old, new, want string }{
		"nothing":                    {small, "", "the document is empty"},
		"not YAML":                   {small, "a: [", "line 1"},
		"a list":                     {small, "[]", "line 1: expected a mapping"},
		"no version":                 {"dragoman: 1\n", "", "line 1: expected dragoman: 1"},
		"another version":            {"dragoman: 1", "dragoman: 2", "line 1: expected dragoman: 1"},
		"an unknown member":          {"dragoman: 1", "dragoman: 1\napis: {}", "line 2: apis: unknown member"},
		"an account that is none":    {"dragoman: 1", "dragoman: 1\naccount: me", "line 2: account: expected an account"},
		"no region":                  {"us-east-1", "US East", "line 4: regions.US East: \"US East\" is not the name of a region"},
		"an unknown kind":            {"apis:", "gateways:", "line 5: regions.us-east-1.gateways: unknown member"},
		"an API id with capitals":    {"      web:", "      Web:", "line 6: regions.us-east-1.apis.Web: \"Web\" is not the id of an API"},
		"an unknown member of nouns": {"name: web", "title: web", "line 6: regions.us-east-1.apis.web.title: unknown member \"title\""},
		"a member of another type":   {"name: web", "name: [web]", "line 6: regions.us-east-1.apis.web.name: expected a text, got a list"},
		"a key twice":                {"name: web", "name: web\n        name: web", "regions.us-east-1.apis.web.name: the key is there twice"},
		"a rule of calls":            {"protocolType: HTTP", "protocolType: REST", "regions.us-east-1.apis.web: Invalid protocol specified"},
		"a target that is not there": {"integrations/a", "integrations/b", "regions.us-east-1.apis.web.routes.r: Invalid Integration identifier specified"},
		"a bad integration":          {"http://a", "a", "regions.us-east-1.apis.web.integrations.a: Invalid HTTP endpoint"},
		"an unknown deployment":      {"prod:", "prod: {deploymentId: x}", "regions.us-east-1.apis.web.stages.prod: Invalid Deployment identifier specified"},
		"a stage with a bad name":    {"prod:", "'a b':", "regions.us-east-1.apis.web.stages.a b: "},
		"a route id that is none":    {"r: {", "'a b': {", "regions.us-east-1.apis.web.routes.a b: \"a b\" is not an id"},
		"stages of a text":           {"stages:\n          prod:", "stages: prod", "regions.us-east-1.apis.web.stages: expected a mapping"},
		"a deployment that is wrong": {"stages:", "deployments: {d: {configuration: {routes: {r: {routeKey: nope}}}}}\n        stages:", "regions.us-east-1.apis.web.deployments.d.configuration.routes.r: The provided route key"},
		"a key without value":        {"    apis:", "    apiKeys: {k: {name: k}}\n    apis:", "regions.us-east-1.apiKeys.k: Invalid value specified for value"},
		"a plan with an unknown key": {"    apis:", "    usagePlans: {p: {name: p, keys: [k]}}\n    apis:", "regions.us-east-1.usagePlans.p.keys.0: Invalid API Key identifier"},
		"a mapping to nowhere":       {"    apis:", "    domains: {a.example.com: {domainNameConfigurations: [{certificateArn: 'arn:aws:acm:us-east-1:0:certificate/c'}], mappings: {m: {apiId: nope, stage: s}}}}\n    apis:", "regions.us-east-1.domains.a.example.com.mappings.m: Invalid API identifier specified: nope"},
		"a link without subnets":     {"    apis:", "    vpcLinks: {l: {name: l}}\n    apis:", "regions.us-east-1.vpcLinks.l: Invalid value specified for SubnetIds"},
		"aliases without end":        {"name: web", "name: &a [*a]", ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Parse([]byte(strings.Replace(small, c.old, c.new, 1)), 0)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
			if _, ok := errors.AsType[*tree.Error](err); !ok {
				t.Errorf("got a %T, want a *tree.Error", err)
			}
		})
	}
}

// TestReplaceIsAllOrNothing keeps what was there when a document is refused, and
// nothing else when it is taken.
func TestReplaceIsAllOrNothing(t *testing.T) {
	s := memory(t)
	if _, err := Replace(t.Context(), s, parse(t, full(t))); err != nil {
		t.Fatal(err)
	}
	before := written(t, s, "123456789012")
	if _, err := Parse([]byte(strings.Replace(small, "http://a", "a", 1)), 0); err == nil {
		t.Error("got no error for a document that is wrong")
	}
	if after := written(t, s, "123456789012"); before != after {
		t.Error("a refused document changed something")
	}
	if _, err := Replace(t.Context(), s, parse(t, small)); err != nil {
		t.Fatal(err)
	}
	if after := written(t, s, ""); strings.Contains(after, "chat") || !strings.Contains(after, "web") {
		t.Errorf("got %s, want the new document alone", after)
	}
}

// TestReplaceTouchesOnlyWhatChanges reads the feed.
func TestReplaceTouchesOnlyWhatChanges(t *testing.T) {
	s := memory(t)
	first, err := Replace(t.Context(), s, parse(t, full(t)))
	if err != nil {
		t.Fatal(err)
	}
	if again, err := Replace(t.Context(), s, parse(t, full(t))); err != nil || again != first {
		t.Errorf("got revision %d (%v) after the same document, want %d", again, err, first)
	}
	if _, err := Replace(t.Context(), s, parse(t, bytes.Replace(full(t), []byte("name: far"), []byte("name: near"), 1))); err != nil {
		t.Fatal(err)
	}
	changes, err := s.Changes(context.Background(), first, 0)
	if err != nil || len(changes) != 1 || changes[0].Key != "vpclinks/eu-west-1/far" {
		t.Errorf("got changes %v (%v), want the link alone", changes, err)
	}
}

func TestChanges(t *testing.T) {
	s := memory(t)
	if _, err := Replace(t.Context(), s, parse(t, full(t))); err != nil {
		t.Fatal(err)
	}
	commented := append([]byte("# a comment\n"), full(t)...)
	if diff, err := Changes(t.Context(), s, parse(t, commented), "123456789012", time.Now(), true); err != nil || diff != "" {
		t.Errorf("got %q (%v), want no changes", diff, err)
	}
	got, err := Changes(t.Context(), s, parse(t, bytes.Replace(full(t), []byte("name: far"), []byte("name: near"), 1)), "123456789012", time.Now(), false)
	want := `@@ -4,7 +4,7 @@
   eu-west-1:
     vpcLinks:
       far:
-        name: far
+        name: near
         subnetIds:
           - subnet-9
   us-east-1:
nothing made; 1 VPC link changed; nothing removed
`
	if err != nil || got != want {
		t.Errorf("got %s (%v), want %s", got, err, want)
	}
	if diff, err := Changes(t.Context(), s, parse(t, small), "", time.Now(), true); err != nil || !strings.Contains(diff, "-      chat:") || !strings.HasSuffix(diff, " removed (a dry run: nothing was written)\n") {
		t.Errorf("got %s (%v), want what would go", diff, err)
	}
}

func TestDiff(t *testing.T) {
	for name, c := range map[string]struct{ before, after, want string }{
		"the same":       {"a\nb\n", "a\nb\n", ""},
		"from nothing":   {"", "a\n", "@@ -1,0 +1,1 @@\n+a\n"},
		"to nothing":     {"a\n", "", "@@ -1,1 +1,0 @@\n-a\n"},
		"in the middle":  {"a\nb\nc\n", "a\nx\nc\n", "@@ -1,3 +1,3 @@\n a\n-b\n+x\n c\n"},
		"far apart":      {"1\n2\n3\n4\n5\n6\n7\n8\n9\n", "x\n2\n3\n4\n5\n6\n7\n8\ny\n", "@@ -1,4 +1,4 @@\n-1\n+x\n 2\n 3\n 4\n@@ -6,4 +6,4 @@\n 6\n 7\n 8\n-9\n+y\n"},
		"close together": {"1\n2\n3\n4\n5\n6\n7\n8\n", "x\n2\n3\n4\n5\n6\n7\ny\n", "@@ -1,8 +1,8 @@\n-1\n+x\n 2\n 3\n 4\n 5\n 6\n 7\n-8\n+y\n"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := Diff(c.before, c.after); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(small))
	f.Add([]byte("dragoman: 1\nregions: {a: {apis: {b: &x {name: *x}}}}"))
	f.Fuzz(func(t *testing.T, text []byte) {
		docs, err := Parse(text, 0)
		if err != nil {
			return
		}
		if _, err := file.New(docs); err != nil {
			t.Errorf("a document was taken that cannot be served: %v", err)
		}
	})
}

func TestWriteLeavesOutWhatIsBeingDeleted(t *testing.T) {
	s := memory(t)
	_, err := s.Update(t.Context(), func(tx store.Tx) error {
		return catalog.VpcLinks("us-east-1").Put(t.Context(), tx, "l", &resource.VpcLink{VpcLinkId: "l", Name: "l", Deleted: 1})
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := written(t, s, ""); strings.Contains(got, "vpcLinks") {
		t.Errorf("got %s, want no link", got)
	}
}

// TestWhatIsWrittenLoads writes a store in which things name what was deleted.
func TestWhatIsWrittenLoads(t *testing.T) {
	ctx := t.Context()
	s := memory(t)
	if _, err := Replace(ctx, s, parse(t, full(t))); err != nil {
		t.Fatal(err)
	}
	_, err := s.Update(ctx, func(tx store.Tx) error {
		stage, err := catalog.Stages("us-east-1", "chat").Get(ctx, tx, "prod")
		if err != nil {
			return err
		}
		stage.RouteSettings = map[string]resource.RouteSettings{"gone": {}, "hello": {}}
		key, err := catalog.ApiKeys("us-east-1").Get(ctx, tx, "mobile")
		if err != nil {
			return err
		}
		key.StageKeys = []string{"chat/gone", "chat/prod"}
		for _, err := range []error{
			catalog.Stages("us-east-1", "chat").Put(ctx, tx, "prod", stage),
			catalog.ApiKeys("us-east-1").Put(ctx, tx, "mobile", key),
			catalog.Models("us-east-1", "chat").Delete(ctx, tx, "Pet"),
			catalog.Stages("us-east-1", "web").Delete(ctx, tx, "$default"),
		} {
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	text := written(t, s, "123456789012")
	if _, err := Parse([]byte(text), 0); err != nil {
		t.Errorf("what was written does not load: %v", err)
	}
	for _, gone := range []string{"gone", "mappings", "rules"} {
		if strings.Contains(text, gone) {
			t.Errorf("got %q in the document, which names what was deleted:\n%s", gone, text)
		}
	}
	if !strings.Contains(text, "chat/prod") || !strings.Contains(text, "hello: {}") {
		t.Errorf("got %s, want what is there to stay", text)
	}
}

// What processes keep in the store for themselves is no configuration: no document
// removes it, and none is written from it.
func TestWhatProcessesKeepIsNoConfiguration(t *testing.T) {
	s := memory(t)
	ctx := t.Context()
	kept := []store.Key{catalog.UsageCount("plan", "key"), store.Join("nodes", "1")}
	if _, err := s.Update(ctx, func(tx store.Tx) error {
		return errors.Join(tx.Put(ctx, kept[0], []byte(`{"used":7}`)), tx.Put(ctx, kept[1], []byte(`{}`)))
	}); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{string(full(t)), "dragoman: 1\n"} {
		if _, err := Replace(ctx, s, parse(t, text)); err != nil {
			t.Fatal(err)
		}
		if err := s.View(ctx, func(r store.Reader) error {
			for _, key := range kept {
				if _, err := r.Get(ctx, key); err != nil {
					t.Errorf("%s: %v", key, err)
				}
			}
			found, err := regions(ctx, r)
			if slices.Contains(found, "plan") {
				t.Errorf("got the regions %q", found)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
}
