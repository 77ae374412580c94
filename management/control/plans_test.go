package control

import (
	"strings"
	"testing"
)

func TestApiKeys(t *testing.T) {
	h, _ := clocked(t)
	got := h.must("POST", "/apikeys", `{"name":"mobile","description":"d","enabled":true,"customerId":"c","tags":{"a":"b"}}`)
	at := "/apikeys/" + got["id"].(string)
	value := got["value"].(string)
	if len(value) != 40 {
		t.Errorf("got value %q, want 40 characters", value)
	}
	shown := `{"createdDate":1767323045,"customerId":"c","description":"d","enabled":true,"lastUpdatedDate":1767323045,"name":"mobile","stageKeys":[],"tags":{"a":"b"}}`
	h.want(without(got, "id", "value"), shown)
	if got = h.must("GET", at, ""); got["value"] != nil {
		t.Errorf("got value %v, want none unless it is asked for", got["value"])
	}
	if got = h.must("GET", at+"?includeValue=true", ""); got["value"] != value {
		t.Errorf("got value %v, want %v", got["value"], value)
	}
	got = h.must("PATCH", at, `{"patchOperations":[{"op":"replace","path":"/enabled","value":"false"},{"op":"replace","path":"/name","value":"n"},{"op":"replace","path":"/description","value":""},{"op":"replace","path":"/customerId","value":"e"}]}`)
	if got["enabled"] != false || got["name"] != "n" || got["description"] != nil || got["customerId"] != "e" {
		t.Errorf("got %v, want the changes", got)
	}
	if status, _, _ := h.call("DELETE", at, ""); status != 202 {
		t.Errorf("got status %d, want 202", status)
	}
	h.refused("GET", at, "", 404, "NotFoundException", "Invalid API Key identifier specified")
}

func TestListsOfApiKeys(t *testing.T) {
	h := newWorld(t, nil)
	for _, name := range []string{"alpha", "beta", "alphabet", "gamma"} {
		h.must("POST", "/apikeys", `{"name":"`+name+`","customerId":"`+name[:1]+`"}`)
	}
	for query, want := range map[string]string{"": "alpha beta alphabet gamma", "name=alpha": "alpha alphabet", "customerId=b": "beta", "name=x": ""} {
		if got := h.names("/apikeys?" + query); got != want {
			t.Errorf("%q: got %q, want %q", query, got, want)
		}
	}
	first := h.must("GET", "/apikeys?limit=1&name=alpha", "")
	if got := h.names("/apikeys?name=alpha&position=" + first["position"].(string)); got != "alphabet" {
		t.Errorf("got %q on the second page, want alphabet", got)
	}
	for _, item := range h.must("GET", "/apikeys?includeValues=true", "")["item"].([]any) {
		if item.(map[string]any)["value"] == nil {
			t.Errorf("got %v, want its value", item)
		}
	}
}

// names lists the names of a page of the older API.
func (h *world) names(path string) string {
	h.t.Helper()
	var names []string
	for _, item := range h.must("GET", path, "")["item"].([]any) {
		names = append(names, item.(map[string]any)["name"].(string))
	}
	return strings.Join(names, " ")
}

