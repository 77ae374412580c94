"""Signs each target on standard input with botocore, sends it, and prints the
status and body that came back, one JSON line for each."""
import http.client
import json
import sys
from urllib.parse import urlsplit

from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

base, key, secret = sys.argv[1:4]
host = urlsplit(base).netloc
for line in sys.stdin:
    case = json.loads(line)
    request = AWSRequest(method=case["method"], url=base + case["target"], data=case["body"].encode())
    if case["presign"]:
        SigV4QueryAuth(Credentials(key, secret), "execute-api", "us-east-1", expires=60).add_auth(request)
    else:
        SigV4Auth(Credentials(key, secret), "execute-api", "us-east-1").add_auth(request)
    parts = urlsplit(request.url)
    target = parts.path + ("?" + parts.query if parts.query else "")
    connection = http.client.HTTPConnection(host)
    connection.request(case["method"], target, body=case["body"].encode(), headers=dict(request.headers.items()))
    response = connection.getresponse()
    print(json.dumps({"status": response.status, "body": response.read().decode()}), flush=True)
