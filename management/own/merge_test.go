package own

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/dragoman-gateway/dragoman/management/document"
	"github.com/dragoman-gateway/dragoman/store/file"
)

const merging = `dragoman: 1
regions:
  us-east-1:
    apis:
      web:
        name: second
        protocolType: HTTP
        integrations:
          one: {integrationType: HTTP_PROXY, integrationMethod: GET, integrationUri: "http://127.0.0.1:9", payloadFormatVersion: "1.0"}
        routes:
          all: {routeKey: $default, target: integrations/one}
        deployments:
          old: {configuration: {routes: {none: {routeKey: GET /old}}}}
        stages: {prod: {deploymentId: old}, $default: {autoDeploy: true}}
      free: {name: free, protocolType: HTTP}
    domains:
      api.example.com:
        domainNameConfigurations: [{certificateArn: "arn:aws:acm:us-east-1:000000000000:certificate/c"}]
        mappings: {one: {apiId: web, stage: prod, apiMappingKey: one}}
        rules: {rule: {priority: 1, actions: [{invokeApi: {apiId: web, stage: prod}}]}}
`

func (h *world) merged(text string) *document.Merged {
	h.t.Helper()
	w := h.send("PATCH", ConfigurationPath, "", text)
	m := &document.Merged{}
	if err := json.Unmarshal(w.Body.Bytes(), m); err != nil || w.Code != 200 {
		h.t.Fatalf("got %d %s, want success", w.Code, w.Body)
	}
	return m
}

// A document that is added takes other ids where its own are taken, everywhere it names
// them, and changes nothing that is there.
func TestMergeConfiguration(t *testing.T) {
	h := newWorld(t)
	if w := h.send("PUT", ConfigurationPath, "", small); w.Code != 200 {
		t.Fatal(w.Body)
	}
	before := h.send("GET", ConfigurationPath, "", "").Body.String()
	m := h.merged(merging)
	if len(m.Renamed) != 1 || m.Renamed[0].What != "API" || m.Renamed[0].From != "web" || len(m.LeftOut) != 0 || m.Made["API"] != 2 || m.Made["stage"] != 2 || h.announced == 0 {
		t.Errorf("got %+v, announced %d", m, h.announced)
	}
	id := m.Renamed[0].To
	after := h.send("GET", ConfigurationPath, "", "").Body.String()
	if !strings.Contains(after, strings.TrimSuffix(strings.SplitAfter(before, "apis:\n")[1], "\n")) {
		t.Errorf("what was there is not there any more:\n%s", after)
	}
	if strings.Count(after, id) != 3 || strings.Count(after, "apiId: web") != 0 || !strings.Contains(after, "routeKey: GET /old") {
		t.Errorf("%s is not in its three places:\n%s", id, after)
	}
	// Again: the domain is there, the key and the priority are taken.
	m = h.merged(merging)
	if len(m.Renamed) != 2 || len(m.LeftOut) != 3 || m.LeftOut[0].What != "domain api.example.com" || m.LeftOut[1].Why != "ApiMapping key already exists for this domain name" || m.Made["domain name"] != 0 {
		t.Errorf("got %+v", m)
	}
	// A mapping whose id is taken and whose key is free gets another id.
	m = h.merged(strings.NewReplacer("apiMappingKey: one", "apiMappingKey: two", "priority: 1", "priority: 2").Replace(merging))
	if len(m.LeftOut) != 1 || m.Made["API mapping"] != 1 || m.Made["routing rule"] != 1 {
		t.Errorf("got %+v", m)
	}
	if after := h.send("GET", ConfigurationPath, "", "").Body.String(); strings.Count(after, "apiMappingKey:") != 2 || strings.Count(after, "priority:") != 2 {
		t.Errorf("got %s, want two mappings and two rules", after)
	}
}

// What cannot be added is refused with its place, and nothing of it is kept.
func TestMergeRefuses(t *testing.T) {
	h := newWorld(t)
	for text, want := range map[string]string{
		"dragoman: 2": "line 1: expected dragoman: 1",
		"dragoman: 1\nregions: {us-east-1: {apis: {x: {name: x, protocolType: HTTP}},\n  apiKeys: {k: {value: aaaaaaaaaaaaaaaaaaaaaaaa}}}}": "line 3: regions.us-east-1.apiKeys: this part cannot be added to a gateway, only [apis domains vpcLinks portalProducts portals] can",
		strings.Replace(merging, "target: integrations/one", "target: integrations/two", 1):                                                 "line 11: regions.us-east-1.apis.web.routes.all: ",
		"{": "",
	} {
		h.refused("PATCH", ConfigurationPath, text, 400, "BadRequestException", want)
	}
	if text := h.send("GET", ConfigurationPath, "", "").Body.String(); strings.Contains(text, "apis") {
		t.Errorf("something was kept: %s", text)
	}
	s, err := file.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	if w := worldOf(t, s).send("PATCH", ConfigurationPath, "", merging); w.Code != 403 || !strings.Contains(w.Body.String(), "read-only") {
		t.Errorf("a file that is served: got %d %s", w.Code, w.Body)
	}
	if w := newWorld(t, keyed).send("PATCH", ConfigurationPath, "reader", merging); w.Code != 403 {
		t.Errorf("a key that may read alone: got %d %s", w.Code, w.Body)
	}
}