func TestPatchUsagePlan(t *testing.T) {
	f := regionFixture(t)
	at := "/usageplans/" + f.make("/usageplans", `{"name":"n"}`, "id")
	patch := func(ops string) map[string]any {
		t.Helper()
		return without(f.must("PATCH", at, f.names.Replace(`{"patchOperations":[`+ops+`]}`)), "id")
	}
	f.want(patch(`{"op":"add","path":"/apiStages","value":"{wsid}:prod"},{"op":"replace","path":"/throttle/rateLimit","value":"1.5"},{"op":"replace","path":"/throttle/burstLimit","value":"3"},
		{"op":"replace","path":"/quota/limit","value":"10"},{"op":"replace","path":"/quota/period","value":"WEEK"},{"op":"replace","path":"/quota/offset","value":"2"},{"op":"replace","path":"/description","value":"d"},{"op":"replace","path":"/productCode","value":"c"}`),
		f.names.Replace(`{"name":"n","description":"d","productCode":"c","apiStages":[{"apiId":"{wsid}","stage":"prod"}],"throttle":{"rateLimit":1.5,"burstLimit":3},"quota":{"limit":10,"offset":2,"period":"WEEK"}}`))
	f.want(patch(`{"op":"replace","path":"/apiStages/{wsid}:prod/throttle/join/rateLimit","value":"5"},{"op":"replace","path":"/apiStages/{wsid}:prod/throttle/~1pets~1GET/burstLimit","value":"2"},{"op":"remove","path":"/quota"},{"op":"remove","path":"/throttle"}`),
		f.names.Replace(`{"name":"n","description":"d","productCode":"c","apiStages":[{"apiId":"{wsid}","stage":"prod","throttle":{"join":{"rateLimit":5,"burstLimit":0},"/pets/GET":{"rateLimit":0,"burstLimit":2}}}]}`))
	patch(`{"op":"remove","path":"/apiStages/{wsid}:prod/throttle/join"}`)
	f.want(patch(`{"op":"remove","path":"/apiStages/{wsid}:prod/throttle"}`), f.names.Replace(`{"name":"n","description":"d","productCode":"c","apiStages":[{"apiId":"{wsid}","stage":"prod"}]}`))
	f.want(patch(`{"op":"remove","path":"/apiStages","value":"{wsid}:prod"},{"op":"remove","path":"/description"},{"op":"remove","path":"/productCode"}`), `{"name":"n","apiStages":[]}`)
	if status, _, _ := f.call("DELETE", at, ""); status != 202 {
		t.Errorf("got status %d, want 202", status)
	}
}

func TestKeysOfUsagePlans(t *testing.T) {
	f := regionFixture(t)
	at := f.names.Replace("/usageplans/{plan}/keys")
	f.want(f.must("GET", at+f.names.Replace("/{key}"), ""), f.names.Replace(`{"id":"{key}","name":"k","type":"API_KEY","value":"aaaaaaaaaaaaaaaaaaaa"}`))
	f.must("PATCH", f.names.Replace("/apikeys/{key}"), `{"patchOperations":[{"op":"replace","path":"/name","value":"renamed"}]}`)
	if got := f.world.names(at); got != "renamed" {
		t.Errorf("got keys %q, want renamed", got)
	}
	if got := f.world.names(at + "?name=k"); got != "" {
		t.Errorf("got keys %q, want none of that name", got)
	}
	if got := f.world.names(f.names.Replace("/usageplans?keyId={key}")); got != "p" {
		t.Errorf("got plans %q of the key, want p", got)
	}
	f.must("DELETE", f.names.Replace("/apikeys/{key}"), "")
	if got := f.world.names(at); got != "" {
		t.Errorf("got keys %q after the key was deleted, want none", got)
	}
}

func TestAKeyReachesAStageByOnePlan(t *testing.T) {
	f := regionFixture(t)
	free := f.make("/usageplans", `{"name":"free"}`, "id")
	f.must("POST", "/usageplans/"+free+"/keys", f.names.Replace(`{"keyId":"{key}","keyType":"API_KEY"}`))
	f.refused("PATCH", "/usageplans/"+free, f.names.Replace(`{"patchOperations":[{"op":"add","path":"/apiStages","value":"{wsid}:prod"}]}`),
		409, "ConflictException", f.names.Replace("API Key {key} is already associated with stage"))
	f.must("DELETE", f.names.Replace("/usageplans/{plan}/keys/{key}"), "")
	f.must("PATCH", "/usageplans/"+free, f.names.Replace(`{"patchOperations":[{"op":"add","path":"/apiStages","value":"{wsid}:prod"}]}`))
}
