package conformance

import (
	"encoding/json"
	"os/exec"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/dragoman-gateway/dragoman/client"
	"github.com/dragoman-gateway/dragoman/internal/needs"
	"github.com/dragoman-gateway/dragoman/resource"
)

// usageScript asks what keys have used, as scripts do, and prints each answer or error.
const usageScript = `
import boto3, json, sys
from botocore.exceptions import ClientError
c = boto3.client("apigateway", endpoint_url=sys.argv[1], region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
plan, key, free, today, before = sys.argv[2:7]
out = {}
def ask(name, **kw):
    try:
        a = c.get_usage(usagePlanId=kw.pop("plan", plan), startDate=kw.pop("start", today), endDate=kw.pop("end", today), **kw)
        a.pop("ResponseMetadata")
        out[name] = a
    except ClientError as e:
        out[name] = [e.response["Error"]["Code"], e.response["ResponseMetadata"]["HTTPStatusCode"]]
ask("today")
ask("both", start=before)
ask("one", keyId=key)
ask("free", plan=free)
ask("first page", limit=1)
ask("no plan", plan="nosuchplan")
ask("no key", keyId="nosuchkey1")
ask("no date", start="yesterday")
ask("backwards", start=today, end=before)
ask("for ever", start="1999-01-01")
ask("no page", position="nonsense")
pages = c.get_paginator("get_usage").paginate(usagePlanId=plan, startDate=today, endDate=today, PaginationConfig={"PageSize": 1})
out["pages"] = [p["items"] for p in pages]
print(json.dumps(out))
`

// boto3 is told what the keys of a plan have used, day by day.
func TestGetUsage(t *testing.T) {
	python := needs.Python(t, "boto3")
	a := guarded(start(t))
	value, plan := a.planFor(client.CreateUsagePlanInput{Quota: &resource.QuotaSettings{Limit: 10, Offset: 2, Period: "MONTH"}})
	keys, err := a.older().GetUsagePlanKeys(t.Context(), &client.GetUsagePlanKeysInput{UsagePlanId: plan})
	must(t, err)
	key := keys.Items[0].Id
	idle, err := a.older().CreateApiKey(t.Context(), &client.CreateApiKeyInput{Name: aws.String("idle"), Enabled: aws.Bool(true)})
	must(t, err)
	_, err = a.older().CreateUsagePlanKey(t.Context(), &client.CreateUsagePlanKeyInput{UsagePlanId: plan, KeyId: idle.Id, KeyType: "API_KEY"})
	must(t, err)
	free, err := a.older().CreateUsagePlan(t.Context(), &client.CreateUsagePlanInput{Name: "free", ApiStages: []resource.ApiStage{}})
	must(t, err)
	_, err = a.older().CreateUsagePlanKey(t.Context(), &client.CreateUsagePlanKeyInput{UsagePlanId: free.Id, KeyId: idle.Id, KeyType: "API_KEY"})
	must(t, err)
	for range 3 {
		a.expectHandshake("with the key", 101, "", "x-api-key", value)
	}
	today := time.Now().UTC().Format(time.DateOnly)
	before := time.Now().UTC().AddDate(0, 0, -1).Format(time.DateOnly)
	eventually(t, "counts are kept", func() bool {
		used, err := a.older().GetUsage(t.Context(), &client.GetUsageInput{UsagePlanId: plan, StartDate: before, EndDate: today})
		must(t, err)
		return used.Items[key][1][0] == 3
	})
	text, err := exec.CommandContext(t.Context(), python, "-c", usageScript, "http://"+a.ManagementAddr(), plan, key, free.Id, today, before).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	var got map[string]json.RawMessage
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	head := func(plan, start string) string {
		return `{"usagePlanId": "` + plan + `", "startDate": "` + start + `", "endDate": "` + today + `", `
	}
	beforeIdle, beforeUsed := "[0, 10]", "[0, 8]"
	if before[:7] != today[:7] {
		beforeUsed = "[0, 10]" // in the month before
	}
	for name, want := range map[string]string{
		"today":     head(plan, today) + `"items": {"` + key + `": [[3, 5]], "` + idle.Id + `": [[0, 10]]}}`,
		"both":      head(plan, before) + `"items": {"` + key + `": [` + beforeUsed + `, [3, 5]], "` + idle.Id + `": [` + beforeIdle + `, [0, 10]]}}`,
		"one":       head(plan, today) + `"items": {"` + key + `": [[3, 5]]}}`,
		"free":      head(free.Id, today) + `"items": {"` + idle.Id + `": [[0, -1]]}}`,
		"no plan":   `["NotFoundException", 404]`,
		"no key":    `["NotFoundException", 404]`,
		"no date":   `["BadRequestException", 400]`,
		"backwards": `["BadRequestException", 400]`,
		"for ever":  `["BadRequestException", 400]`,
		"no page":   `["BadRequestException", 400]`,
		"pages":     `[{"` + key + `": [[3, 5]]}, {"` + idle.Id + `": [[0, 10]]}]`,
	} {
		if !sameJSON(t, got[name], []byte(want)) {
			t.Errorf("%s: got %s, want %s", name, got[name], want)
		}
	}
}

func sameJSON(t *testing.T, a, b []byte) bool {
	t.Helper()
	var x, y any
	must(t, json.Unmarshal(a, &x))
	must(t, json.Unmarshal(b, &y))
	p, _ := json.Marshal(x)
	q, _ := json.Marshal(y)
	return string(p) == string(q)
}
