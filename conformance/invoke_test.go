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
	p, err := run(t, binary(t, "serve", "--listen", "127.0.0.1:0", "--management", "127.0.0.1:0", "--data-dir", "", "--function", "talk="+dir))
	must(t, err)
	client := filepath.Join(t.TempDir(), "client.py")
	must(t, os.WriteFile(client, []byte(`
import base64, boto3, json, sys
lam = boto3.client("lambda", endpoint_url=sys.argv[1], region_name="us-east-1", aws_access_key_id="AKID", aws_secret_access_key="secret")
def same(got, want): assert got == want, (got, want)
ARN = "arn:aws:lambda:us-east-1:000000000000:function:talk"
for name, arn in (("talk", ARN), (ARN, ARN), ("000000000000:function:talk", ARN), ("talk:live", ARN + ":live")):
    r = lam.invoke(FunctionName=name, Payload=b'{"a": 1}')
    body = json.load(r["Payload"])
    same((r["StatusCode"], r["ExecutedVersion"], r.get("FunctionError"), body["event"], body["arn"]), (200, "$LATEST", None, {"a": 1}, arn))
    same(body["id"], r["ResponseMetadata"]["RequestId"])
context = base64.b64encode(json.dumps({"custom": {"k": "v"}}).encode()).decode()
r = lam.invoke(FunctionName="talk", Qualifier="live", ClientContext=context)
body = json.load(r["Payload"])
same((body["event"], body["arn"], body["client"]), ({}, ARN + ":live", {"k": "v"}))
r = lam.invoke(FunctionName="talk", Payload=b'{"fail": true}', LogType="Tail")
same((r["StatusCode"], r["FunctionError"], json.load(r["Payload"])["errorType"]), (200, "Unhandled", "ValueError"))
log = base64.b64decode(r["LogResult"]).decode()
assert log.startswith("START RequestId: ") and "heard {'fail': True}" in log and "\nREPORT RequestId: " in log, log
same(json.load(lam.invoke(FunctionName="talk", Payload=b'{"call": true}')["Payload"])["heard"]["event"], {"by": "a function"})
same(lam.invoke(FunctionName="talk", InvocationType="Event", Payload=b'{"event": 1}')["StatusCode"], 202)
same(lam.invoke(FunctionName="talk", InvocationType="DryRun")["StatusCode"], 204)
same([f["FunctionName"] for f in lam.list_functions()["Functions"]], ["talk"])
same(lam.get_function(FunctionName="talk")["Configuration"]["State"], "Active")
lam.get_waiter("function_active_v2").wait(FunctionName="talk")
lam.get_waiter("function_updated").wait(FunctionName="talk")
for error, call in (
    (lam.exceptions.ResourceNotFoundException, lambda: lam.invoke(FunctionName="nobody")),
    (lam.exceptions.ResourceNotFoundException, lambda: lam.get_function(FunctionName="nobody")),
    (lam.exceptions.InvalidRequestContentException, lambda: lam.invoke(FunctionName="talk", Payload=b"{")),
    (lam.exceptions.RequestTooLargeException, lambda: lam.invoke(FunctionName="talk", Payload=b'"' + b"x" * 6291555 + b'"')),
):
    try: call()
    except error as e: print(type(e).__name__, e.response["Error"]["Message"])
    else: raise AssertionError(error)
`), 0o600))
	out, err := exec.CommandContext(t.Context(), python, client, "http://"+p.management).CombinedOutput()
	if err != nil || strings.Count(string(out), "Exception ") != 4 {
		t.Errorf("%v\n%s\n%s", err, out, p.log)
	}
	eventually(t, "the event was heard", func() bool { return strings.Contains(p.log.String(), "heard {'event': 1}") })
}
