"""Posts to its client by what the event carries, in the way that the message asks for."""
import asyncio
import http.client
import json
import os
import socket
import ssl
from urllib.parse import quote

import boto3
import botocore.session
import requests
import urllib3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

pool = urllib3.PoolManager()  # kept over invocations, as handlers do
session = requests.Session()


def signed(url, body):
    request = AWSRequest(method="POST", url=url, data=body)
    SigV4Auth(botocore.session.get_session().get_credentials(), "execute-api", os.environ["AWS_REGION"]).add_auth(request)
    return dict(request.headers)


def by_boto3(scheme, host, path, body, stage, connection):
    client = boto3.client("apigatewaymanagementapi", endpoint_url=f"{scheme}://{host}/{stage}")
    return client.post_to_connection(ConnectionId=connection, Data=body)["ResponseMetadata"]["HTTPStatusCode"]


def by_urllib3(scheme, host, path, body, *_):
    url = f"{scheme}://{host}{path}"
    return pool.request("POST", url, body=body, headers=signed(url, body), retries=False).status


def by_requests(scheme, host, path, body, *_):
    url = f"{scheme}://{host}{path}"
    return session.post(url, data=body, headers=signed(url, body)).status_code


def by_http_client(scheme, host, path, body, *_):
    kind = {"http": http.client.HTTPConnection, "https": http.client.HTTPSConnection}[scheme]
    connection = kind(host)
    connection.request("POST", path, body=body, headers=signed(f"{scheme}://{host}{path}", body))
    return connection.getresponse().status


def by_asyncio(scheme, host, path, body, *_):
    async def post():
        name, _, port = host.partition(":")
        reader, writer = await asyncio.open_connection(
            name, int(port or {"http": 80, "https": 443}[scheme]), ssl=ssl.create_default_context() if scheme == "https" else None)
        headers = dict(signed(f"{scheme}://{host}{path}", body), Host=host, Connection="close")
        headers["Content-Length"] = str(len(body))
        writer.write((f"POST {path} HTTP/1.1\r\n" + "".join(f"{k}: {v}\r\n" for k, v in headers.items()) + "\r\n" + body).encode())
        answer = await reader.read()
        writer.close()
        return int(answer.split()[1])

    return asyncio.run(post())


def by_aiohttp(scheme, host, path, body, *_):
    import aiohttp
    from yarl import URL

    async def post():
        url = f"{scheme}://{host}{path}"
        async with aiohttp.ClientSession() as client:
            async with client.post(URL(url, encoded=True), data=body, headers=signed(url, body)) as answer:
                return answer.status

    return asyncio.run(post())


def by_httpx(scheme, host, path, body, *_):
    import httpx

    async def post():
        url = f"{scheme}://{host}{path}"
        async with httpx.AsyncClient() as client:
            return (await client.post(url, content=body, headers=signed(url, body))).status_code

    return asyncio.run(post())


def by_certifi(scheme, host, path, body, *_):
    """Names whom it believes itself."""
    url = f"{scheme}://{host}{path}"
    return requests.post(url, data=body, headers=signed(url, body), verify=requests.certs.where()).status_code


WAYS = {"boto3": by_boto3, "urllib3": by_urllib3, "requests": by_requests, "http.client": by_http_client, "asyncio": by_asyncio,
        "aiohttp": by_aiohttp, "httpx": by_httpx, "certifi": by_certifi}


def greeted(host, port):
    with socket.create_connection((host, port), timeout=1) as connection:
        return connection.recv(100).decode()


def seen(host, port):
    return pool.request("GET", f"http://{host}:{port}/", timeout=1, retries=False).data.decode()


def handler(event, context):
    if "environment" in event:
        return {name: os.environ.get(name) for name in event["environment"]}
    at = event["requestContext"]
    ask = json.loads(event["body"])
    path = f"/{at['stage']}/@connections/{quote(at['connectionId'])}".replace("@", "%40")

    def reply(text):  # by the gateway's own name, whatever the event's leads to
        if by_urllib3("http", "any.localhost:" + ask["port"], path, text) != 200:
            raise RuntimeError("there is no reply")

    try:
        if "greeted" in ask:
            reply("greeted " + greeted(*ask["greeted"]))
        elif "seen" in ask:
            reply("seen " + seen(*ask["seen"]))
        else:
            status = WAYS[ask["how"]](ask["scheme"], at["domainName"], path, f"{ask['how']} by {at['domainName']}", at["stage"], at["connectionId"])
            if status != 200:
                raise RuntimeError("status %s" % status)
    except Exception as error:
        reply("failed: %r" % error)
    return {"statusCode": 200}
