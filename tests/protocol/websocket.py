"""A WebSocket client over a plain socket. It does only what a test tells it to, except that it
answers pings, as every client does, unless `answers_pings` is off."""

from __future__ import annotations

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
from stream import PATIENCE, Closed, Stream
from upgrade import Refused, read_response, upgrade_request

SILENCE = 0.3
"""Seconds without a frame that count as "nothing comes"."""


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
