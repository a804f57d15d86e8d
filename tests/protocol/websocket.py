"""A WebSocket client over a plain socket. It does only what a test tells it to, except that it
answers pings, as every client does, unless `answers_pings` is off."""

from __future__ import annotations

import base64
import hashlib
import os
import socket
import struct
import time

from frames import (
    BINARY,
    CLOSE,
    CONTINUATION,
    PING,
    PONG,
    TEXT,
    Frame,
    FrameReader,
    close_frame,
    frame,
)

PATIENCE = 10.0
"""Seconds to wait for what must come. Long, because sanitizers and busy machines are slow; a test
that waits for an event never waits longer than the event takes."""

SILENCE = 0.3
"""Seconds without a frame that count as "nothing comes"."""


class Closed(ConnectionError):
    """The server ended the TCP connection: `how` is "fin" or "reset"."""

    def __init__(self, how: str) -> None:
        super().__init__(f"the server ended the connection ({how})")
        self.how = how


class Stream:
    """A TCP connection."""

    def __init__(self, address: tuple[str, int], receive_buffer: int = 0) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.connect(address)

    def send(self, data: bytes) -> None:
        try:
            self.socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            raise Closed("reset") from None

    def receive(self, timeout: float = PATIENCE) -> bytes:
        """Some bytes. Raises Closed at the end, TimeoutError if none come."""
        self.socket.settimeout(timeout)
        try:
            data = self.socket.recv(1 << 16)
        except ConnectionResetError:
            raise Closed("reset") from None
        finally:
            self.socket.settimeout(PATIENCE)
        if not data:
            raise Closed("fin")
        return data

    def receive_all(self, timeout: float = PATIENCE) -> bytes:
        """Everything until the server ends the connection."""
        data, deadline = b"", time.monotonic() + timeout
        try:
            while True:
                data += self.receive(max(deadline - time.monotonic(), 0.001))
        except Closed:
            return data

    def finish(self) -> None:
        """Sends FIN: nothing more comes from this side."""
        self.socket.shutdown(socket.SHUT_WR)

    def reset(self) -> None:
        """Ends with RST."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def close(self) -> None:
        self.socket.close()


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


class WebSocket:
    """A connection after its upgrade."""

    def __init__(
        self,
        address: tuple[str, int],
        path: str = "/",
        *,
        headers: dict[str, str | None] | None = None,
        first: bytes = b"",
        receive_buffer: int = 0,
    ) -> None:
        """`first` goes out in the same TCP write as the request."""
        self.stream = Stream(address, receive_buffer)
        self.answers_pings = True
        self.pings: list[bytes] = []
        self._reader = FrameReader()
        self.stream.send(upgrade_request(path, headers) + first)
        response = read_response(self.stream)
        if response.status != 101:
            self.stream.close()
            raise Refused(response)
        self._reader.feed(response.rest)

    def send(self, payload: str | bytes, **form) -> None:
        """One text or binary frame."""
        opcode = TEXT if isinstance(payload, str) else BINARY
        self.stream.send(frame(opcode, payload, **form))

    def send_fragments(self, opcode: int, *parts: bytes) -> None:
        for position, part in enumerate(parts):
            self.stream.send(
                frame(
                    opcode if position == 0 else CONTINUATION, part, fin=position == len(parts) - 1
                )
            )

    def ping(self, payload: bytes = b"") -> None:
        self.stream.send(frame(PING, payload))

    def pong(self, payload: bytes = b"") -> None:
        self.stream.send(frame(PONG, payload))

    def close(self, code: int | None = 1000, reason: str = "") -> None:
        """Starts the closing handshake and sees it through."""
        self.stream.send(close_frame(code, reason))
        self.until_closed()

    def next(self, timeout: float = PATIENCE) -> Frame:
        """The next frame of any kind. Raises Closed or TimeoutError."""
        deadline = time.monotonic() + timeout
        while (found := self._reader.next()) is None:
            self._reader.feed(self.stream.receive(max(deadline - time.monotonic(), 0.001)))
        return found

    def receive(self, timeout: float = PATIENCE) -> Frame:
        """The next data or close frame. Pings are kept in `pings`, and answered."""
        deadline = time.monotonic() + timeout
        while True:
            found = self.next(max(deadline - time.monotonic(), 0.001))
            if found.opcode == PING:
                self.pings.append(found.payload)
                if self.answers_pings:
                    self.pong(found.payload)
            elif found.opcode != PONG:
                return found

    def text(self, timeout: float = PATIENCE) -> str:
        """The next message, which must be text."""
        found = self.receive(timeout)
        assert found.opcode == TEXT, f"wanted a text frame, got {found}"
        return found.text

    def binary(self, timeout: float = PATIENCE) -> bytes:
        found = self.receive(timeout)
        assert found.opcode == BINARY, f"wanted a binary frame, got {found}"
        return found.payload

    def is_silent(self, seconds: float = SILENCE) -> bool:
        """Does nothing but pings come for a while?"""
        try:
            self.receive(seconds)
        except TimeoutError:
            return True
        return False

    def until_closed(self, timeout: float = PATIENCE) -> tuple[int | None, str]:
        """Reads to the end, skipping messages, and returns the close code and reason. 1006 if the
        server ended without a close frame, None if the close frame was empty."""
        deadline = time.monotonic() + timeout
        try:
            while True:
                found = self.receive(max(deadline - time.monotonic(), 0.001))
                if found.opcode == CLOSE:
                    break
        except Closed:
            return 1006, ""
        try:
            self.stream.send(close_frame(found.close_code))
        except Closed:
            pass
        self.stream.receive_all(max(deadline - time.monotonic(), 0.001))
        self.stream.close()
        return found.close_code, found.close_reason
