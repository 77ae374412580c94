package catalog

import (
	"reflect"
	"testing"

	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/store"
)

func TestClassify(t *testing.T) {
	for _, c := range []struct {
		key  store.Key
		want [4]string
	}{
		{Apis("r").Key("a"), [4]string{ChangedApi, "r", "a", ""}},
		{Routes("r", "a").Key("x"), [4]string{ChangedConfig, "r", "a", ""}},
		{IntegrationResponses("r", "a", "i").Key("x"), [4]string{ChangedConfig, "r", "a", ""}},
		{store.Join(marks, "r", "a"), [4]string{ChangedConfig, "r", "a", ""}},
		{Dues("r").Key("a"), [4]string{ChangedConfig, "r", "a", ""}},
		{Resets("r", "a").Key("$default"), [4]string{ChangedReset, "r", "a", "$default"}},
		{Stages("r", "a").Key("$default"), [4]string{ChangedStage, "r", "a", "$default"}},
		{Deployments("r", "a").Key("d"), [4]string{ChangedDeployment, "r", "a", "d"}},
		{store.Join(snapshots, "r", "a", "d"), [4]string{ChangedDeployment, "r", "a", "d"}},
		{DomainNames("r").Key("x.example.com"), [4]string{ChangedDomain, "r", "", "x.example.com"}},
		{ApiMappings("r", "x.example.com").Key("m"), [4]string{ChangedDomain, "r", "", "x.example.com"}},
		{RoutingRules("r", "x.example.com").Key("m"), [4]string{ChangedDomain, "r", "", "x.example.com"}},
		{VpcLinks("r").Key("v"), [4]string{ChangedVpcLink, "r", "", "v"}},
		{ApiKeys("r").Key("k"), [4]string{ChangedApiKey, "r", "", "k"}},
		{UsagePlans("r").Key("p"), [4]string{ChangedUsagePlan, "r", "", "p"}},
		{UsagePlanKeys("r", "p").Key("k"), [4]string{ChangedUsagePlan, "r", "", "p"}},
		{Portals("r").Key("p"), [4]string{ChangedPortal, "r", "", "p"}},
		{ProductPages("r", "p").Key("x"), [4]string{ChangedPortal, "r", "", "p"}},
		{ProductRestEndpointPages("r", "p").Key("x"), [4]string{ChangedPortal, "r", "", "p"}},
		{SharingPolicies("r").Key("p"), [4]string{ChangedPortal, "r", "", "p"}},
		{"apis", [4]string{}},
		{"stages/r/a", [4]string{}},
		{"leases/n/1", [4]string{}},
		{"", [4]string{}},
	} {
		what, region, apiId, name := Classify(store.Change{Key: c.key})
		if got := [4]string{what, region, apiId, name}; got != c.want {
			t.Errorf("%s: got %q, want %q", c.key, got, c.want)
		}
	}
}

func TestFrozenComesBack(t *testing.T) {
	want := &resource.Snapshot{
		Api:                  resource.Api{ApiId: "a", Tags: map[string]string{}},
		Routes:               []resource.Route{{RouteId: "r", RouteKey: "$default"}},
		IntegrationResponses: map[string][]resource.IntegrationResponse{"i": {{IntegrationResponseKey: "/200/", ResponseTemplates: map[string]string{"a": ""}}}},
	}
	body, err := Freeze(want)
	if err != nil {
		t.Fatal(err)
	}
	got, err := thaw(body)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v (%v), want %+v", got, err, want)
	}
	for name, broken := range map[string][]byte{"empty": nil, "another form": append([]byte{9}, body[1:]...), "cut": body[:len(body)/2]} {
		if _, err := thaw(broken); err == nil {
			t.Errorf("%s: got no error, want one", name)
		}
	}
}
