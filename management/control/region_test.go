package control

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// clocked is a management API whose clock the test turns.
func clocked(t *testing.T, change ...func(*Config)) (h *world, pass func(time.Duration)) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 600_000_000, time.UTC)
	h = newWorld(t, func(c *Config) {
		c.Now = func() time.Time { return now }
		for _, more := range change {
			more(c)
		}
	})
	return h, func(d time.Duration) { now = now.Add(d) }
}

func TestDomainNameDefaults(t *testing.T) {
	h := newWorld(t, nil)
	got := h.must("POST", "/v2/domainnames", `{"domainName":"a.example.com","domainNameConfigurations":[{"certificateArn":"`+certificateArn+`","domainNameStatus":"UPDATING","hostedZoneId":"Z"}]}`)
	config := got["domainNameConfigurations"].([]any)[0].(map[string]any)
	address, _ := config["apiGatewayDomainName"].(string)
	if !strings.HasPrefix(address, "d-") || !strings.HasSuffix(address, ".execute-api.us-east-1.amazonaws.com") || len(address) != len("d-qqk9esqm0f.execute-api.us-east-1.amazonaws.com") {
		t.Errorf("got address %q, want AWS's form", address)
	}
	delete(config, "apiGatewayDomainName")
	h.want(got, `{"apiMappingSelectionExpression":"$request.basepath","domainName":"a.example.com","domainNameArn":"arn:aws:apigateway:us-east-1::/domainnames/a.example.com",
		"domainNameConfigurations":[{"certificateArn":"`+certificateArn+`","domainNameStatus":"AVAILABLE","endpointType":"REGIONAL","hostedZoneId":"Z1UJRXOUMOOFQ8","ipAddressType":"ipv4","securityPolicy":"TLS_1_2"}],
		"routingMode":"API_MAPPING_ONLY","tags":{}}`)
}

func TestPatchDomainName(t *testing.T) {
	h := newWorld(t, nil)
	h.must("POST", "/v2/domainnames", `{"domainName":"a.example.com","domainNameConfigurations":[{"certificateArn":"`+certificateArn+`"}],"mutualTlsAuthentication":{"truststoreUri":"s3://b/k","truststoreVersion":"1"}}`)
	const at = "/v2/domainnames/a.example.com"
	before := h.must("GET", at, "")
	address := func(m map[string]any) any {
		return m["domainNameConfigurations"].([]any)[0].(map[string]any)["apiGatewayDomainName"]
	}
	after := h.must("PATCH", at, `{"routingMode":"ROUTING_RULE_ONLY","domainNameConfigurations":[{"certificateArn":"`+certificateArn+`2","ipAddressType":"dualstack"}]}`)
	if address(before) != address(after) || after["routingMode"] != "ROUTING_RULE_ONLY" {
		t.Errorf("got %v, want the address of before and the new mode", after)
	}
	if m := after["mutualTlsAuthentication"].(map[string]any); m["truststoreUri"] != "s3://b/k" || m["truststoreVersion"] != "1" {
		t.Errorf("got %v, want the truststore of before", m)
	}
	if after = h.must("PATCH", at, `{"mutualTlsAuthentication":{"truststoreUri":""}}`); after["mutualTlsAuthentication"] != nil {
		t.Errorf("got %v, want no truststore", after["mutualTlsAuthentication"])
	}
}

func TestDeletingADomainTakesItsMappingsAndRules(t *testing.T) {
	f := regionFixture(t)
	f.must("DELETE", f.names.Replace("{d}"), "")
	if all := f.everything(); strings.Contains(all, "a.example.com") {
		t.Errorf("something of the domain is left:\n%s", all)
	}
	f.must("DELETE", f.names.Replace("{http}"), "")
}

func TestPatchApiMapping(t *testing.T) {
	f := regionFixture(t)
	at := f.names.Replace("{d}/apimappings/{mapping}")
	got := f.must("PATCH", at, f.names.Replace(`{"apiId":"{httpid}","apiMappingKey":"orders/v1"}`))
	f.want(without(got, "apiMappingId"), f.names.Replace(`{"apiId":"{httpid}","apiMappingKey":"orders/v1","stage":"auto"}`))
	f.must("DELETE", f.names.Replace("{d}/apimappings/{other}"), "")
	got = f.must("PATCH", at, f.names.Replace(`{"apiId":"{httpid}","apiMappingKey":""}`))
	f.want(without(got, "apiMappingId"), f.names.Replace(`{"apiId":"{httpid}","apiMappingKey":"","stage":"auto"}`))
}

func TestAtMost200MultiLevelMappings(t *testing.T) {
	f := regionFixture(t)
	at := f.names.Replace("{b}/apimappings")
	for i := range 200 {
		f.must("POST", at, f.names.Replace(fmt.Sprintf(`{"apiId":"{httpid}","stage":"auto","apiMappingKey":"a/%d"}`, i)))
	}
	f.refused("POST", at, f.names.Replace(`{"apiId":"{httpid}","stage":"auto","apiMappingKey":"a/b"}`), 409, "ConflictException", "Maximum number of multi-level API mappings")
	f.must("POST", at, f.names.Replace(`{"apiId":"{httpid}","stage":"auto","apiMappingKey":"single"}`))
}

