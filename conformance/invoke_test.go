package conformance

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dragoman-gateway/dragoman/internal/needs"
)

// boto3 and functions invoke functions by Lambda's own API, on the management
// listener.
func TestInvokeApi(t *testing.T) {
	python := needs.Python(t, "boto3")
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "app.py"), []byte(`
import json, os, urllib.request
def handler(event, context):
    print("heard", event)
    if event.get("call"):
        at = os.environ["AWS_ENDPOINT_URL_LAMBDA"] + "/2015-03-31/functions/talk/invocations"
        with urllib.request.urlopen(urllib.request.Request(at, data=json.dumps({"by": "a function"}).encode(), method="POST")) as answer:
            return {"heard": json.load(answer)}
    if event.get("fail"):
        raise ValueError("no")
    return {"event": event, "arn": context.invoked_function_arn, "id": context.aws_request_id, "client": context.client_context and context.client_context.custom}
`), 0o600))
	node := t.TempDir()
	must(t, os.WriteFile(filepath.Join(node, "index.mjs"), []byte(`
export const handler = awslambda.streamifyResponse(async (event, out, context) => {
  if (event.told) return out.end(JSON.stringify(context.clientContext));
  if (event.early) throw new RangeError('early');
  out.write('first ');
  await new Promise((done) => setTimeout(done, event.wait ?? 5));
  if (event.fail) throw new RangeError('late');
  for (let i = 0; i < (event.large ?? 0); i++) if (!out.write('x'.repeat(1 << 20))) await new Promise((done) => out.once('drain', done));
  out.end('last');
});
`), 0o600))
	document := filepath.Join(t.TempDir(), "gateway.yaml")
	must(t, os.WriteFile(document, []byte("dragoman: 1\nregions: {}\nfunctions:\n  talk: {dir: "+dir+"}\n  flow: {dir: "+node+", timeout: 20, logicalId: Flow}\n"+
		"  none: {dir: "+dir+", reservedConcurrency: 0}\n  kept: {dir: "+dir+", logicalId: KeptFunction, versions: ['1', '2'], aliases: {live: '2'}}\n"), 0o600))
	p, err := run(t, binary(t, "serve", "--listen", "127.0.0.1:0", "--management", "127.0.0.1:0", "--config", document))
	must(t, err)
	client := filepath.Join(t.TempDir(), "client.py")
	must(t, os.WriteFile(client, []byte(`
import base64, boto3, botocore.config, json, sys, time
lam = boto3.client("lambda", endpoint_url=sys.argv[1], region_name="us-east-1", aws_access_key_id="AKID", aws_secret_access_key="secret", config=botocore.config.Config(retries={"total_max_attempts": 1}))
def same(got, want): assert got == want, (got, want)
ARN = "arn:aws:lambda:us-east-1:000000000000:function:talk"
for name, arn in (("talk", ARN), (ARN, ARN), ("000000000000:function:talk", ARN), ("talk:live", ARN + ":live")):
    r = lam.invoke(FunctionName=name, Payload=b'{"a": 1}')
    body = json.load(r["Payload"])
    same((r["StatusCode"], r["ExecutedVersion"], r.get("FunctionError"), body["event"], body["arn"]), (200, "$LATEST", None, {"a": 1}, arn))
    same(body["id"], r["ResponseMetadata"]["RequestId"])
context = base64.b64encode(json.dumps({"custom": {"k": "vü→"}}, ensure_ascii=False, indent=1).encode()).decode()
r = lam.invoke(FunctionName="talk", Qualifier="live", ClientContext=context)
body = json.load(r["Payload"])
same((body["event"], body["arn"], body["client"]), ({}, ARN + ":live", {"k": "vü→"}))
same(json.load(lam.invoke(FunctionName="flow", Payload=b'{"told": true}', ClientContext=context)["Payload"])["custom"], {"k": "vü→"})
same(json.load(lam.invoke(FunctionName="talk", Payload=b'"' + b"x" * 6291454 + b'"')["Payload"])["errorType"], "AttributeError")  # of its get
r = lam.invoke(FunctionName="talk", Payload=b'{"fail": true}', LogType="Tail")
same((r["StatusCode"], r["FunctionError"], json.load(r["Payload"])["errorType"]), (200, "Unhandled", "ValueError"))
log = base64.b64decode(r["LogResult"]).decode()
assert log.startswith("START RequestId: ") and "heard {'fail': True}" in log and "\nREPORT RequestId: " in log, log
same(json.load(lam.invoke(FunctionName="talk", Payload=b'{"call": true}')["Payload"])["heard"]["event"], {"by": "a function"})
same(lam.invoke(FunctionName="talk", InvocationType="Event", Payload=b'{"event": 1}')["StatusCode"], 202)
same(lam.invoke(FunctionName="talk", InvocationType="DryRun")["StatusCode"], 204)
same([f["FunctionName"] for f in lam.list_functions()["Functions"]], ["flow", "kept", "none", "talk"])
page = lam.list_functions(MaxItems=3)
same(([f["FunctionName"] for f in page["Functions"]], page["NextMarker"]), (["flow", "kept", "none"], "none"))
page = lam.list_functions(MaxItems=3, Marker=page["NextMarker"])
same(([f["FunctionName"] for f in page["Functions"]], page.get("NextMarker")), (["talk"], None))
same([f["FunctionName"] for p in lam.get_paginator("list_functions").paginate(PaginationConfig={"PageSize": 1}) for f in p["Functions"]], ["flow", "kept", "none", "talk"])
KEPT = "arn:aws:lambda:us-east-1:000000000000:function:kept"
for name, qualifier, version in (("kept", "", "$LATEST"), ("kept:live", "", "2"), ("KeptFunction", "live", "2"), (KEPT + ":1", "", "1"), ("kept", "$LATEST", "$LATEST")):
    q = {"Qualifier": qualifier} if qualifier else {}
    same(lam.invoke(FunctionName=name, **q)["ExecutedVersion"], version)
    c = lam.get_function(FunctionName=name, **q)["Configuration"]
    same((c["FunctionName"], c["Version"], c["FunctionArn"].startswith(KEPT)), ("kept", version, True))
    same(lam.get_function_configuration(FunctionName=name, **q)["Version"], version)
for waiter in ("function_active", "function_active_v2", "function_exists", "function_updated_v2"):
    lam.get_waiter(waiter).wait(FunctionName="kept", Qualifier="live")
same("ExecutedVersion" in lam.invoke(FunctionName="kept", InvocationType="DryRun", Qualifier="1"), True)

def streamed(**a):
    r = lam.invoke_with_response_stream(**a)
    chunks, end = b"", None
    for e in r["EventStream"]:
        if "PayloadChunk" in e: chunks += e["PayloadChunk"]["Payload"]
        else: end = e["InvokeComplete"]
    return r, chunks, end
r, chunks, end = streamed(FunctionName="Flow", LogType="Tail")
same((r["StatusCode"], r["ExecutedVersion"], r["ResponseStreamContentType"], chunks), (200, "$LATEST", "application/vnd.amazon.eventstream", b"first last"))
assert b"REPORT RequestId: " in base64.b64decode(end["LogResult"]) and "ErrorCode" not in end, end
began, seen = time.monotonic(), []
for e in lam.invoke_with_response_stream(FunctionName="flow", Payload=b'{"wait": 1500}')["EventStream"]:
    seen.append((time.monotonic() - began, e))
assert seen[0][1]["PayloadChunk"]["Payload"] == b"first " and seen[-1][0] - seen[0][0] > 1, "the first part came late: %s" % seen
_, chunks, end = streamed(FunctionName="flow", Payload=b'{"fail": true}')
same((chunks, end["ErrorCode"], json.loads(end["ErrorDetails"])["errorMessage"]), (b"first ", "Unhandled", "late"))
_, chunks, end = streamed(FunctionName="flow", Payload=b'{"early": true}')
same((chunks, json.loads(end["ErrorDetails"])["errorType"]), (b"", "RangeError"))
same(len(streamed(FunctionName="flow", Payload=b'{"large": 9}')[1]), 9 * (1 << 20) + 10)
_, chunks, end = streamed(FunctionName="talk", Payload=b'{"plain": 1}')
same(json.loads(chunks)["event"], {"plain": 1})
same(lam.get_function(FunctionName="talk")["Configuration"]["State"], "Active")
lam.get_waiter("function_active_v2").wait(FunctionName="talk")
lam.get_waiter("function_updated").wait(FunctionName="talk")
for error, call in (
    (lam.exceptions.ResourceNotFoundException, lambda: lam.invoke(FunctionName="nobody")),
    (lam.exceptions.ResourceNotFoundException, lambda: lam.get_function(FunctionName="nobody")),
    (lam.exceptions.InvalidRequestContentException, lambda: lam.invoke(FunctionName="talk", Payload=b"{")),
    (lam.exceptions.RequestTooLargeException, lambda: lam.invoke(FunctionName="talk", Payload=b'"' + b"x" * 6291455 + b'"')),
    (lam.exceptions.InvalidRequestContentException, lambda: lam.invoke(FunctionName="talk", ClientContext="no base64!")),
    (lam.exceptions.InvalidRequestContentException, lambda: lam.invoke(FunctionName="talk", ClientContext=base64.b64encode(b"[1]").decode())),
    (lam.exceptions.InvalidParameterValueException, lambda: lam.invoke(FunctionName="kept:1", Qualifier="2")),
    (lam.exceptions.RequestTooLargeException, lambda: lam.invoke(FunctionName="talk", Payload=b'"' + b"x" * 9000000 + b'"')),
    (lam.exceptions.RequestTooLargeException, lambda: lam.invoke(FunctionName="talk", InvocationType="Event", Payload=b'"' + b"x" * 1048576 + b'"')),
    (lam.exceptions.TooManyRequestsException, lambda: lam.invoke(FunctionName="none")),
    (lam.exceptions.TooManyRequestsException, lambda: lam.invoke_with_response_stream(FunctionName="none")),
    (lam.exceptions.ResourceNotFoundException, lambda: lam.invoke(FunctionName="kept:dead")),
    (lam.exceptions.ResourceNotFoundException, lambda: lam.get_function(FunctionName="kept", Qualifier="3")),
    (lam.exceptions.ResourceNotFoundException, lambda: lam.invoke_with_response_stream(FunctionName="nobody")),
    (lam.exceptions.InvalidParameterValueException, lambda: lam.list_functions(MaxItems=20000)),
    (lam.exceptions.InvalidParameterValueException, lambda: lam.invoke(FunctionName="talk", InvocationType="Odd")),
):
    try: call()
    except error as e:
        print(type(e).__name__, e.response["Error"]["Message"])
        if error is lam.exceptions.TooManyRequestsException: same(e.response["Reason"], "ReservedFunctionConcurrentInvocationLimitExceeded")
    else: raise AssertionError(error)
`), 0o600))
	out, err := exec.CommandContext(t.Context(), python, client, "http://"+p.management).CombinedOutput()
	if err != nil || strings.Count(string(out), "Exception ") != 16 {
		t.Errorf("%v\n%s\n%s", err, out, p.log)
	}
	eventually(t, "the event was heard", func() bool { return strings.Contains(p.log.String(), "heard {'event': 1}") })
}
