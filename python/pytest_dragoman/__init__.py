"""Serves Amazon API Gateway V2 within tests, with the binary dragoman.

It rests on the standard library and pytest alone.
"""

import json
import os
import shutil
import subprocess
import tempfile
import threading
import urllib.error
import urllib.request

import pytest

__all__ = ["Dragoman", "DragomanError"]

START = 60  # seconds until a gateway must serve, and until a call must be answered
END = 30  # seconds until it must have ended
LOGGED = 64 << 10  # characters of its log that are kept, the last


class DragomanError(Exception):
    """A gateway that did not start, or that refused a call."""


class Dragoman:
    """A gateway in a process of its own, on free ports, with its state in memory.

    management and data are URLs without a slash at their end. More flags of
    `dragoman serve` may be given. It is a context manager; stop() ends it.
    """

    def __init__(self, *flags, binary=None):
        binary = binary or os.environ.get("DRAGOMAN_BINARY") or shutil.which("dragoman")
        if not binary:
            raise DragomanError("there is no dragoman on the PATH, and DRAGOMAN_BINARY names none")
        # What is meant for a gateway elsewhere must not open or fill this one.
        environment = {name: value for name, value in os.environ.items() if not name.startswith("DRAGOMAN_") or name.endswith("_AS_MAIN")}
        command = [binary, "serve", "--listen", "127.0.0.1:0", "--management", "127.0.0.1:0", "--data-dir", "", "--allow-reset", *flags]
        self._log = tempfile.TemporaryFile(mode="w+", encoding="utf-8", errors="replace")
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=self._log, stdin=subprocess.DEVNULL, env=environment, encoding="utf-8")
        late = threading.Timer(START, self._process.kill)  # ends the wait for the line below
        late.start()
        try:
            line = self._process.stdout.readline()
        finally:
            late.cancel()
        try:
            ready = json.loads(line)
        except ValueError:
            self._process.kill()
            self._process.wait()
            said = self.log()
            self._close()
            raise DragomanError("dragoman serve did not start: " + said.strip()) from None
        self.management, self.data = ready["management"], ready["data"]

    def url(self, api_id, stage=None):
        """Where an HTTP API is called: its stage $default, or the one that is named."""
        return f"{self.data}/_aws/execute-api/{api_id}" + (f"/{stage}" if stage else "")

    def websocket_url(self, api_id, stage):
        """Where clients of a WebSocket API connect."""
        return "ws" + self.url(api_id, stage)[len("http"):]

    def reset(self):
        """Removes everything that is configured."""
        call = urllib.request.Request(self.management + "/_dragoman/reset", method="POST")
        try:
            urllib.request.urlopen(call, timeout=START).close()
        except urllib.error.HTTPError as refused:
            raise DragomanError(f"the gateway was not emptied: {refused.code} {refused.read(1024)!r}") from None

    def log(self):
        """The end of what it has logged."""
        end = self._log.seek(0, os.SEEK_END)
        self._log.seek(max(0, end - LOGGED))
        return self._log.read()

    def stop(self):
        """Ends the gateway, and waits until it has ended."""
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(END)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._close()

    def _close(self):
        self._process.stdout.close()
        if not self._log.closed:
            self._log.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


@pytest.fixture(scope="session")
def dragoman_flags():
    """More flags of `dragoman serve`."""
    return []


@pytest.fixture(scope="session")
def dragoman_session(dragoman_flags):
    """One gateway for the whole run."""
    with Dragoman(*dragoman_flags) as gateway:
        yield gateway


@pytest.fixture
def dragoman(dragoman_session):
    """A gateway that nothing is configured in when the test begins."""
    yield dragoman_session
    dragoman_session.reset()
