package wire_test

import (
	"context"
	"encoding/json"
	"net/http/httptest"
	"os/exec"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/dragoman-gateway/dragoman/internal/needs"
	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/wire"
)

// The journey of the older API in boto3. It prints what it was answered.
const journey = `
import json, sys, boto3
c = boto3.client("apigateway", endpoint_url=sys.argv[1], region_name="eu-west-3", aws_access_key_id="AKID", aws_secret_access_key="secret")
out = {}
def keep(name, answer):
    status = answer.pop("ResponseMetadata")["HTTPStatusCode"]
    out[name] = [status, json.loads(json.dumps(answer, default=lambda d: int(d.timestamp())))]
patch = [dict(op="replace", path="/name", value="n"), {"op": "copy", "path": "/a", "from": "/b"}]
keep("CreateApiKey", c.create_api_key(name="n", description="d", enabled=True, generateDistinctId=True, value="v"*20, stageKeys=[dict(restApiId="a", stageName="s")], customerId="c", tags={"k": "v"}))
keep("GetApiKey", c.get_api_key(apiKey="k", includeValue=True))
keep("GetApiKeys", c.get_api_keys(position="p", limit=5, nameQuery="n", customerId="c", includeValues=True))
keep("UpdateApiKey", c.update_api_key(apiKey="k", patchOperations=patch))
keep("DeleteApiKey", c.delete_api_key(apiKey="k"))
keep("CreateUsagePlan", c.create_usage_plan(name="n", description="d", apiStages=[dict(apiId="a", stage="s", throttle={"r": dict(burstLimit=1, rateLimit=2.5)})], throttle=dict(burstLimit=3, rateLimit=4.5), quota=dict(limit=5, offset=1, period="WEEK"), tags={"k": "v"}))
keep("GetUsage", c.get_usage(usagePlanId="u", keyId="k", startDate="2026-03-01", endDate="2026-03-02", position="p", limit=5))
keep("GetUsagePlan", c.get_usage_plan(usagePlanId="u"))
keep("GetUsagePlans", c.get_usage_plans(position="p", keyId="k", limit=5))
keep("UpdateUsagePlan", c.update_usage_plan(usagePlanId="u", patchOperations=patch))
keep("DeleteUsagePlan", c.delete_usage_plan(usagePlanId="u"))
keep("CreateUsagePlanKey", c.create_usage_plan_key(usagePlanId="u", keyId="k", keyType="API_KEY"))
keep("GetUsagePlanKey", c.get_usage_plan_key(usagePlanId="u", keyId="k"))
keep("GetUsagePlanKeys", c.get_usage_plan_keys(usagePlanId="u", position="p", limit=5, nameQuery="n"))
keep("DeleteUsagePlanKey", c.delete_usage_plan_key(usagePlanId="u", keyId="k"))
print(json.dumps(out))
`

// v1Noun gives what an operation of the older API answers here, and the same as
// boto3 reads it.
func v1Noun(o *wire.Operation) (answer any, read string) {
	at := resource.EpochAt(time.Unix(1586306165, 0))
	key := resource.ApiKey{Id: "k", Value: "v", Name: "n", CustomerId: "c", Description: "d", Enabled: true, CreatedDate: at,
		LastUpdatedDate: at, StageKeys: []string{"a/s"}, Tags: map[string]string{"k": "v"}}
	keyRead := `{"id":"k","value":"v","name":"n","customerId":"c","description":"d","enabled":true,"createdDate":1586306165,"lastUpdatedDate":1586306165,"stageKeys":["a/s"],"tags":{"k":"v"}}`
	throttle := resource.ThrottleSettings{BurstLimit: 3, RateLimit: 4.5}
	plan := resource.UsagePlan{Id: "u", Name: "n", Description: "d", Throttle: &throttle, Quota: &resource.QuotaSettings{Limit: 5, Offset: 1, Period: "WEEK"},
		ApiStages: []resource.ApiStage{{ApiId: "a", Stage: "s", Throttle: map[string]resource.ThrottleSettings{"r": throttle}}}}
	planRead := `{"id":"u","name":"n","description":"d","throttle":{"burstLimit":3,"rateLimit":4.5},"quota":{"limit":5,"offset":1,"period":"WEEK"},"apiStages":[{"apiId":"a","stage":"s","throttle":{"r":{"burstLimit":3,"rateLimit":4.5}}}]}`
	member := resource.UsagePlanKey{Id: "k", Name: "n", Type: "API_KEY", Value: "v"}
	memberRead := `{"id":"k","name":"n","type":"API_KEY","value":"v"}`
	switch {
	case o.Status == 202:
		return nil, `{}`
	case o.Name == "GetApiKeys":
		return wire.Page{Items: []resource.ApiKey{key}, NextToken: "next"}, `{"items":[` + keyRead + `],"position":"next"}`
	case o.Name == "GetUsagePlans":
		return wire.Page{Items: []resource.UsagePlan{plan}}, `{"items":[` + planRead + `]}`
	case o.Name == "GetUsagePlanKeys":
		return wire.Page{Items: []resource.UsagePlanKey{}}, `{"items":[]}`
	case o.Name == "GetUsage":
		return map[string]any{"usagePlanId": "u", "startDate": "2026-03-01", "endDate": "2026-03-02", "position": "q", "values": map[string][][]int64{"k": {{0, 100}, {10, 90}}}},
			`{"usagePlanId":"u","startDate":"2026-03-01","endDate":"2026-03-02","position":"q","items":{"k":[[0,100],[10,90]]}}`
	case strings.HasSuffix(o.Name, "ApiKey"):
		return key, keyRead
	case strings.HasSuffix(o.Name, "UsagePlanKey"):
		return member, memberRead
	}
	return plan, planRead
}

// TestBoto3Agrees drives every operation of the older API with every member set.
func TestBoto3Agrees(t *testing.T) {
	needs.Python(t, "boto3")
	arrived := map[string]map[string]bool{}
	handlers := map[string]wire.Handler{}
	for _, o := range wire.Operations() {
		handlers[o.Name] = func(_ context.Context, r *wire.Request) (any, error) {
			arrived[o.Name] = map[string]bool{}
			for i := range o.Input {
				if name := o.Input[i].Wire; r.Has(name) {
					arrived[o.Name][name] = true
				}
			}
			if r.Region != "eu-west-3" {
				t.Errorf("%s: region %q", o.Name, r.Region)
			}
			answer, _ := v1Noun(o)
			return answer, nil
		}
	}
	s := httptest.NewServer(wire.NewServer(wire.Config{Handlers: handlers}))
	defer s.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	defer cancel()
	text, err := exec.CommandContext(ctx, "python3", "-c", journey, s.URL).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	var got map[string][2]any
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	for _, o := range wire.Operations() {
		if !o.V1 {
			continue
		}
		_, read := v1Noun(o)
		var want any
		if err := json.Unmarshal([]byte(read), &want); err != nil {
			t.Fatal(err)
		}
		if answer := got[o.Name]; answer[0] != float64(o.Status) || !reflect.DeepEqual(answer[1], want) {
			t.Errorf("%s:\ngot  %v\nwant %d %v", o.Name, answer, o.Status, want)
		}
		for i := range o.Input {
			if name := o.Input[i].Wire; !arrived[o.Name][name] {
				t.Errorf("%s: %s did not arrive", o.Name, name)
			}
		}
	}
}
