import json
import os
import urllib.request

import pytest

from pytest_dragoman import Dragoman, DragomanError


def call(url, body=None):
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(url, data, {"Content-Type": "application/json"}), timeout=60) as answer:
        return json.load(answer)


def names(gateway):
    return [api["name"] for api in call(gateway.management + "/v2/apis")["items"]]


@pytest.mark.parametrize("name", ["one", "two"])
def test_each_test_finds_it_empty(dragoman, name):
    assert names(dragoman) == []
    call(dragoman.management + "/v2/apis", {"name": name, "protocolType": "HTTP"})
    assert names(dragoman) == [name]


def test_addresses(dragoman):
    made = call(dragoman.management + "/v2/apis", {"name": "a", "protocolType": "HTTP"})
    assert dragoman.url(made["apiId"]) == f"{dragoman.data}/_aws/execute-api/{made['apiId']}"
    assert dragoman.websocket_url("a1", "prod") == dragoman.data.replace("http:", "ws:") + "/_aws/execute-api/a1/prod"


def test_one_of_its_own(monkeypatch):
    monkeypatch.setenv("DRAGOMAN_REGION", "mars")  # of a gateway elsewhere
    with Dragoman("--account", "123456789012") as gateway:
        assert call(gateway.management + "/_dragoman/settings")["account"] == "123456789012"
        process = gateway._process
    assert process.returncode == 0
    gateway.stop()  # a second time does nothing


def test_flags_that_are_wrong():
    with pytest.raises(DragomanError, match="want 12 digits"):
        Dragoman("--account", "1")


def test_a_binary_that_is_missing(monkeypatch):
    monkeypatch.delenv("DRAGOMAN_BINARY", raising=False)
    monkeypatch.setenv("PATH", os.devnull)
    with pytest.raises(DragomanError, match="DRAGOMAN_BINARY"):
        Dragoman()
