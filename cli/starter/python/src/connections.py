"""Sends a message to a client: POST @connections/{id}, signed with AWS Signature Version
4. With boto3 installed, boto3.client("apigatewaymanagementapi").post_to_connection does."""

import datetime
import functools
import hashlib
import hmac
import os
import urllib.error
import urllib.request
from urllib.parse import quote, urlsplit


def _hash(text):
    return hashlib.sha256(text.encode()).hexdigest()


def _hmac(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def post(endpoint, connection_id, message):
    url = f"{endpoint}/@connections/{quote(connection_id, safe='')}"
    where = urlsplit(url)
    time = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    headers = {"host": where.netloc, "x-amz-date": time}
    if os.environ.get("AWS_SESSION_TOKEN"):
        headers["x-amz-security-token"] = os.environ["AWS_SESSION_TOKEN"]
    names = ";".join(headers)
    lines = [f"{name}:{value}" for name, value in headers.items()]
    request = "\n".join(["POST", quote(where.path), "", *lines, "", names, _hash(message)])
    scope = f"{time[:8]}/{os.environ['AWS_REGION']}/execute-api/aws4_request"
    key = functools.reduce(_hmac, scope.split("/"), ("AWS4" + os.environ["AWS_SECRET_ACCESS_KEY"]).encode())
    signature = _hmac(key, "\n".join(["AWS4-HMAC-SHA256", time, scope, _hash(request)])).hex()
    headers["authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={os.environ['AWS_ACCESS_KEY_ID']}/{scope}, SignedHeaders={names}, Signature={signature}"
    )
    try:
        with urllib.request.urlopen(urllib.request.Request(url, message.encode(), headers), timeout=5) as response:
            return response.status
    except urllib.error.HTTPError as error:
        return error.code