func TestPutRoutingRuleReplaces(t *testing.T) {
	f := regionFixture(t)
	at := f.names.Replace("{d}/routingrules/{rule}")
	full := f.names.Replace(`{"priority":30,"conditions":[{"matchHeaders":{"anyOf":[{"header":"x","valueGlob":"*v*"}]}},{"matchBasePaths":{"anyOf":["a/b"]}}],"actions":[{"invokeApi":{"apiId":"{httpid}","stage":"auto","stripBasePath":true}}]}`)
	got := f.must("PUT", at, full)
	if arn := got["routingRuleArn"]; arn != f.names.Replace("arn:aws:apigateway:us-east-1:000000000000:/domainnames/a.example.com/routingrules/{rule}") {
		t.Errorf("got ARN %v", arn)
	}
	f.want(without(got, "routingRuleArn", "routingRuleId"), full)
	got = f.must("PUT", at, f.names.Replace(`{"priority":31,"conditions":[],{invoke}}`))
	f.want(without(got, "routingRuleArn", "routingRuleId"), f.names.Replace(`{"priority":31,"conditions":[],"actions":[{"invokeApi":{"apiId":"{httpid}","stage":"auto","stripBasePath":false}}]}`))
	if rules := f.must("GET", f.names.Replace("{d}/routingrules"), "")["routingRules"].([]any); len(rules) != 2 {
		t.Errorf("got %d rules, want 2", len(rules))
	}
}

func TestVpcLinkLifecycle(t *testing.T) {
	h, pass := clocked(t)
	got := h.must("POST", "/v2/vpclinks", `{"name":"l","subnetIds":["subnet-1"]}`)
	at := "/v2/vpclinks/" + got["vpcLinkId"].(string)
	h.want(without(got, "vpcLinkId"), `{"name":"l","subnetIds":["subnet-1"],"securityGroupIds":[],"tags":{},"createdDate":"2026-01-02T03:04:05Z",
		"vpcLinkStatus":"PENDING","vpcLinkStatusMessage":"VPC link is provisioning ENIs","vpcLinkVersion":"V2"}`)
	pass(2 * time.Second)
	got = h.must("GET", at, "")
	h.want(without(got, "vpcLinkId"), `{"name":"l","subnetIds":["subnet-1"],"securityGroupIds":[],"tags":{},"createdDate":"2026-01-02T03:04:05Z",
		"vpcLinkStatus":"AVAILABLE","vpcLinkStatusMessage":"VPC link is ready to route traffic","vpcLinkVersion":"V2"}`)
	if got = h.must("PATCH", at, `{"name":"m"}`); got["name"] != "m" || got["vpcLinkStatus"] != "AVAILABLE" {
		t.Errorf("got %v, want the new name", got)
	}
	if status, body, _ := h.call("DELETE", at, ""); status != 202 || len(body) > 0 {
		t.Errorf("got %d %v, want 202", status, body)
	}
	if got = h.must("GET", at, ""); got["vpcLinkStatus"] != "DELETING" {
		t.Errorf("got %v, want DELETING", got)
	}
	h.refused("PATCH", at, `{"name":"x"}`, 400, "BadRequestException", "The VPC link")
	pass(2 * time.Second)
	h.refused("GET", at, "", 404, "NotFoundException", "Invalid VpcLink identifier specified")
	if items := h.must("GET", "/v2/vpclinks", "")["items"].([]any); len(items) != 0 {
		t.Errorf("got %v, want no links", items)
	}
	h.must("POST", "/v2/vpclinks", `{"name":"n","subnetIds":["subnet-1"]}`)
	if items := h.must("GET", "/v2/vpclinks", "")["items"].([]any); len(items) != 1 {
		t.Errorf("got %v, want one link", items)
	}
}

func TestALinkThatIsBeingDeletedTakesNoIntegration(t *testing.T) {
	f := regionFixture(t)
	f.must("DELETE", f.names.Replace("{http}/routes/{user}"), "")
	f.must("DELETE", f.names.Replace("{http}/integrations/{private}"), "")
	f.must("DELETE", f.names.Replace("/v2/vpclinks/{link}"), "")
	f.refused("POST", f.names.Replace("{http}/integrations"), f.names.Replace(`{"integrationType":"HTTP_PROXY","integrationMethod":"GET","payloadFormatVersion":"1.0","connectionType":"VPC_LINK","connectionId":"{link}","integrationUri":"arn:aws:elasticloadbalancing:us-east-1:0:listener/a"}`),
		400, "BadRequestException", "Invalid VPC link identifier specified")
}

func TestTagsOfWhatBelongsToNoApi(t *testing.T) {
	f := regionFixture(t)
	for _, arn := range []string{"arn:aws:apigateway:us-east-1::/domainnames/a.example.com", "arn:aws:apigateway:us-east-1::/vpclinks/{link}", "{productarn}", "arn:aws:apigateway:us-east-1:000000000000:/portals/{portal}"} {
		at := "/v2/tags/" + escape(f.names.Replace(arn))
		f.must("POST", at, `{"tags":{"a":"1","b":"2"}}`)
		f.must("DELETE", at+"?tagKeys=a", "")
		f.want(f.must("GET", at, ""), `{"tags":{"b":"2"}}`)
	}
	if got := f.must("GET", f.names.Replace("{d}"), "")["tags"]; fmt.Sprint(got) != "map[b:2]" {
		t.Errorf("got tags %v of the domain, want b", got)
	}
}
