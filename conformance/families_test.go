package conformance

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// familyJourney configures domains, links, portals, keys and plans as a user of
// boto3 does, and prints what it saw.
const familyJourney = `
import json, sys, time, boto3
def client(name):
    return boto3.client(name, endpoint_url=sys.argv[1], region_name="us-east-1", aws_access_key_id="AKID", aws_secret_access_key="secret")
v2, v1 = client("apigatewayv2"), client("apigateway")
def wait(what, want):
    for _ in range(200):
        if what() == want:
            return want
        time.sleep(0.05)
    raise Exception("got %s, want %s" % (what(), want))
seen = {}
document = json.dumps({"openapi": "3.0.1", "info": {"title": "pets", "version": "1"}, "paths": {"/pets/{id}": {"get": {
    "x-amazon-apigateway-integration": {"type": "http_proxy", "httpMethod": "GET", "uri": "http://a/{id}", "payloadFormatVersion": "1.0"}}}}})
api = v2.import_api(Body=document)["ApiId"]
v2.create_stage(ApiId=api, StageName="prod")
v2.create_deployment(ApiId=api, StageName="prod")
exported = v2.export_api(ApiId=api, Specification="OAS30", OutputType="JSON", StageName="prod")["body"].read()
seen["paths"] = list(json.loads(exported)["paths"])
seen["reimported"] = v2.reimport_api(ApiId=api, Body=exported.decode(), FailOnWarnings=True)["Name"]
domain = v2.create_domain_name(DomainName="a.example.com", DomainNameConfigurations=[{"CertificateArn": "arn:aws:acm:us-east-1:000000000000:certificate/c"}])
seen["domain"] = domain["DomainNameConfigurations"][0]["DomainNameStatus"]
mapping = v2.create_api_mapping(DomainName="a.example.com", ApiId=api, Stage="prod", ApiMappingKey="v1")["ApiMappingId"]
rule = v2.create_routing_rule(DomainName="a.example.com", Priority=1, Conditions=[], Actions=[{"InvokeApi": {"ApiId": api, "Stage": "prod"}}])
seen["rules"] = [r["Priority"] for p in v2.get_paginator("list_routing_rules").paginate(DomainName="a.example.com") for r in p["RoutingRules"]]
try:
    v2.delete_api(ApiId=api)
except v2.exceptions.BadRequestException as e:
    seen["mapped"] = e.response["Error"]["Message"].split(".")[1].strip()
link = v2.create_vpc_link(Name="l", SubnetIds=["subnet-1"])["VpcLinkId"]
seen["link"] = wait(lambda: v2.get_vpc_link(VpcLinkId=link)["VpcLinkStatus"], "AVAILABLE")
v2.delete_vpc_link(VpcLinkId=link)
wait(lambda: [l["VpcLinkId"] for l in v2.get_vpc_links()["Items"]], [])
color = "#123456"
theme = {"CustomColors": {k + "Color": color for k in ["Accent", "Background", "ErrorValidation", "Header", "Navigation", "Text"]}}
portal = v2.create_portal(Authorization={"None": {}}, EndpointConfiguration={"None": {}}, PortalContent={"DisplayName": "Portal", "Theme": theme})["PortalId"]
v2.publish_portal(PortalId=portal, Description="first")
seen["portal"] = wait(lambda: v2.get_portal(PortalId=portal)["PublishStatus"], "PUBLISHED")
key = v1.create_api_key(name="mobile", enabled=True)
plan = v1.create_usage_plan(name="gold", throttle={"rateLimit": 1.5, "burstLimit": 2}, quota={"limit": 5, "period": "DAY"}, apiStages=[{"apiId": api, "stage": "prod"}])
v1.create_usage_plan_key(usagePlanId=plan["id"], keyId=key["id"], keyType="API_KEY")
seen["key"] = v1.get_api_key(apiKey=key["id"], includeValue=True)["value"] == key["value"]
seen["hidden"] = "value" in v1.get_api_key(apiKey=key["id"])
seen["created"] = type(key["createdDate"]).__name__
seen["keys"] = [k["name"] for p in v1.get_paginator("get_usage_plan_keys").paginate(usagePlanId=plan["id"]) for k in p["items"]]
patched = v1.update_usage_plan(usagePlanId=plan["id"], patchOperations=[{"op": "replace", "path": "/quota/limit", "value": "9"}, {"op": "remove", "path": "/apiStages", "value": api + ":prod"}])
seen["plan"] = [patched["quota"]["limit"], patched["apiStages"]]
seen["deleted"] = v1.delete_usage_plan(usagePlanId=plan["id"])["ResponseMetadata"]["HTTPStatusCode"]
v2.delete_api_mapping(DomainName="a.example.com", ApiMappingId=mapping)
v2.delete_api(ApiId=api)
print(json.dumps(seen))
`

