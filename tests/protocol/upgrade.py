"""The HTTP request that makes a connection a WebSocket, and its answer."""

from __future__ import annotations

import base64
import hashlib
import os
import time

from stream import PATIENCE, Stream


def upgrade_request(
    path: str = "/",
    headers: dict[str, str | None] | None = None,
    method: str = "GET",
    host: str = "localhost",
) -> bytes:
    """A valid upgrade, changed by `headers`: a value replaces or adds, None leaves out."""
    fields: dict[str, str | None] = {
        "Host": host,
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(),
        "Sec-WebSocket-Version": "13",
    }
    fields.update(headers or {})
    lines = [f"{method} {path} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in fields.items() if value is not None]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def accept_of(key: str) -> str:
    digest = hashlib.sha1(key.encode() + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest()
    return base64.b64encode(digest).decode()


class Response:
    """An HTTP answer's status, headers (names in lower case) and what came after them."""

    def __init__(self, head: bytes, rest: bytes) -> None:
        lines = head.decode("latin-1").split("\r\n")
        self.status = int(lines[0].split(" ")[1])
        pairs = (line.split(":", 1) for line in lines[1:] if ":" in line)
        self.headers = {name.strip().lower(): value.strip() for name, value in pairs}
        self.rest = rest


def read_response(stream: Stream, timeout: float = PATIENCE) -> Response:
    """Reads up to the end of the headers. Raises Closed if the server ends without an answer."""
    data, deadline = b"", time.monotonic() + timeout
    while b"\r\n\r\n" not in data:
        data += stream.receive(max(deadline - time.monotonic(), 0.001))
    head, rest = data.split(b"\r\n\r\n", 1)
    return Response(head, rest)


class Refused(Exception):
    """The upgrade was answered with another status."""

    def __init__(self, response: Response) -> None:
        super().__init__(f"the upgrade was answered with {response.status}")
        self.response = response
