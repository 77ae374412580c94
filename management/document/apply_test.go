package document

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/dragoman-gateway/dragoman/management/tree"
	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/sqlite"
)

const head = "dragoman: 1\nregions: {us-east-1: "

// applied applies documents one after the other, and answers the last changes.
func applied(t *testing.T, s store.Store, prune, text string, dry bool) (string, error) {
	t.Helper()
	wanted, err := Parse([]byte(text), 0)
	if err != nil {
		t.Fatal(err)
	}
	changes, _, err := Apply(context.Background(), s, wanted, Application{Account: DefaultAccount, Now: time.Unix(1, 0), Prune: prune, Dry: dry})
	return changes, err
}

func whole(t *testing.T, s store.Store) (text string) {
	t.Helper()
	err := s.View(context.Background(), func(r store.Reader) error {
		out, err := Write(context.Background(), r, DefaultAccount, time.Unix(1, 0))
		text = string(out)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestApply(t *testing.T) {
	s := sqlite.OpenMemory(sqlite.Options{})
	defer s.Close()
	api := func(id, routes, tags string) string {
		return id + ": {name: " + id + ", protocolType: HTTP, tags: {" + tags + "}, integrations: {i: {integrationType: HTTP_PROXY, integrationUri: 'http://127.0.0.1:9', integrationMethod: ANY, payloadFormatVersion: '1.0'}}, routes: {" + routes + "}, stages: {prod: {}}}"
	}
	route := func(id string) string { return id + ": {routeKey: GET /" + id + ", target: integrations/i}" }
	do := func(prune, text, want string) {
		t.Helper()
		dry, err := applied(t, s, prune, text, true)
		if err != nil || !strings.HasSuffix(dry, want+" (a dry run: nothing was written)\n") && want != "" {
			t.Errorf("dry: got %q (%v), want %q", dry, err, want)
		}
		changes, err := applied(t, s, prune, text, false)
		if err != nil || !strings.HasSuffix(changes, want+"\n") && want != "" || want == "" && changes != "" {
			t.Errorf("got %q (%v), want %q", changes, err, want)
		}
		if again, err := applied(t, s, prune, text, false); err != nil || again != "" {
			t.Errorf("the same again: got %q (%v)", again, err)
		}
	}
	do("", head+"{apis: {"+api("a", route("r"), "app: shop")+", "+api("b", route("r"), "")+"}, domains: {d.example.com: {domainNameConfigurations: [{certificateArn: 'arn:aws:acm:us-east-1:000000000000:certificate/c', endpointType: REGIONAL}], mappings: {m: {apiId: a, stage: prod}}}}}}",
		"2 APIs, 1 API mapping, 1 domain name, 2 integrations, 2 routes and 2 stages made; nothing changed; nothing removed")
	// What is named is whole: a route that it does not have goes. What is not named stays.
	do("", head+"{apis: {"+api("b", route("q"), "")+"}}}", "1 route made; 1 stage changed; 1 route removed")
	do("", head+"{apis: {"+api("c", route("r"), "app: shop")+"}}}", "1 API, 1 integration, 1 route and 1 stage made; nothing changed; nothing removed")
	if text := whole(t, s); !strings.Contains(text, "d.example.com") || strings.Count(text, "protocolType") != 3 {
		t.Errorf("what is not named is gone:\n%s", text)
	}
	// What is left must fit: the domain has a mapping to the API that would be gone.
	if changes, err := applied(t, s, "app=shop", head+"{apis: {"+api("c", route("r"), "app: shop")+"}}}", false); err == nil || !strings.Contains(err.Error(), "not named by the document") || strings.Count(whole(t, s), "protocolType") != 3 {
		t.Errorf("got %q, %v", changes, err)
	}
	// By a tag: what has it and is not named is removed, and nothing else.
	do("app=shop", head+"{apis: {"+api("a", route("r"), "app: shop")+"}}}", "nothing made; nothing changed; 1 API, 1 integration, 1 route and 1 stage removed")
	do("app=other", head+"{apis: {"+api("a", route("r"), "app: shop")+"}}}", "")
	if text := whole(t, s); strings.Count(text, "protocolType") != 2 || !strings.Contains(text, "d.example.com") {
		t.Errorf("got\n%s", text)
	}
	if _, err := applied(t, s, "app", head+"{}}", false); err == nil || !strings.Contains(err.Error(), "want NAME=VALUE") {
		t.Errorf("got %v", err)
	}
}

// The schema takes what the rules take, and no member that they do not know.
func TestSchema(t *testing.T) {
	read, err := jsonschema.UnmarshalJSON(bytes.NewReader(Schema()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("document.json", read); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("document.json")
	if err != nil {
		t.Fatal(err)
	}
	judge := func(text string) error {
		root, err := tree.Parse([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		out, err := root.IndentedJSON()
		if err != nil {
			t.Fatal(err)
		}
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader(out))
		if err != nil {
			t.Fatal(err)
		}
		return schema.Validate(value)
	}
	full, err := os.ReadFile("testdata/full.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"everything": string(full), "nothing": "dragoman: 1\n", "empty parts": head + "{apis: }}", "an empty stage": head + "{apis: {a: {name: a, stages: {prod: }}}}}",
		"variables": head + "{apis: {a: {name: a, disableExecuteApiEndpoint: '${env:OFF}', integrations: {i: {timeoutInMillis: '${env:MS}'}}}}}}",
	} {
		if err := judge(text); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, text := range map[string]string{
		"another version": "dragoman: 2\n", "a member of the document": "dragoman: 1\nregion: {}\n", "a part": head + "{apes: {}}}", "a member": head + "{apis: {a: {nam: a}}}}",
		"a member further down": head + "{apis: {a: {name: a, routes: {r: {routekey: x}}}}}}", "a kind": head + "{apis: {a: {name: a, disableExecuteApiEndpoint: 7}}}}", "no version": "regions: {}\n",
	} {
		if err := judge(text); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
	if !json.Valid(Schema()) {
		t.Error("it is no JSON")
	}
}