func TestFamiliesInBoto3(t *testing.T) {
	python := tool(t, "python3", "-c", "import boto3")
	g := start(t)
	out, err := exec.Command(python, "-c", familyJourney, "http://"+g.ManagementAddr()).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var seen, want map[string]any
	must(t, json.Unmarshal(out, &seen))
	must(t, json.Unmarshal([]byte(`{"paths":["/pets/{id}"],"reimported":"pets","domain":"AVAILABLE","rules":[1],"mapped":"Please remove all API mappings for the API from your custom domain names",
		"link":"AVAILABLE","portal":"PUBLISHED","key":true,"hidden":false,"created":"datetime","keys":["mobile"],"plan":[9,[]],"deleted":202}`), &want))
	if !within(want, any(seen)) {
		t.Errorf("got  %s\nwant %s", text(seen), text(want))
	}
}

// TestDocumentsInTheAWSCLI imports a YAML document from a file and exports it to one.
func TestDocumentsInTheAWSCLI(t *testing.T) {
	aws := tool(t, "aws", "--version")
	g := start(t)
	dir := t.TempDir()
	document := filepath.Join(dir, "pets.yaml")
	must(t, os.WriteFile(document, []byte(`openapi: 3.0.1
info: {title: pets, version: 1.0}
paths:
  /pets:
    get:
      x-amazon-apigateway-integration: {type: http_proxy, httpMethod: GET, uri: "http://a", payloadFormatVersion: "1.0"}
`), 0o600))
	run := func(args ...string) string {
		t.Helper()
		cmd := exec.Command(aws, append([]string{"apigatewayv2", "--endpoint-url", "http://" + g.ManagementAddr(), "--region", "us-east-1", "--output", "text"}, args...)...)
		cmd.Env = append(os.Environ(), "AWS_ACCESS_KEY_ID=AKID", "AWS_SECRET_ACCESS_KEY=secret", "AWS_PAGER=")
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("aws %s: %v\n%s", strings.Join(args, " "), err, out)
		}
		return strings.TrimSpace(string(out))
	}
	id := run("import-api", "--body", "file://"+document, "--fail-on-warnings", "--query", "ApiId")
	if version := run("get-api", "--api-id", id, "--query", "Version"); version != "1.0" {
		t.Errorf("got version %q, want it as it was written", version)
	}
	exported := filepath.Join(dir, "exported.yaml")
	run("export-api", "--api-id", id, "--specification", "OAS30", "--output-type", "YAML", exported)
	first, err := os.ReadFile(exported)
	must(t, err)
	again := run("reimport-api", "--api-id", id, "--body", "file://"+exported, "--query", "ApiId")
	run("export-api", "--api-id", again, "--specification", "OAS30", "--output-type", "YAML", exported)
	second, err := os.ReadFile(exported)
	must(t, err)
	if string(first) != string(second) || !strings.Contains(string(first), "/pets:") {
		t.Errorf("got\n%s\nafter\n%s", second, first)
	}
}
